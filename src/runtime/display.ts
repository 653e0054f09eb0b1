// Display forms: what `print` writes for a value.
import type { IntValue } from "./int.ts";

/** Decimal digits, with `-` in front of a negative number. */
export function displayInt(value: IntValue): string {
  return String(value);
}

/** `true` or `false`. */
export function displayBool(value: boolean): string {
  return value ? "true" : "false";
}

/**
 * The shortest digits that read back as the same f64. Whole values end in `.0`; from 1e-4 up to below 1e16 there is
 * no exponent, otherwise the form is `1.5e16` or `1e-5`. `inf`, `-inf`, `NaN`, `-0.0`.
 */
export function displayF64(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  if (magnitude === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  return displayNonFinite(value) ?? value.toExponential().replace("e+", "e");
}

/** `inf`, `-inf` or `NaN`; undefined for a finite value. */
export function displayNonFinite(value: number): string | undefined {
  if (value !== value) return "NaN";
  if (value === Infinity) return "inf";
  return value === -Infinity ? "-inf" : undefined;
}

/** As `displayF64`, with the fewest digits that read back as the same f32: `0.1`, not `0.10000000149011612`. */
export function displayF32(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return displayF64(value);
  if (!Number.isFinite(value)) return displayF64(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const nearest = value.toExponential(digits - 1);
    const short = Number(nearest);
    if (Math.fround(short) === value) return displayF64(short);
    const above = nextDecimal(nearest);
    if (Math.abs(above) > Math.abs(value) && Math.fround(above) === value) return displayF64(above);
  }
  return displayF64(Number(value.toPrecision(9)));
}

/**
 * The decimal one step further from zero. Above a power of two floats are twice as far apart as below it, so this one
 * may read back where the nearest decimal, which lies below, does not.
 */
function nextDecimal(text: string): number {
  const end = text.indexOf("e");
  const mantissa = text.slice(0, end);
  const point = mantissa.indexOf(".");
  const places = point < 0 ? 0 : mantissa.length - point - 1;
  const digits = Number(mantissa.replace(".", ""));
  return Number(`${digits + Math.sign(digits)}e${Number(text.slice(end + 1)) - places}`);
}
