// Patterns of `match` on scalars.
import type { Span } from "../../../base/index.ts";
import type { CompareOp, Expr } from "../../../ir/hir/index.ts";
import { isFloatType } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { namesIn } from "./free-names.ts";
import { boolConst, type Value } from "./value.ts";
import type { SimpleType } from "./simple-type.ts";

/** Whether the subject fits; a constant where that is known or after a message. */
export function patternTest(cx: Context, pattern: ast.Pattern, subject: Value): Expr {
  const never = boolConst(false, pattern.span);
  switch (pattern.kind) {
    case "wildcard":
    case "name":
      return boolConst(true, pattern.span);
    case "literal":
      return bound(cx, "eq", { subject, literal: pattern.value, span: pattern.span }) ?? never;
    case "range":
      return rangeTest(cx, pattern, subject) ?? never;
    case "alternatives":
      return pattern.options
        .map((option) => patternTest(cx, option, subject))
        .reduce((left, right) => ({
          kind: "logic",
          type: "bool",
          op: "or",
          left,
          right,
          span: pattern.span,
        }));
    case "constructor":
      cx.report.unsupported("enum", "patterns of enums and structs", pattern.span);
      return never;
    case "tuple":
      cx.report.unsupported("tuple", "tuple patterns", pattern.span);
      return never;
    case "array":
      cx.report.unsupported("array", "array patterns", pattern.span);
      return never;
  }
}

/** Declares the name that a pattern binds. The subject never changes, so the name is the subject itself. */
export function patternBinding(cx: Context, pattern: ast.Pattern, subject: Value): void {
  if (pattern.kind === "alternatives") {
    for (const option of pattern.options) {
      if (option.kind !== "name") continue;
      cx.report.unsupported(
        "enum",
        "names among alternatives",
        option.span,
        "Use `_` for any value.",
      );
    }
  }
  if (pattern.kind !== "name") {
    declareUnknown(cx, pattern);
    return;
  }
  const { builder } = cx;
  const { name, span } = pattern;
  if (subject.kind !== "typed") {
    const type = subject.kind === "pending" ? "pending" : "error";
    cx.scope.declare({ kind: "local", name, owner: builder, local: -1, type, mutable: false });
    return;
  }
  const { type, expr } = subject;
  let local = expr.kind === "local" ? expr.local : -1;
  if (local < 0) {
    local = builder.addLocal(name, type, true);
    builder.set(local, { ...expr, span });
  }
  cx.scope.declare({ kind: "local", name, owner: builder, local, type, mutable: false });
}

/** The names in a pattern that was refused: what is said about it is enough. */
export function declareUnknown(cx: Context, pattern: ast.Pattern): void {
  const owner = cx.builder;
  for (const name of namesIn(pattern)) {
    cx.scope.declare({ kind: "local", name, owner, local: -1, type: "error", mutable: true });
  }
}

interface Bound {
  readonly subject: Value;
  readonly literal: ast.LiteralPattern["value"];
  readonly span: Span;
}

function bound(cx: Context, op: CompareOp, { subject, literal, span }: Bound): Expr | null {
  if (literal.kind === "text" || literal.kind === "nil") {
    const [code, what] =
      literal.kind === "text" ? ["text", "text patterns"] : ["option", "`nil` patterns"];
    if (subject.kind === "typed") cx.report.unsupported(code, what, span);
    return null;
  }
  if (subject.kind !== "typed") return null;
  const { type } = subject;
  if (op !== "eq" && type === "bool") {
    cx.report.error("type/mismatch", "a range pattern takes numbers, found `bool`", span);
    return null;
  }
  const value = literalOfType(cx, literal, type);
  if (value === null) return null;
  return { kind: "compare", type: "bool", op, left: subject.expr, right: value, span };
}

function literalOfType(cx: Context, literal: ast.Expr, type: SimpleType): Expr | null {
  const value = cx.lower.expr(cx, literal, type);
  // An integer never equals a float, so a pattern of the other kind is a mistake, not a conversion.
  const crosses = value.kind === "typed" && isFloatType(value.type) !== isFloatType(type);
  if (crosses && value.type !== "bool" && type !== "bool") {
    cx.report.error(
      "type/mismatch",
      `the pattern must be \`${type}\`, found \`${value.type}\``,
      literal.span,
      isFloatType(type) ? "Write a float literal, as in `1.0`." : "Write an integer literal.",
    );
    return null;
  }
  if (value.kind === "typed" && value.type !== type && (value.type === "bool" || type === "bool")) {
    cx.report.error(
      "type/mismatch",
      `the pattern must be \`${type}\`, found \`${value.type}\``,
      literal.span,
      type === "bool" ? "Write `true` or `false`." : "Write a number.",
    );
    return null;
  }
  const fitting = expectType(cx, value, type, { span: literal.span, what: "the pattern" });
  return fitting.kind === "typed" ? fitting.expr : null;
}

function rangeTest(cx: Context, pattern: ast.RangePattern, subject: Value): Expr | null {
  const { span } = pattern;
  const left = bound(cx, "ge", { subject, literal: pattern.start, span });
  const op = pattern.inclusive ? "le" : "lt";
  const right = bound(cx, op, { subject, literal: pattern.end, span });
  if (left === null || right === null) return null;
  return { kind: "logic", type: "bool", op: "and", left, right, span };
}
