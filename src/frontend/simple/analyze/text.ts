// Text: literals, interpolation and concatenation, and the text that `print`, `fail` and assertions take. What is
// written at once is taken apart into parts, so that no text value is built for it.
import type { Span } from "../../../base/index.ts";
import type { Expr, TextPart } from "../../../ir/hir/index.ts";
import { isFloatType, isIntType } from "../../../ir/hir/index.ts";
import { formatSpecProblem, parseFormatSpec } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { Sequence } from "./builder.ts";
import type { Context } from "./context.ts";
import { expectValue } from "./convert.ts";
import { found, textType } from "./simple-type.ts";
import { errorValue, typed, type Typed, type Value } from "./value.ts";

/** How finished text is used. */
export interface TextUse {
  readonly kind: "print" | "fail";
  readonly newline: boolean;
  readonly stream: "out" | "err";
  readonly span: Span;
}

/** Prints the expression in its display form, or fails with it as the message. */
export function useText(cx: Context, expr: ast.Expr, use: TextUse): void {
  const parts = textParts(cx, expr);
  if (parts === null) {
    if (use.kind === "fail") cx.builder.reachable = false;
    return;
  }
  const { builder } = cx;
  const { span, newline, stream } = use;
  if (use.kind === "print") builder.emit({ kind: "print", parts, newline, stream, span });
  else {
    builder.emit({ kind: "fail", parts, span });
    builder.reachable = false;
  }
}

/** A text literal or interpolation as a value. */
export function lowerText(cx: Context, expr: ast.TextExpr | ast.InterpolationExpr): Value {
  if (expr.kind === "text") return textLiteral(expr.value, expr.span);
  const parts = textParts(cx, expr);
  return parts === null ? errorValue : textOfParts(parts, expr.span);
}

export function textLiteral(value: string, span: Span): Typed {
  return typed(textType, { kind: "text", type: "ref", value, span });
}

function textOfParts(parts: readonly TextPart[], span: Span): Typed {
  return typed(textType, { kind: "format", type: "ref", parts, span });
}

/** The display form of a value as a text; a text stays as it is. */
export function displayed(value: Typed): Typed {
  if (found(value.type) === textType) return value;
  return textOfParts([{ kind: "value", value: value.expr }], value.expr.span);
}

/** `a + b` where one of them is a text: the other is joined in its display form. */
export function concatenation(left: Typed, right: Typed, span: Span): Typed {
  const args = [displayed(left).expr, displayed(right).expr];
  return typed(textType, { kind: "host", type: "ref", symbol: "rt_text_concat", args, span });
}

interface Collector {
  readonly cx: Context;
  readonly parts: TextPart[];
  /** Indices of the parts with a value, in the order of the sequence. */
  readonly values: number[];
  readonly sequence: Sequence;
  whole: boolean;
}

/** Evaluates everything in the text, in order; null where there was a mistake. */
export function textParts(cx: Context, expr: ast.Expr): readonly TextPart[] | null {
  const to: Collector = {
    cx,
    parts: [],
    values: [],
    sequence: new Sequence(cx.builder),
    whole: true,
  };
  collect(to, expr, null);
  to.sequence.finish().forEach((value, index) => {
    const place = to.values[index];
    const part = place === undefined ? undefined : to.parts[place];
    if (place !== undefined && part?.kind === "value") to.parts[place] = { ...part, value };
  });
  return to.whole ? to.parts : null;
}

/** Whether the expression is a text by its form alone. */
function isLiteral(expr: ast.Expr): boolean {
  if (expr.kind === "binary" && expr.op === "+")
    return isLiteral(expr.left) || isLiteral(expr.right);
  return expr.kind === "text" || expr.kind === "interpolation";
}

function collect(to: Collector, expr: ast.Expr, spec: string | null): void {
  if (spec !== null || !isLiteral(expr)) collectValue(to, expr, spec);
  else if (expr.kind === "text") to.parts.push({ kind: "literal", text: expr.value });
  else if (expr.kind === "interpolation") {
    for (const part of expr.parts) {
      if (part.kind === "literal") to.parts.push({ kind: "literal", text: part.text });
      else collect(to, part.value, part.spec);
    }
  } else if (expr.kind === "binary") {
    collect(to, expr.left, null);
    collect(to, expr.right, null);
  }
}

function collectValue(to: Collector, expr: ast.Expr, spec: string | null): void {
  const { cx } = to;
  const value = expectValue(cx, cx.lower.expr(cx, expr, null), expr.span);
  if (value.kind !== "typed" || (spec !== null && !checkSpec(cx, spec, value, expr.span))) {
    to.whole = false;
    return;
  }
  addValue(to, value.expr, spec);
}

function addValue(to: Collector, value: Expr, spec: string | null): void {
  to.sequence.add(value);
  const part: TextPart = spec === null ? { kind: "value", value } : { kind: "value", value, spec };
  to.values.push(to.parts.push(part) - 1);
}

const specHelps = {
  int: "Integers take `d`, `x`, `o`, `b`, and the types of floats.",
  float: "Floats take `f`, `e`, `g` and `%`.",
  other: "It takes a width and an alignment, as in `>8`.",
} as const;

/** Whether the spec can format such a value; reports why not. What has its type at run time is not checked. */
function checkSpec(cx: Context, spec: string, { type }: Typed, span: Span): boolean {
  const parsed = parseFormatSpec(spec);
  const actual = found(type);
  const kind = isFloatType(actual) ? "float" : isIntType(actual) ? "int" : "other";
  if (parsed === null) {
    cx.report.error("type/format-spec", `\`${spec}\` is no format spec`, span, specHelps[kind]);
    return false;
  }
  if (typeof actual !== "string" && (actual.kind === "any" || actual.kind === "option"))
    return true;
  // A bool or a text is no number.
  const numeric = kind === "other" && parsed.type !== null && parsed.type !== "s";
  const problem = numeric
    ? `format type \`${parsed.type}\` takes a number, found a \`${actual}\``
    : formatSpecProblem(parsed, kind === "other" ? "bool" : kind);
  if (problem === null) return true;
  cx.report.error("type/format-spec", problem, span, specHelps[kind]);
  return false;
}
