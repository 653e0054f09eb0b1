// Number literals: `1_000`, `0xFFu64`, `6.022e23`, `0.1f32`.
import { intFacts, isFloatType, isIntType } from "../../ir/hir/index.ts";
import type { FloatLiteral, IntLiteral } from "./token.ts";

export interface LiteralProblem {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

export interface NumberScan {
  readonly literal: IntLiteral | FloatLiteral;
  readonly end: number;
  readonly problem: LiteralProblem | null;
}

/** What stands before a number matters twice: `t.0.1` holds two indexes, and `-128i8` is in range. */
export interface NumberContext {
  readonly afterDot: boolean;
  readonly afterMinus: boolean;
}

const zero: IntLiteral = { kind: "int", value: 0, suffix: null };
const radixes: Readonly<Record<string, { readonly digits: RegExp; readonly name: string }>> = {
  x: { digits: /^[0-9a-f_]*/i, name: "hexadecimal" },
  b: { digits: /^[01_]*/, name: "binary" },
  o: { digits: /^[0-7_]*/, name: "octal" },
};

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWordPart(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    code === 95
  );
}

function skipDigits(text: string, at: number): number {
  while (isDigit(text.charCodeAt(at)) || text.charCodeAt(at) === 95) at += 1;
  return at;
}

function skipWord(text: string, at: number): number {
  while (isWordPart(text.charCodeAt(at))) at += 1;
  return at;
}

/** Scans the number that starts at `at`, which holds a digit. The whole word is taken even when it is malformed. */
export function scanNumber(text: string, at: number, context: NumberContext): NumberScan {
  if (!context.afterDot && text.charCodeAt(at) === 48) {
    const radix = radixes[text.charAt(at + 1).toLowerCase()];
    if (radix !== undefined) return scanRadix(text, at, context);
  }
  let digitsEnd = skipDigits(text, at);
  // `100_km` and `1_`: the underscores belong to what follows.
  while (text.charCodeAt(digitsEnd - 1) === 95) digitsEnd -= 1;
  if (context.afterDot) return plainIndex(text, at, digitsEnd);
  let numberEnd = digitsEnd;
  let isFloat = false;
  if (text.charCodeAt(numberEnd) === 46 && isDigit(text.charCodeAt(numberEnd + 1))) {
    isFloat = true;
    numberEnd = skipDigits(text, numberEnd + 1);
    while (text.charCodeAt(numberEnd - 1) === 95) numberEnd -= 1;
  }
  const exponentEnd = skipExponent(text, numberEnd);
  if (exponentEnd > numberEnd) {
    isFloat = true;
    numberEnd = exponentEnd;
  }
  const end = skipWord(text, numberEnd);
  const suffix = text.slice(numberEnd, end);
  const digits = text.slice(at, numberEnd);
  if (isFloat || suffix === "f32" || suffix === "f64") return finishFloat(digits, suffix, end);
  return finishInt({ digits: digits.replaceAll("_", ""), suffix, end, context });
}

function plainIndex(text: string, at: number, end: number): NumberScan {
  const value = Number(text.slice(at, end).replaceAll("_", ""));
  return { literal: { kind: "int", value, suffix: null }, end, problem: null };
}

function skipExponent(text: string, at: number): number {
  const letter = text.charCodeAt(at);
  if (letter !== 101 && letter !== 69) return at;
  const sign = text.charCodeAt(at + 1);
  const digits = sign === 43 || sign === 45 ? at + 2 : at + 1;
  return isDigit(text.charCodeAt(digits)) ? skipDigits(text, digits) : at;
}

function scanRadix(text: string, at: number, context: NumberContext): NumberScan {
  const end = skipWord(text, at);
  const word = text.slice(at, end);
  const radix = radixes[word.charAt(1).toLowerCase()];
  const digits = radix?.digits.exec(word.slice(2))?.[0] ?? "";
  const suffix = word.slice(2 + digits.length);
  const name = radix?.name ?? "";
  if (digits.replaceAll("_", "") === "") {
    return bad(zero, end, {
      code: "lex/bad-number",
      message: `found \`${word}\`, expected ${name} digits after \`${word.slice(0, 2)}\``,
      help: `Write at least one ${name} digit.`,
    });
  }
  if (isDigit(suffix.charCodeAt(0))) {
    return bad(zero, end, {
      code: "lex/bad-number",
      message: `found \`${suffix.charAt(0)}\` in \`${word}\`, expected ${name} digits`,
      help: "Remove the digit or change the prefix of the number.",
    });
  }
  const clean = word.slice(0, 2).toLowerCase() + digits.replaceAll("_", "");
  return finishInt({ digits: clean, suffix, end, context });
}

function bad(literal: IntLiteral | FloatLiteral, end: number, problem: LiteralProblem): NumberScan {
  return { literal, end, problem };
}

function suffixProblem(word: string, suffix: string, expected: string): LiteralProblem {
  if (/^_+$/.test(suffix)) {
    return {
      code: "lex/bad-number",
      message: `found \`_\` at the end of \`${word}\`, expected a digit`,
      help: "Write `_` only between digits.",
    };
  }
  if (suffix.startsWith("_")) {
    return {
      code: "lex/unit-literal",
      message: `found the unit literal \`${word}\`, expected a plain number`,
      help: `Units are not part of core Simple: write \`${word.slice(0, -suffix.length)}\`.`,
    };
  }
  if (/^e_*$/i.test(suffix)) {
    return {
      code: "lex/bad-number",
      message: `found no digits after \`${suffix}\` in \`${word}\`, expected an exponent`,
      help: "Write the power of ten, as in `1e5`.",
    };
  }
  return {
    code: "lex/bad-suffix",
    message: `found the suffix \`${suffix}\` on a number, expected ${expected}`,
    help: "Remove the suffix, or put a space or an operator before the name.",
  };
}

function finishFloat(digits: string, suffix: string, end: number): NumberScan {
  const parsed = Number(digits.replaceAll("_", ""));
  const value = suffix === "f32" ? Math.fround(parsed) : parsed;
  const literal: FloatLiteral = {
    kind: "float",
    value,
    suffix: isFloatType(suffix) ? suffix : null,
  };
  if (suffix !== "" && !isFloatType(suffix)) {
    return bad(literal, end, suffixProblem(digits + suffix, suffix, "`f32` or `f64`"));
  }
  if (Number.isFinite(value)) return { literal, end, problem: null };
  return bad(literal, end, {
    code: "lex/float-out-of-range",
    message: `found \`${shorten(digits + suffix)}\`, expected a value that fits \`${suffix || "f64"}\``,
    help: "Use a smaller exponent, or `1.0 / 0.0` for infinity.",
  });
}

interface IntParts {
  readonly digits: string;
  readonly suffix: string;
  readonly end: number;
  readonly context: NumberContext;
}

function finishInt({ digits, suffix, end, context }: IntParts): NumberScan {
  if (suffix === "" && digits.length <= 15) {
    return { literal: { kind: "int", value: Number(digits), suffix: null }, end, problem: null };
  }
  if (suffix !== "" && !isIntType(suffix)) {
    const expected = "one of `i8` to `i64`, `u8` to `u64`, `f32`, `f64`";
    return bad(zero, end, suffixProblem(digits + suffix, suffix, expected));
  }
  const type = suffix === "" ? "i64" : suffix;
  const { bits, signed, max } = intFacts(type);
  // Reading a number takes more than linear time, so absurdly long ones are only known to be out of range.
  const value = BigInt(digits.length <= 400 ? digits : "0x1".padEnd(400, "0"));
  // Without a suffix everything up to the u64 range keeps its bit pattern.
  const limit =
    suffix === "" ? intFacts("u64").max : max + (signed && context.afterMinus ? 1n : 0n);
  const wrapped = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  const asNumber = Number(wrapped);
  const literal: IntLiteral = {
    kind: "int",
    value: Number.isSafeInteger(asNumber) ? asNumber : wrapped,
    suffix: suffix === "" ? null : suffix,
  };
  if (value <= limit) return { literal, end, problem: null };
  return bad(literal, end, {
    code: "lex/int-out-of-range",
    message: `found \`${shorten(digits + suffix)}\`, expected at most ${limit} for \`${suffix === "" ? "u64" : type}\``,
    help:
      suffix === "" || bits === 64
        ? "Use a smaller number, or a float literal such as `1e20`."
        : "Use a smaller number or a wider suffix.",
  });
}

function shorten(word: string): string {
  return word.length <= 40 ? word : `${word.slice(0, 20)}…${word.slice(-10)}`;
}
