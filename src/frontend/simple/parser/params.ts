// Parameter lists.
import type { Param } from "../ast.ts";
import type { Parser } from "./cursor.ts";
import { parseBracketed, parseName } from "./names.ts";
import { refuseVariadic } from "./refused.ts";
import { parseType } from "./types.ts";

export interface ParamList {
  readonly params: readonly Param[];
  /** Offset of an explicit `self`, or -1. */
  readonly self: number;
}

/** `(self, a: T, mut b: T, c: T = d, e=f)`; `mut` means nothing. */
export function parseParams(p: Parser): ParamList {
  if (!p.is("(")) {
    p.fail({
      code: "parse/missing-parameters",
      message: `found ${p.found()}, expected \`(\` and the parameters`,
      help: "Write `()` for a function without parameters.",
    });
  }
  let self = -1;
  const params: Param[] = [];
  parseBracketed(p, ")", () => {
    skipMut(p);
    if (p.is("self")) {
      self = p.advance().start;
      if (p.accept(":")) parseType(p);
    } else params.push(parseParam(p));
  });
  return { params, self };
}

function skipMut(p: Parser): void {
  const next = p.peek(1).kind;
  if (p.is("name") && p.token.text === "mut" && (next === "name" || next === "self")) p.advance();
}

function parseParam(p: Parser): Param {
  const start = p.token.start;
  if (p.is("...")) refuseVariadic(p);
  const name = parseName(p, "a parameter");
  if (p.is("...")) refuseVariadic(p);
  const type = p.accept(":") ? parseType(p) : null;
  const fallback = p.accept("=") ? p.grammar.expression(p) : null;
  return { name, type, default: fallback, span: p.spanFrom(start) };
}
