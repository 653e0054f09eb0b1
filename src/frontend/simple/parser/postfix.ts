// Postfix forms: calls, indexes, members, option operators, casts.
import type { CallExpr, Expr } from "../ast.ts";
import { atBareArgument, bareCall, parseArguments, parseBraceArguments } from "./arguments.ts";
import type { Parser } from "./cursor.ts";
import { parseMemberName } from "./names.ts";
import { parsePrimary } from "./primary.ts";
import { refuseCall } from "./refused.ts";
import { parseCastType } from "./types.ts";

export function parsePostfix(p: Parser): Expr {
  const start = p.token.start;
  let operand = parsePrimary(p);
  for (;;) {
    const next = parseStep(p, operand, start);
    if (next === null) return operand;
    p.grow();
    operand = next;
  }
}

/** One postfix form on top of the operand, or null when there is none. */
function parseStep(p: Parser, operand: Expr, start: number): Expr | null {
  if (p.is("newline") && !joinMember(p)) return null;
  switch (p.spelling) {
    case "(":
      return parseCall(p, operand, start);
    case "[":
      return parseIndex(p, operand, start);
    case ".":
    case "?.":
      return parseMember(p, operand, start);
    case ".?":
      p.advance();
      return { kind: "present", operand, span: p.spanFrom(start) };
    case "?":
      p.advance();
      return { kind: "try", operand, span: p.spanFrom(start) };
    case "!":
      if (p.token.first) return null;
      p.advance();
      return { kind: "unwrap", operand, span: p.spanFrom(start) };
    case "as": {
      p.advance();
      const type = parseCastType(p);
      return { kind: "cast", operand, type, span: p.spanFrom(start) };
    }
    case "{":
      return parseBraces(p, operand, start);
    default:
      return parseBare(p, operand, start);
  }
}

/** Joins a deeper line that begins with `.name`. */
function joinMember(p: Parser): boolean {
  const { kind } = p.token;
  if ((kind !== "." && kind !== "?." && kind !== ".?") || !p.atDeeperLine()) return false;
  p.joinLine();
  return true;
}

function parseCall(p: Parser, callee: Expr, start: number): CallExpr {
  const args = parseArguments(p);
  if (!p.is("\\") || p.token.first) {
    return { kind: "call", callee, args, style: "parens", span: p.spanFrom(start) };
  }
  const from = p.token.start;
  const value = p.grammar.expression(p);
  args.push({ name: null, value, spread: false, span: p.spanFrom(from) });
  return { kind: "call", callee, args, style: "parens", span: p.spanFrom(start) };
}

function parseIndex(p: Parser, object: Expr, start: number): Expr {
  const outer = p.openBracket();
  const first = p.is(":") ? null : p.grammar.expression(p);
  if (first !== null && !p.is(":")) {
    p.closeBracket(outer, "]", "`:`");
    return { kind: "index", object, index: first, span: p.spanFrom(start) };
  }
  p.advance();
  const end = parseSlicePart(p);
  const step = p.accept(":") ? parseSlicePart(p) : null;
  p.closeBracket(outer, "]");
  return { kind: "slice", object, start: first, end, step, span: p.spanFrom(start) };
}

function parseSlicePart(p: Parser): Expr | null {
  return p.is(":") || p.is("]") ? null : p.grammar.expression(p);
}

function parseMember(p: Parser, object: Expr, start: number): Expr {
  const optional = p.advance().kind === "?.";
  if (p.is("int") && !optional) {
    const { literal } = p.advance();
    const index = literal?.kind === "int" ? Number(literal.value) : 0;
    return { kind: "tuple_index", object, index, span: p.spanFrom(start) };
  }
  const name = parseMemberName(p, "a field or method");
  return { kind: "member", object, name, optional, span: p.spanFrom(start) };
}

/** The name that the operand ends with, if the operand is a plain path and no bracket closes behind it. */
function calledName(p: Parser, operand: Expr): string | null {
  if (p.previousEnd !== operand.span.end) return null;
  if (operand.kind === "name") return operand.name;
  return operand.kind === "member" ? operand.name.text : null;
}

function parseBraces(p: Parser, callee: Expr, start: number): Expr | null {
  const name = calledName(p, callee);
  if (name === null || p.token.first) return null;
  if (!/^\p{Lu}/u.test(name)) {
    if (p.adjacent() && callee.kind === "name") refuseCall(p, name, callee.span);
    return null;
  }
  const args = parseBraceArguments(p);
  return { kind: "call", callee, args, style: "braces", span: p.spanFrom(start) };
}

function parseBare(p: Parser, callee: Expr, start: number): Expr | null {
  if (!atBareArgument(p)) return null;
  const name = calledName(p, callee);
  if (name === null) return null;
  if (callee.kind === "name") refuseCall(p, name, callee.span);
  return bareCall(p, callee, start);
}
