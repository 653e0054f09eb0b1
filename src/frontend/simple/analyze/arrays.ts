// Arrays: literals, indexing, slices, appending.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { storageCode } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { describe, type Context } from "./context.ts";
import { owned } from "./copies.ts";
import { common, fitted } from "./dicts.ts";
import { emitCall, libraryCall, nodeCall } from "./heap-nodes.ts";
import { lowerOperands } from "./operands.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import {
  anyType,
  arrayOf,
  found,
  isCopied,
  isScalar,
  representation,
  type ArrayType,
  type SimpleType,
} from "./simple-type.ts";
import { errorValue, intConst, typed, type Typed, type Value } from "./value.ts";

/** The element type that an array literal is wanted to have; null if that is not known. */
function wantedElement(hint: SimpleType | null): SimpleType | null {
  let type = hint === null ? null : found(hint);
  if (type !== null && !isScalar(type) && type.kind === "option") type = found(type.inner);
  return type !== null && !isScalar(type) && type.kind === "array" ? type.element : null;
}

/** `[a, b, *c]` */
export function lowerArray(cx: Context, expr: ast.ArrayExpr, hint: SimpleType | null): Value {
  const { elements, span } = expr;
  const wanted = wantedElement(hint);
  if (elements.length === 0)
    return newArray(wanted ?? cx.unknowns.typeOf(expr, "element"), [], span);
  const operands = lowerOperands(
    cx,
    elements.map(({ value }) => value),
    {
      hint: (before) => {
        if (elements[before.length]?.spread === true) return null;
        if (wanted !== null) return wanted;
        const first = before.findIndex((value, index) => {
          const plain = elements[index]?.spread === false;
          return plain && value.kind === "typed" && value.literal === null;
        });
        const known = before[first];
        return known?.kind === "typed" ? known.type : null;
      },
    },
  );
  if (operands.kind !== "operands") return operands;
  const parts: Part[] = operands.values.map((value, index) => {
    const element = elements[index];
    return { value, spread: element?.spread === true, span: element?.span ?? span };
  });
  const element = elementType(cx, parts, wanted);
  if (element === null) return errorValue;
  return build(cx, element, parts, span);
}

interface Part {
  readonly value: Typed;
  readonly spread: boolean;
  readonly span: Span;
}

/** A type for all elements: the wanted one if it fits, else what they have in common, else `Any`. */
function elementType(
  cx: Context,
  parts: readonly Part[],
  wanted: SimpleType | null,
): SimpleType | null {
  const values: Typed[] = [];
  for (const { value, spread, span } of parts) {
    if (!spread) {
      values.push(value);
      continue;
    }
    const type = found(value.type);
    if (isScalar(type) || type.kind !== "array") {
      cx.report.error(
        "type/spread",
        `\`*\` takes an array, found ${describe(value)}`,
        span,
        "Write `.to_array()` behind a range, `.chars()` behind a text.",
      );
      return null;
    }
    values.push(typed(type.element, value.expr));
  }
  return common(cx, values, wanted);
}

function build(cx: Context, element: SimpleType, parts: readonly Part[], span: Span): Value {
  const values = parts.map(({ value, spread }) =>
    spread ? value : owned(cx, fitted(cx, value, element) ?? value),
  );
  const firstSpread = parts.findIndex(({ spread }) => spread);
  if (firstSpread < 0) return newArray(element, values.map(exprOf), span);
  const kept = values.map((value) => cx.builder.spillTyped(value));
  const start = newArray(element, kept.slice(0, firstSpread).map(exprOf), span);
  const array = cx.builder.spillTyped(start);
  for (const [index, value] of kept.entries()) {
    if (index < firstSpread) continue;
    if (parts[index]?.spread === true) extendArray(cx, array, value, span);
    else appendTo(cx, array, value, span);
  }
  return array;
}

function exprOf({ expr }: Typed): Expr {
  return expr;
}

/** A new array of these elements, which have the representation of the type. */
export function newArray(element: SimpleType, elements: readonly Expr[], span: Span): Typed {
  return typed(arrayOf(element), {
    kind: "new_array",
    type: "ref",
    element: representation(element),
    elements,
    span,
  });
}

/** Puts a value that has the array's element type at its end. */
export function appendTo(cx: Context, array: Typed, value: Typed, span: Span): void {
  const { builder } = cx;
  const kept = constantOrLocal(value.expr) ? value.expr : builder.spill(value.expr);
  const base = nodeCall("rt_array_grow", "u32", [array.expr], span);
  builder.emit({
    kind: "store",
    type: kept.type === "unit" ? "any" : kept.type,
    base,
    offset: 0,
    value: kept,
    span,
  });
}

/** Whether the expression can be evaluated behind a call that does not see the function's locals. */
function constantOrLocal({ kind }: Expr): boolean {
  return (
    kind === "int" || kind === "float" || kind === "bool" || kind === "local" || kind === "nil"
  );
}

/** Appends what another array holds. */
export function extendArray(cx: Context, array: Typed, other: Typed, span: Span): void {
  const [to, from] = [found(array.type), found(other.type)];
  if (to === from && !isCopied(arrayTypeOf(array)?.element ?? "i64"))
    emitCall(cx, "rt_array_extend", [array.expr, other.expr], span);
  else {
    const element = arrayTypeOf(array)?.element ?? anyType;
    callPreludeFunction(cx, "array.extend", [array, other], { element, span });
  }
}

/** The type of an array; null for other values. */
export function arrayTypeOf(value: Typed): ArrayType | null {
  const type = found(value.type);
  return !isScalar(type) && type.kind === "array" ? type : null;
}

/** An element of an array by a number that may be negative. */
export function elementOf(array: Typed, element: SimpleType, index: Typed, span: Span): Typed {
  const type = representation(element);
  return typed(element, { kind: "element", type, array: array.expr, index: index.expr, span });
}

/** An empty array with room for some elements. */
export function emptyArray(element: SimpleType, capacity: Expr, span: Span): Typed {
  const code = intConst("u32", BigInt(storageCode(representation(element))), span);
  return libraryCall("rt_array_new", arrayOf(element), [code, capacity], span);
}
