// The functions that copy structs, and tuples and optional values that hold some.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { Builder } from "./builder.ts";
import type { Context, SyntheticFunction } from "./context.ts";
import { fieldsOf } from "./objects.ts";
import {
  found,
  isCopied,
  isScalar,
  representation,
  typeKey,
  type SimpleType,
} from "./simple-type.ts";
import { tupleFields } from "./tuples.ts";

/** A field of a type that is copied with it. */
interface Part {
  readonly type: SimpleType;
  readonly offset: number;
}

/** The copy of an object, with copies of the structs inside; nil stays nil. */
export function copyObject(cx: Context, expr: Expr, type: SimpleType): Expr {
  const actual = found(type);
  const { span } = expr;
  if (!isScalar(actual) && actual.kind !== "option" && copiedParts(cx, actual).length === 0) {
    return { kind: "host", type: "ref", symbol: "rt_object_copy", args: [expr], span };
  }
  const callee = cx.analysis.synthetic(`copy ${typeKey(actual)}`, () => copier(cx, actual, span));
  return { kind: "call", type: "ref", callee, args: [expr], span };
}

function copiedParts(cx: Context, type: SimpleType): readonly Part[] {
  const actual = found(type);
  if (isScalar(actual)) return [];
  if (actual.kind === "option") return copiedParts(cx, actual.inner);
  if (actual.kind === "tuple")
    return tupleFields(cx, actual).filter((field) => isCopied(field.type));
  if (actual.kind !== "struct") return [];
  return fieldsOf(cx, actual).flatMap(({ type: of, offset }) =>
    of !== "error" && isCopied(of) ? [{ type: of, offset }] : [],
  );
}

/** `fn copy(object)`: the collector sees the half-made copy, whose fields are those of the original until replaced. */
function copier(cx: Context, type: SimpleType, span: Span): SyntheticFunction {
  const builder = new Builder();
  const object = builder.read(builder.addRaw("object", "ref", true), span);
  const none: Expr = {
    kind: "compare",
    type: "bool",
    op: "eq",
    left: object,
    right: { kind: "nil", type: "ref", span },
    span,
  };
  builder.emit({
    kind: "if",
    condition: none,
    then: [{ kind: "return", value: object, span }],
    else: [],
    span,
  });
  const copy = builder.spill({
    kind: "host",
    type: "ref",
    symbol: "rt_object_copy",
    args: [object],
    span,
  });
  for (const part of copiedParts(cx, type)) {
    const { offset } = part;
    const inner: Expr = { kind: "load", type: "ref", base: object, offset, span };
    const value = copyObject(cx, inner, part.type);
    builder.emit({
      kind: "store",
      type: representation(part.type),
      base: copy,
      offset,
      value,
      span,
    });
  }
  builder.emit({ kind: "return", value: copy, span });
  const symbol = `copy.${type}`;
  return { symbol, name: "copy", parameterCount: 1, result: type, span, builder };
}
