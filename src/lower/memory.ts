// Loads and stores of HIR's storage types: narrow integers and bools take the bytes they need, the rest their MIR type.
import type { ValueType } from "../ir/hir/index.ts";
import type { FunctionBuilder, Value } from "../ir/mir/index.ts";
import { mirType } from "./types.ts";

/** Where a value lies: an object and the offset of its field, or an `i32` address and an offset. */
export interface Place {
  readonly base: Value;
  /** Not negative. */
  readonly offset: number;
}

/** Reads a value as it is stored. */
export function loadValue(builder: FunctionBuilder, type: ValueType, place: Place): Value {
  const { base, offset } = place;
  switch (type) {
    case "bool":
    case "u8":
      return builder.value("load8_u", null, [base], offset);
    case "i8":
      return builder.value("load8_s", null, [base], offset);
    case "u16":
      return builder.value("load16_u", null, [base], offset);
    case "i16":
      return builder.value("load16_s", null, [base], offset);
    case "i32":
    case "u32":
    case "i64":
    case "u64":
    case "f32":
    case "f64":
    case "ref":
    case "any":
      return builder.value("load", mirType(type), [base], offset);
  }
}

/** Writes a value as it is stored. */
export function storeValue(
  builder: FunctionBuilder,
  type: ValueType,
  place: Place,
  value: Value,
): void {
  const { base, offset } = place;
  switch (type) {
    case "bool":
    case "u8":
    case "i8":
      builder.effect("store8", null, [base, value], offset);
      break;
    case "u16":
    case "i16":
      builder.effect("store16", null, [base, value], offset);
      break;
    case "i32":
    case "u32":
    case "i64":
    case "u64":
    case "f32":
    case "f64":
    case "ref":
    case "any":
      builder.effect("store", mirType(type), [base, value], offset);
  }
}

/** The place at an offset from a base; a negative offset becomes part of the address. */
export function placeAt(builder: FunctionBuilder, base: Value, offset: number): Place {
  if (offset >= 0) return { base, offset };
  const distance = builder.value("iconst", "i32", [], BigInt(offset));
  return { base: builder.value("iadd", "i32", [base, distance]), offset: 0 };
}
