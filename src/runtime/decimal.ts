// Exact conversion of floats to decimal digits, rounded half to even on the exact binary value. `toFixed` and
// `toExponential` round ties up and stop at 100 digits or 1e21.

interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** `value` = mantissa × 2^exponent. The value is finite and not negative. */
function decompose(value: number): Binary {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const biased = Number(bits >> 52n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** The integer nearest to value × 10^power, ties to even. */
function scaled({ mantissa, exponent }: Binary, power: number): bigint {
  let numerator = mantissa;
  let denominator = 1n;
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator = 10n ** BigInt(-power);
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  const quotient = numerator / denominator;
  const twice = (numerator - quotient * denominator) * 2n;
  const up = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

export interface FixedDigits {
  readonly whole: string;
  /** As many digits as asked for. */
  readonly fraction: string;
}

/** Digits with `precision` places. The value is finite and not negative. */
export function fixedDigits(value: number, precision: number): FixedDigits {
  // A tie is an odd number of halves of the last place, and so of 2^-(precision + 1).
  const isTie = (value * 2 ** (precision + 1)) % 2 === 1;
  if (!isTie && value < 1e21 && precision <= 100) {
    const [whole = "", fraction = ""] = value.toFixed(precision).split(".");
    return { whole, fraction };
  }
  const digits = String(scaled(decompose(value), precision)).padStart(precision + 1, "0");
  const point = digits.length - precision;
  return { whole: digits.slice(0, point), fraction: digits.slice(point) };
}

export interface ExponentDigits {
  /** One more than the precision; the point belongs behind the first. */
  readonly digits: string;
  readonly exponent: number;
}

/** Digits with `precision` places behind the first. The value is finite and not negative. */
export function exponentDigits(value: number, precision: number): ExponentDigits {
  if (value === 0) return { digits: "0".repeat(precision + 1), exponent: 0 };
  const binary = decompose(value);
  // The shortest form may have been rounded up to the next power of ten.
  let exponent = Number(value.toExponential().split("e")[1]);
  let digits = String(scaled(binary, precision - exponent));
  if (digits.length <= precision) {
    exponent -= 1;
    digits = String(scaled(binary, precision - exponent));
  }
  if (digits.length > precision + 1) {
    exponent += 1;
    digits = digits.slice(0, -1);
  }
  return { digits, exponent };
}
