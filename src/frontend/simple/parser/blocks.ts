// Lines, blocks and recovery. A block is a run of lines with one indentation, deeper than the enclosing block's.
import type { Block, Stmt } from "../ast.ts";
import { indentedWithTabs } from "../layout.ts";
import type { Token } from "../token.ts";
import { type BodyHeader, ParseFailure, type Parser, type ParserState } from "./cursor.ts";
import type { Kind } from "./kinds.ts";

/** The body after a colon: an indented block, or the rest of the line. */
export function parseBody(p: Parser, header: BodyHeader): Block {
  if (p.atDeeperLine() && (p.is("newline") || p.bracketed)) return parseBlock(p);
  if (p.atLineEnd()) return missingBlock(p, header);
  const start = p.token.start;
  const body: Stmt[] = [];
  const height = p.enter();
  p.statementStart = p.at;
  p.grammar.statement(p, body);
  while (header.several && p.is(";") && p.peekKind() !== "newline" && p.peekKind() !== "eof") {
    p.advance();
    p.statementStart = p.at;
    p.grammar.statement(p, body);
  }
  p.leave(height);
  return { kind: "block", body, span: p.spanFrom(start) };
}

function missingBlock(p: Parser, header: BodyHeader): Block {
  const span = p.here();
  p.report({
    code: "parse/missing-block",
    message: `found ${p.is("eof") ? p.found() : "no deeper line"}, expected the body of ${header.owner}`,
    help: "Indent the body deeper than its head, or write `pass`.",
  });
  return { kind: "block", body: [], span };
}

function parseBlock(p: Parser): Block {
  const start = p.token.start;
  const body: Stmt[] = [];
  parseLines(p, p.token.indent, () => p.grammar.statement(p, body));
  return { kind: "block", body, span: p.spanFrom(start) };
}

/**
 * Parses the lines of a block from the current token on, `indent` being its indentation. `item` takes what a line
 * holds; when it fails, the rest of the line and what belongs to it is skipped.
 */
export function parseLines(p: Parser, indent: number, item: () => void): void {
  const outer = p.save();
  const height = p.enter();
  const lines: Lines = {
    item,
    outerIndent: outer.blockIndent,
    inBrackets: outer.openers > 0,
    formerIndent: -1,
  };
  p.blockIndent = indent;
  p.setBracketed(false);
  while (atLine(p, lines)) parseLine(p, lines);
  p.leave(height);
  p.blockIndent = outer.blockIndent;
  p.setBracketed(outer.bracketed);
}

interface Lines {
  readonly item: () => void;
  readonly outerIndent: number;
  readonly inBrackets: boolean;
  /** Indentation before a misplaced line; going back to it is not a second mistake. */
  formerIndent: number;
}

/** Whether the block goes on at the current token. Deeper and misplaced lines are reported and taken in. */
function atLine(p: Parser, lines: Lines): boolean {
  const { token } = p;
  if (token.kind === "eof" || (lines.inBrackets && isCloser(token.kind))) return false;
  if (!token.first || token.indent === p.blockIndent) return true;
  if (token.indent === lines.formerIndent) {
    p.blockIndent = token.indent;
    return true;
  }
  if (token.indent > p.blockIndent) {
    unexpectedIndent(p);
    parseLines(p, token.indent, lines.item);
    return atLine(p, lines);
  }
  if (token.indent <= lines.outerIndent || continuesOuter(token.kind)) return false;
  badDedent(p, lines.outerIndent);
  lines.formerIndent = p.blockIndent;
  p.blockIndent = token.indent;
  return true;
}

function isCloser(kind: Kind): boolean {
  return kind === ")" || kind === "]" || kind === "}" || kind === ",";
}

/** What goes on an expression around the block, at whatever indentation. */
function continuesOuter(kind: Kind): boolean {
  return kind === "else" || kind === "elif" || kind === "." || kind === "?." || isCloser(kind);
}

function unexpectedIndent(p: Parser): void {
  const others = p.at === 0 ? "after" : "before";
  p.report({
    code: "parse/unexpected-indent",
    message: `found an indentation of ${p.token.indent}, expected ${p.blockIndent} as in the lines ${others}`,
    span: p.spanOf(p.token),
    notes: tabNote(p),
    help: "Remove the extra indentation; only a line that ends in `:` opens a block.",
  });
}

function badDedent(p: Parser, outerIndent: number): void {
  const outer = Math.max(0, outerIndent);
  p.report({
    code: "parse/bad-dedent",
    message: `found an indentation of ${p.token.indent}, expected ${p.blockIndent} or ${outer}`,
    span: p.spanOf(p.token),
    notes: tabNote(p),
    help: "Align the line with the block that it belongs to.",
  });
}

function tabNote(p: Parser): string[] {
  const before = p.tokens[p.at - 1] ?? p.token;
  const { text } = p.file;
  const tabs = indentedWithTabs(text, p.token.start) || indentedWithTabs(text, before.start);
  return tabs ? ["a tab counts as 4 spaces; use spaces alone"] : [];
}

function parseLine(p: Parser, { item, inBrackets }: Lines): void {
  const state = p.save();
  const { height } = p;
  p.joinLine();
  p.statementStart = p.at;
  try {
    item();
    endLine(p, inBrackets);
    p.afterFailure = false;
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    recover(p, state);
    p.afterFailure = true;
    p.height = height;
  }
}

function endLine(p: Parser, inBrackets: boolean): void {
  if (p.atLineEnd() || (inBrackets && isCloser(p.kind))) return;
  if (p.is(";")) {
    const semicolon = p.advance();
    if (!p.atLineEnd() && !p.is(";")) return;
    p.report({
      code: "parse/stray-semicolon",
      message: "found `;` without a statement behind it, expected the end of the line",
      span: p.spanOf(semicolon),
      help: "Remove it: `;` only separates statements on one line.",
    });
    while (p.is(";")) p.advance();
    return;
  }
  expectedLineEnd(p);
}

function expectedLineEnd(p: Parser): never {
  if (p.is(")") || p.is("]") || p.is("}")) strayBracket(p);
  if (p.tokens[p.at - 1]?.kind === "?") rejectTernary(p);
  p.fail({
    code: "parse/expected-line-end",
    message: `found ${p.found()}, expected the end of the line`,
    help: lineEndHelp(p),
  });
}

/** Words that other languages begin functions with. */
const functionWords: ReadonlySet<string> = new Set(["function", "func", "fun", "def", "proc"]);

function lineEndHelp(p: Parser): string {
  const first = p.tokens[p.statementStart];
  if (first?.kind === "name" && functionWords.has(first.text)) {
    return "A function begins with `fn`: `fn name(x: i64) -> i64:`.";
  }
  if (p.is("if")) return "Write `if c: a else: b` to choose a value.";
  const word = p.is("name") ? p.token.text : "";
  if (word === "div") return "Write `a / b`: it truncates between integers.";
  if (word === "mod") return "Write `a % b` for the remainder.";
  return "Start a new line, or separate two statements with `;`.";
}

function rejectTernary(p: Parser): never {
  p.fail({
    code: "parse/ternary",
    message: `found ${p.found()} after \`?\`, expected the end of the line`,
    help: "Write `if c: a else: b` to choose a value; a postfix `?` returns errors early.",
  });
}

export function strayBracket(p: Parser): never {
  p.fail({
    code: "parse/stray-bracket",
    message: `found \`${p.kind}\` without an opening bracket, expected a statement`,
    help: "Remove it, or add the opening bracket.",
  });
}

const openers: ReadonlySet<Kind> = new Set<Kind>(["(", "[", "{"]);
const closers: ReadonlySet<Kind> = new Set<Kind>([")", "]", "}"]);

const bodyKinds: ReadonlySet<Kind> = new Set<Kind>([
  "fn", "me", "pub", "if", "elif", "else", "while", "for", "loop", "case",
]); // prettier-ignore
const bodyWords: ReadonlySet<string> = new Set([
  "static", "describe", "context", "it", "before_each", "after_each",
]); // prettier-ignore

function mayHaveBody(head: Token | undefined): boolean {
  return head !== undefined && (bodyKinds.has(head.kind) || bodyWords.has(head.text));
}

/**
 * Skips to the next line of the block, over brackets that are open. Deeper lines behind a head that ends in `:` are
 * its body: they are read for their own errors when they must be statements.
 */
function recover(p: Parser, state: ParserState): void {
  let open = p.tokens === state.tokens ? p.openers.length - state.openers : 0;
  if (p.tokens === state.tokens) p.restoreLayout(state);
  else p.restore(state);
  const hasBody = mayHaveBody(p.tokens[state.at]);
  if (p.at === state.at) p.advance();
  for (;;) {
    const { kind, first, indent } = p.token;
    if (kind === "eof" || (first && indent <= state.blockIndent && !isCloser(kind))) return;
    if (closers.has(kind) && open === 0 && state.openers > 0) return;
    if (first && hasBody && indent > state.blockIndent && p.tokens[p.at - 1]?.kind === ":") {
      parseLines(p, indent, () => p.grammar.statement(p, []));
    } else {
      if (openers.has(kind)) open += 1;
      else if (closers.has(kind)) open = Math.max(0, open - 1);
      p.advance();
    }
  }
}
