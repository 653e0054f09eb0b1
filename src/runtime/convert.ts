// Numeric conversions of tier 0. Integers wrap; integer to float rounds once, to nearest even; float to integer
// truncates toward zero, saturates at the bounds of the type and takes NaN to 0.
import {
  maxSafe,
  minSafe,
  wrapI64,
  wrapNarrow,
  wrapU64,
  type IntType,
  type IntValue,
  type NarrowIntType,
} from "./int.ts";

/** To i64 from any integer. */
export function intToI64(value: IntValue): IntValue {
  return typeof value === "number" ? value : wrapI64(value);
}

/** To u64 from any integer; negative values wrap. */
export function intToU64(value: IntValue): IntValue {
  return typeof value === "number" && value >= 0 ? value : wrapU64(BigInt(value));
}

/** To a type of 32 bits or less from any integer. */
export function intToNarrow(type: NarrowIntType, value: IntValue): number {
  return wrapNarrow[type](typeof value === "number" ? value : Number(BigInt.asIntN(32, value)));
}

/** To f64 from any integer. */
export function intToF64(value: IntValue): number {
  return Number(value);
}

/** To f32 from any integer, rounded once. */
export function intToF32(value: IntValue): number {
  if (typeof value === "number") return Math.fround(value);
  // 53 bits are exact in a double; the lowest of them also stands for all the bits below it, so that rounding the
  // double to f32 decides ties as the whole integer would.
  const magnitude = value < 0n ? -value : value;
  const sticky = (magnitude & 0x7ffn) === 0n ? 0n : 1n;
  const rounded = Math.fround(Number((magnitude >> 11n) | sticky)) * 2048;
  return value < 0n ? -rounded : rounded;
}

const maxI64 = 2n ** 63n - 1n;
const minI64 = -(2n ** 63n);
const maxU64 = 2n ** 64n - 1n;

/** Towards zero; what is out of range becomes the nearest end of the range, NaN becomes 0. */
export function floatToI64(value: number): IntValue {
  const whole = Math.trunc(value);
  if (whole >= minSafe && whole <= maxSafe) return whole + 0;
  if (whole !== whole) return 0;
  if (whole >= 2 ** 63) return maxI64;
  if (whole < -(2 ** 63)) return minI64;
  return BigInt(whole);
}

/** Towards zero; what is out of range becomes the nearest end of the range, NaN becomes 0. */
export function floatToU64(value: number): IntValue {
  const whole = Math.trunc(value);
  if (whole > 0) {
    if (whole <= maxSafe) return whole;
    return whole >= 2 ** 64 ? maxU64 : BigInt(whole);
  }
  return 0;
}

const narrowBounds: Readonly<Record<NarrowIntType, readonly [min: number, max: number]>> = {
  i8: [-(2 ** 7), 2 ** 7 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
};

/** To a type of 32 bits or less. */
export function floatToNarrow(type: NarrowIntType, value: number): number {
  const [min, max] = narrowBounds[type];
  if (value !== value) return 0;
  return Math.min(Math.max(Math.trunc(value), min), max) + 0;
}

/** Integer to integer, by the name of the type. */
export function convertInt(type: IntType, value: IntValue): IntValue {
  if (type === "i64") return intToI64(value);
  if (type === "u64") return intToU64(value);
  return intToNarrow(type, value);
}

/** Float to integer, by the name of the type. */
export function convertFloat(type: IntType, value: number): IntValue {
  if (type === "i64") return floatToI64(value);
  if (type === "u64") return floatToU64(value);
  return floatToNarrow(type, value);
}
