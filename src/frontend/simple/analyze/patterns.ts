// Patterns: whether a value fits, and the names that it gives. Tests are expressions without effects, so that names are
// bound only where the whole pattern fits.
import type { Span } from "../../../base/index.ts";
import type { CompareOp, Expr } from "../../../ir/hir/index.ts";
import { isFloatType } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { compare } from "./arithmetic.ts";
import { anyHolds } from "./any-casts.ts";
import { unboxed } from "./boxes.ts";
import type { Context } from "./context.ts";
import { coerce, expectType } from "./convert.ts";
import { shared } from "./copies.ts";
import { namesIn } from "./free-names.ts";
import { isNilNode, optionTypeOf } from "./option-values.ts";
import { partsOf, type Parts, type StructuredPattern } from "./pattern-parts.ts";
import { anyType, found, isScalar, nilType, type SimpleType } from "./simple-type.ts";
import { boolConst, type Typed, type Value } from "./value.ts";

/** Whether the subject fits; a constant where that is known or after a message. */
export function patternTest(cx: Context, pattern: ast.Pattern, subject: Value): Expr {
  const never = boolConst(false, pattern.span);
  switch (pattern.kind) {
    case "wildcard":
      return boolConst(true, pattern.span);
    case "literal":
      return bound(cx, "eq", { subject, literal: pattern.value, span: pattern.span }) ?? never;
    case "range":
      return rangeTest(cx, pattern, subject) ?? never;
    case "alternatives":
      return pattern.options
        .map((option) => patternTest(cx, option, subject))
        .reduce((left, right) => either(left, right, pattern.span));
    case "name":
    case "constructor":
    case "tuple":
    case "array":
      return structureTest(cx, pattern, subject);
  }
}

/** Patterns with parts, and names, which may be those of variants. */
function structureTest(cx: Context, pattern: StructuredPattern, subject: Value): Expr {
  const { span } = pattern;
  if (subject.kind !== "typed") {
    return boolConst(pattern.kind === "name", span);
  }
  const parts = partsOf(cx, pattern, subject);
  if (parts === "binding") return boolConst(true, span);
  if (parts === "error") return boolConst(false, span);
  return testParts(cx, parts, span);
}

function testParts(cx: Context, { test, parts }: Parts, span: Span): Expr {
  let whole = test;
  for (const { pattern, value } of parts) {
    whole = both(whole, patternTest(cx, pattern, value), span);
  }
  return whole;
}

function both(left: Expr, right: Expr, span: Span): Expr {
  if (left.kind === "bool") return left.value ? right : left;
  if (right.kind === "bool" && right.value) return left;
  return { kind: "logic", type: "bool", op: "and", left, right, span };
}

function either(left: Expr, right: Expr, span: Span): Expr {
  if (left.kind === "bool") return left.value ? left : right;
  if (right.kind === "bool" && !right.value) return left;
  return { kind: "logic", type: "bool", op: "or", left, right, span };
}

/** Declares the names that a pattern binds, where it fits. */
export function patternBinding(
  cx: Context,
  pattern: ast.Pattern,
  subject: Value,
  mutable = false,
): void {
  if (pattern.kind === "alternatives") {
    bindAlternatives(cx, pattern, subject);
    return;
  }
  if (pattern.kind === "wildcard" || pattern.kind === "literal" || pattern.kind === "range") return;
  if (subject.kind !== "typed") {
    declareUnknown(cx, pattern, subject.kind === "pending" ? "pending" : "error");
    return;
  }
  const parts = cx.report.silence(() => partsOf(cx, pattern, subject));
  if (parts === "error") declareUnknown(cx, pattern);
  else if (parts !== "binding") {
    for (const part of parts.parts) patternBinding(cx, part.pattern, part.value, mutable);
  } else if (pattern.kind === "name") bindName(cx, pattern, subject, mutable);
}

/** The subject of a match never changes, so a name can be the subject itself. */
function bindName(cx: Context, pattern: ast.NamePattern, subject: Typed, mutable: boolean): void {
  const { builder } = cx;
  const { name, span } = pattern;
  const value = shared(cx, subject);
  const { type, expr } = value;
  let local = expr.kind === "local" && !mutable ? expr.local : -1;
  if (local < 0) {
    local = builder.addLocal(name, type, !mutable);
    builder.set(local, { ...expr, span });
  }
  cx.scope.declare({ kind: "local", name, owner: builder, local, type, mutable });
}

/** Which of the alternatives fits is not known where the names are used. */
function bindAlternatives(cx: Context, pattern: ast.AlternativesPattern, subject: Value): void {
  for (const option of pattern.options) {
    const names =
      option.kind === "name" && isVariantName(cx, option, subject) ? [] : namesIn(option);
    if (names.every((name) => name === "_" || isVariantAt(cx, option, subject))) continue;
    cx.report.error(
      "type/pattern",
      "alternatives cannot bind names",
      option.span,
      "Use `_` for any value, or write an arm for each.",
    );
    declareUnknown(cx, option);
  }
}

function isVariantName(cx: Context, pattern: ast.NamePattern, subject: Value): boolean {
  if (subject.kind !== "typed") return true;
  return cx.report.silence(() => partsOf(cx, pattern, subject)) !== "binding";
}

/** Whether a pattern binds nothing: all its names are those of variants. */
function isVariantAt(cx: Context, pattern: ast.Pattern, subject: Value): boolean {
  if (subject.kind !== "typed") return true;
  if (pattern.kind === "alternatives") {
    return pattern.options.every((option) => isVariantAt(cx, option, subject));
  }
  if (pattern.kind === "wildcard" || pattern.kind === "literal" || pattern.kind === "range") {
    return true;
  }
  const parts = cx.report.silence(() => partsOf(cx, pattern, subject));
  if (parts === "error") return true;
  if (parts === "binding") return false;
  return parts.parts.every((part) => isVariantAt(cx, part.pattern, part.value));
}

/** The names in a pattern that was refused: what is said about it is enough. */
export function declareUnknown(
  cx: Context,
  pattern: ast.Pattern,
  type: "error" | "pending" = "error",
): void {
  const owner = cx.builder;
  for (const name of namesIn(pattern)) {
    cx.scope.declare({ kind: "local", name, owner, local: -1, type, mutable: true });
  }
}

/** Whether the pattern fits every value of the subject's type. */
export function isIrrefutable(cx: Context, pattern: ast.Pattern, subject: Value): boolean {
  const test = cx.report.silence(() => patternTest(cx, pattern, subject));
  return test.kind === "bool" && test.value;
}

/** `val (a, b) = t`, `val [a, b] = xs`: declares the names; a value that does not fit is an error. */
export function destructure(
  cx: Context,
  pattern: ast.Pattern,
  value: Typed,
  mutable: boolean,
): void {
  const { builder } = cx;
  const { span } = pattern;
  const subject = builder.spillTyped(value);
  const test = patternTest(cx, pattern, subject);
  if (test.kind === "bool" ? !test.value : false) {
    declareUnknown(cx, pattern);
    return;
  }
  if (test.kind !== "bool") {
    const parts = [
      { kind: "literal", text: `the value does not have ${shapeWords(pattern)}: ` },
      { kind: "value", value: subject.expr },
    ] as const;
    const condition: Expr = { kind: "unary", type: "bool", op: "not", operand: test, span };
    builder.emit({ kind: "if", condition, then: [{ kind: "fail", parts, span }], else: [], span });
  }
  patternBinding(cx, pattern, subject, mutable);
}

function shapeWords(pattern: ast.Pattern): string {
  if (pattern.kind !== "array") return "the form that is taken apart";
  const { length } = pattern.elements;
  return `${length} element${length === 1 ? "" : "s"}`;
}

// ------------------------------------------------------------------------------------------ literals

interface Bound {
  readonly subject: Value;
  readonly literal: ast.LiteralPattern["value"];
  readonly span: Span;
}

function bound(cx: Context, op: CompareOp, { subject, literal, span }: Bound): Expr | null {
  if (subject.kind !== "typed") return null;
  const type = found(subject.type);
  if (literal.kind === "nil") return nilTest(subject, span);
  const option = optionTypeOf(subject);
  if (option !== null) {
    const inside = bound(cx, op, { subject: unboxed(subject, option.inner), literal, span });
    const isNil = isNilNode(subject.expr, span);
    const present: Expr = { kind: "unary", type: "bool", op: "not", operand: isNil, span };
    return inside === null ? null : both(present, inside, span);
  }
  if (neverFits(cx, type, literal)) return boolConst(false, span);
  if (type === anyType || (!isScalar(type) && type.kind === "text")) {
    return comparedLiteral(cx, op, { subject, literal, span });
  }
  if (!isScalar(type)) {
    const text = `the pattern must be \`${type}\`, found a literal`;
    if (!cx.specialised) cx.report.error("type/mismatch", text, literal.span);
    return null;
  }
  if (op !== "eq" && type === "bool") {
    if (cx.specialised) return null;
    cx.report.error("type/mismatch", "a range pattern takes numbers, found `bool`", span);
    return null;
  }
  const value = literalOfType(cx, literal, type);
  if (value === null) return null;
  return { kind: "compare", type: "bool", op, left: subject.expr, right: value, span };
}

/**
 * In a function that is built for the types of its arguments a literal of another type is one that does not fit; elsewhere
 * it is a mistake.
 */
function neverFits(cx: Context, type: SimpleType, literal: ast.LiteralPattern["value"]): boolean {
  if (type === anyType || !(cx.report.isInstance || cx.report.silent)) return false;
  const value = cx.report.silence(() => cx.lower.expr(cx, literal, type));
  if (value.kind !== "typed") return false;
  const crosses =
    isScalar(type) && isScalar(value.type) && isFloatType(value.type) !== isFloatType(type);
  return crosses || coerce(value, type) === null;
}

/** Nil never fits a value that is always there. */
function nilTest({ type, expr }: Typed, span: Span): Expr {
  const actual = found(type);
  const optional =
    !isScalar(actual) && (actual.kind === "option" || actual === anyType || actual === nilType);
  return optional ? isNilNode(expr, span) : boolConst(false, span);
}

const sourceOps = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" } as const;

/** Texts, and values whose type is known at run time only. */
function comparedLiteral(
  cx: Context,
  op: CompareOp,
  { subject, literal, span }: Bound,
): Expr | null {
  if (subject.kind !== "typed") return null;
  const value = cx.lower.expr(cx, literal, null);
  if (value.kind !== "typed") return null;
  const type = found(subject.type);
  if (type !== anyType && coerce(value, type) === null) {
    const what = { span: literal.span, what: "the pattern" };
    if (!cx.specialised) expectType(cx, value, type, what);
    return null;
  }
  const result = compare(cx, sourceOps[op], { left: subject, right: value, span });
  return result.kind === "typed" ? result.expr : null;
}

function literalOfType(cx: Context, literal: ast.Expr, type: SimpleType): Expr | null {
  const value = cx.lower.expr(cx, literal, type);
  // An integer never equals a float, so a pattern of the other kind is a mistake, not a conversion.
  const crosses = value.kind === "typed" && isFloatType(value.type) !== isFloatType(type);
  if (cx.specialised && (crosses || value.kind !== "typed" || coerce(value, type) === null))
    return null;
  if (crosses && isScalar(value.type) && value.type !== "bool" && type !== "bool") {
    cx.report.error(
      "type/mismatch",
      `the pattern must be \`${type}\`, found \`${value.type}\``,
      literal.span,
      isFloatType(type) ? "Write a float literal, as in `1.0`." : "Write an integer literal.",
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
  const within: Expr = { kind: "logic", type: "bool", op: "and", left, right, span };
  if (subject.kind !== "typed" || found(subject.type) !== anyType) return within;
  // What is no number is not in a range of numbers.
  const { kind } = pattern.start.kind === "unary" ? pattern.start.operand : pattern.start;
  const number = kind === "int" || kind === "float" ? anyHolds(cx, subject, "f64", span) : null;
  return number === null ? within : both(number.expr, within, span);
}
