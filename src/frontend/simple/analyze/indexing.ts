// `x[i]`, `x[i] = v`, `x[a:b:s]` by the type of `x`.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { textLayout } from "../../../runtime/index.ts";
import { holderOf } from "./annotations.ts";
import type * as ast from "../ast.ts";
import { arithmetic } from "./arithmetic.ts";
import { arrayTypeOf, elementOf } from "./arrays.ts";
import { boxed } from "./boxes.ts";
import { describe, type Context } from "./context.ts";
import { coerce, expectType, expectValue } from "./convert.ts";
import { owned } from "./copies.ts";
import { readEntry, storeEntry, updateEntry } from "./dicts.ts";
import { expectIndex } from "./indices.ts";
import { arrayLength, countField, emitCall, integer, libraryCall } from "./heap-nodes.ts";
import { lowerOperands, lowerOperandsAfter } from "./operands.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import { presentValue } from "./option-values.ts";
import {
  anyType,
  found,
  isCopied,
  isScalar,
  textType,
  type ArrayType,
  type DictType,
  type SimpleType,
} from "./simple-type.ts";
import { arithmeticOf } from "./stores.ts";
import { indexTuple } from "./tuples.ts";
import { boolConst, errorValue, typed, type Typed, type Value } from "./value.ts";

/** `x[i]`; `hint` is the type that the place wants. */
export function lowerIndex(cx: Context, expr: ast.IndexExpr, hint: SimpleType | null): Value {
  const { index } = expr;
  if (index.kind === "range") return lowerSlice(cx, sliceOf(expr, index));
  const object = expectValue(cx, cx.lower.expr(cx, expr.object, null), expr.object.span);
  return object.kind === "typed" ? indexOf(cx, object, expr, hint) : object;
}

/** `x[a..b]` is `x[a:b]`. */
function sliceOf({ object, span }: ast.IndexExpr, range: ast.RangeExpr): ast.SliceExpr {
  const one: ast.Expr = { kind: "int", value: 1, suffix: null, span: range.end.span };
  const next: ast.Expr = {
    kind: "binary",
    op: "+",
    left: range.end,
    right: one,
    span: range.end.span,
  };
  const end = range.inclusive ? next : range.end;
  return { kind: "slice", object, start: range.start, end, step: null, span };
}

/** An element of a value that has just been lowered. */
export function indexOf(
  cx: Context,
  container: Typed,
  expr: ast.IndexExpr,
  hint: SimpleType | null,
): Value {
  const { span } = expr;
  const object = presentValue(cx, container, expr.object.span);
  const type = found(object.type);
  if (!isScalar(type) && type.kind === "tuple") return indexTuple(cx, object, expr.index, span);
  const operands = lowerOperandsAfter(cx, object, [expr.index], { hint: () => keyHint(type) });
  if (operands.kind !== "operands") return operands;
  const [base, index] = operands.values;
  if (base === undefined || index === undefined) throw new Error("two operands expected");
  if (type === anyType) {
    return libraryCall("rt_any_index", anyType, [base.expr, boxed(index).expr], span);
  }
  if (isScalar(type)) return notIndexable(cx, base, expr.object.span);
  if (type.kind === "dict") {
    const entry = { dict: base, type, key: index, span, keySpan: expr.index.span };
    return readEntry(cx, entry, hint);
  }
  if (type.kind !== "array" && type !== textType) return notIndexable(cx, base, expr.object.span);
  const number = expectIndex(cx, index, { span: expr.index.span, what: "an index" });
  if (number === null) return errorValue;
  if (type.kind === "array") return elementOf(base, type.element, number, span);
  return libraryCall("rt_text_at", textType, [base.expr, number.expr], span);
}

function keyHint(type: SimpleType): SimpleType | null {
  if (isScalar(type)) return null;
  return type.kind === "dict" ? type.key : null;
}

function notIndexable(cx: Context, value: Typed, span: Span): Value {
  cx.report.error(
    "type/index",
    `${describe(value)} has no elements`,
    span,
    "Arrays, texts, dictionaries and tuples have.",
  );
  return errorValue;
}

/** `x[i] = v`, `x[i] += v` */
export function assignIndex(cx: Context, statement: ast.AssignStmt, target: ast.IndexExpr): void {
  const container = expectValue(cx, cx.lower.expr(cx, target.object, null), target.object.span);
  if (container.kind !== "typed") {
    cx.lower.expr(cx, statement.value, null);
    return;
  }
  const object = presentValue(cx, container, target.object.span);
  const type = found(object.type);
  if (isScalar(type)) notIndexable(cx, object, target.object.span);
  else if (type.kind === "array") assignElement(cx, { statement, target, object, type });
  else if (type.kind === "dict") assignEntry(cx, { statement, target, object, type });
  else if (type === anyType) assignAny(cx, statement, target, object);
  else {
    const help = type === textType ? "Build a new text, as in `s[:i] + x + s[i + 1:]`." : undefined;
    const what =
      type === textType || type.kind === "tuple" ? "cannot be changed" : "has no elements";
    cx.report.error("type/index", `${describe(object)} ${what}`, target.object.span, help);
    cx.lower.expr(cx, statement.value, null);
  }
}

/** The value of `place op= node`, where the place holds `current`. */
export function compoundValue(cx: Context, statement: ast.AssignStmt, current: Typed): Value {
  const { op, value, span } = statement;
  if (op === "=") return cx.lower.expr(cx, value, current.type);
  const operands = lowerOperandsAfter(cx, current, [value], { hint: () => current.type });
  if (operands.kind !== "operands") return operands;
  const [left, right] = operands.values;
  if (left === undefined || right === undefined) throw new Error("two operands expected");
  return arithmetic(cx, arithmeticOf[op], { left, right, span });
}

interface ElementSite {
  readonly statement: ast.AssignStmt;
  readonly target: ast.IndexExpr;
  readonly object: Typed;
  readonly type: ArrayType;
}

function assignEntry(
  cx: Context,
  { statement, target, object, type }: Omit<ElementSite, "type"> & { readonly type: DictType },
): void {
  const { value } = statement;
  const plain = statement.op === "=";
  const operands = lowerOperandsAfter(cx, object, plain ? [target.index, value] : [target.index], {
    hint: (before) => (before.length === 1 ? type.key : type.value),
  });
  const [dict, key, given] = operands.kind === "operands" ? operands.values : [];
  if (dict === undefined || key === undefined) return;
  const entry = { dict, type, key, span: target.span, keySpan: target.index.span };
  if (!plain) {
    const change = (current: Typed): Value => compoundValue(cx, statement, current);
    updateEntry(cx, entry, { span: value.span, change });
  } else if (given !== undefined) storeEntry(cx, entry, given, value.span);
}

function assignElement(cx: Context, { statement, target, object, type }: ElementSite): void {
  const { builder } = cx;
  const { element } = type;
  const what = "the element";
  const plain = statement.op === "=";
  const nodes = plain ? [target.index, statement.value] : [target.index];
  const operands = lowerOperandsAfter(cx, object, nodes, {
    hint: (before) => (before.length === 2 ? element : null),
  });
  if (operands.kind !== "operands") return;
  const [array, at, given] = operands.values;
  if (array === undefined || at === undefined) return;
  const index = expectIndex(cx, at, { span: target.index.span, what: "an index" });
  if (index === null) return;
  const span = statement.value.span;
  const place = plain
    ? { array, index }
    : { array: builder.spillTyped(array), index: builder.spillTyped(index) };
  const value = plain
    ? (given ?? errorValue)
    : compoundValue(cx, statement, elementOf(place.array, element, place.index, target.span));
  // The checks of a conversion are statements: what stands before them must be evaluated before them.
  const steady =
    value.kind === "typed" && coerce(value, element) === null
      ? { array: builder.spillTyped(place.array), index: builder.spillTyped(place.index) }
      : place;
  const holder = holderOf(cx, target.object);
  const fitting = expectType(cx, value, element, { span, what, holder });
  if (fitting.kind !== "typed" || fitting.expr.type === "unit") return;
  builder.emit({
    kind: "set_element",
    type: fitting.expr.type,
    array: steady.array.expr,
    index: steady.index.expr,
    value: owned(cx, fitting).expr,
    span: statement.span,
  });
}

function assignAny(
  cx: Context,
  statement: ast.AssignStmt,
  target: ast.IndexExpr,
  object: Typed,
): void {
  const { builder } = cx;
  const { span } = statement;
  const plain = statement.op === "=";
  const nodes = plain ? [target.index, statement.value] : [target.index];
  const operands = lowerOperandsAfter(cx, object, nodes);
  if (operands.kind !== "operands") return;
  const [base, at, given] = operands.values;
  if (base === undefined || at === undefined) return;
  if (plain) {
    if (given === undefined) return;
    const args = [base.expr, boxed(at).expr, boxed(given).expr];
    emitCall(cx, "rt_any_set_index", args, span);
    return;
  }
  const place = [builder.spill(base.expr), builder.spill(boxed(at).expr)];
  const value = compoundValue(
    cx,
    statement,
    libraryCall("rt_any_index", anyType, place, target.span),
  );
  if (value.kind !== "typed") return;
  emitCall(cx, "rt_any_set_index", [...place, boxed(value).expr], span);
}

// ------------------------------------------------------------------------------------------- slices

/** `x[a:b:s]` */
export function lowerSlice(cx: Context, expr: ast.SliceExpr): Value {
  const { span } = expr;
  const lowered = expectValue(cx, cx.lower.expr(cx, expr.object, null), expr.object.span);
  if (lowered.kind !== "typed") return lowered;
  const object = presentValue(cx, lowered, expr.object.span);
  const type = found(object.type);
  if (type === anyType) return cx.lower.anySlice(cx, object, expr);
  if (isScalar(type) || (type.kind !== "array" && type !== textType)) {
    cx.report.error(
      "type/slice",
      `${describe(object)} cannot be sliced`,
      expr.object.span,
      "Arrays and texts can.",
    );
    return errorValue;
  }
  const base = cx.builder.spillTyped(object);
  const nodes = [expr.start, expr.end, expr.step].filter((node) => node !== null);
  const operands = lowerOperands(cx, nodes, { hint: () => "i64" });
  if (operands.kind !== "operands") return operands;
  const values = [...operands.values];
  const take = (node: ast.Expr | null, what: string): Typed | null | undefined => {
    const value = node === null ? undefined : values.shift();
    if (node === null || value === undefined) return undefined;
    const index = expectIndex(cx, value, { span: node.span, what });
    return index === null ? null : cx.builder.spillTyped(index);
  };
  const start = take(expr.start, "the start of a slice");
  const end = take(expr.end, "the end of a slice");
  const step = take(expr.step, "the step of a slice");
  if (step?.expr.kind === "int" && Number(step.expr.value) === 0) {
    const help = "Leave it out, or write 1.";
    cx.report.error("type/zero-step", "the step of a slice is 0", expr.span, help);
  }
  if (start === null || end === null || step === null) return errorValue;
  return slice(cx, base, { start, end, step, span });
}

interface SliceParts {
  readonly start: Typed | undefined;
  readonly end: Typed | undefined;
  readonly step: Typed | undefined;
  readonly span: Span;
}

/** A slice of an array or a text that is a local; bounds are clamped. */
export function slice(cx: Context, base: Typed, { start, end, step, span }: SliceParts): Value {
  const isText = found(base.type) === textType;
  const length = cx.builder.spillTyped(
    isText ? countField(base.expr, textLayout.count, span) : arrayLength(base.expr, span),
  );
  const bound = (name: string, given: Typed | undefined, by: readonly Typed[]): Expr => {
    const zero: Typed = typed("i64", { kind: "int", type: "i64", value: 0, span });
    const has = typed("bool", boolConst(given !== undefined, span));
    const fn = cx.analysis.prelude(`number.${name}`);
    const value = cx.lower.callFunction(cx, fn, [has, given ?? zero, length, ...by], span);
    return value.kind === "typed" ? value.expr : zero.expr;
  };
  if (step === undefined) {
    const low = start === undefined ? null : cx.builder.spill(bound("slice_bound", start, []));
    const high = end === undefined ? length.expr : cx.builder.spill(bound("slice_bound", end, []));
    const from: Expr = low ?? { kind: "int", type: "i64", value: 0, span };
    const to: Expr =
      low === null ? high : { kind: "math", type: "i64", op: "max", args: [from, high], span };
    const inside = arrayTypeOf(base)?.element;
    if (inside !== undefined && isCopied(inside)) {
      const args = [base, typed("i64", from), typed("i64", to), integer(1, span)];
      return callPreludeFunction(cx, "array.slice_step", args, { element: inside, span });
    }
    const symbol = isText ? "rt_text_slice" : "rt_array_slice";
    return libraryCall(symbol, base.type, [base.expr, from, to], span);
  }
  const from = cx.builder.spill(bound("slice_start", start, [step]));
  const to = cx.builder.spill(bound("slice_end", end, [step]));
  if (isText)
    return libraryCall("rt_text_slice_step", textType, [base.expr, from, to, step.expr], span);
  const args = [base, typed("i64", from), typed("i64", to), step];
  const element = arrayTypeOf(base)?.element ?? anyType;
  return callPreludeFunction(cx, "array.slice_step", args, { element, span });
}
