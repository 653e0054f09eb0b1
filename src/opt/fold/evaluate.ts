// The meaning of opcodes on constants. Integers are canonical signed values of their type.
import type { FloatCond, IntCond, MirType, Opcode } from "../../ir/mir/index.ts";
import { bitWidth, unsigned, wrap } from "../rewriter.ts";

type IntBinary = (a: bigint, b: bigint, type: MirType) => bigint | undefined;
type IntUnary = (a: bigint, type: MirType) => bigint;

function count(b: bigint, type: MirType): bigint {
  return b & (bitWidth(type) - 1n);
}

/** Undefined where the operation traps or has no meaning. */
const intBinaries: Partial<Record<Opcode, IntBinary>> = {
  iadd: (a, b, type) => wrap(type, a + b),
  isub: (a, b, type) => wrap(type, a - b),
  imul: (a, b, type) => wrap(type, a * b),
  sdiv: (a, b, type) => (b === 0n ? undefined : wrap(type, a / b)),
  sdiv_exact: (a, b, type) => {
    if (b === 0n || a / b !== wrap(type, a / b)) return undefined;
    return a / b;
  },
  srem: (a, b) => (b === 0n ? undefined : a % b),
  udiv: (a, b, type) => (b === 0n ? undefined : wrap(type, unsigned(type, a) / unsigned(type, b))),
  urem: (a, b, type) => (b === 0n ? undefined : wrap(type, unsigned(type, a) % unsigned(type, b))),
  band: (a, b) => a & b,
  bor: (a, b) => a | b,
  bxor: (a, b) => a ^ b,
  ishl: (a, b, type) => wrap(type, a << count(b, type)),
  sshr: (a, b, type) => a >> count(b, type),
  ushr: (a, b, type) => wrap(type, unsigned(type, a) >> count(b, type)),
};

function leadingZeros(a: bigint, type: MirType): bigint {
  const bits = unsigned(type, a);
  return bits === 0n ? bitWidth(type) : bitWidth(type) - BigInt(bits.toString(2).length);
}

function trailingZeros(a: bigint, type: MirType): bigint {
  const bits = unsigned(type, a);
  return bits === 0n ? bitWidth(type) : BigInt((bits & -bits).toString(2).length - 1);
}

function population(a: bigint, type: MirType): bigint {
  let ones = 0n;
  for (let bits = unsigned(type, a); bits !== 0n; bits &= bits - 1n) ones += 1n;
  return ones;
}

const intUnaries: Partial<Record<Opcode, IntUnary>> = {
  iclz: leadingZeros,
  ictz: trailingZeros,
  ipopcnt: population,
  sext8: (a) => BigInt.asIntN(8, a),
  sext16: (a) => BigInt.asIntN(16, a),
};

/** The result of an integer operation, or undefined if it traps or the opcode is not one. */
export function evaluateIntBinary(
  op: Opcode,
  type: MirType,
  a: bigint,
  b: bigint,
): bigint | undefined {
  return intBinaries[op]?.(a, b, type);
}

export function evaluateIntUnary(op: Opcode, type: MirType, a: bigint): bigint | undefined {
  return intUnaries[op]?.(a, type);
}

export function evaluateIcmp(cond: IntCond, type: MirType, a: bigint, b: bigint): boolean {
  switch (cond) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "slt":
      return a < b;
    case "sle":
      return a <= b;
    case "sgt":
      return a > b;
    case "sge":
      return a >= b;
    case "ult":
      return unsigned(type, a) < unsigned(type, b);
    case "ule":
      return unsigned(type, a) <= unsigned(type, b);
    case "ugt":
      return unsigned(type, a) > unsigned(type, b);
    case "uge":
      return unsigned(type, a) >= unsigned(type, b);
  }
}

export function evaluateFcmp(cond: FloatCond, a: number, b: number): boolean {
  switch (cond) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "gt":
      return a > b;
    case "ge":
      return a >= b;
  }
}

const floatBinaries: Partial<Record<Opcode, (a: number, b: number) => number>> = {
  fadd: (a, b) => a + b,
  fsub: (a, b) => a - b,
  fmul: (a, b) => a * b,
  fdiv: (a, b) => a / b,
  fmin: (a, b) => Math.min(a, b),
  fmax: (a, b) => Math.max(a, b),
  fcopysign: (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
};

const floatUnaries: Partial<Record<Opcode, (a: number) => number>> = {
  fneg: (a) => -a,
  fabs: (a) => Math.abs(a),
  fsqrt: (a) => Math.sqrt(a),
  ffloor: (a) => Math.floor(a),
  fceil: (a) => Math.ceil(a),
  ftrunc: (a) => Math.trunc(a),
};

/**
 * The result of a float operation; undefined if an operand or the result is NaN, whose bits targets choose.
 * For f32 the f64 operation rounded once more is exact: 53 bits are more than twice 24 plus 2.
 */
export function evaluateFloat(
  op: Opcode,
  type: MirType,
  a: number,
  b: number | undefined,
): number | undefined {
  if (Number.isNaN(a) || (b !== undefined && Number.isNaN(b))) return undefined;
  const exact = b === undefined ? floatUnaries[op]?.(a) : floatBinaries[op]?.(a, b);
  if (exact === undefined || Number.isNaN(exact)) return undefined;
  return type === "f32" ? Math.fround(exact) : exact;
}

const integerLimits: Partial<Record<Opcode, readonly [low: bigint, high: bigint, width: number]>> =
  {
    float_to_i32_s: [-(2n ** 31n), 2n ** 31n - 1n, 32],
    float_to_i32_u: [0n, 2n ** 32n - 1n, 32],
    float_to_i64_s: [-(2n ** 63n), 2n ** 63n - 1n, 64],
    float_to_i64_u: [0n, 2n ** 64n - 1n, 64],
  };

/** The result of a `float_to_*` conversion as a canonical integer. */
export function evaluateFloatToInt(op: Opcode, a: number): bigint | undefined {
  const limits = integerLimits[op];
  if (limits === undefined) return undefined;
  if (Number.isNaN(a)) return 0n;
  const [low, high, width] = limits;
  if (a <= Number(low)) return BigInt.asIntN(width, low);
  if (a >= Number(high)) return BigInt.asIntN(width, high);
  return BigInt.asIntN(width, BigInt(Math.trunc(a)));
}

const intOperands: Partial<Record<Opcode, (a: bigint) => bigint>> = {
  i32_to_float_s: (a) => a,
  i32_to_float_u: (a) => BigInt.asUintN(32, a),
  i64_to_float_s: (a) => a,
  i64_to_float_u: (a) => BigInt.asUintN(64, a),
};

/** The result of an `i*_to_float_*` conversion. */
export function evaluateIntToFloat(op: Opcode, type: MirType, a: bigint): number | undefined {
  const integer = intOperands[op]?.(a);
  return integer === undefined ? undefined : roundToFloat(type, integer);
}

/** To nearest even in one step; `Math.fround(Number(a))` would round twice. */
function roundToFloat(type: MirType, a: bigint): number {
  if (type === "f64") return Number(a);
  const magnitude = a < 0n ? -a : a;
  const excess = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  if (excess === 0n) return Math.fround(Number(a));
  // Bits below the 53 kept ones only matter as "not zero" for the rounding to 24 bits.
  const kept = (magnitude >> excess) | (magnitude & ((1n << excess) - 1n) ? 1n : 0n);
  const rounded = Math.fround(Number(kept << excess));
  return a < 0n ? -rounded : rounded;
}
