// Ends of integer intervals as doubles, in an order-preserving code, because bigints are slow and doubles end at 2^53.
//
//   |code| <= near        the integer itself
//   code in (near, far]   the greatest i64 less (far - code)
//   code in [-far, -near) the least i64 plus (code + far)
//
// Comparing codes compares integers. The integers in the gaps between have no code: a low end is rounded down and a
// high end up. So loops up to an unknown i64 bound keep exact ends ("at most the greatest less one"). Integers of
// i32 are always near.

const near = 2 ** 51;
const far = 2 ** 52;
/** Distances from the ends of i64 that have codes are less than this. */
const reach = far - near;

/** The code of the least and of the greatest i64. */
export const leastI64: number = -far;
/** The double for the greatest i64; see `leastI64`. */
export const greatestI64: number = far;

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

/** Whether a code stands for its own number. */
export function isExact(code: number): boolean {
  return Math.abs(code) <= near;
}

/** An integer beyond the exact codes, rounded: the nearest code above (`up`) or below. */
function roundGap(positive: boolean, up: boolean): number {
  if (positive) return up ? near + 1 : near;
  return up ? -near : -near - 1;
}

/** The code of an i64; in a gap rounded up or down. */
export function encodeBound(value: bigint, up: boolean): number {
  if (value >= -BigInt(near) && value <= BigInt(near)) return Number(value);
  const distance = Number(value > 0n ? greatest - value : value - least);
  if (distance >= reach) return roundGap(value > 0n, up);
  return value > 0n ? far - distance : distance - far;
}

/** The i64 of a code. */
export function decodeBound(code: number): bigint {
  if (isExact(code)) return BigInt(code);
  return code > 0 ? greatest - BigInt(far - code) : least + BigInt(code + far);
}

/** The code of an integral double of magnitude up to 2^62; beyond that NaN. */
export function encodeDouble(value: number, up: boolean): number {
  if (Math.abs(value) <= near) return value;
  return Math.abs(value) <= 2 ** 62 ? roundGap(value > 0, up) : Number.NaN;
}

/** The sum; NaN if it may not be an i64, or an operand is NaN. */
export function addBounds(a: number, b: number, up: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  const aExact = isExact(a);
  const bExact = isExact(b);
  if (aExact && bExact) return encodeDouble(a + b, up);
  if (!aExact && !bExact) {
    if (a > 0 === b > 0) return Number.NaN;
    return a + b - 1;
  }
  const end = aExact ? b : a;
  const offset = aExact ? a : b;
  if (end > 0) {
    const distance = far - end - offset;
    if (distance < 0) return Number.NaN;
    return distance < reach ? far - distance : roundGap(true, up);
  }
  const distance = end + far + offset;
  if (distance < 0) return Number.NaN;
  return distance < reach ? distance - far : roundGap(false, up);
}

/** The negation; NaN if it may not be an i64. */
export function negateBound(code: number, up: boolean): number {
  if (isExact(code)) return -code;
  if (code > 0) {
    const distance = far - code + 1;
    return distance < reach ? distance - far : roundGap(false, up);
  }
  const distance = code + far - 1;
  return distance < 0 ? Number.NaN : far - distance;
}

/** The greatest code that is certainly not less than the integer before; NaN before the least. */
export function before(code: number): number {
  if (code === -far) return Number.NaN;
  return code === near + 1 || code === -near ? code : code - 1;
}

/** The least code that is certainly not more than the integer after; NaN after the greatest. */
export function after(code: number): number {
  if (code === far) return Number.NaN;
  return code === near || code === -near - 1 ? code : code + 1;
}
