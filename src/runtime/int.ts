// Integer arithmetic of tier 0: for every type and operation one function, exact and wrapping at the type's width.
//
// An `IntValue` is canonical: a number if it is a safe integer, else a bigint, never -0. Canonical operands give a
// canonical result, so equal integers are always `===`. Types of 32 bits and less hold numbers only.

/** An integer in tier 0: a number where it is safe, else a bigint. Equal integers are always `===`. */
export type IntValue = number | bigint;

/** The integer types of HIR, by name. */
export type IntType = "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64";
/** The types whose values may be bigints in tier 0. */
export type WideIntType = "i64" | "u64";
/** The types whose values are always numbers in tier 0. */
export type NarrowIntType = Exclude<IntType, WideIntType>;

/** The binary operations of integers. */
export type IntOp = "add" | "sub" | "mul" | "div" | "rem" | "and" | "or" | "xor" | "shl" | "shr";

/** The operations of a type whose values are `V`. Divisors are not 0: the caller has checked. */
export type IntOps<V> = Readonly<Record<IntOp, (left: V, right: V) => V>> & {
  readonly neg: (operand: V) => V;
  readonly bnot: (operand: V) => V;
  readonly abs: (operand: V) => V;
};

/** The greatest integer that an `IntValue` holds as a number. */
export const maxSafe = Number.MAX_SAFE_INTEGER;
/** The least integer that an `IntValue` holds as a number. */
export const minSafe = Number.MIN_SAFE_INTEGER;
const maxSafeBig = BigInt(maxSafe);
const minSafeBig = BigInt(minSafe);
const two32 = 0x1_0000_0000;

/** 2^n for n in 0 … 63. */
const powers: readonly number[] = Array.from({ length: 64 }, (_, n) => 2 ** n);

/** The canonical form of an integer. */
export function canonicalInt(value: bigint): IntValue {
  return value >= minSafeBig && value <= maxSafeBig ? Number(value) : value;
}

/** The canonical i64 of the low 64 bits. */
export function wrapI64(value: bigint): IntValue {
  return canonicalInt(BigInt.asIntN(64, value));
}

/** The canonical u64 of the low 64 bits. */
export function wrapU64(value: bigint): IntValue {
  return canonicalInt(BigInt.asUintN(64, value));
}

/** Puts two 32-bit halves together; `high` is signed for i64 and unsigned for u64, `low` unsigned. */
export function joinHalves(high: number, low: number): IntValue {
  const value = high * two32 + low;
  if (value >= minSafe && value <= maxSafe) return value;
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The upper 32 bits, signed. */
export function highHalf(value: IntValue): number {
  return typeof value === "number"
    ? Math.floor(value / two32) | 0
    : Number(BigInt.asIntN(32, value >> 32n));
}

/** The lower 32 bits, signed. */
export function lowHalf(value: IntValue): number {
  return typeof value === "number" ? value | 0 : Number(BigInt.asIntN(32, value));
}

/** A shift count taken modulo 64. */
function count64(value: IntValue): number {
  return typeof value === "number" ? value & 63 : Number(value & 63n);
}

// 64 bits. Where both operands are numbers and the rounded result is safe, the result is exact: an exact result at or
// beyond 2^53 never rounds to below it. Adding 0 turns -0 into 0.

/** `left + right`, wrapped to i64. */
export function addI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (sum >= minSafe && sum <= maxSafe) return sum;
  }
  return wrapI64(BigInt(left) + BigInt(right));
}

/** `left - right`, wrapped to i64. */
export function subI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    const difference = left - right;
    if (difference >= minSafe && difference <= maxSafe) return difference;
  }
  return wrapI64(BigInt(left) - BigInt(right));
}

/** `left * right`, wrapped to i64. */
export function mulI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    const product = left * right;
    if (product >= minSafe && product <= maxSafe) return product + 0;
  }
  return wrapI64(BigInt(left) * BigInt(right));
}

// The quotient of safe integers is at least 1/right away from an integer that it is not, which is more than the
// rounding error of the division, so truncating the double is exact.

/** `left / right` of two i64, towards zero; the least divided by -1 wraps. `right` is not 0. */
export function divI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") return Math.trunc(left / right) + 0;
  return wrapI64(BigInt(left) / BigInt(right));
}

/** The remainder of `left / right` of two i64, with the sign of `left`. `right` is not 0. */
export function remI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") return (left % right) + 0;
  return wrapI64(BigInt(left) % BigInt(right));
}

/** `left & right` of two i64. */
export function andI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    if ((left | 0) === left && (right | 0) === right) return left & right;
    return joinHalves(highHalf(left) & highHalf(right), (left & right) >>> 0);
  }
  return wrapI64(BigInt(left) & BigInt(right));
}

/** `left | right` of two i64. */
export function orI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    if ((left | 0) === left && (right | 0) === right) return left | right;
    return joinHalves(highHalf(left) | highHalf(right), (left | right) >>> 0);
  }
  return wrapI64(BigInt(left) | BigInt(right));
}

/** `left ^ right` of two i64. */
export function xorI64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    if ((left | 0) === left && (right | 0) === right) return left ^ right;
    return joinHalves(highHalf(left) ^ highHalf(right), (left ^ right) >>> 0);
  }
  return wrapI64(BigInt(left) ^ BigInt(right));
}

/** `left << right`, wrapped to i64; the count is taken modulo 64. */
export function shlI64(left: IntValue, right: IntValue): IntValue {
  const count = count64(right);
  if (typeof left === "number") {
    const shifted = left * (powers[count] ?? 0);
    if (shifted >= minSafe && shifted <= maxSafe) return shifted;
  }
  return wrapI64(BigInt(left) << BigInt(count));
}

/** `left >> right` of an i64, with its sign; the count is taken modulo 64. */
export function shrI64(left: IntValue, right: IntValue): IntValue {
  const count = count64(right);
  if (typeof left === "number") return Math.floor(left / (powers[count] ?? 1));
  return canonicalInt(left >> BigInt(count));
}

export function negI64(operand: IntValue): IntValue {
  return typeof operand === "number" ? 0 - operand : wrapI64(-operand);
}

export function bnotI64(operand: IntValue): IntValue {
  return typeof operand === "number" && operand < maxSafe
    ? -1 - operand
    : canonicalInt(~BigInt(operand));
}

export function absI64(operand: IntValue): IntValue {
  return operand < 0 ? negI64(operand) : operand;
}

/** `left + right`, wrapped to u64. */
export function addU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (sum <= maxSafe) return sum;
  }
  return wrapU64(BigInt(left) + BigInt(right));
}

/** `left - right`, wrapped to u64. */
export function subU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number" && left >= right) return left - right;
  return wrapU64(BigInt(left) - BigInt(right));
}

/** `left * right`, wrapped to u64. */
export function mulU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    const product = left * right;
    if (product <= maxSafe) return product;
  }
  return wrapU64(BigInt(left) * BigInt(right));
}

/** `left / right` of two u64. `right` is not 0. */
export function divU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") return Math.trunc(left / right);
  return canonicalInt(BigInt(left) / BigInt(right));
}

/** The remainder of `left / right` of two u64. `right` is not 0. */
export function remU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") return left % right;
  return canonicalInt(BigInt(left) % BigInt(right));
}

/** `left & right` of two u64. */
export function andU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    return (highHalf(left) & highHalf(right)) * two32 + ((left & right) >>> 0);
  }
  return canonicalInt(BigInt(left) & BigInt(right));
}

/** `left | right` of two u64. */
export function orU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    return (highHalf(left) | highHalf(right)) * two32 + ((left | right) >>> 0);
  }
  return canonicalInt(BigInt(left) | BigInt(right));
}

/** `left ^ right` of two u64. */
export function xorU64(left: IntValue, right: IntValue): IntValue {
  if (typeof left === "number" && typeof right === "number") {
    return (highHalf(left) ^ highHalf(right)) * two32 + ((left ^ right) >>> 0);
  }
  return canonicalInt(BigInt(left) ^ BigInt(right));
}

/** `left << right`, wrapped to u64; the count is taken modulo 64. */
export function shlU64(left: IntValue, right: IntValue): IntValue {
  const count = count64(right);
  if (typeof left === "number") {
    const shifted = left * (powers[count] ?? 0);
    if (shifted <= maxSafe) return shifted;
  }
  return wrapU64(BigInt(left) << BigInt(count));
}

/** `left >> right` of a u64; the count is taken modulo 64. The same as for an i64, as no u64 is negative here. */
export const shrU64 = shrI64;

export function negU64(operand: IntValue): IntValue {
  return operand === 0 ? 0 : wrapU64(-BigInt(operand));
}

export function bnotU64(operand: IntValue): IntValue {
  return wrapU64(~BigInt(operand));
}

function identity<V>(operand: V): V {
  return operand;
}

/** Wraps a number of any safe size, or the exact result of an operation on narrow operands, to the type. */
export const wrapNarrow: Readonly<Record<NarrowIntType, (value: number) => number>> = {
  i8: (value) => (value << 24) >> 24,
  i16: (value) => (value << 16) >> 16,
  i32: (value) => value | 0,
  u8: (value) => value & 0xff,
  u16: (value) => value & 0xffff,
  u32: (value) => value >>> 0,
};

const i8Ops: IntOps<number> = {
  add: (left, right) => ((left + right) << 24) >> 24,
  sub: (left, right) => ((left - right) << 24) >> 24,
  mul: (left, right) => ((left * right) << 24) >> 24,
  div: (left, right) => (((left / right) | 0) << 24) >> 24,
  rem: (left, right) => (left % right) | 0,
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
  shl: (left, right) => (left << (24 + (right & 7))) >> 24,
  shr: (left, right) => left >> (right & 7),
  neg: (operand) => (-operand << 24) >> 24,
  bnot: (operand) => ~operand,
  abs: (operand) => (Math.abs(operand) << 24) >> 24,
};

const i16Ops: IntOps<number> = {
  add: (left, right) => ((left + right) << 16) >> 16,
  sub: (left, right) => ((left - right) << 16) >> 16,
  mul: (left, right) => ((left * right) << 16) >> 16,
  div: (left, right) => (((left / right) | 0) << 16) >> 16,
  rem: (left, right) => (left % right) | 0,
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
  shl: (left, right) => (left << (16 + (right & 15))) >> 16,
  shr: (left, right) => left >> (right & 15),
  neg: (operand) => (-operand << 16) >> 16,
  bnot: (operand) => ~operand,
  abs: (operand) => (Math.abs(operand) << 16) >> 16,
};

const i32Ops: IntOps<number> = {
  add: (left, right) => (left + right) | 0,
  sub: (left, right) => (left - right) | 0,
  mul: Math.imul,
  div: (left, right) => (left / right) | 0,
  rem: (left, right) => (left % right) | 0,
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
  shl: (left, right) => left << right,
  shr: (left, right) => left >> right,
  neg: (operand) => -operand | 0,
  bnot: (operand) => ~operand,
  abs: (operand) => Math.abs(operand) | 0,
};

const u8Ops: IntOps<number> = {
  add: (left, right) => (left + right) & 0xff,
  sub: (left, right) => (left - right) & 0xff,
  mul: (left, right) => (left * right) & 0xff,
  div: (left, right) => (left / right) | 0,
  rem: (left, right) => left % right,
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
  shl: (left, right) => (left << (right & 7)) & 0xff,
  shr: (left, right) => left >> (right & 7),
  neg: (operand) => -operand & 0xff,
  bnot: (operand) => ~operand & 0xff,
  abs: identity,
};

const u16Ops: IntOps<number> = {
  add: (left, right) => (left + right) & 0xffff,
  sub: (left, right) => (left - right) & 0xffff,
  mul: (left, right) => Math.imul(left, right) & 0xffff,
  div: (left, right) => (left / right) | 0,
  rem: (left, right) => left % right,
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
  shl: (left, right) => (left << (right & 15)) & 0xffff,
  shr: (left, right) => left >> (right & 15),
  neg: (operand) => -operand & 0xffff,
  bnot: (operand) => ~operand & 0xffff,
  abs: identity,
};

const u32Ops: IntOps<number> = {
  add: (left, right) => (left + right) >>> 0,
  sub: (left, right) => (left - right) >>> 0,
  mul: (left, right) => Math.imul(left, right) >>> 0,
  div: (left, right) => (left / right) >>> 0,
  rem: (left, right) => left % right,
  and: (left, right) => (left & right) >>> 0,
  or: (left, right) => (left | right) >>> 0,
  xor: (left, right) => (left ^ right) >>> 0,
  shl: (left, right) => (left << right) >>> 0,
  shr: (left, right) => left >>> right,
  neg: (operand) => -operand >>> 0,
  bnot: (operand) => ~operand >>> 0,
  abs: identity,
};

/** The operations of the types whose values are always numbers. */
export const narrowIntOps: Readonly<Record<NarrowIntType, IntOps<number>>> = {
  i8: i8Ops,
  i16: i16Ops,
  i32: i32Ops,
  u8: u8Ops,
  u16: u16Ops,
  u32: u32Ops,
};

/** The operations of the 64-bit types. */
export const wideIntOps: Readonly<Record<WideIntType, IntOps<IntValue>>> = {
  i64: {
    add: addI64,
    sub: subI64,
    mul: mulI64,
    div: divI64,
    rem: remI64,
    and: andI64,
    or: orI64,
    xor: xorI64,
    shl: shlI64,
    shr: shrI64,
    neg: negI64,
    bnot: bnotI64,
    abs: absI64,
  },
  u64: {
    add: addU64,
    sub: subU64,
    mul: mulU64,
    div: divU64,
    rem: remU64,
    and: andU64,
    or: orU64,
    xor: xorU64,
    shl: shlU64,
    shr: shrU64,
    neg: negU64,
    bnot: bnotU64,
    abs: identity,
  },
};
