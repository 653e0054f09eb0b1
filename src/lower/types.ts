// How HIR types are represented in MIR.
import { unreachable } from "../base/index.ts";
import {
  intFacts,
  isFloatType,
  isIntType,
  type ScalarType,
  type Type,
  type ValueType,
} from "../ir/hir/index.ts";
import type { FunctionBuilder, MirType, Signature, Value } from "../ir/mir/index.ts";
import type { HirFunction } from "../ir/hir/index.ts";

/** The MIR type that carries values of a HIR type. */
export function mirType(type: ValueType): MirType {
  switch (type) {
    case "ref":
    case "any":
      return type;
    case "i64":
    case "u64":
      return "i64";
    case "f32":
    case "f64":
      return type;
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
    case "u32":
    case "bool":
      return "i32";
    default:
      return unreachable(type);
  }
}

/** The results of a function of a HIR result type. */
export function mirResults(type: Type): readonly MirType[] {
  return type === "unit" ? [] : [mirType(type)];
}

/** The MIR signature of a HIR function. */
export function signatureOf(fn: HirFunction): Signature {
  const params = fn.locals.slice(0, fn.parameterCount).map((local) => mirType(local.type));
  return { params, results: mirResults(fn.result) };
}

export function isSigned(type: ScalarType): boolean {
  return isIntType(type) && intFacts(type).signed;
}

/** The width of an integer type narrower than its MIR carrier, or null. */
function narrowBits(type: ScalarType): 8 | 16 | null {
  if (!isIntType(type)) return null;
  const { bits } = intFacts(type);
  return bits === 8 || bits === 16 ? bits : null;
}

/** Brings an i32 whose high bits are arbitrary back to the representation of a narrow type. */
export function normalize(builder: FunctionBuilder, type: ScalarType, value: Value): Value {
  const bits = narrowBits(type);
  if (bits === null) return value;
  if (isSigned(type)) return builder.value(bits === 8 ? "sext8" : "sext16", "i32", [value]);
  const mask = builder.value("iconst", "i32", [], bits === 8 ? 0xffn : 0xffffn);
  return builder.value("band", "i32", [value, mask]);
}

/** Brings a shift count of a narrow type into its width; wider ones are taken modulo the width by the opcodes. */
export function normalizeCount(builder: FunctionBuilder, type: ScalarType, count: Value): Value {
  const bits = narrowBits(type);
  if (bits === null) return count;
  const mask = builder.value("iconst", "i32", [], BigInt(bits - 1));
  return builder.value("band", "i32", [count, mask]);
}

/** Converts between scalar types, as HIR's `convert` says. */
export function convert(
  builder: FunctionBuilder,
  from: ScalarType,
  to: ScalarType,
  value: Value,
): Value {
  if (from === to) return value;
  if (isFloatType(from)) {
    return isFloatType(to)
      ? convertFloat(builder, from, value)
      : floatToInt(builder, from, to, value);
  }
  if (isFloatType(to)) {
    const wide = mirType(from) === "i64";
    const unsigned = from === "u64" || from === "u32";
    if (wide) return builder.value(unsigned ? "i64_to_float_u" : "i64_to_float_s", to, [value]);
    return builder.value(unsigned ? "i32_to_float_u" : "i32_to_float_s", to, [value]);
  }
  return convertInt(builder, from, to, value);
}

function convertFloat(builder: FunctionBuilder, from: "f32" | "f64", value: Value): Value {
  return from === "f32"
    ? builder.value("fpromote", null, [value])
    : builder.value("fdemote", null, [value]);
}

function convertInt(
  builder: FunctionBuilder,
  from: ScalarType,
  to: ScalarType,
  value: Value,
): Value {
  const wideFrom = mirType(from) === "i64";
  const wideTo = mirType(to) === "i64";
  if (wideFrom && wideTo) return value;
  if (wideTo) return builder.value(isSigned(from) ? "sextend" : "uextend", null, [value]);
  if (wideFrom) return normalize(builder, to, builder.value("ireduce", null, [value]));
  return holdsWithout(from, to) ? value : normalize(builder, to, value);
}

/** Whether every i32 that represents a value of `from` already represents its conversion to `to`. */
function holdsWithout(from: ScalarType, to: ScalarType): boolean {
  if (from === "bool") return true;
  if (!isIntType(from) || !isIntType(to)) return false;
  const source = intFacts(from);
  const target = intFacts(to);
  return target.bits === 32 || (source.min >= target.min && source.max <= target.max);
}

function floatToInt(
  builder: FunctionBuilder,
  from: "f32" | "f64",
  to: ScalarType,
  value: Value,
): Value {
  if (to === "i64") return builder.value("float_to_i64_s", from, [value]);
  if (to === "u64") return builder.value("float_to_i64_u", from, [value]);
  if (to === "u32") return builder.value("float_to_i32_u", from, [value]);
  const whole = builder.value("float_to_i32_s", from, [value]);
  if (to === "i32" || !isIntType(to)) return whole;
  const { min, max } = intFacts(to);
  const low = builder.value("iconst", "i32", [], min);
  const high = builder.value("iconst", "i32", [], max);
  const below = builder.value("icmp", "i32", [whole, low], "slt");
  const raised = builder.value("select", "i32", [below, low, whole]);
  const above = builder.value("icmp", "i32", [raised, high], "sgt");
  return builder.value("select", "i32", [above, high, raised]);
}
