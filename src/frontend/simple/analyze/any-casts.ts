// A value of any type where a certain type is wanted: checked at run time.
import type { Span } from "../../../base/index.ts";
import { isFloatType, isIntType, type Expr } from "../../../ir/hir/index.ts";
import { unboxed } from "./boxes.ts";
import type { Context } from "./context.ts";
import { dynamicSignature, functionFromAny, signatureLayout } from "./lambdas.ts";
import {
  anyObject,
  anyType,
  found,
  isScalar,
  type FunctionType,
  type SimpleType,
} from "./simple-type.ts";
import { boolTyped, convert, intConst, typed, type Typed } from "./value.ts";

/** The kinds of values that `rt_any_kind` tells apart. */
export const kinds = {
  nil: 0,
  bool: 1,
  integer: 2,
  float: 3,
  text: 4,
  array: 5,
  dict: 6,
  object: 7,
} as const;

function host(symbol: string, type: "u32" | "i64" | "f64", value: Expr, span: Span): Expr {
  return { kind: "host", type, symbol, args: [value], span };
}

/** The value as this type; the program fails there if it is not one. */
export function fromAny(cx: Context, value: Typed, wanted: SimpleType, span: Span): Typed {
  const type = found(wanted);
  if (type === anyType) return value;
  const { builder } = cx;
  const held = builder.spillTyped(typed(anyType, value.expr));
  const test = anyHolds(cx, held, type, span);
  if (test !== null) {
    const parts = [
      { kind: "literal", text: `expected ${type}, found ` },
      { kind: "value", value: held.expr },
    ] as const;
    builder.emit({
      kind: "if",
      condition: { kind: "unary", type: "bool", op: "not", operand: test.expr, span },
      then: [{ kind: "fail", parts, span }],
      else: [],
      span,
    });
  }
  if (!isScalar(type) && type.kind === "function") {
    return functionFromAny(cx, held, type) ?? held;
  }
  if (isIntType(type))
    return convert(typed("i64", host("rt_any_to_i64", "i64", held.expr, span)), type);
  if (isFloatType(type)) {
    return convert(typed("f64", host("rt_any_to_f64", "f64", held.expr, span)), type);
  }
  return unboxed(held, type);
}

/** Whether an `any` holds a value of the type; null if every value does. */
export function anyHolds(cx: Context, held: Typed, wanted: SimpleType, span: Span): Typed | null {
  const type = found(wanted);
  const kind = (): Expr => host("rt_any_kind", "u32", held.expr, span);
  const isKind = (code: number): Typed => equal(kind(), code, span);
  if (isIntType(type)) return isKind(kinds.integer);
  if (isFloatType(type)) return or(isKind(kinds.float), isKind(kinds.integer), span);
  if (isScalar(type)) return isKind(kinds.bool);
  if (type.kind === "option") {
    const inner = anyHolds(cx, held, type.inner, span);
    return inner === null ? null : or(isKind(kinds.nil), inner, span);
  }
  if (type === anyObject) {
    const left = intConst("u32", BigInt(kinds.text), span);
    return boolTyped({ kind: "compare", type: "bool", op: "le", left, right: kind(), span });
  }
  if (type.kind === "function") return holdsFunction(cx, held, type, span);
  if (type.kind === "trait") return cx.lower.holdsTrait(cx, held, type, span);
  const ids = cx.lower.typeIds(cx, type);
  if (ids === null) return null;
  const code = cx.builder.spill(host("rt_any_type", "u32", held.expr, span));
  return ids
    .map((id) => equal(code, id, span))
    .reduce(
      (left, right) => or(left, right, span),
      boolTyped({ kind: "bool", type: "bool", value: false, span }),
    );
}

/** Whether it is a function of so many parameters: in an `Any` all functions take and give anything. */
function holdsFunction(cx: Context, held: Typed, type: FunctionType, span: Span): Typed {
  const { id } = signatureLayout(cx, dynamicSignature(type.params.length));
  return equal(host("rt_any_type", "u32", held.expr, span), id, span);
}

function equal(left: Expr, code: number, span: Span): Typed {
  const right = intConst("u32", BigInt(code), span);
  return boolTyped({ kind: "compare", type: "bool", op: "eq", left, right, span });
}

function or(left: Typed, right: Typed, span: Span): Typed {
  if (left.expr.kind === "bool" && !left.expr.value) return right;
  return boolTyped({
    kind: "logic",
    type: "bool",
    op: "or",
    left: left.expr,
    right: right.expr,
    span,
  });
}
