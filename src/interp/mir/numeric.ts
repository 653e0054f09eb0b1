// The arithmetic of MIR on JavaScript values: the definition that every back end must match.
// An `i32` is a number in [-2^31, 2^31), an `i64` a bigint in [-2^63, 2^63), an `f32` a number that is a single.
// Written apart from `runtime`, so that a mistake there shows as a difference between tiers.
import type { FloatCond, IntCond } from "../../ir/mir/index.ts";
import { runtimeError } from "../../runtime/index.ts";

export type IntBinary =
  | "iadd"
  | "isub"
  | "imul"
  | "sdiv"
  | "udiv"
  | "srem"
  | "urem"
  | "sdiv_exact"
  | "band"
  | "bor"
  | "bxor"
  | "ishl"
  | "sshr"
  | "ushr";

const minI32 = -(2 ** 31);
const minI64 = -(2n ** 63n);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function checkDivisor32(divisor: number, code: "division_by_zero" | "modulo_by_zero"): void {
  if (divisor === 0) throw runtimeError(code);
}

function checkDivisor64(divisor: bigint, code: "division_by_zero" | "modulo_by_zero"): void {
  if (divisor === 0n) throw runtimeError(code);
}

export const binary32: Readonly<Record<IntBinary, (a: number, b: number) => number>> = {
  iadd: (a, b) => (a + b) | 0,
  isub: (a, b) => (a - b) | 0,
  imul: (a, b) => Math.imul(a, b),
  sdiv: (a, b) => {
    checkDivisor32(b, "division_by_zero");
    return (a / b) | 0;
  },
  udiv: (a, b) => {
    checkDivisor32(b, "division_by_zero");
    return ((a >>> 0) / (b >>> 0)) | 0;
  },
  srem: (a, b) => {
    checkDivisor32(b, "modulo_by_zero");
    return (a % b) | 0;
  },
  urem: (a, b) => {
    checkDivisor32(b, "modulo_by_zero");
    return ((a >>> 0) % (b >>> 0)) | 0;
  },
  sdiv_exact: (a, b) => {
    checkDivisor32(b, "division_by_zero");
    if (a === minI32 && b === -1) throw new RangeError("sdiv_exact of MIN / -1 is undefined");
    return (a / b) | 0;
  },
  band: (a, b) => a & b,
  bor: (a, b) => a | b,
  bxor: (a, b) => a ^ b,
  ishl: (a, b) => a << b,
  sshr: (a, b) => a >> b,
  ushr: (a, b) => (a >>> b) | 0,
};

export const binary64: Readonly<Record<IntBinary, (a: bigint, b: bigint) => bigint>> = {
  iadd: (a, b) => s64(a + b),
  isub: (a, b) => s64(a - b),
  imul: (a, b) => s64(a * b),
  sdiv: (a, b) => {
    checkDivisor64(b, "division_by_zero");
    return s64(a / b);
  },
  udiv: (a, b) => {
    checkDivisor64(b, "division_by_zero");
    return s64(u64(a) / u64(b));
  },
  srem: (a, b) => {
    checkDivisor64(b, "modulo_by_zero");
    return a % b;
  },
  urem: (a, b) => {
    checkDivisor64(b, "modulo_by_zero");
    return s64(u64(a) % u64(b));
  },
  sdiv_exact: (a, b) => {
    checkDivisor64(b, "division_by_zero");
    if (a === minI64 && b === -1n) throw new RangeError("sdiv_exact of MIN / -1 is undefined");
    return a / b;
  },
  band: (a, b) => a & b,
  bor: (a, b) => a | b,
  bxor: (a, b) => a ^ b,
  ishl: (a, b) => s64(a << (b & 63n)),
  sshr: (a, b) => a >> (b & 63n),
  ushr: (a, b) => s64(u64(a) >> (b & 63n)),
};

export type IntUnary = "iclz" | "ictz" | "ipopcnt" | "sext8" | "sext16";

const highHalf = (a: bigint): number => Number(BigInt.asIntN(32, a >> 32n));
const lowHalf = (a: bigint): number => Number(BigInt.asIntN(32, a));
const trailingZeros32 = (a: number): number => (a === 0 ? 32 : 31 - Math.clz32(a & -a));

function ones32(a: number): number {
  let count = 0;
  for (let rest = a; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

export const unary32: Readonly<Record<IntUnary, (a: number) => number>> = {
  iclz: (a) => Math.clz32(a),
  ictz: trailingZeros32,
  ipopcnt: ones32,
  sext8: (a) => (a << 24) >> 24,
  sext16: (a) => (a << 16) >> 16,
};

export const unary64: Readonly<Record<IntUnary, (a: bigint) => bigint>> = {
  iclz: (a) => {
    const high = highHalf(a);
    return BigInt(high === 0 ? 32 + Math.clz32(lowHalf(a)) : Math.clz32(high));
  },
  ictz: (a) => {
    const low = lowHalf(a);
    return BigInt(low === 0 ? 32 + trailingZeros32(highHalf(a)) : trailingZeros32(low));
  },
  ipopcnt: (a) => BigInt(ones32(highHalf(a)) + ones32(lowHalf(a))),
  sext8: (a) => BigInt.asIntN(8, a),
  sext16: (a) => BigInt.asIntN(16, a),
};

export const compare32: Readonly<Record<IntCond, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  slt: (a, b) => a < b,
  sle: (a, b) => a <= b,
  sgt: (a, b) => a > b,
  sge: (a, b) => a >= b,
  ult: (a, b) => a >>> 0 < b >>> 0,
  ule: (a, b) => a >>> 0 <= b >>> 0,
  ugt: (a, b) => a >>> 0 > b >>> 0,
  uge: (a, b) => a >>> 0 >= b >>> 0,
};

export const compare64: Readonly<Record<IntCond, (a: bigint, b: bigint) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  slt: (a, b) => a < b,
  sle: (a, b) => a <= b,
  sgt: (a, b) => a > b,
  sge: (a, b) => a >= b,
  ult: (a, b) => u64(a) < u64(b),
  ule: (a, b) => u64(a) <= u64(b),
  ugt: (a, b) => u64(a) > u64(b),
  uge: (a, b) => u64(a) >= u64(b),
};

export const compareFloat: Readonly<Record<FloatCond, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

export type FloatBinary = "fadd" | "fsub" | "fmul" | "fdiv" | "fmin" | "fmax" | "fcopysign";

// Each is computed in double. Rounding the double once more to single is exact rounding for these operations and for the
// square root, because a double has more than twice the bits of a single.
export const binaryFloat: Readonly<Record<FloatBinary, (a: number, b: number) => number>> = {
  fadd: (a, b) => a + b,
  fsub: (a, b) => a - b,
  fmul: (a, b) => a * b,
  fdiv: (a, b) => a / b,
  fmin: (a, b) => Math.min(a, b),
  fmax: (a, b) => Math.max(a, b),
  fcopysign: (a, b) => (isNegative(a) === isNegative(b) ? a : -a),
};

/** The sign bit; of a NaN as far as the JavaScript engine keeps it. */
function isNegative(value: number): boolean {
  if (value !== 0 && !Number.isNaN(value)) return value < 0;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  return bits.getInt8(0) < 0;
}

export type FloatUnary = "fneg" | "fabs" | "fsqrt" | "ffloor" | "fceil" | "ftrunc";

export const unaryFloat: Readonly<Record<FloatUnary, (a: number) => number>> = {
  fneg: (a) => -a,
  fabs: (a) => Math.abs(a),
  fsqrt: (a) => Math.sqrt(a),
  ffloor: (a) => Math.floor(a),
  fceil: (a) => Math.ceil(a),
  ftrunc: (a) => Math.trunc(a),
};

/** An integer to single, rounded once. A double is too narrow for the detour: its lowest bit carries what is below it. */
export function bigToSingle(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  let single: number;
  if (magnitude < 1n << 53n) {
    single = Math.fround(Number(magnitude));
  } else {
    const sticky = (magnitude & 0x7ffn) === 0n ? 0n : 1n;
    single = Math.fround(Number((magnitude >> 11n) | sticky) * 2048);
  }
  return value < 0n ? -single : single;
}

export function floatToI32(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.max(minI32, Math.min(2 ** 31 - 1, Math.trunc(value))) | 0;
}

export function floatToU32(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.max(0, Math.min(2 ** 32 - 1, Math.trunc(value))) | 0;
}

export function floatToI64(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? minI64 : BigInt(Math.trunc(value));
}

export function floatToU64(value: number): bigint {
  if (!(value > 0)) return 0n;
  return value >= 2 ** 64 ? -1n : s64(BigInt(Math.trunc(value)));
}

/** The float with these bits; a payload of a NaN as far as the JavaScript engine keeps it. */
export function floatFromBits(bits: bigint, type: "f32" | "f64"): number {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** The bits as an i64; of every NaN the canonical ones. */
export function f64Bits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return Number.isNaN(value) ? 0x7ff8_0000_0000_0000n : view.getBigInt64(0);
}

/** The bits as an i32; of every NaN the canonical ones. */
export function f32Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return Number.isNaN(value) ? 0x7fc0_0000 : view.getInt32(0);
}

/** The value; a NaN without its payload, which a JavaScript engine may keep or not. */
export function plainNaN(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}
