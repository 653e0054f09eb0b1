// Lines, blocks and recovery. A block is a run of lines with one indentation, deeper than the enclosing block's.
import type { Block, Stmt } from "../ast.ts";
import { indentedWithTabs } from "../layout.ts";
import { type BodyHeader, type Kind, ParseFailure, type Parser } from "./cursor.ts";

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
  const lines: Lines = { item, outerIndent: outer.blockIndent, inBrackets: outer.openers > 0 };
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
}

/** Whether the block goes on at the current token. Deeper and misplaced lines are reported and taken in. */
function atLine(p: Parser, lines: Lines): boolean {
  const { token } = p;
  if (token.kind === "eof" || (lines.inBrackets && isCloser(token.kind))) return false;
  if (!token.first || token.indent === p.blockIndent) return true;
  if (token.indent > p.blockIndent) {
    unexpectedIndent(p);
    parseLines(p, token.indent, lines.item);
    return atLine(p, lines);
  }
  if (token.indent <= lines.outerIndent || continuesOuter(token.kind)) return false;
  badDedent(p, lines.outerIndent);
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
  p.report({
    code: "parse/unexpected-indent",
    message: `found an indentation of ${p.token.indent}, expected ${p.blockIndent} as in the lines before`,
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
  const tabs = indentedWithTabs(p.file.text, p.token.start);
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
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    recover(p, item, state);
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
  p.fail({
    code: "parse/expected-line-end",
    message: `found ${p.found()}, expected the end of the line`,
    help: "Start a new line, or separate two statements with `;`.",
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

/**
 * Skips to the next line of the block, over brackets that are open. Deeper lines behind a line that ends in `:` are
 * its body: they are read for their own errors.
 */
function recover(p: Parser, item: () => void, state: ReturnType<Parser["save"]>): void {
  let open = p.tokens === state.tokens ? p.openers.length - state.openers : 0;
  if (p.tokens === state.tokens) p.restoreLayout(state);
  else p.restore(state);
  const indent = state.blockIndent;
  let previous: Kind = p.tokens[p.at - 1]?.kind ?? "eof";
  if (p.at === state.at) previous = p.advance().kind;
  for (;;) {
    const { kind, first } = p.token;
    if (kind === "eof") return;
    if (first && p.token.indent <= indent && !closers.has(kind)) return;
    if (first && previous === ":" && p.token.indent > indent) {
      parseLines(p, p.token.indent, item);
      previous = "eof";
      continue;
    }
    if (openers.has(kind)) open += 1;
    else if (closers.has(kind)) {
      if (open === 0 && state.openers > 0) return;
      open = Math.max(0, open - 1);
    }
    previous = kind;
    p.advance();
  }
}
