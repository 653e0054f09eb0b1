// Values that a statement drops and that its author likely wanted.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { found, isScalar } from "./simple-type.ts";
import type { Typed } from "./value.ts";

/**
 * Warns where a new array is made and dropped: `xs.sort()` on a line of its own leaves `xs` as it is.
 */
export function warnDropped(cx: Context, expr: ast.Expr, value: Typed): void {
  if (expr.kind !== "call" || expr.callee.kind !== "member") return;
  const { name, object } = expr.callee;
  const type = found(value.type);
  if (isScalar(type) || type.kind !== "array" || !makesNew.has(name.text)) return;
  const place = object.kind === "name" ? object.name : "xs";
  cx.report.warning(
    "type/unused-result",
    `\`${name.text}\` makes a new array, and it is not used`,
    expr.span,
    `Write \`${place} = ${place}.${name.text}(...)\` to keep it.`,
  );
}
const makesNew: ReadonlySet<string> = new Set([
  "sort",
  "sorted",
  "sort_desc",
  "reverse",
  "reversed",
  "fill",
]);
