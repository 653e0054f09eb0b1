// Optional values where a present one is needed: arithmetic, indexing, methods of what is inside.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { unboxed } from "./boxes.ts";
import type { Context } from "./context.ts";
import { found, isScalar, type OptionType } from "./simple-type.ts";
import { typed, type Typed } from "./value.ts";

/** The type of an optional value; null for other values. */
export function optionTypeOf(value: Typed): OptionType | null {
  const type = found(value.type);
  return !isScalar(type) && type.kind === "option" ? type : null;
}

/** What is in an optional value; the program fails here if that is nothing. Other values stay as they are. */
export function presentValue(cx: Context, value: Typed, span: Span): Typed {
  const option = optionTypeOf(value);
  if (option === null) return value;
  const { builder } = cx;
  const { expr } = value;
  if (expr.kind === "if" && expr.else.kind === "nil" && expr.then.kind === "box") {
    // An entry of a dictionary that may be missing: what is there need not be boxed first.
    failUnless(cx, expr.condition, "the value is nil", span);
    return typed(option.inner, expr.then.operand);
  }
  const held = builder.spillTyped(value);
  failIfNil(cx, held.expr, "the value is nil", span);
  return unboxed(held, option.inner);
}

function failUnless(cx: Context, condition: Expr, text: string, span: Span): void {
  cx.builder.emit({
    kind: "if",
    condition: { kind: "unary", type: "bool", op: "not", operand: condition, span },
    then: [{ kind: "fail", parts: [{ kind: "literal", text }], span }],
    else: [],
    span,
  });
}

/** Stops the program with a message where the value, a local, is nil. */
export function failIfNil(cx: Context, held: Expr, text: string, span: Span): void {
  cx.builder.emit({
    kind: "if",
    condition: isNilNode(held, span),
    then: [{ kind: "fail", parts: [{ kind: "literal", text }], span }],
    else: [],
    span,
  });
}

export function isNilNode(held: Expr, span: Span): Expr {
  const type = held.type === "any" ? "any" : "ref";
  const right: Expr = { kind: "nil", type, span };
  return { kind: "compare", type: "bool", op: "eq", left: held, right, span };
}
