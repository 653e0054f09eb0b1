// Scalar types of Simple: their spellings and the promotion rules of mixed arithmetic.
import type { ResultType, SimpleType } from "./simple-type.ts";
import {
  intFacts,
  isFloatType,
  isIntType,
  type FloatType,
  type IntType,
  type UnsignedType,
} from "../../../ir/hir/index.ts";

export type NumericType = IntType | FloatType;

/** Every spelling of a type that has a HIR type today. */
const spellings = new Map<string, ResultType>([
  ["i8", "i8"],
  ["i16", "i16"],
  ["i32", "i32"],
  ["i64", "i64"],
  ["u8", "u8"],
  ["u16", "u16"],
  ["u32", "u32"],
  ["u64", "u64"],
  ["f32", "f32"],
  ["f64", "f64"],
  ["bool", "bool"],
  ["int", "i64"],
  ["usize", "i64"],
  ["float", "f64"],
  ["unit", "unit"],
]);

export function typeBySpelling(name: string): ResultType | undefined {
  return spellings.get(name);
}

export function typeSpellings(): Iterable<string> {
  return spellings.keys();
}

export function isNumeric(type: ResultType): type is NumericType {
  return isIntType(type) || isFloatType(type);
}

const byShape: Readonly<Record<8 | 16 | 32 | 64, { signed: IntType; unsigned: UnsignedType }>> = {
  8: { signed: "i8", unsigned: "u8" },
  16: { signed: "i16", unsigned: "u16" },
  32: { signed: "i32", unsigned: "u32" },
  64: { signed: "i64", unsigned: "u64" },
};

/** The unsigned type of the same width. */
export function unsignedOf(type: IntType): UnsignedType {
  return byShape[intFacts(type).bits].unsigned;
}

/** The type of an operation on two integers: the wider width; unsigned if either side is. */
export function promoteInts(first: IntType, second: IntType): IntType {
  const [a, b] = [intFacts(first), intFacts(second)];
  const bits = a.bits >= b.bits ? a.bits : b.bits;
  return a.signed && b.signed ? byShape[bits].signed : byShape[bits].unsigned;
}

/** The type of an arithmetic operation: a float if either side is one, `f64` if either side is `f64`. */
export function promote(first: NumericType, second: NumericType): NumericType {
  if (isIntType(first)) return isIntType(second) ? promoteInts(first, second) : second;
  if (isIntType(second)) return first;
  return first === "f64" || second === "f64" ? "f64" : "f32";
}

/** Whether every value of `inner` is a value of `outer`. */
export function containsInt(outer: IntType, inner: IntType): boolean {
  const [o, i] = [intFacts(outer), intFacts(inner)];
  return o.min <= i.min && o.max >= i.max;
}

/** The narrowest type that holds every value of both; none for `u64` with a signed type. */
export function commonInt(first: IntType, second: IntType): IntType | null {
  if (containsInt(first, second)) return first;
  if (containsInt(second, first)) return second;
  for (const type of ["i16", "i32", "i64"] as const) {
    if (containsInt(type, first) && containsInt(type, second)) return type;
  }
  return null;
}

/** Whether a value of `from` becomes a value of `to` without being asked and without loss. */
export function widens(from: SimpleType, to: SimpleType): boolean {
  if (from === to) return true;
  if (isIntType(from) && isIntType(to)) return containsInt(to, from);
  return from === "f32" && to === "f64";
}

/** The value modulo the width of its type. */
export function wrapInt(type: IntType, value: bigint): bigint {
  const { bits, signed } = intFacts(type);
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

export function fitsInt(type: IntType, value: bigint): boolean {
  const { min, max } = intFacts(type);
  return value >= min && value <= max;
}
