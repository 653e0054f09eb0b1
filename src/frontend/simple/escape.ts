// Escapes in text literals.

export interface Escape {
  readonly text: string;
  /** Offset after the escape. */
  readonly end: number;
  /** What is wrong with it, or null. */
  readonly problem: string | null;
}

const simple: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

const octal = /[0-3][0-7]{0,2}|[4-7][0-7]?/y;
const hexPair = /x[0-9a-fA-F]{2}/y;
const hexQuad = /u[0-9a-fA-F]{4}/y;
const hexBraced = /u\{[0-9a-fA-F]{1,8}\}/y;

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Reads the escape whose backslash stands at `at`; `limit` is where the text ends at the latest. */
export function readEscape(text: string, at: number, limit: number): Escape {
  if (at + 1 >= limit) {
    return { text: "", end: limit, problem: "found nothing after `\\`, expected an escape" };
  }
  const letter = text.charAt(at + 1);
  const known = simple[letter];
  if (known !== undefined) return { text: known, end: at + 2, problem: null };
  const digits = matchAt(octal, text, at + 1);
  if (digits !== null) {
    return {
      text: String.fromCharCode(Number.parseInt(digits, 8)),
      end: at + 1 + digits.length,
      problem: null,
    };
  }
  if (letter === "x" || letter === "u") return readHex(text, at);
  // An unknown escape yields the character itself, which may take two code units.
  const character = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  return { text: character, end: at + 1 + character.length, problem: null };
}

function readHex(text: string, at: number): Escape {
  const found =
    matchAt(hexPair, text, at + 1) ??
    matchAt(hexQuad, text, at + 1) ??
    matchAt(hexBraced, text, at + 1);
  const letter = text.charAt(at + 1);
  if (found === null) {
    const expected = letter === "x" ? "two hexadecimal digits" : "four hexadecimal digits or `{…}`";
    return {
      text: "",
      end: at + 2,
      problem: `found \`\\${letter}\` without digits, expected ${expected}`,
    };
  }
  const end = at + 1 + found.length;
  const code = Number.parseInt(found.replaceAll(/[xu{}]/g, ""), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    const problem = `found \`\\${found}\`, expected a Unicode character (0 to 10FFFF without surrogates)`;
    return { text: "", end, problem };
  }
  return { text: String.fromCodePoint(code), end, problem: null };
}
