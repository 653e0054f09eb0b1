// `**` and the method `pow`.
import { isFloatType } from "../../../ir/hir/index.ts";
import { unify, type Pair } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { convert, errorValue, typed, type Typed, type Value } from "./value.ts";

export function power(cx: Context, pair: Pair): Value {
  const unified = unify(pair);
  if (unified === null) {
    cx.report.error(
      "type/operands",
      `\`**\` does not work on \`${pair.left.type}\` and \`${pair.right.type}\``,
      pair.span,
      "Powers take numbers.",
    );
    return errorValue;
  }
  const { type, left, right } = unified;
  if (isFloatType(type)) return hostCall("rt_pow", [left, right], type, pair);
  if (right.expr.kind === "int" && right.expr.value < 0) {
    cx.report.error(
      "type/negative-exponent",
      "an integer has no negative power",
      pair.right.expr.span,
      "Make the base a float, as in `2.0 ** -1`.",
    );
    return errorValue;
  }
  const args = [left, right];
  return cx.lower.callFunction(cx, cx.analysis.prelude("pow"), args, pair.span);
}

/** A pure host function on `f64`, with the result rounded to the type. */
export function hostCall(
  symbol: string,
  args: readonly Typed[],
  type: "f32" | "f64",
  { span }: { readonly span: Pair["span"] },
): Typed {
  const wide = typed("f64", {
    kind: "host",
    type: "f64",
    symbol,
    args: args.map((arg) => convert(arg, "f64").expr),
    span,
  });
  return convert(wide, type);
}
