// `x in xs`: elements of arrays, parts of texts, keys of dictionaries, numbers of ranges.
import type * as ast from "../ast.ts";
import { describe, type Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { keyTest } from "./dict-methods.ts";
import { nodeCall } from "./heap-nodes.ts";
import { lowerOperands } from "./operands.ts";
import { presentValue } from "./option-values.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import { rangeParts } from "./range-values.ts";
import { boxed } from "./boxes.ts";
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
  const call = (name: string, args: readonly Typed[], inside: SimpleType): Value =>
    callPreludeFunction(cx, name, args, { element: inside, span });
  const element = (wanted: SimpleType): Typed | null => {
    const value = expectType(cx, x, wanted, { span: left.span, what: "the value" });
    return value.kind === "typed" ? value : null;
  };
  if (!isScalar(type)) {
    switch (type.kind) {
      case "array": {
        const value = element(type.element);
        return value === null
          ? errorValue
          : call("array.contains", [container, value], type.element);
      }
      case "dict":
        return keyTest(cx, { dict: container, type, key: x, span });
      case "text": {
        const part = element(textType);
        if (part === null) return errorValue;
        return boolTyped(nodeCall("rt_text_contains", "bool", [container.expr, part.expr], span));
      }
      case "range": {
        const value = element("i64");
        if (value === null) return errorValue;
        const parts = rangeParts(cx, cx.builder.spillTyped(container), span);
        return cx.lower.callFunction(
          cx,
          cx.analysis.prelude("number.in_steps"),
          [value, ...parts],
          span,
        );
      }
      case "any":
        return call("array.contains", [container, boxed(x)], anyType);
      default:
    }
  }
  cx.report.error(
    "type/membership",
    `\`in\` looks into a collection, a text or a range, found ${describe(container)}`,
    right.span,
  );
  return errorValue;
}
