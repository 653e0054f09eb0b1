// Primary expressions: literals, names, brackets, comprehensions.
import type { ArrayElement, DictEntry, Expr, Pattern } from "../ast.ts";
import { atStatementCall, bareCall } from "./arguments.ts";
import { parseFunctionLambda, parseIf, parseLambda, parseMatch } from "./control.ts";
import type { Parser } from "./cursor.ts";
import { type Kind, isKeyword, isStatementWord } from "./kinds.ts";
import { parseLiteral } from "./literals.ts";
import { parseForPattern } from "./patterns.ts";
import { refusePrimary, refuseSet } from "./refused.ts";
import { atTypeArguments, parseTypeArguments } from "./types.ts";

export function parsePrimary(p: Parser): Expr {
  const literal = parseLiteral(p);
  if (literal !== null) return literal;
  switch (p.spelling) {
    case "name":
      return parseNameExpression(p);
    case "self":
      return { kind: "self", span: p.spanOf(p.advance()) };
    case "(":
      return parseParentheses(p);
    case "[":
      return parseArray(p);
    case "{":
      return parseBraces(p);
    case "\\":
      return parseLambda(p);
    case "if":
      return parseIf(p);
    case "match":
      return parseMatch(p);
    case "fn":
      if (p.peek(1).kind === "(") return parseFunctionLambda(p);
      return missingExpression(p);
    default:
      return missingExpression(p);
  }
}

const placeholder = /^_([1-9]\d?)$/;

function parseNameExpression(p: Parser): Expr {
  const statementCall = atStatementCall(p);
  const token = p.advance();
  const span = p.spanOf(token);
  const name = token.text;
  if (name.charCodeAt(0) === 95) {
    if (name === "_") return { kind: "placeholder", index: null, span };
    const index = placeholder.exec(name)?.[1];
    if (index !== undefined) return { kind: "placeholder", index: Number(index), span };
  }
  if (!statementCall && atTypeArguments(p)) {
    const typeArgs = parseTypeArguments(p);
    return { kind: "name", name, typeArgs, span: p.spanFrom(token.start) };
  }
  const callee: Expr = { kind: "name", name, span };
  return statementCall ? bareCall(p, callee, token.start) : callee;
}

const assignments: ReadonlySet<Kind> = new Set<Kind>(["=", "+=", "-=", "*=", "/=", "%="]);

function missingExpression(p: Parser): never {
  refusePrimary(p);
  if (p.is(".") && p.peek(1).kind === "int" && p.peek(1).start === p.token.end) {
    p.fail({
      code: "parse/leading-dot",
      message: "found `.` before a digit, expected an expression",
      help: "Write a digit before the point, as in `0.5`.",
    });
  }
  rejectUnclosed(p);
  p.fail({
    code: "parse/missing-expression",
    message: `found ${p.found()}, expected an expression`,
    help: missingHelp(p),
  });
}

function missingHelp(p: Parser): string {
  if (assignments.has(p.kind)) return "Write a name or a place before the assignment.";
  if (isKeyword(p.kind)) return `\`${p.kind}\` is reserved and is no value: choose another name.`;
  return "Write a value, a name or a call here.";
}

/** Objects to the open bracket if a closing one of another kind or a new statement stands in the place of a value. */
function rejectUnclosed(p: Parser): void {
  const opener = p.openers.at(-1)?.kind;
  const expected = opener === "(" ? ")" : opener === "[" ? "]" : opener === "{" ? "}" : null;
  if (expected === null || p.is(expected)) return;
  const closes = p.is(")") || p.is("]") || p.is("}");
  const newStatement = p.token.first && (isStatementWord(p.kind) || p.is("fn"));
  if (closes || newStatement || p.is("eof")) p.unclosed(expected, "an expression");
}

function parseParentheses(p: Parser): Expr {
  const start = p.token.start;
  const outer = p.openBracket();
  if (p.is(")")) {
    p.closeBracket(outer, ")");
    return { kind: "tuple", elements: [], span: p.spanFrom(start) };
  }
  const first = parseInner(p);
  if (!p.is(",")) {
    p.closeBracket(outer, ")");
    return first;
  }
  const elements = [first];
  while (p.accept(",") && !p.is(")")) elements.push(p.grammar.expression(p));
  p.closeBracket(outer, ")", "`,`");
  return { kind: "tuple", elements, span: p.spanFrom(start) };
}

/** An expression between parentheses, where `=` is a slip for `==`. */
function parseInner(p: Parser): Expr {
  const inner = p.grammar.expression(p);
  if (p.is("=")) {
    p.fail({
      code: "parse/assignment-in-expression",
      message: "found `=` in an expression, expected an operator",
      help: "Write `==` to compare; an assignment is a statement of its own.",
    });
  }
  return inner;
}

function parseArray(p: Parser): Expr {
  const start = p.token.start;
  const outer = p.openBracket();
  if (p.is("for")) return parseOldArrayComprehension(p, outer, start);
  const elements: ArrayElement[] = [];
  while (!p.is("]")) {
    const element = parseElement(p);
    if (p.is("for") && elements.length === 0 && !element.spread) {
      const clause = parseClause(p);
      p.closeBracket(outer, "]");
      return {
        kind: "array_comprehension",
        element: element.value,
        ...clause,
        span: p.spanFrom(start),
      };
    }
    elements.push(element);
    if (!p.accept(",")) break;
  }
  p.closeBracket(outer, "]", elements.length === 0 ? "" : "`,`");
  return { kind: "array", elements, span: p.spanFrom(start) };
}

function parseElement(p: Parser): ArrayElement {
  const start = p.token.start;
  const spread = p.accept("*") || p.accept("...");
  const value = p.grammar.expression(p);
  return { value, spread, span: p.spanFrom(start) };
}

interface Clause {
  readonly pattern: Pattern;
  readonly iterable: Expr;
  readonly condition: Expr | null;
}

/** `for p in xs if c` */
function parseClause(p: Parser): Clause {
  p.advance();
  const pattern = parseForPattern(p);
  expectIn(p);
  const iterable = p.grammar.expression(p);
  const condition = p.accept("if") ? p.grammar.expression(p) : null;
  return { pattern, iterable, condition };
}

export function expectIn(p: Parser): void {
  if (p.accept("in")) return;
  p.fail({
    code: "parse/missing-in",
    message: `found ${p.found()}, expected \`in\` after the loop variable`,
    help: "Write `for x in xs`.",
  });
}

function parseOldArrayComprehension(p: Parser, outer: boolean, start: number): Expr {
  const clause = parseClause(p);
  if (!p.accept(":")) p.unclosed("]", "`:`");
  const element = p.grammar.expression(p);
  p.closeBracket(outer, "]");
  return { kind: "array_comprehension", element, ...clause, span: p.spanFrom(start) };
}

function parseBraces(p: Parser): Expr {
  const start = p.token.start;
  const outer = p.openBracket();
  if (p.is("for")) return parseOldDictComprehension(p, outer, start);
  const entries: DictEntry[] = [];
  while (!p.is("}")) {
    const entry = parseEntry(p, start);
    if (p.is("for") && entries.length === 0) {
      const clause = parseClause(p);
      p.closeBracket(outer, "}");
      const { key, value } = entry;
      return { kind: "dict_comprehension", key, value, ...clause, span: p.spanFrom(start) };
    }
    entries.push(entry);
    if (!p.accept(",")) break;
  }
  p.closeBracket(outer, "}", entries.length === 0 ? "" : "`,`");
  return { kind: "dict", entries, span: p.spanFrom(start) };
}

function parseEntry(p: Parser, open: number): DictEntry {
  const start = p.token.start;
  const key = p.grammar.expression(p);
  if (p.is(",") || p.is("}")) refuseSet(p, open);
  if (!p.accept(":")) p.unclosed("}", "`:`");
  const value = p.grammar.expression(p);
  return { key, value, span: p.spanFrom(start) };
}

/** `{for p in xs if c: (k, v)}` */
function parseOldDictComprehension(p: Parser, outer: boolean, start: number): Expr {
  const clause = parseClause(p);
  if (!p.accept(":")) p.unclosed("}", "`:`");
  const pair = p.grammar.expression(p);
  const [key, value, more] = pair.kind === "tuple" ? pair.elements : [];
  if (key === undefined || value === undefined || more !== undefined) {
    p.fail({
      code: "parse/missing-pair",
      message: "found one value for a dictionary entry, expected a pair `(key, value)`",
      span: pair.span,
      help: "Write the entry as `(key, value)`.",
    });
  }
  p.closeBracket(outer, "}");
  return { kind: "dict_comprehension", key, value, ...clause, span: p.spanFrom(start) };
}
