// Expressions by precedence: binary and prefix operators, comparison chains, ranges.
import type { BinaryOp, CompareOp, Expr, OrderingOp, UnaryOp } from "../ast.ts";
import type { Token } from "../token.ts";
import type { Parser } from "./cursor.ts";
import { type Kind, isStatementWord } from "./kinds.ts";
import { parsePostfix } from "./postfix.ts";

/** `power` orders operators, the loosest first; the right operand is read from `rightPower` on. */
type Operator = { readonly power: number; readonly rightPower: number } & (
  | { readonly family: "binary"; readonly op: BinaryOp }
  | { readonly family: "logic"; readonly op: "and" | "or" }
  | { readonly family: "compare"; readonly op: CompareOp }
  | { readonly family: "ordering"; readonly op: OrderingOp }
  | { readonly family: "range"; readonly inclusive: boolean }
  | { readonly family: "coalesce" | "pipe" }
  | { readonly family: "refused"; readonly what: string; readonly help: string }
);

const notCore = "is not part of core Simple";

function binary(power: number, op: BinaryOp): Operator {
  return { family: "binary", op, power, rightPower: power + 1 };
}
function compare(op: CompareOp): Operator {
  return { family: "compare", op, power: 5, rightPower: 6 };
}
function ordering(op: OrderingOp): Operator {
  return { family: "ordering", op, power: 6, rightPower: 7 };
}
function logic(power: number, op: "and" | "or"): Operator {
  return { family: "logic", op, power, rightPower: power + 1 };
}
function range(inclusive: boolean): Operator {
  return { family: "range", inclusive, power: 7, rightPower: 8 };
}

const operators = new Map<Kind, Operator>([
  ["|>", { family: "pipe", power: 1, rightPower: 2 }],
  ["~>", { family: "refused", what: "the operator `~>`", help: `\`~>\` ${notCore}: call the function.`, power: 1, rightPower: 2 }],
  ["or", logic(2, "or")],
  ["||", logic(2, "or")],
  ["??", { family: "coalesce", power: 3, rightPower: 3 }],
  ["and", logic(4, "and")],
  ["&&", logic(4, "and")],
  ["==", compare("==")],
  ["!=", compare("!=")],
  ["is", compare("is")],
  ["in", compare("in")],
  ["<", ordering("<")],
  ["<=", ordering("<=")],
  [">", ordering(">")],
  [">=", ordering(">=")],
  ["..", range(false)],
  ["..=", range(true)],
  ["|", binary(8, "|")],
  ["^", binary(9, "^")],
  ["xor", binary(9, "^")],
  ["&", binary(10, "&")],
  ["<<", binary(11, "<<")],
  [">>", binary(11, ">>")],
  ["@", { family: "refused", what: "the operator `@`", help: `Matrix multiplication ${notCore}: call a function.`, power: 12, rightPower: 13 }],
  ["+", binary(13, "+")],
  ["-", binary(13, "-")],
  ["*", binary(14, "*")],
  ["/", binary(14, "/")],
  ["%", binary(14, "%")],
  ["//", { ...binary(14, "/") }],
  ["**", { family: "binary", op: "**", power: 15, rightPower: 15 }],
]); // prettier-ignore
const notIn = compare("not in");

export function parseExpression(p: Parser): Expr {
  const height = p.enter();
  const expression = parseBinary(p, 0);
  p.leave(height);
  return expression;
}

/** The operator at the current token; joins a deeper line that begins with one. */
function operatorHere(p: Parser): Operator | null {
  if (p.is("newline")) {
    if (!p.atDeeperLine() || operatorAt(p.token, p.peek(1)) === null) return null;
    p.joinLine();
  }
  return operatorAt(p.token, p.peek(1));
}

function operatorAt(token: Token, next: Token): Operator | null {
  if (token.kind === "not") return next.kind === "in" ? notIn : null;
  return operators.get(token.kind) ?? null;
}

function parseBinary(p: Parser, least: number): Expr {
  const start = p.token.start;
  const negated = p.is("not") ? p.token : null;
  const first = parsePrefix(p);
  let left = first;
  for (;;) {
    const operator = operatorHere(p);
    if (operator === null || operator.power < least) return left;
    if (negated !== null && left === first) warnNot(p, operator, negated);
    left = parseOperation(p, operator, { left, start });
    p.grow();
  }
}

interface LeftSide {
  readonly left: Expr;
  readonly start: number;
}

function parseOperation(p: Parser, operator: Operator, { left, start }: LeftSide): Expr {
  switch (operator.family) {
    case "ordering":
      return parseOrdering(p, operator.op, { left, start });
    case "refused":
      return p.fail({
        code: "parse/not-core",
        message: `found ${operator.what}, expected an operator of core Simple`,
        help: operator.help,
      });
    case "binary": {
      if (p.is("//")) reportParallel(p);
      const right = parseRight(p, operator);
      return { kind: "binary", op: operator.op, left, right, span: p.spanFrom(start) };
    }
    case "compare": {
      if (p.is("not")) p.advance();
      const right = parseRight(p, operator);
      return { kind: "compare", op: operator.op, left, right, span: p.spanFrom(start) };
    }
    case "logic": {
      const right = parseRight(p, operator);
      return { kind: "logic", op: operator.op, left, right, span: p.spanFrom(start) };
    }
    case "coalesce":
      return { kind: "coalesce", left, right: parseRight(p, operator), span: p.spanFrom(start) };
    case "pipe": {
      const target = parseRight(p, operator);
      return { kind: "pipe", value: left, target, span: p.spanFrom(start) };
    }
    case "range": {
      const end = parseRight(p, operator);
      if (p.is("..") || p.is("..=")) reportChainedRange(p);
      const { inclusive } = operator;
      return { kind: "range", start: left, end, inclusive, span: p.spanFrom(start) };
    }
  }
}

/** Takes the operator and its right operand, which may stand on the next line. */
function parseRight(p: Parser, operator: Operator): Expr {
  const token = p.advance();
  rejectDoubled(p, token);
  if (p.is("newline") && startsOperand(p)) p.joinLine();
  if (p.atLineEnd() || isClosing(p.kind)) missingOperand(p, token);
  const height = p.enter();
  const right = parseBinary(p, operator.rightPower);
  p.leave(height);
  return right;
}

/** Whether the line that begins here can go on an expression; a new statement at the same depth cannot. */
function startsOperand(p: Parser): boolean {
  const { kind, indent } = p.token;
  if (isStatementWord(kind) || isClosing(kind)) return false;
  if (kind === "fn" && p.peek(1).kind === "name") return false;
  const isAssignment = kind === "name" && p.peek(1).kind === "=";
  return indent > p.blockIndent || !isAssignment;
}

function isClosing(kind: Kind): boolean {
  return kind === ")" || kind === "]" || kind === "}" || kind === ",";
}

function missingOperand(p: Parser, operator: Token): never {
  const doubled = p.tokens[p.at - 2];
  if (doubled?.kind === operator.kind && doubled.end === operator.start) {
    reportIncrement(p, doubled.start, operator.kind);
  }
  p.fail({
    code: "parse/missing-operand",
    message: `found ${p.found()} after \`${operator.kind}\`, expected an operand`,
    help: `Write the right side of \`${operator.kind}\`, or remove the operator.`,
  });
}

/** `++`, `--` at the end of an operand, and compound assignments that do not exist. */
function rejectDoubled(p: Parser, token: Token): void {
  const next = p.token;
  if (!p.adjacent()) return;
  if (next.kind === "=" && (token.kind === "==" || token.kind === "!=")) {
    p.fail({
      code: "parse/unknown-operator",
      message: `found \`${token.kind}=\`, expected \`${token.kind}\``,
      span: { file: p.file, start: token.start, end: next.end },
      help: "There is one equality: it compares by value.",
    });
  }
  if (token.kind === "<" && next.kind === ">") {
    p.fail({
      code: "parse/unknown-operator",
      message: "found `<>`, expected `!=`",
      span: { file: p.file, start: token.start, end: next.end },
      help: "Write `a != b`.",
    });
  }
  if (next.kind === "=" && !p.is("newline")) {
    p.fail({
      code: "parse/unknown-assignment",
      message: `found \`${token.kind}=\`, expected one of \`=\`, \`+=\`, \`-=\`, \`*=\`, \`/=\`, \`%=\``,
      span: { file: p.file, start: token.start, end: next.end },
      help: `Write it out: \`x = x ${token.kind} y\`.`,
    });
  }
  if (next.kind !== token.kind || (token.kind !== "+" && token.kind !== "-")) return;
  const after = p.peek(1);
  const ends = after.kind === "eof" || after.first || isClosing(after.kind) || after.kind === ";";
  if (token.kind === "+" || ends) reportIncrement(p, token.start, token.kind);
}

function reportIncrement(p: Parser, start: number, sign: string): never {
  p.fail({
    code: "parse/increment",
    message: `found \`${sign}${sign}\`, expected an assignment`,
    span: { file: p.file, start, end: start + 2 },
    help: `Write \`x = x ${sign} 1\`.`,
  });
}

function reportParallel(p: Parser): void {
  p.report({
    code: "parse/parallel-operator",
    message: "found `//`, expected an operator of core Simple",
    help: "Write `a.fdiv(b)` for floor division, or `#` before a comment.",
  });
}

function reportChainedRange(p: Parser): never {
  p.fail({
    code: "parse/chained-range",
    message: `found \`${p.kind}\` after a range, expected one range`,
    help: "Write `range(a, b, step)` for steps, or parentheses around one range.",
  });
}

function warnNot(p: Parser, operator: Operator, negated: Token): void {
  if (operator.family !== "compare" && operator.family !== "ordering") return;
  p.sink.warning(
    "parse/not-before-comparison",
    `found \`not\` before a comparison with \`${operator.op}\`: it applies to the left operand alone`,
    p.spanOf(negated),
    `Write \`not (a ${operator.op} b)\`, or \`(not a) ${operator.op} b\` if that is meant.`,
  );
}

/** `a < b`, or a chain `a < b <= c`. */
function parseOrdering(p: Parser, op: OrderingOp, { left, start }: LeftSide): Expr {
  const ops: OrderingOp[] = [];
  const operands = [left];
  for (
    let operator = operatorHere(p);
    operator?.family === "ordering";
    operator = operatorHere(p)
  ) {
    ops.push(operator.op);
    operands.push(parseRight(p, operator));
  }
  const [, right] = operands;
  if (ops.length === 1 && right !== undefined) {
    return { kind: "compare", op, left, right, span: p.spanFrom(start) };
  }
  return { kind: "chain", operands, ops, span: p.spanFrom(start) };
}

const prefixes: Partial<Record<Kind, UnaryOp>> = { "-": "-", not: "not", "!": "not", "~": "~" };

function parsePrefix(p: Parser): Expr {
  let taken: Token[] | null = null;
  for (;;) {
    if (prefixes[p.kind] !== undefined) {
      rejectDecrement(p);
      (taken ??= []).push(p.advance());
    } else if (!skipUnaryPlus(p)) break;
  }
  if (taken === null) return parsePostfix(p);
  const last = taken.at(-1);
  if (last !== undefined && (p.atLineEnd() || isClosing(p.kind))) missingOperand(p, last);
  let operand = parsePostfix(p);
  for (const token of taken.reverse()) {
    const op = prefixes[token.kind];
    if (op === undefined) continue;
    p.grow();
    operand = { kind: "unary", op, operand, span: p.spanFrom(token.start) };
  }
  return operand;
}

/** `--x` as a whole statement; elsewhere it negates twice. */
function rejectDecrement(p: Parser): void {
  const next = p.peek(1);
  if (!p.is("-") || next.kind !== "-" || next.start !== p.token.end) return;
  if (p.at === p.statementStart) reportIncrement(p, p.token.start, "-");
}

function skipUnaryPlus(p: Parser): boolean {
  if (!p.is("+")) return false;
  const next = p.peek(1);
  if (next.kind === "+" && next.start === p.token.end) reportIncrement(p, p.token.start, "+");
  p.report({
    code: "parse/unary-plus",
    message: "found `+` before an operand, expected an expression",
    help: "There is no unary plus: remove it.",
  });
  p.advance();
  return true;
}
