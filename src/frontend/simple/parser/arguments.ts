// Arguments of calls in their three styles.
import type { Arg, CallExpr, Expr } from "../ast.ts";
import { skipWords } from "../spec-words.ts";
import type { Token } from "../token.ts";
import type { Parser } from "./cursor.ts";
import { type Kind, isKeyword } from "./kinds.ts";
import { parseBracketed, parseMemberName, takeName } from "./names.ts";

/** `(a, name: b, name = c, *d)` */
export function parseArguments(p: Parser): Arg[] {
  return parseBracketed(p, ")", () => parseArgument(p));
}

function isLabel(p: Parser): boolean {
  const next = p.peek(1).kind;
  if (p.is("name")) return next === ":" || next === "=";
  return next === ":" && isKeyword(p.kind);
}

function parseArgument(p: Parser): Arg {
  const start = p.token.start;
  if (isLabel(p)) {
    const name = takeName(p);
    p.advance();
    const value = p.grammar.expression(p);
    return { name, value, spread: false, span: p.spanFrom(start) };
  }
  const spread = p.accept("*") || p.accept("...");
  const value = p.grammar.expression(p);
  return { name: null, value, spread, span: p.spanFrom(start) };
}

/** `P { x: 1 }` */
export function parseBraceArguments(p: Parser): Arg[] {
  return parseBracketed(p, "}", () => {
    const start = p.token.start;
    const name = parseMemberName(p, "a field");
    if (!p.accept(":")) p.unclosed("}", "`:`");
    const value = p.grammar.expression(p);
    return { name, value, spread: false, span: p.spanFrom(start) };
  });
}

const operandStarts: ReadonlySet<Kind> = new Set<Kind>([
  "name", "int", "float", "text", "self", "true", "false", "nil", "\\",
]); // prettier-ignore

/** What begins an operand only where a whole expression is wanted: after a spaced `print`, say. */
const wideStarts: ReadonlySet<Kind> = new Set<Kind>([
  "(", "[", "{", "-", "!", "~", "if", "match",
]); // prettier-ignore

/** These take a whole expression when they begin a statement and a space follows. */
const statementCalls: ReadonlySet<string> = new Set([
  "print", "println", "print_raw", "eprint", "expect", "assert",
]); // prettier-ignore

/** Whether a name just before the current token is called without parentheses. */
export function atBareArgument(p: Parser): boolean {
  if (!p.bareCalls || p.token.first || p.adjacent()) return false;
  if (operandStarts.has(p.kind)) return true;
  if (p.is("not")) return p.peek(1).kind !== "in";
  return p.is("fn") && p.peek(1).kind === "(";
}

/** Whether the current name begins a statement `print EXPR`. */
export function atStatementCall(p: Parser): boolean {
  if (p.at !== p.statementStart || !statementCalls.has(p.token.text)) return false;
  const next = p.peek(1);
  return !next.first && next.start > p.token.end && wideStarts.has(next.kind);
}

/** The arguments of a call without parentheses; several only where a comma cannot belong to anything else. */
export function parseBareArguments(p: Parser, several: boolean): Arg[] {
  const args = [parseBareArgument(p)];
  while (several && p.is(",") && p.openers.length === 0) {
    p.advance();
    if (p.is("newline") && p.atDeeperLine()) p.joinLine();
    args.push(endsHeader(p) ? parseBareArgument(p) : parseArgument(p));
  }
  return args;
}

/** Whether this is the last word before the colon of a block: `it "x", skip:`, but not `skip: true`. */
function endsHeader(p: Parser): boolean {
  if (!p.is("name") || p.peek(1).kind !== ":") return false;
  const after: Token = p.peek(2);
  return (
    after.first || (skipWords.has(p.token.text) && after.kind !== "true" && after.kind !== "false")
  );
}

function parseBareArgument(p: Parser): Arg {
  const start = p.token.start;
  const value = p.grammar.expression(p);
  return { name: null, value, spread: false, span: p.spanFrom(start) };
}

export function bareCall(p: Parser, callee: Expr, start: number): CallExpr {
  const several = p.tokens[p.statementStart]?.start === start;
  const args = parseBareArguments(p, several);
  return { kind: "call", callee, args, style: "bare", span: p.spanFrom(start) };
}
