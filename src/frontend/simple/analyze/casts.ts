// `x as T`.
import type { Span } from "../../../base/index.ts";
import { isFloatType, isIntType } from "../../../ir/hir/index.ts";
import type { Context } from "./context.ts";
import { castHelp, coerce, expectType } from "./convert.ts";
import { anyType, found, isScalar, textType, type SimpleType } from "./simple-type.ts";
import { displayed } from "./text.ts";
import { convert, errorValue, typed, type Typed, type Value } from "./value.ts";

/** Numbers are converted, everything becomes a text, and a value of any type must be of the wanted one. */
export function castTo(cx: Context, operand: Typed, target: SimpleType, span: Span): Value {
  const type = found(operand.type);
  if (type === target) return operand;
  if (target === textType) return displayed(operand);
  if (isScalar(target)) {
    if (isScalar(type)) return convert(operand, target);
    if (type === anyType) return numberFrom(operand, target, span);
  } else {
    const fitting = type === anyType ? null : coerce(operand, target);
    if (fitting !== null) return fitting;
    if (type === anyType || (!isScalar(type) && type.kind === "trait")) {
      const any = coerce(operand, anyType) ?? operand;
      return expectType(cx, any, target, { span, what: "the value" });
    }
  }
  cx.report.error(
    "type/cast",
    `a value of type \`${type}\` cannot be cast to \`${target}\``,
    span,
    castHelp(type, target),
  );
  return errorValue;
}

/** A number of any type, converted; the program fails where it is none. */
function numberFrom(operand: Typed, target: SimpleType, span: Span): Typed {
  const whole = isIntType(target);
  const type = whole || !isScalar(target) || !isFloatType(target) ? "i64" : "f64";
  const symbol = `rt_any_to_${type}`;
  const number = typed(type, { kind: "host", type, symbol, args: [operand.expr], span });
  return convert(number, target);
}
