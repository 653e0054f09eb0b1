// Loads and stores of HIR's storage types: narrow integers and bools take the bytes they need, the rest their MIR type.
import type { Stmt, ValueType } from "../ir/hir/index.ts";
import type { FunctionBuilder, Value } from "../ir/mir/index.ts";
import { lowerExpr } from "./expr.ts";
import type { FunctionLowering } from "./function.ts";
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
    default:
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
    default:
      builder.effect("store", mirType(type), [base, value], offset);
  }
}

/** The place at an offset from a base; a negative offset becomes part of the address. */
export function placeAt(builder: FunctionBuilder, base: Value, offset: number): Place {
  if (offset >= 0) return { base, offset };
  const distance = builder.value("iconst", "i32", [], BigInt(offset));
  return { base: builder.value("iadd", "i32", [base, distance]), offset: 0 };
}

export function lowerStore(to: FunctionLowering, stmt: Extract<Stmt, { kind: "store" }>): void {
  const base = lowerExpr(to, stmt.base);
  const value = lowerExpr(to, stmt.value);
  storeValue(to.builder, stmt.type, placeAt(to.builder, base, stmt.offset), value);
}

/** `memory_copy` and `memory_fill`. */
export function lowerBulk(
  to: FunctionLowering,
  stmt: Extract<Stmt, { kind: "memory_copy" | "memory_fill" }>,
): void {
  const target = lowerExpr(to, stmt.to);
  const second = lowerExpr(to, stmt.kind === "memory_copy" ? stmt.from : stmt.value);
  const size = lowerExpr(to, stmt.size);
  to.builder.effect(stmt.kind, null, [target, second, size]);
}
