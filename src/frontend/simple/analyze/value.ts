// What the analysis of an expression yields: a HIR expression with its type, or the reason why there is none.
import type { Span } from "../../../base/index.ts";
import {
  isFloatType,
  isIntType,
  type Expr,
  type FloatType,
  type IntType,
  type IntValue,
  type ValueType,
} from "../../../ir/hir/index.ts";
import { canonicalInt, intToF32 } from "../../../runtime/index.ts";
import { isScalar, representation, type SimpleType } from "./simple-type.ts";
import { fitsInt, isNumeric, wrapInt } from "./types.ts";

/**
 * The exact value of an unsuffixed literal, which still takes the numeric type that its place asks for. `bits`: made
 * by `~`, so that it wraps to an unsigned type instead of being out of its range.
 */
export type Literal =
  | { readonly kind: "int"; readonly exact: bigint; readonly bits: boolean }
  | { readonly kind: "float"; readonly exact: number };

export interface Typed {
  readonly kind: "typed";
  readonly type: SimpleType;
  readonly expr: Expr;
  readonly literal: Literal | null;
}

/**
 * `unit`: no value; `never`: control does not come back; `error`: already reported, silent from here on; `pending`:
 * the result of a function whose result type is being inferred.
 */
export interface Nothing {
  readonly kind: "unit" | "never" | "error" | "pending";
}

export type Value = Typed | Nothing;

export const unitValue: Nothing = { kind: "unit" };
export const neverValue: Nothing = { kind: "never" };
export const errorValue: Nothing = { kind: "error" };
export const pendingValue: Nothing = { kind: "pending" };

export function typed(type: SimpleType, expr: Expr): Typed {
  return { kind: "typed", type, expr, literal: null };
}

/** The canonical form of an integer in HIR: a number when it is safe. */
export function intValue(value: bigint): IntValue {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

export function intConst(type: IntType, value: bigint, span: Span): Expr {
  return { kind: "int", type, value: intValue(wrapInt(type, value)), span };
}

export function floatConst(type: FloatType, value: number, span: Span): Expr {
  return { kind: "float", type, value: type === "f32" ? Math.fround(value) : value, span };
}

export function boolConst(value: boolean, span: Span): Expr {
  return { kind: "bool", type: "bool", value, span };
}

export function boolTyped(expr: Expr): Typed {
  return typed("bool", expr);
}

/** The zero of a type: what a slot holds before its first assignment. */
export function zeroOf(type: SimpleType, span: Span): Expr {
  return zeroOfValue(representation(type), span);
}

/** The zero of a HIR type. */
export function zeroOfValue(type: ValueType, span: Span): Expr {
  if (type === "ref" || type === "any") return { kind: "nil", type, span };
  if (isIntType(type)) return intConst(type, 0n, span);
  return isFloatType(type) ? floatConst(type, 0, span) : boolConst(false, span);
}

/** An unsuffixed integer literal of this exact value: an `i64` (its bit pattern, up to the u64 range) until adapted. */
export function intLiteral(exact: bigint, span: Span, bits = false): Typed {
  return {
    kind: "typed",
    type: "i64",
    expr: intConst("i64", exact, span),
    literal: { kind: "int", exact, bits },
  };
}

export function floatLiteral(exact: number, span: Span): Typed {
  return {
    kind: "typed",
    type: "f64",
    expr: floatConst("f64", exact, span),
    literal: { kind: "float", exact },
  };
}

/** The literal as a constant of the type, or null when the type cannot hold it. */
export function adaptLiteral(value: Typed, type: SimpleType): Typed | null {
  const { literal, expr } = value;
  if (literal === null) return null;
  if (!isScalar(type)) return null;
  if (isFloatType(type)) {
    // Straight to f32: through f64 an integer would be rounded twice.
    const value =
      type === "f32" && literal.kind === "int"
        ? intToF32(canonicalInt(literal.exact))
        : Number(literal.exact);
    return typed(type, floatConst(type, value, expr.span));
  }
  if (!isIntType(type) || literal.kind !== "int") return null;
  if (!literal.bits && !fitsInt(type, literal.exact)) return null;
  return typed(type, intConst(type, literal.exact, expr.span));
}

/** A numeric conversion; a constant changes its type in place. */
export function convert(value: Typed, type: SimpleType): Typed {
  if (value.type === type) return value;
  if (!isScalar(type)) throw new Error(`no conversion from ${value.type} to ${type}`);
  const { expr } = value;
  const adapted = adaptLiteral(value, type);
  if (adapted !== null) return adapted;
  if (expr.kind === "int" && isIntType(type)) {
    return typed(type, intConst(type, BigInt(expr.value), expr.span));
  }
  if (value.type === "bool" && isFloatType(type)) return convert(convert(value, "i64"), type);
  if (!isNumeric(type)) throw new Error(`no conversion from ${value.type} to ${type}`);
  return typed(type, { kind: "convert", type, operand: expr, span: expr.span });
}
