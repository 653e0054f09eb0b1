// Source text to tokens. Comments, blank lines and joined lines disappear here; the layout of lines stays on the tokens
// as `indent` and `first`, for the parser to interpret.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { HoleFinder } from "./hole.ts";
import { measureIndentation } from "./layout.ts";
import { isDigit, scanNumber } from "./number.ts";
import { scanText } from "./string.ts";
import { type Operator, type Token, type TokenKind, keywords, operators } from "./token.ts";
import { isWordCharacter, isWordStart, wordEnd } from "./words.ts";

const keywordKinds: ReadonlyMap<string, TokenKind> = new Map(keywords.map((word) => [word, word]));

/** Candidates by first character code, the longest first. */
const operatorsByCode: readonly (readonly Operator[] | undefined)[] = (() => {
  const table: Operator[][] = [];
  for (const operator of [...operators].sort((a, b) => b.length - a.length)) {
    (table[operator.charCodeAt(0)] ??= []).push(operator);
  }
  return table;
})();

/** A part of a file to read: the whole, or the expression in a hole of a text. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
  /** How many texts enclose the range. */
  readonly level: number;
}

/** Tokens of the whole file; the last one is `eof`. */
export function lex(file: SourceFile, sink: DiagnosticSink): Token[] {
  const start = file.text.charCodeAt(0) === 0xfeff ? 1 : 0;
  return lexRange(file, sink, { start, end: file.text.length, level: 0 });
}

export function lexRange(file: SourceFile, sink: DiagnosticSink, range: SourceRange): Token[] {
  return new Lexer(file, sink, range).run();
}

class Lexer {
  readonly #file: SourceFile;
  readonly #text: string;
  readonly #sink: DiagnosticSink;
  readonly #limit: number;
  readonly #level: number;
  readonly #holes: HoleFinder;
  readonly #tokens: Token[] = [];
  #at: number;
  #indent = 0;
  #first = true;
  #previous: TokenKind = "eof";

  constructor(file: SourceFile, sink: DiagnosticSink, range: SourceRange) {
    this.#file = file;
    this.#text = file.text;
    this.#sink = sink;
    this.#at = range.start;
    this.#limit = range.end;
    this.#level = range.level;
    this.#holes = new HoleFinder(file.text, range.end - range.start);
  }

  run(): Token[] {
    this.#startLine(this.#at);
    while (this.#at < this.#limit) this.#next(this.#text.charCodeAt(this.#at));
    this.#indent = 0;
    this.#first = true;
    this.#push("eof", this.#limit);
    return this.#tokens;
  }

  #next(code: number): void {
    if (code === 32 || code === 9 || code === 13) this.#at += 1;
    else if (code === 10) this.#startLine(this.#at + 1);
    else if (isWordStart(code)) this.#word(code);
    else if (isDigit(code)) this.#number();
    else if (code === 34 || code === 39) this.#textLiteral();
    else if (code === 35) this.#skipLine();
    else if (code === 47 && this.#comment()) return;
    else if (code === 92 && this.#backslash()) return;
    else if (code < 128) this.#operator(code);
    else this.#unicode();
  }

  #startLine(at: number): void {
    const { width, end } = measureIndentation(this.#text, at, this.#limit);
    this.#indent = width;
    this.#at = end;
    this.#first = true;
  }

  #push(kind: TokenKind, end: number, text = "", literal: Token["literal"] = null): void {
    this.#tokens.push({
      kind,
      text,
      literal,
      start: this.#at,
      end,
      indent: this.#indent,
      first: this.#first,
    });
    this.#first = false;
    this.#previous = kind;
    this.#at = end;
  }

  /** `code` is 0 where the word begins with a character beyond ASCII. */
  #word(code: number): void {
    const text = this.#text;
    const start = this.#at;
    const quote = text.charCodeAt(start + 1);
    if ((code === 102 || code === 114) && quote === 34 && start + 1 < this.#limit) {
      this.#textLiteral();
      return;
    }
    const end = wordEnd(text, code === 0 ? start : start + 1, this.#limit);
    const spelling = text.slice(start, end);
    this.#push(keywordKinds.get(spelling) ?? "name", end, spelling);
  }

  #unicode(): void {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    if (isWordCharacter(character)) {
      this.#word(0);
      return;
    }
    const code = character.codePointAt(0) ?? 0;
    const help = /\s/u.test(character)
      ? "Replace it by an ordinary space."
      : "Remove it, or put it inside a text literal.";
    this.#unexpected(character, `U+${code.toString(16).toUpperCase().padStart(4, "0")}`, help);
  }

  #unexpected(character: string, shown: string, help: string): void {
    const start = this.#at;
    const end = start + character.length;
    this.#at = end;
    // A run of strange characters is one mistake.
    const before = this.#sink.all.at(-1);
    if (before?.code === "lex/unexpected-character" && before.span?.end === start) return;
    this.#sink.error(
      "lex/unexpected-character",
      `found the character ${shown}, expected Simple code`,
      { file: this.#file, start, end },
      help,
    );
  }

  #number(): void {
    const scan = scanNumber(this.#text, this.#at, {
      afterDot: this.#previous === ".",
      afterMinus: this.#previous === "-",
    });
    // A range may end inside of what looks like one number.
    const end = Math.min(scan.end, this.#limit);
    if (scan.problem !== null) {
      const { code, message, help } = scan.problem;
      this.#sink.error(code, message, { file: this.#file, start: this.#at, end }, help);
    }
    this.#push(scan.literal.kind, end, "", scan.literal);
  }

  #textLiteral(): void {
    const context = {
      file: this.#file,
      sink: this.#sink,
      holes: this.#holes,
      limit: this.#limit,
      level: this.#level,
    };
    const { literal, end } = scanText(context, this.#at);
    this.#push("text", end, "", literal);
    if (this.#text.charCodeAt(end) !== 95 || !isWordStart(this.#text.charCodeAt(end + 1))) return;
    const suffix = /^\w+/.exec(this.#text.slice(end, Math.min(end + 60, this.#limit)))?.[0] ?? "_";
    this.#sink.error(
      "lex/typed-text",
      `found the suffix \`${suffix}\` on a text literal, expected the end of the literal`,
      { file: this.#file, start: end, end: end + suffix.length },
      "Typed texts are not part of core Simple: remove the suffix.",
    );
    this.#at = end + suffix.length;
  }

  #skipLine(): void {
    const newline = this.#text.indexOf("\n", this.#at);
    this.#at = newline < 0 ? this.#limit : Math.min(newline, this.#limit);
  }

  #comment(): boolean {
    if (this.#text.startsWith("///", this.#at)) {
      this.#skipLine();
      return true;
    }
    if (!this.#text.startsWith("/*", this.#at)) return false;
    this.#blockComment();
    return true;
  }

  /** Block comments nest. Lines that start inside of one are measured like others. */
  #blockComment(): void {
    const text = this.#text;
    const start = this.#at;
    let depth = 0;
    let at = start;
    let lineStart = -1;
    while (at < this.#limit) {
      const code = text.charCodeAt(at);
      if (code === 47 && text.charCodeAt(at + 1) === 42) {
        depth += 1;
        at += 2;
      } else if (code === 42 && text.charCodeAt(at + 1) === 47) {
        depth -= 1;
        at += 2;
        if (depth === 0) break;
      } else {
        at += 1;
        if (code === 10) lineStart = at;
      }
    }
    if (depth > 0) {
      this.#sink.error(
        "lex/unterminated-comment",
        "found the end of the file inside a comment, expected `*/`",
        { file: this.#file, start, end: start + 2 },
        "Close the comment with `*/`; every nested `/*` needs its own.",
      );
    }
    if (lineStart >= 0) this.#startLine(lineStart);
    this.#at = Math.min(at, this.#limit);
  }

  /** Takes `\` at the end of a line, or the escaped quote of a text inside a hole; false for a lambda. */
  #backslash(): boolean {
    const text = this.#text;
    if (this.#level > 0 && text.charCodeAt(this.#at + 1) === 34) {
      this.#textLiteral();
      return true;
    }
    let at = this.#at + 1;
    while (at < this.#limit && /[ \t\r]/.test(text.charAt(at))) at += 1;
    if (at < this.#limit && text.charCodeAt(at) !== 10) return false;
    this.#at = Math.min(at + 1, this.#limit);
    return true;
  }

  #operator(code: number): void {
    for (const operator of operatorsByCode[code] ?? []) {
      const end = this.#at + operator.length;
      if (end <= this.#limit && this.#text.startsWith(operator, this.#at)) {
        this.#push(operator, end);
        return;
      }
    }
    const character = String.fromCharCode(code);
    const shown =
      code < 32 || code === 127 ? `U+${code.toString(16).padStart(4, "0")}` : `\`${character}\``;
    const help = "Remove it, or put it inside a text literal.";
    this.#unexpected(character, character === "`" ? "U+0060" : shown, help);
  }
}
