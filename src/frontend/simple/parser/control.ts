// Expressions with bodies: `if`, `match`, lambdas.
import type { Block, Condition, Expr, LambdaExpr, MatchArm, MatchExpr, Param } from "../ast.ts";
import { parseLines } from "./blocks.ts";
import type { BodyHeader, Parser } from "./cursor.ts";
import { expectColon, parseName } from "./names.ts";
import { parseParams } from "./params.ts";
import { parseArmPattern, parsePattern } from "./patterns.ts";
import { parseType } from "./types.ts";

interface Branch {
  readonly start: number;
  readonly condition: Condition;
  readonly then: Block;
}

/** `if c: a elif d: b else: e`, on one line, over lines, or with blocks. */
export function parseIf(p: Parser): Expr {
  const word = p.token;
  const several = p.at === p.statementStart;
  const branches = [parseBranch(p, { owner: "`if`", several })];
  let last: Block | null = null;
  while (last === null && atElse(p, several)) {
    const { start, kind } = p.advance();
    if (kind === "elif") branches.push(parseBranch(p, { owner: "`elif`", several }, start));
    else if (p.is("if")) branches.push(parseBranch(p, { owner: "`else if`", several }));
    else {
      expectColon(p, "`else`");
      last = p.grammar.body(p, { owner: "`else`", several });
    }
  }
  p.grow(branches.length - 1);
  return foldBranches(p, branches, last) ?? { kind: "nil", span: p.spanOf(word) };
}

/** Nests the branches: each later one is the whole `else` of the one before. */
function foldBranches(p: Parser, branches: readonly Branch[], last: Block | null): Expr | null {
  let otherwise = last;
  let result: Expr | null = null;
  for (const { start, condition, then } of branches.toReversed()) {
    const end = otherwise?.span.end ?? then.span.end;
    const span = { file: p.file, start, end };
    result = { kind: "if", condition, then, else: otherwise, span };
    otherwise = { kind: "block", body: [{ kind: "expr", value: result, span }], span };
  }
  return result;
}

/** Stands at `if` or behind `elif`. */
function parseBranch(p: Parser, header: BodyHeader, from?: number): Branch {
  const start = from ?? p.advance().start;
  const condition = parseCondition(p, header.owner);
  expectColon(p, `the condition of ${header.owner}`);
  return { start, condition, then: p.grammar.body(p, header) };
}

/** Whether `else` or `elif` goes on this `if`; on a new line it must not stand left of the current block. */
function atElse(p: Parser, isStatement: boolean): boolean {
  const { kind, indent } = p.token;
  if (kind !== "else" && kind !== "elif") return false;
  if (!p.is("newline")) return true;
  if (indent < p.blockIndent) return false;
  if (indent > p.blockIndent && isStatement) {
    p.report({
      code: "parse/bad-dedent",
      message: `found \`${kind}\` at an indentation of ${indent}, expected ${p.blockIndent} as for its \`if\``,
      span: p.spanOf(p.token),
      help: "Align it with its `if`.",
    });
  }
  p.joinLine();
  return true;
}

/** The condition of `if` or `while`: an expression, or `val P = e`. */
export function parseCondition(p: Parser, owner: string): Condition {
  const start = p.token.start;
  if (p.is("val") || p.is("var") || p.is("let")) {
    let mutable = p.advance().kind === "var";
    if (p.is("name") && p.token.text === "mut") {
      mutable = true;
      p.advance();
    }
    const pattern = parsePattern(p);
    if (!p.accept("=")) {
      p.fail({
        code: "parse/missing-value",
        message: `found ${p.found()}, expected \`=\` and the value to match`,
        help: `Write the condition as \`val x = e\`.`,
      });
    }
    const value = p.grammar.expression(p);
    return { kind: "bind_condition", mutable, pattern, value, span: p.spanFrom(start) };
  }
  const condition = p.grammar.expression(p);
  return p.is("=") ? parseAssignedCondition(p, condition, owner) : condition;
}

function parseAssignedCondition(p: Parser, left: Expr, owner: string): Expr {
  p.report({
    code: "parse/assignment-in-condition",
    message: `found \`=\` in the condition of ${owner}, expected a comparison`,
    help: "Write `==` to compare, or `val x = e` to bind.",
  });
  p.advance();
  const right = p.grammar.expression(p);
  const span = { file: p.file, start: left.span.start, end: right.span.end };
  return { kind: "compare", op: "==", left, right, span };
}

export function parseMatch(p: Parser): MatchExpr {
  const start = p.advance().start;
  const subject = p.grammar.expression(p);
  expectColon(p, "the value of `match`");
  const arms: MatchArm[] = [];
  if (p.atDeeperLine()) parseLines(p, p.token.indent, () => parseArm(p, arms));
  else missingArms(p);
  return { kind: "match", subject, arms, span: p.spanFrom(start) };
}

/** Arms that are not indented are taken for what they are meant to be. */
function missingArms(p: Parser): void {
  p.report({
    code: "parse/missing-block",
    message: `found ${p.atLineEnd() ? "no deeper line" : p.found()}, expected the arms of \`match\``,
    help: "Write each arm on a line of its own, indented: `case P: value`.",
  });
  // Inside brackets the line's end does not show: the rest goes with the statement.
  if (p.bracketed) p.abandon();
  while (!p.atLineEnd()) p.advance();
  while (p.is("newline") && p.token.kind === "case" && p.token.indent === p.blockIndent) {
    p.joinLine();
    parseArm(p, []);
  }
}

/** `case P: body`, `P: body`, `P => body`, `| P -> body`; texts and `pass` between arms mean nothing. */
function parseArm(p: Parser, arms: MatchArm[]): void {
  const start = p.token.start;
  if (p.is("case") || p.is("|")) p.advance();
  const pattern = parseArmPattern(p);
  const guard = p.accept("if") ? p.grammar.expression(p) : null;
  if (!p.accept("=>") && !p.accept("->")) expectColon(p, "the pattern");
  const body = p.grammar.body(p, { owner: "the match arm", several: true });
  arms.push({ pattern, guard, body, span: p.spanFrom(start) });
}

/** `\x, y: body`; the backslash may be doubled. */
export function parseLambda(p: Parser): LambdaExpr {
  const start = p.advance().start;
  if (p.is("\\") && p.adjacent()) p.advance();
  const params: Param[] = [];
  while (!p.is(":")) {
    const name = parseName(p, params.length === 0 ? "a parameter or `:`" : "a parameter");
    params.push({ name, type: null, default: null, span: name.span });
    if (!p.accept(",")) break;
  }
  expectColon(p, "the parameters of the lambda");
  const body = p.grammar.body(p, { owner: "the lambda", several: false });
  return { kind: "lambda", params, result: null, body, span: p.spanFrom(start) };
}

/** `fn(x: T) -> R: body` */
export function parseFunctionLambda(p: Parser): LambdaExpr {
  const start = p.advance().start;
  const { params } = parseParams(p);
  const result = p.accept("->") ? parseType(p) : null;
  expectColon(p, "the head of the function");
  const body = p.grammar.body(p, { owner: "the function", several: false });
  return { kind: "lambda", params, result, body, span: p.spanFrom(start) };
}
