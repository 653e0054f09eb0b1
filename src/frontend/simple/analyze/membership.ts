// `x in xs`: elements of arrays, parts of texts, keys of dictionaries, numbers of ranges.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { describe, withScope, type Context } from "./context.ts";
import { conditionFrom, expectType, truth } from "./convert.ts";
import { dictTypeOf } from "./dicts.ts";
import { keyTest } from "./dict-methods.ts";
import { nodeCall } from "./heap-nodes.ts";
import { lowerOperands } from "./operands.ts";
import { presentValue } from "./option-values.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import { rangeParts, rangeTypeOf } from "./range-values.ts";
import { Scope } from "./scope.ts";
import { anyType, found, isScalar, textType, type SimpleType } from "./simple-type.ts";
import { boolTyped, errorValue, type Typed, type Value } from "./value.ts";

/** `x in xs` and `x not in xs`, where `xs` is no range by its form. */
export function lowerMembershipIn(cx: Context, expr: ast.CompareExpr, positive: boolean): Value {
  const { left, right, span } = expr;
  const operands = lowerOperands(cx, [left, right], {});
  if (operands.kind !== "operands") return operands;
  const [x, given] = operands.values;
  if (x === undefined || given === undefined) throw new Error("two operands expected");
  const tested = test(cx, cx.builder.spillTyped(x), presentValue(cx, given, right.span), expr);
  if (tested.kind !== "typed" || positive) return tested;
  return boolTyped({ kind: "unary", type: "bool", op: "not", operand: tested.expr, span });
}

function test(cx: Context, x: Typed, container: Typed, expr: ast.CompareExpr): Value {
  const { span, left, right } = expr;
  const type = found(container.type);
  const dict = dictTypeOf(container);
  if (dict !== null) return keyTest(cx, { dict: container, type: dict, key: x, span });
  const wanted = memberType(type);
  if (wanted === null) {
    cx.report.error(
      "type/membership",
      `\`in\` looks into a collection, a text or a range, found ${describe(container)}`,
      right.span,
    );
    return errorValue;
  }
  const value = expectType(cx, x, wanted, { span: left.span, what: "the value" });
  if (value.kind !== "typed") return errorValue;
  if (type === anyType) return boolTyped(anyContains(cx, container, value, span));
  if (type === textType)
    return boolTyped(nodeCall("rt_text_contains", "bool", [container.expr, value.expr], span));
  if (rangeTypeOf(container) !== null) {
    const parts = rangeParts(cx, cx.builder.spillTyped(container), span);
    return callPreludeFunction(cx, "number.in_steps", [value, ...parts], { span });
  }
  return callPreludeFunction(cx, "array.contains", [container, value], { element: wanted, span });
}

/** Whether a container of any type has the value; both are locals or constants. */
function anyContains(cx: Context, container: Typed, value: Typed, span: Span): Expr {
  const { builder } = cx;
  const scope = new Scope(cx.scope);
  const local = builder.addLocal("$member", value.type, true);
  builder.set(local, value.expr);
  const { type } = value;
  scope.declare({ kind: "local", name: "$member", owner: builder, local, type, mutable: false });
  const member: ast.Expr = { kind: "name", name: "$member", span };
  const found = withScope(cx, scope, () =>
    cx.lower.anyMember(cx, container, {
      object: member,
      name: { text: "contains", span },
      args: [{ name: null, value: member, spread: false, span }],
      span,
    }),
  );
  return conditionFrom(truth(cx, found, span), span);
}

/** The type of what can be in a value that is no dictionary; null if nothing can. */
function memberType(type: SimpleType): SimpleType | null {
  if (isScalar(type)) return null;
  if (type.kind === "array") return type.element;
  if (type.kind === "text" || type.kind === "any") return type;
  return type.kind === "range" ? "i64" : null;
}
