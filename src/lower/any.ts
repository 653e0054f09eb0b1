// Values with their type in their 64 bits; the encoding is in `runtime/object-layout.ts`. The common types are encoded
// in place, the others are objects.
import type { Expr, ScalarType } from "../ir/hir/index.ts";
import { createBlock, objectImmediate, type FunctionBuilder, type Value } from "../ir/mir/index.ts";
import {
  anyFloatOffset,
  anyIntTag,
  anyTags,
  boxValueOffset,
  headerSize,
  typeIds,
} from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import { loadValue, storeValue } from "./memory.ts";

/** Scalar types whose values may be in a box object. */
type BoxedType = Exclude<ScalarType, "bool" | "f64">;

/** Bits of an inline integer. */
const inlineBits = 48n;
const tagShift = 32n;
const boxSize = headerSize + 8;

export function lowerBox(to: FunctionLowering, expr: Extract<Expr, { kind: "box" }>): Value {
  const { builder } = to;
  const value = to.value(expr.operand);
  const { type } = expr.operand;
  to.locate(expr.span);
  if (type === "unit" || type === "any") throw new Error(`box of ${type}`);
  if (type === "ref") return referenceToAny(builder, value);
  if (type === "i64") return boxI64(builder, value);
  if (type === "bool") {
    const payload = builder.value("uextend", null, [value]);
    const tag = long(builder, BigInt(anyTags.bool) << tagShift);
    return builder.value("bits_any", null, [builder.value("bor", "i64", [payload, tag])]);
  }
  if (type === "f64") {
    const bits = builder.value("f64_bits", null, [value]);
    const moved = builder.value("iadd", "i64", [bits, long(builder, anyFloatOffset)]);
    return builder.value("bits_any", null, [moved]);
  }
  return boxObject(builder, type, value);
}

function long(builder: FunctionBuilder, value: bigint): Value {
  return builder.value("iconst", "i64", [], value);
}

/** The tag of references is 0. */
function referenceToAny(builder: FunctionBuilder, reference: Value): Value {
  const address = builder.value("ref_addr", null, [reference]);
  return builder.value("bits_any", null, [builder.value("uextend", null, [address])]);
}

function boxObject(builder: FunctionBuilder, type: BoxedType, value: Value): Value {
  const box = builder.value("new", null, [], objectImmediate(typeIds[`box_${type}`], boxSize));
  storeValue(builder, type, { base: box, offset: boxValueOffset }, value);
  return referenceToAny(builder, box);
}

/** Sign-extends the low 48 bits. */
function extendInline(builder: FunctionBuilder, value: Value): Value {
  const shift = long(builder, 64n - inlineBits);
  return builder.value("sshr", "i64", [builder.value("ishl", "i64", [value, shift]), shift]);
}

function boxI64(builder: FunctionBuilder, value: Value): Value {
  const inline = createBlock(builder.fn);
  const large = createBlock(builder.fn);
  const done = createBlock(builder.fn, ["any"]);
  const fits = builder.value("icmp", "i64", [extendInline(builder, value), value], "eq");
  builder.branch(fits, { block: inline.id, args: [] }, { block: large.id, args: [] });
  builder.enter(inline);
  const payload = builder.value("band", "i64", [value, long(builder, (1n << inlineBits) - 1n)]);
  const tagged = builder.value("bor", "i64", [payload, long(builder, anyIntTag << inlineBits)]);
  builder.jump(done, [builder.value("bits_any", null, [tagged])]);
  builder.enter(large);
  builder.jump(done, [boxObject(builder, "i64", value)]);
  builder.enter(done);
  return onlyParam(done.params);
}

export function lowerUnbox(to: FunctionLowering, expr: Extract<Expr, { kind: "unbox" }>): Value {
  const { builder } = to;
  const bits = builder.value("any_bits", null, [to.value(expr.operand)]);
  const { type } = expr;
  if (type === "ref") return reference(builder, bits);
  if (type === "i64") return unboxI64(builder, bits);
  if (type === "bool") return builder.value("ireduce", null, [bits]);
  if (type === "f64") {
    const moved = builder.value("isub", "i64", [bits, long(builder, anyFloatOffset)]);
    return builder.value("bits_f64", null, [moved]);
  }
  return unboxObject(builder, type, bits);
}

function reference(builder: FunctionBuilder, bits: Value): Value {
  return builder.value("addr_ref", null, [builder.value("ireduce", null, [bits])]);
}

function unboxObject(builder: FunctionBuilder, type: BoxedType, bits: Value): Value {
  return loadValue(builder, type, { base: reference(builder, bits), offset: boxValueOffset });
}

function unboxI64(builder: FunctionBuilder, bits: Value): Value {
  const inline = createBlock(builder.fn);
  const large = createBlock(builder.fn);
  const done = createBlock(builder.fn, ["i64"]);
  const tag = builder.value("ushr", "i64", [bits, long(builder, inlineBits)]);
  const isInline = builder.value("icmp", "i64", [tag, long(builder, anyIntTag)], "eq");
  builder.branch(isInline, { block: inline.id, args: [] }, { block: large.id, args: [] });
  builder.enter(inline);
  builder.jump(done, [extendInline(builder, bits)]);
  builder.enter(large);
  builder.jump(done, [unboxObject(builder, "i64", bits)]);
  builder.enter(done);
  return onlyParam(done.params);
}

function onlyParam(params: readonly Value[]): Value {
  const [value] = params;
  if (value === undefined) throw new Error("the block has a parameter");
  return value;
}
