// Tokens of Simple. The kind of a keyword or an operator is its spelling.
import type { FloatSuffix, IntSuffix } from "./ast.ts";

/** Reserved words. They are still allowed as field names after `.` and as argument labels before `:`. */
export const keywords = [
  "fn", "val", "var", "let", "const", "if", "elif", "else", "for", "while", "loop", "in", "break",
  "continue", "return", "match", "case", "struct", "class", "enum", "trait", "impl", "me", "self",
  "true", "false", "nil", "and", "or", "not", "xor", "is", "as", "use", "import", "pub", "extern",
  "pass",
] as const; // prettier-ignore

/** Operators and punctuation, in any order; the lexer takes the longest that fits. */
export const operators = [
  "+", "+=", "-", "-=", "->", "*", "**", "*=", "/", "//", "/=", "%", "%=", "=", "==", "=>", "!",
  "!=", "<", "<=", "<<", ">", ">=", ">>", "&", "&&", "|", "||", "|>", "^", "~", "~>", "?", "??",
  "?.", ".", "..", "..=", "...", ".?", ",", ":", ";", "(", ")", "[", "]", "{", "}", "@", "\\",
] as const; // prettier-ignore

export type Keyword = (typeof keywords)[number];
export type Operator = (typeof operators)[number];
/** Keywords and operators are a kind each, named by their spelling. */
export type TokenKind = Keyword | Operator | "name" | "int" | "float" | "text" | "eof";

export interface IntLiteral {
  readonly kind: "int";
  /** Wrapped to the suffix's width, `i64` without one. */
  readonly value: number | bigint;
  readonly suffix: IntSuffix | null;
}

export interface FloatLiteral {
  readonly kind: "float";
  readonly value: number;
  readonly suffix: FloatSuffix | null;
}

export interface TextLiteral {
  readonly kind: "text";
  readonly pieces: readonly TextPiece[];
  /** Written `"""…"""` without a prefix. */
  readonly docstring: boolean;
}

/** Escapes are resolved in `text`; a hole is the source range of its expression. */
export type TextPiece =
  | {
      readonly kind: "literal";
      readonly text: string;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: "hole";
      readonly start: number;
      readonly end: number;
      readonly spec: string | null;
    };

/** A word, operator or literal of the source text, with what the layout rules need. */
export interface Token {
  readonly kind: TokenKind;
  /** Spelling of a name or keyword, else the empty string. */
  readonly text: string;
  readonly literal: IntLiteral | FloatLiteral | TextLiteral | null;
  readonly start: number;
  readonly end: number;
  /** Width of the indentation of the line, after joining lines with a backslash. */
  readonly indent: number;
  /** Whether it is the first of its line, after joining lines with a backslash. */
  readonly first: boolean;
}
