// The parser's position in the tokens, its layout state, and how it reports.
import {
  type Diagnostic,
  type DiagnosticSink,
  type SourceFile,
  type Span,
  formatPosition,
} from "../../../base/index.ts";
import type { Block, Expr, Stmt } from "../ast.ts";
import { lexRange } from "../lexer.ts";
import type { Token, TokenKind } from "../token.ts";
import { type Kind, describeToken } from "./kinds.ts";

/** Entry points that syntax families need from each other; it keeps their modules free of import cycles. */
export interface Grammar {
  expression(p: Parser): Expr;
  /** One statement; nothing is added for a decorator or a lone `pub`. */
  statement(p: Parser, out: Stmt[]): void;
  /** The body after a colon: a block, or the rest of the line. */
  body(p: Parser, header: BodyHeader): Block;
}

export interface BodyHeader {
  /** What the body belongs to, for messages: "`if`". */
  readonly owner: string;
  /** Whether `;` continues a one-line body; not so where the statement goes on behind it. */
  readonly several: boolean;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly notes?: readonly string[];
  /** Where; the current token if left out. */
  readonly span?: Span;
}

/** Thrown to leave a statement after its first error; the enclosing block goes on with the next line. */
export class ParseFailure extends Error {}
// One instance: making a stack trace for each of thousands of errors would dominate the run.
const failure = new ParseFailure("left a statement after a syntax error");

/** How deep expressions, blocks, patterns and types may nest. */
export const maxDepth = 256;
/** How high a tree may grow to the left, as `a + b + c` does: later phases walk it recursively. */
export const maxHeight = 500;

const angleRests: Partial<Record<Kind, ">" | "=">> = { ">>": ">", ">=": "=" };

export interface ParserState {
  readonly tokens: Token[];
  readonly at: number;
  readonly previousEnd: number;
  readonly bracketed: boolean;
  readonly blockIndent: number;
  readonly lineStart: number;
  readonly statementStart: number;
  readonly openers: number;
  readonly depth: number;
  readonly level: number;
  readonly bareCalls: boolean;
}

export class Parser {
  readonly file: SourceFile;
  readonly sink: DiagnosticSink;
  readonly grammar: Grammar;
  tokens: Token[] = [];
  at = 0;
  token: Token;
  kind: Kind = "eof";
  /** End of the token before the current one. */
  previousEnd = 0;
  /** Inside brackets line ends do not count, except in a block that starts there. */
  bracketed = false;
  /** Brackets that are open here, also around enclosing blocks. */
  readonly openers: Token[] = [];
  /** Indentation of the lines of the current block. */
  blockIndent = 0;
  /** Index of the token that began the current line or was joined to it. */
  lineStart = -1;
  /** Index of the token that began the current statement. */
  statementStart = -1;
  depth = 0;
  height = 0;
  /** How many text literals enclose the tokens. */
  level = 0;
  /** Whether the line before failed: what goes on from it, as `else` does, is no second mistake. */
  afterFailure = false;
  /** Whether `f x` is a call here; not so in the holes of texts. */
  bareCalls = true;
  readonly #lexicalErrors: Span[] = [];
  #lastError = -1;
  #foundTooDeep = false;

  constructor(file: SourceFile, sink: DiagnosticSink, grammar: Grammar) {
    this.file = file;
    this.sink = sink;
    this.grammar = grammar;
    this.token = endToken(file.text.length);
  }

  /** Reads tokens from a range of the file and stands at the first one. */
  open(start: number, end: number, level: number): void {
    const before = this.sink.all.length;
    const tokens = lexRange(this.file, this.sink, { start, end, level });
    for (const { span } of this.sink.all.slice(before)) {
      if (span !== undefined) this.#lexicalErrors.push(span);
    }
    this.tokens = tokens;
    this.level = level;
    this.at = 0;
    this.previousEnd = start;
    this.lineStart = -1;
    this.statementStart = -1;
    this.#load();
  }

  save(): ParserState {
    return {
      tokens: this.tokens,
      at: this.at,
      previousEnd: this.previousEnd,
      bracketed: this.bracketed,
      blockIndent: this.blockIndent,
      lineStart: this.lineStart,
      statementStart: this.statementStart,
      openers: this.openers.length,
      depth: this.depth,
      level: this.level,
      bareCalls: this.bareCalls,
    };
  }

  /** Goes back to a saved place with its layout. */
  restore(state: ParserState): void {
    this.tokens = state.tokens;
    this.at = state.at;
    this.previousEnd = state.previousEnd;
    this.lineStart = state.lineStart;
    this.statementStart = state.statementStart;
    this.restoreLayout(state);
  }

  /** Takes the layout of a saved place but stays at the current token. */
  restoreLayout(state: ParserState): void {
    this.bracketed = state.bracketed;
    this.blockIndent = state.blockIndent;
    this.openers.length = state.openers;
    this.depth = state.depth;
    this.level = state.level;
    this.bareCalls = state.bareCalls;
    this.#load();
  }

  #load(): void {
    this.token = this.tokens[this.at] ?? this.token;
    this.refresh();
  }

  /** Recomputes `kind` after a change of the layout. */
  refresh(): void {
    const { first, kind } = this.token;
    const hidden = first && !this.bracketed && kind !== "eof" && this.at !== this.lineStart;
    this.kind = hidden ? "newline" : kind;
  }

  /** Takes the current token. */
  advance(): Token {
    const token = this.token;
    if (token.kind !== "eof") {
      this.previousEnd = token.end;
      this.at += 1;
      this.#load();
    }
    return token;
  }

  /** Takes the first character of the current token and leaves the rest: `>>` may close two lists. */
  takeCharacter(rest: TokenKind): void {
    const { token } = this;
    this.previousEnd = token.start + 1;
    this.tokens[this.at] = { ...token, kind: rest, start: token.start + 1, first: false };
    this.#load();
  }

  /** Takes the current token if it is of this kind. */
  accept(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.advance();
    return true;
  }

  /** The token `distance` after the current one. */
  peek(distance: number): Token {
    return this.tokens[this.at + distance] ?? this.token;
  }

  /** The kind of the next token, `newline` if it stands on another line that counts. */
  peekKind(): Kind {
    const next = this.peek(1);
    return next.first && !this.bracketed && next.kind !== "eof" ? "newline" : next.kind;
  }

  /** Lets the current statement go on with the line that begins here. */
  joinLine(): void {
    this.lineStart = this.at;
    this.refresh();
  }

  /** Whether the current token is of this kind. */
  is(kind: Kind): boolean {
    return this.kind === kind;
  }

  /** The kind for a `switch` over a few of the many. */
  get spelling(): string {
    return this.kind;
  }

  atLineEnd(): boolean {
    return this.kind === "newline" || this.kind === "eof";
  }

  /** Whether the current token stands on a line of its own block, deeper than the enclosing one. */
  atDeeperLine(): boolean {
    const { first, indent, kind } = this.token;
    return first && kind !== "eof" && indent > this.blockIndent;
  }

  /** Whether the current token touches the one before it. */
  adjacent(): boolean {
    return this.token.start === this.previousEnd;
  }

  setBracketed(bracketed: boolean): void {
    this.bracketed = bracketed;
    this.refresh();
  }

  /** Takes an opening bracket; line ends stop counting. Give the result to `closeBracket`. */
  openBracket(): boolean {
    const outer = this.bracketed;
    this.openers.push(this.token);
    this.bracketed = true;
    this.advance();
    return outer;
  }

  /** Takes the closing bracket that belongs to the innermost opening one. `expected` says what else might stand here. */
  closeBracket(outer: boolean, closer: TokenKind, expected = ""): void {
    if (this.kind !== closer) this.unclosed(closer, expected);
    this.openers.pop();
    this.bracketed = outer;
    this.advance();
  }

  /** Closes type arguments: `>>` closes two lists, and `>=` closes one before `=`. */
  closeAngle(outer: boolean): void {
    const rest = angleRests[this.kind];
    if (rest === undefined) {
      this.closeBracket(outer, ">", "`,`");
      return;
    }
    this.openers.pop();
    this.bracketed = outer;
    this.takeCharacter(rest);
  }

  unclosed(closer: TokenKind, expected: string): never {
    const opener = this.openers.at(-1);
    const wanted = expected === "" ? `\`${closer}\`` : `${expected} or \`${closer}\``;
    const closes = this.kind === ")" || this.kind === "]" || this.kind === "}";
    this.fail({
      code: closes ? "parse/mismatched-bracket" : "parse/unclosed-bracket",
      message: `found ${this.found()}, expected ${wanted}`,
      notes: opener === undefined ? [] : [`\`${opener.kind}\` was opened at ${this.where(opener)}`],
      help: `Close the bracket with \`${closer}\`.`,
    });
  }

  where(token: Token): string {
    return formatPosition(this.spanOf(token));
  }

  spanOf(token: Token): Span {
    return { file: this.file, start: token.start, end: token.end };
  }

  /** From an offset to the end of the last token that was taken. */
  spanFrom(start: number): Span {
    return { file: this.file, start, end: Math.max(start, this.previousEnd) };
  }

  /** The current token, or the empty place after the last one at the end of a line. */
  here(): Span {
    if (this.atLineEnd()) {
      return { file: this.file, start: this.previousEnd, end: this.previousEnd };
    }
    return this.spanOf(this.token);
  }

  /** What the current token is, for messages. */
  found(): string {
    if (this.kind === "newline") return "the end of the line";
    return describeToken(this.token, this.file, this.level);
  }

  /** Counts one level of nesting; give the result to `leave`. */
  enter(): number {
    this.depth += 1;
    if (this.depth > maxDepth) this.tooDeep(`more than ${maxDepth} levels of nesting`);
    const height = this.height;
    this.height = 0;
    return height;
  }

  leave(height: number): void {
    this.depth -= 1;
    this.height = Math.max(height, this.height + 1);
  }

  /** Counts one more operation on top of what was parsed so far in this expression. */
  grow(steps = 1): void {
    this.height += steps;
    if (this.height > maxHeight) {
      this.tooDeep(`more than ${maxHeight} operations on top of each other`);
    }
  }

  /** Reported once a file: what is inside would fail again and again. */
  tooDeep(what: string): never {
    if (this.#foundTooDeep) this.abandon();
    this.#foundTooDeep = true;
    this.fail({
      code: "parse/too-deep",
      message: `found ${what}, expected a smaller expression or block`,
      help: "Bind parts to names or move them into functions.",
    });
  }

  /** Reports and goes on. One place gets one error, and none where the lexer already objected. */
  report(problem: Failure): void {
    const span = problem.span ?? this.here();
    if (span.start === this.#lastError || this.#isDamaged(span)) return;
    this.#lastError = span.start;
    const { code, message, help, notes } = problem;
    const diagnostic: Diagnostic = {
      severity: "error",
      code,
      message,
      span,
      ...(help === undefined ? {} : { help }),
      ...(notes === undefined || notes.length === 0 ? {} : { notes }),
    };
    this.sink.add(diagnostic);
  }

  /** Reports and leaves the statement. */
  fail(problem: Failure): never {
    this.report(problem);
    throw failure;
  }

  /** Leaves the statement without a word where an earlier error explains what is wrong. */
  abandon(): never {
    throw failure;
  }

  /** Whether the lexer objected to the place, or to the token before it. */
  #isDamaged(span: Span): boolean {
    const before = this.tokens[this.at - 1];
    const start = before === undefined ? span.start : Math.min(before.start, span.start);
    return this.#lexicalErrors.some((error) => error.start <= span.end && error.end >= start);
  }
}

function endToken(at: number): Token {
  return { kind: "eof", text: "", literal: null, start: at, end: at, indent: 0, first: true };
}
