// Tuples: immutable objects with numbered fields.
import type { Span } from "../../../base/index.ts";
import { isIntType, type HirLayout } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { expectValue } from "./convert.ts";
import { owned } from "./copies.ts";
import { lowerOperands } from "./operands.ts";
import {
  anyType,
  found,
  isScalar,
  representation,
  tupleOf,
  TupleType,
  type SimpleType,
} from "./simple-type.ts";
import { fitted } from "./dicts.ts";
import { errorValue, intLiteral, typed, unitValue, type Typed, type Value } from "./value.ts";

export function tupleLayout(cx: Context, type: TupleType): HirLayout {
  return cx.analysis.layouts.of(type, () => ({
    kind: "tuple",
    name: String(type),
    fields: type.elements.map((element) => ({ name: null, type: representation(element) })),
    equality: "fields",
  }));
}

/** The elements with their places in the object. */
export function tupleFields(
  cx: Context,
  type: TupleType,
): readonly { readonly type: SimpleType; readonly offset: number }[] {
  const { fields } = tupleLayout(cx, type);
  return type.elements.map((element, index) => ({
    type: element,
    offset: fields[index]?.offset ?? 0,
  }));
}

/** `(a, b)`; `()` is unit. */
export function lowerTuple(cx: Context, expr: ast.TupleExpr, hint: SimpleType | null): Value {
  if (expr.elements.length === 0) return unitValue;
  const wanted = hint === null ? null : found(hint);
  const inner =
    wanted !== null && !isScalar(wanted) && wanted.kind === "option" ? found(wanted.inner) : wanted;
  const hints =
    inner instanceof TupleType && inner.elements.length === expr.elements.length
      ? inner.elements
      : null;
  const operands = lowerOperands(cx, expr.elements, {
    hint: (before) => hints?.[before.length] ?? null,
  });
  if (operands.kind !== "operands") return operands;
  const values = operands.values.map((value, index) => {
    const type = hints?.[index];
    return owned(cx, (type === undefined ? null : fitted(cx, value, type)) ?? value);
  });
  return newTuple(cx, values, expr.span);
}

export function newTuple(cx: Context, values: readonly Typed[], span: Span): Typed {
  const type = tupleOf(values.map((value) => found(value.type)));
  const fields = values.map(({ expr }) => expr);
  return typed(type, { kind: "new", type: "ref", layout: tupleLayout(cx, type).id, fields, span });
}

/** An element by its number, which is in range. */
export function tupleElement(cx: Context, tuple: Typed, index: number, span: Span): Value {
  const type = found(tuple.type);
  const field = type instanceof TupleType ? tupleFields(cx, type)[index] : undefined;
  if (field === undefined) throw new Error("no such element");
  const { offset } = field;
  return typed(field.type, {
    kind: "load",
    type: representation(field.type),
    base: tuple.expr,
    offset,
    span,
  });
}

/** `t.0` */
export function lowerTupleIndex(cx: Context, expr: ast.TupleIndexExpr): Value {
  const object = expectValue(cx, cx.lower.expr(cx, expr.object, null), expr.object.span);
  if (object.kind !== "typed") return object;
  return elementOf(cx, object, expr.index, expr.span);
}

/** An element by a number known at compile time; negative ones count from the end. */
export function elementOf(cx: Context, object: Typed, index: number, span: Span): Value {
  const type = found(object.type);
  if (type === anyType) return cx.lower.anyElement(cx, object, index, span);
  if (!(type instanceof TupleType)) {
    cx.report.error(
      "type/not-a-tuple",
      `\`.${index}\` needs a tuple, found \`${type}\``,
      span,
      "Elements of an array are written `xs[0]`.",
    );
    return errorValue;
  }
  const count = type.elements.length;
  const place = index < 0 ? index + count : index;
  if (place >= 0 && place < count) return tupleElement(cx, object, place, span);
  cx.report.error(
    "type/tuple-index",
    `\`${type}\` has ${count} element${count === 1 ? "" : "s"}, found the index ${index}`,
    span,
    `The first is \`.0\`, the last \`.${count - 1}\`.`,
  );
  return errorValue;
}

/** `t[0]`: the index is a literal, since each element has its own type. */
export function indexTuple(cx: Context, object: Typed, index: ast.Expr, span: Span): Value {
  const number = literalIndex(index);
  if (number !== null) return elementOf(cx, object, number, span);
  cx.report.error(
    "type/tuple-index",
    "the index of a tuple is an integer literal, found an expression",
    index.span,
    "Use an array where the index is computed.",
  );
  return errorValue;
}

function literalIndex(index: ast.Expr): number | null {
  if (index.kind === "int" && (index.suffix === null || isIntType(index.suffix)))
    return Number(index.value);
  if (index.kind !== "unary" || index.op !== "-") return null;
  const inner = literalIndex(index.operand);
  return inner === null ? null : -inner;
}

/** `t.len()`, `t.first()`, `t.last()`; undefined for another name. */
export function tupleMethod(
  cx: Context,
  tuple: Typed,
  name: string,
  span: Span,
): Value | undefined {
  const type = found(tuple.type);
  if (!(type instanceof TupleType)) return undefined;
  const count = type.elements.length;
  if (name === "len") return { ...intLiteral(BigInt(count), span), literal: null };
  if (name === "first") return tupleElement(cx, tuple, 0, span);
  return name === "last" ? tupleElement(cx, tuple, count - 1, span) : undefined;
}
