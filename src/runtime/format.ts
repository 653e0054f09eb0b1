// Values under a format spec. A combination that `formatSpecProblem` refuses still yields a text: the part that does
// not apply is ignored.
import { exponentDigits, fixedDigits } from "./decimal.ts";
import { displayBool, displayF32, displayF64, displayInt } from "./display.ts";
import type { FormatSpec } from "./format-spec.ts";
import type { IntValue } from "./int.ts";

/** A number's text in the pieces that alignment and grouping work on. */
interface NumberText {
  readonly negative: boolean;
  /** `0x` and the like. */
  readonly prefix: string;
  /** The digits before the point; empty for `inf` and `NaN`. */
  readonly whole: string;
  /** Everything behind them. */
  readonly rest: string;
}

/** An integer as the spec says; float types convert it first. */
export function formatInt(value: IntValue, spec: FormatSpec): string {
  switch (spec.type) {
    case "s":
      return formatText(displayInt(value), spec);
    case "c":
      return padded(characterOf(value), spec, ">");
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
    case "%":
      return formatFloat(Number(value), spec);
    case "b":
    case "o":
    case "x":
    case "X":
    case "d":
    case "n":
    case null:
      return layout(intText(value, spec), spec);
  }
}

/** As the words for no type and `s`, else as the numbers 1 and 0. */
export function formatBool(value: boolean, spec: FormatSpec): string {
  return spec.type === null || spec.type === "s"
    ? formatText(displayBool(value), spec)
    : formatInt(value ? 1 : 0, spec);
}

/** An f64 as the spec says; without a precision `f`, `e` and `%` have 6 digits. */
export function formatFloat(value: number, spec: FormatSpec): string {
  return formatReal(value, spec, displayF64);
}

/** As for an f64, but where the spec gives no number of digits there are as few as an f32 needs. */
export function formatF32(value: number, spec: FormatSpec): string {
  return formatReal(value, spec, displayF32);
}

/** `display` gives the digits where the spec does not. */
function formatReal(value: number, spec: FormatSpec, display: (value: number) => string): string {
  return spec.type === "s"
    ? formatText(display(value), spec)
    : layout(floatText(value, spec, display), spec);
}

/** Cut to the precision and padded. */
export function formatText(text: string, spec: FormatSpec): string {
  const shown = spec.precision === null ? text : Array.from(text).slice(0, spec.precision).join("");
  return padded(shown, spec, "<");
}

function characterOf(value: IntValue): string {
  const valid = value >= 0 && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff);
  return valid ? String.fromCodePoint(Number(value)) : "\ufffd";
}

function intText(value: IntValue, { type, alternate }: FormatSpec): NumberText {
  const negative = value < 0;
  const magnitude = negative ? -value : value;
  const radix = type === "b" ? 2 : type === "o" ? 8 : type === "x" || type === "X" ? 16 : 10;
  const digits = magnitude.toString(radix);
  return {
    negative,
    prefix: alternate && radix !== 10 ? `0${type}` : "",
    whole: type === "X" ? digits.toUpperCase() : digits,
    rest: "",
  };
}

function floatText(
  value: number,
  spec: FormatSpec,
  display: (value: number) => string,
): NumberText {
  const negative = value < 0 || Object.is(value, -0);
  const magnitude = Math.abs(value);
  const percent = spec.type === "%" ? "%" : "";
  const upper = spec.type === "E" || spec.type === "F" || spec.type === "G";
  const scaled = spec.type === "%" ? magnitude * 100 : magnitude;
  if (!Number.isFinite(scaled)) {
    const word = scaled === Infinity ? "inf" : "NaN";
    return { negative, prefix: "", whole: "", rest: (upper ? word.toUpperCase() : word) + percent };
  }
  const { whole, rest } = magnitudeText(scaled, spec, display);
  return { negative, prefix: "", whole, rest: (upper ? rest.toUpperCase() : rest) + percent };
}

interface MagnitudeText {
  readonly whole: string;
  readonly rest: string;
}

function magnitudeText(
  value: number,
  spec: FormatSpec,
  display: (value: number) => string,
): MagnitudeText {
  const { type, precision, alternate } = spec;
  if (type === "f" || type === "F" || type === "%") {
    return fixedText(fixedDigits(value, precision ?? 6), alternate);
  }
  if (type === "e" || type === "E") {
    const { digits, exponent } = exponentDigits(value, precision ?? 6);
    return exponentText(digits, exponent, alternate);
  }
  if (type === "g" || type === "G" || type === "n") {
    return generalText(value, Math.max(precision ?? 6, 1), spec);
  }
  return precision === null
    ? splitDisplay(display(value))
    : generalText(value, Math.max(precision, 1), spec);
}

function fixedText(
  { whole, fraction }: { whole: string; fraction: string },
  alternate: boolean,
): MagnitudeText {
  return { whole, rest: fraction === "" && !alternate ? "" : `.${fraction}` };
}

function exponentText(digits: string, exponent: number, alternate: boolean): MagnitudeText {
  const point = digits.length > 1 || alternate ? "." : "";
  const sign = exponent < 0 ? "-" : "+";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return { whole: digits.slice(0, 1), rest: `${point}${digits.slice(1)}e${sign}${power}` };
}

/**
 * The `g` form with this many significant digits. Without a type the fixed form keeps a digit behind the point, and
 * gives way to the exponent form one power of ten earlier.
 */
function generalText(value: number, precision: number, spec: FormatSpec): MagnitudeText {
  const { digits, exponent } = exponentDigits(value, precision - 1);
  const typeless = spec.type === null;
  const significant = spec.alternate ? digits : digits.replace(/0+$/, "");
  if (exponent < -4 || exponent >= precision - (typeless ? 1 : 0)) {
    return exponentText(significant === "" ? "0" : significant, exponent, spec.alternate);
  }
  if (exponent < 0) {
    return { whole: "0", rest: `.${"0".repeat(-exponent - 1)}${significant}` };
  }
  const fraction = significant.slice(exponent + 1);
  const shown = typeless && fraction === "" ? "0" : fraction;
  return fixedText({ whole: digits.slice(0, exponent + 1), fraction: shown }, spec.alternate);
}

function splitDisplay(text: string): MagnitudeText {
  const end = /[^\d]/.exec(text)?.index ?? text.length;
  return { whole: text.slice(0, end), rest: text.slice(end) };
}

/** Sign, grouping, padding. */
function layout(number: NumberText, spec: FormatSpec): string {
  const sign = number.negative ? "-" : spec.sign === "-" ? "" : spec.sign;
  const head = sign + number.prefix;
  const inner = (spec.align ?? (spec.zeroPadded ? "=" : ">")) === "=";
  if (number.whole !== "" && spec.separator !== "") {
    const size = isDecimal(spec) ? 3 : 4;
    const room = inner && spec.fill === "0" ? spec.width - head.length - number.rest.length : 0;
    const grouped = groupDigits(number.whole, { separator: spec.separator, size }, room);
    return alignNumber(head, grouped + number.rest, spec);
  }
  return alignNumber(head, number.whole + number.rest, spec);
}

function isDecimal({ type }: FormatSpec): boolean {
  return type !== "b" && type !== "o" && type !== "x" && type !== "X";
}

function alignNumber(head: string, body: string, spec: FormatSpec): string {
  const align = spec.align ?? (spec.zeroPadded ? "=" : ">");
  if (align !== "=") return padded(head + body, spec, ">");
  const missing = spec.width - head.length - body.length;
  return missing > 0 ? head + spec.fill.repeat(missing) + body : head + body;
}

/**
 * Separates groups of digits and adds zeros in front until the text has `room` characters. A separator never comes
 * first, so the text may end up one longer.
 */
function groupDigits(
  digits: string,
  { separator, size }: { separator: string; size: number },
  room: number,
): string {
  const groups: string[] = [];
  let rest = digits.length;
  let missing = room;
  for (;;) {
    const length = Math.min(size, Math.max(rest, missing, 1));
    const from = Math.max(0, rest - length);
    groups.unshift(digits.slice(from, rest).padStart(length, "0"));
    rest = from;
    missing -= length;
    if (rest === 0 && missing <= 0) break;
    missing -= 1;
  }
  return groups.join(separator);
}

function padded(text: string, spec: FormatSpec, usual: "<" | ">"): string {
  const missing = spec.width - Array.from(text).length;
  if (missing <= 0) return text;
  switch (spec.align ?? usual) {
    case "<":
      return text + spec.fill.repeat(missing);
    case "^": {
      const before = missing >> 1;
      return spec.fill.repeat(before) + text + spec.fill.repeat(missing - before);
    }
    case ">":
    case "=":
      return spec.fill.repeat(missing) + text;
  }
}
