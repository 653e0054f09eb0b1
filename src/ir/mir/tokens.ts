// A cursor over the tokens of the MIR text form, with errors that end the line.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { tokenize, type Token, type TokenKind } from "./lex.ts";
import { unquoteText } from "./literal.ts";

/** Thrown after an error was reported, to leave the production; never leaves the parser. */
export class ParseStop extends Error {}

/** Values, blocks and locations have numbers below this, so that side tables indexed by them stay small. */
export const numberLimit = 1 << 20;

export class TokenReader {
  readonly file: SourceFile;
  readonly sink: DiagnosticSink;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(file: SourceFile, sink: DiagnosticSink) {
    this.file = file;
    this.sink = sink;
    this.#tokens = tokenize(file, sink);
  }

  /** The token at this distance from the cursor; the last one is of kind `end`. */
  peek(distance = 0): Token {
    const index = Math.max(0, Math.min(this.#at + distance, this.#tokens.length - 1));
    const token = this.#tokens[index];
    if (token === undefined) throw new Error("the token list is never empty");
    return token;
  }

  at(kind: TokenKind, text: string): boolean {
    const token = this.peek();
    return token.kind === kind && token.text === text;
  }

  advance(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Where the token before the cursor ends. */
  previousEnd(): number {
    return this.peek(-1).end;
  }

  skipNewline(): boolean {
    if (this.peek().kind !== "newline") return false;
    this.advance();
    return true;
  }

  /** Reports an error at the token at this distance from the cursor. */
  report(code: string, message: string, distance = 0): void {
    const { start, end } = this.peek(distance);
    this.sink.error(code, message, { file: this.file, start, end: Math.max(end, start + 1) });
  }

  fail(code: string, message: string, distance = 0): never {
    this.report(code, message, distance);
    throw new ParseStop(message);
  }

  take(kind: TokenKind, what: string): Token {
    const token = this.peek();
    if (token.kind !== kind) this.expected(what);
    return this.advance();
  }

  expected(what: string): never {
    const { kind, text } = this.peek();
    const plain = kind === "newline" ? "the end of the line" : `\`${text}\``;
    const found = kind === "end" ? "the end of the file" : plain;
    this.fail("mir/unexpected-token", `expected ${what}, found ${found}`);
  }

  word(what: string): string {
    return this.take("word", what).text;
  }

  keyword(text: string): void {
    if (!this.at("word", text)) this.expected(`\`${text}\``);
    this.advance();
  }

  punct(text: string): void {
    if (!this.at("punct", text)) this.expected(`\`${text}\``);
    this.advance();
  }

  lineEnd(): void {
    if (this.peek().kind === "end") return;
    this.take("newline", "the end of the line");
  }

  /** `open item, item close` */
  list(open: string, close: string, item: () => void): void {
    this.punct(open);
    if (!this.at("punct", close)) {
      item();
      while (this.at("punct", ",")) {
        this.advance();
        item();
      }
    }
    this.punct(close);
  }

  symbol(): string {
    const token = this.take("symbol", "a symbol, such as `@f`");
    return token.quoted ? this.#unquoted(token.text) : token.text;
  }

  string(): string {
    return this.#unquoted(this.take("string", "a string").text);
  }

  #unquoted(body: string): string {
    const text = unquoteText(body);
    if (text === undefined) {
      this.fail("mir/bad-string", "escapes are `\\hh` and `\\u{hex}`", -1);
    }
    return text;
  }

  /** An unsigned decimal number that fits 32 bits. */
  count(): number {
    const { text } = this.take("number", "a number");
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value < 2 ** 32)) {
      this.fail("mir/bad-number", `expected an unsigned number below 2^32, found \`${text}\``, -1);
    }
    return value;
  }

  /** The number of a name such as `v3`, `block3` or `loc3`. */
  numbered(prefix: string): number {
    const { kind, text } = this.peek();
    const digits = text.slice(prefix.length);
    if (kind !== "word" || !text.startsWith(prefix) || !/^[0-9]+$/.test(digits)) {
      this.expected(`a name such as \`${prefix}0\``);
    }
    if (Number(digits) >= numberLimit || (digits.length > 1 && digits.startsWith("0"))) {
      this.fail("mir/bad-number", `\`${text}\` is not a number below ${numberLimit} without zeros`);
    }
    this.advance();
    return Number(digits);
  }
}
