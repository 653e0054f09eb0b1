// Literals of the MIR text form: floats, integers, symbols and strings, both directions.
//
// A float prints as the shortest decimal that reads back as the same value of its type, or as `inf`, `-inf`, `nan`.
// A NaN with a payload is held as its raw bits (bigint) and prints as `nan:0x…`.
// In strings `\hh` is the byte (in data) or the character (in names) with that hexadecimal number; `\u{…}` is any UTF-16
// code unit or code point. The quote and the backslash are always escaped, so a string ends at the next quote.

/** The text of a float immediate; total for any number or bigint. */
export function formatFloat(value: number | bigint, type: "f32" | "f64"): string {
  if (typeof value === "bigint") return `nan:0x${value.toString(16)}`;
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const text = type === "f32" ? shortestSingle(value) : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function shortestSingle(value: number): string {
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

/** The number that decimal text such as `-1.5e3` or `1_000` means, rounded to the type; undefined if it is none. */
export function parseFloatText(text: string, type: "f32" | "f64"): number | undefined {
  if (!/^-?[0-9][0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text.replaceAll("_", ""));
  return type === "f32" ? Math.fround(value) : value;
}

/** The integer that decimal or hexadecimal text means; undefined if it is none. */
export function parseIntText(text: string): bigint | undefined {
  const match = /^(-?)(0x[0-9a-fA-F_]*[0-9a-fA-F]|[0-9][0-9_]*)$/.exec(text);
  const digits = match?.[2];
  if (match === null || digits === undefined) return undefined;
  const magnitude = BigInt(digits.replaceAll("_", ""));
  return match[1] === "-" ? -magnitude : magnitude;
}

/** Whether these are the bits of a NaN of the type. */
export function isNanBits(bits: bigint, type: "f32" | "f64"): boolean {
  if (type === "f32") {
    return bits >= 0n && bits < 1n << 32n && (bits & 0x7fff_ffffn) > 0x7f80_0000n;
  }
  return bits >= 0n && bits < 1n << 64n && (bits & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n;
}

const plainSymbol = /^[\p{L}\p{Nd}_.$]+$/u;

/** `@name`, quoted where the name has other characters than letters, digits, `_`, `.` and `$`. */
export function formatSymbol(symbol: string): string {
  return plainSymbol.test(symbol) ? `@${symbol}` : `@${quoteText(symbol)}`;
}

/** A quoted name or path. */
export function quoteText(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x22 || code === 0x5c || code === 0x7f) out += hexEscape(code);
    else if (isUnsafe(code)) out += `\\u{${code.toString(16)}}`;
    else out += char;
  }
  return `${out}"`;
}

// Line ends other than \n, invisible controls and lone surrogates would not survive every editor or encoder.
function isUnsafe(code: number): boolean {
  return (
    (code >= 0x80 && code <= 0x9f) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff)
  );
}

/** Quoted bytes: printable ASCII as it is, everything else as `\hh`. */
export function quoteBytes(bytes: Uint8Array): string {
  let out = '"';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    out += plain ? String.fromCharCode(byte) : hexEscape(byte);
  }
  return `${out}"`;
}

function hexEscape(code: number): string {
  return `\\${code.toString(16).padStart(2, "0")}`;
}

const escape = /\\(?:([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\})?/g;

/** The text between the quotes of a name; undefined if an escape is malformed. */
export function unquoteText(body: string): string | undefined {
  let good = true;
  const text = body.replace(escape, (_, byte: string | undefined, point: string | undefined) => {
    const code = Number.parseInt(byte ?? point ?? "", 16);
    if (Number.isNaN(code) || code > 0x10_ffff) {
      good = false;
      return "";
    }
    return String.fromCodePoint(code);
  });
  return good ? text : undefined;
}

/** The bytes between the quotes of data; undefined if an escape is malformed or a character is not ASCII. */
export function unquoteBytes(body: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < body.length; at += 1) {
    let code = body.charCodeAt(at);
    if (code === 0x5c) {
      const hex = body.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) return undefined;
      code = Number.parseInt(hex, 16);
      at += 2;
    } else if (code >= 0x80) {
      return undefined;
    }
    bytes.push(code);
  }
  return Uint8Array.from(bytes);
}
