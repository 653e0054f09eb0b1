// HIR expressions on the objects of the runtime library: calls, fields, lengths.
import type { Span } from "../../../base/index.ts";
import type { Expr, ScalarType, Type, ValueType } from "../../../ir/hir/index.ts";
import { arrayLayout, textLayout } from "../../../runtime/index.ts";
import type { Context } from "./context.ts";
import { representation, type SimpleType } from "./simple-type.ts";
import { binary } from "./arithmetic.ts";
import { intConst, typed, type Typed } from "./value.ts";

/** A call of a library function that yields a value of a type of Simple. */
export function libraryCall(
  symbol: string,
  type: SimpleType,
  args: readonly Expr[],
  span: Span,
): Typed {
  return typed(type, nodeCall(symbol, representation(type), args, span));
}

/** A call of a library function. */
export function nodeCall(symbol: string, type: Type, args: readonly Expr[], span: Span): Expr {
  return { kind: "host", type, symbol, args, span };
}

/** Calls a library function that yields nothing. */
export function emitCall(cx: Context, symbol: string, args: readonly Expr[], span: Span): void {
  cx.builder.emit({ kind: "expr", value: nodeCall(symbol, "unit", args, span), span });
}

export function loadNode(type: ValueType, base: Expr, offset: number, span: Span): Expr {
  return { kind: "load", type, base, offset, span };
}

function convertNode(type: ScalarType, operand: Expr, span: Span): Expr {
  return { kind: "convert", type, operand, span };
}

/** A u32 field as an i64. */
export function countField(base: Expr, offset: number, span: Span): Typed {
  return typed("i64", convertNode("i64", loadNode("u32", base, offset, span), span));
}

/** Number of elements of an array. */
export function arrayLength(array: Expr, span: Span): Typed {
  return countField(array, arrayLayout.length, span);
}

/** Number of characters of a text. */
export function characterCount(text: Expr, span: Span): Typed {
  return countField(text, textLayout.count, span);
}

/** The address of slot `index` (i32) of a buffer that lies in a field of an object, without the offset of the data. */
export function slotAddress(
  owner: Expr,
  field: number,
  { index, size, span }: { readonly index: Expr; readonly size: number; readonly span: Span },
): Expr {
  const base = typed("u32", loadNode("u32", owner, field, span));
  const scale = typed("u32", intConst("u32", BigInt(size), span));
  const wide = typed("u32", convertNode("u32", index, span));
  const distance = size === 1 ? wide : binary("mul", "u32", { left: wide, right: scale, span });
  return binary("add", "u32", { left: base, right: distance, span }).expr;
}

export function integer(value: number, span: Span): Typed {
  return typed("i64", intConst("i64", BigInt(value), span));
}
