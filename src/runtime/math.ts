// Float functions. The transcendental ones have one implementation, which compiled code calls too, so that results
// agree to the bit in every tier.

/** Rounds half away from zero; keeps the sign of zero. `value - whole` is exact, which `value + 0.5` is not. */
export function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** Remainder with the sign of the dividend. */
export function floatRemainder(dividend: number, divisor: number): number {
  return dividend % divisor;
}

/** The host functions of floats by their symbols. */
export const mathHost = {
  rt_exp: Math.exp,
  rt_ln: Math.log,
  rt_log2: Math.log2,
  rt_log10: Math.log10,
  rt_sin: Math.sin,
  rt_cos: Math.cos,
  rt_tan: Math.tan,
  rt_asin: Math.asin,
  rt_acos: Math.acos,
  rt_atan: Math.atan,
  rt_atan2: Math.atan2,
  rt_tanh: Math.tanh,
  rt_pow: Math.pow,
  rt_fmod: floatRemainder,
} as const;
