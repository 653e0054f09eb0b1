// Tokens of the MIR text form. A line end is a token, since an instruction ends with its line.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";

export type TokenKind = "word" | "number" | "symbol" | "string" | "punct" | "newline" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The characters of the token; of a symbol without `@`, and of quoted text without the quotes, escapes in place. */
  readonly text: string;
  /** Whether a symbol was quoted. */
  readonly quoted: boolean;
  readonly start: number;
  readonly end: number;
}

// Groups: blank, newline, word, number, symbol, quoted symbol, string, punctuation.
const pattern =
  /([ \t\r]+|;[^\n]*)|(\n)|(-inf\b|[A-Za-z_][A-Za-z0-9_]*)|(-?[0-9](?:[eE][+-]|[A-Za-z0-9_.])*)|@([\p{L}\p{Nd}_.$]+)|@"([^"\n]*)"|"([^"\n]*)"|(->|[(){}[\]:,=+.!])/uy;

const kinds: readonly TokenKind[] = [
  "end", // blank, never made into a token
  "newline",
  "word",
  "number",
  "symbol",
  "symbol",
  "string",
  "punct",
];

/** All tokens, the last of kind `end`. Characters that start no token are reported and skipped. */
export function tokenize(file: SourceFile, sink: DiagnosticSink): Token[] {
  const tokens: Token[] = [];
  const { text } = file;
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      at = reportBad(file, at, sink);
      continue;
    }
    const group = groupOf(match);
    const end = pattern.lastIndex;
    if (group > 1) {
      const kind = kinds[group - 1] ?? "end";
      tokens.push({ kind, text: match[group] ?? "", quoted: group === 6, start: at, end });
    }
    at = end;
  }
  tokens.push({ kind: "newline", text: "\n", quoted: false, start: at, end: at });
  tokens.push({ kind: "end", text: "", quoted: false, start: at, end: at });
  return tokens;
}

function groupOf(match: RegExpExecArray): number {
  for (let group = 1; group < match.length; group += 1) {
    if (match[group] !== undefined) return group;
  }
  return 1;
}

function reportBad(file: SourceFile, at: number, sink: DiagnosticSink): number {
  const char = String.fromCodePoint(file.text.codePointAt(at) ?? 0);
  const quoted = char === '"' || file.text.startsWith('@"', at);
  const lineEnd = file.text.indexOf("\n", at);
  const stop = lineEnd < 0 ? file.text.length : lineEnd;
  const end = quoted ? stop : at + char.length;
  const span = { file, start: at, end };
  if (quoted) sink.error("mir/unterminated-string", 'the string has no closing `"`', span);
  else sink.error("mir/bad-character", `\`${char}\` starts no token`, span);
  return end;
}
