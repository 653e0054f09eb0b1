// The encoding of `any` values, in tier 0's form of their 64 bits: an i64 as `IntValue`. References, booleans and inline
// integers are numbers of disjoint ranges; every other number and every bigint is an f64.
import { highHalf, joinHalves, lowHalf, type IntValue } from "./int.ts";

const boolBase = 2 ** 32;
const intBase = 2 ** 48;
const intRange = 2 ** 48;
/** Inline integers lie from minus this to below it. */
const intHalf = 2 ** 47;
/** The offset of floats, in the upper half. */
const floatOffset = 0x2_0000;

const floats = new Float64Array(1);
const halves = new Int32Array(floats.buffer);

/** What an `any` is, before its object's header is looked at; nil is a reference to 0. */
export type AnyKind = "ref" | "bool" | "int" | "float";

/** What an `any` holds; it is a valid encoding. */
export function anyKind(value: IntValue): AnyKind {
  if (typeof value === "bigint" || value < 0) return "float";
  if (value < boolBase) return "ref";
  if (value < 2 * boolBase) return "bool";
  return value >= intBase && value < intBase + intRange ? "int" : "float";
}

/** The `any` that holds a bool. */
export function anyOfBool(value: boolean): IntValue {
  return value ? boolBase + 1 : boolBase;
}

/** The bool in an `any` of kind `bool`. */
export function boolOfAny(value: IntValue): boolean {
  return value === boolBase + 1;
}

/** Null if the integer does not fit inline and needs a box. */
export function anyOfI64(value: IntValue): IntValue | null {
  if (typeof value === "bigint" || value < -intHalf || value >= intHalf) return null;
  return value < 0 ? intBase + intRange + value : intBase + value;
}

/** The integer in an `any` of kind `int`. */
export function intOfAny(value: number): number {
  const low = value - intBase;
  return low >= intHalf ? low - intRange : low;
}

/** The `any` that holds a float; of NaNs there is one. */
export function anyOfF64(value: number): IntValue {
  floats[0] = Number.isNaN(value) ? NaN : value;
  return joinHalves(((halves[1] ?? 0) + floatOffset) | 0, (halves[0] ?? 0) >>> 0);
}

/** The float in an `any` of kind `float`. */
export function f64OfAny(value: IntValue): number {
  halves[0] = lowHalf(value);
  halves[1] = highHalf(value) - floatOffset;
  return floats[0] ?? 0;
}
