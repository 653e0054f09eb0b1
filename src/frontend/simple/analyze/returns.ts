// How a value leaves a function.
import type { Span } from "../../../base/index.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { owned } from "./copies.ts";
import type { Value } from "./value.ts";

/** Leaves the function with a value, or notes its type while that is being inferred. */
export function returnValue(
  cx: Context,
  value: Value,
  { span, explicit }: { readonly span: Span; readonly explicit: boolean },
): void {
  const { goal, builder } = cx;
  if (goal.kind === "none") return;
  if (goal.kind === "infer") {
    if (builder.reachable) goal.found.push({ value, explicit, span });
    if (explicit) builder.reachable = false;
    return;
  }
  const { type } = goal;
  if (type === "error" || value.kind === "never") return;
  if (type === "unit") {
    if (value.kind === "typed" && explicit) {
      cx.report.error(
        "type/unexpected-return",
        `\`return\` gives \`${value.type}\`, and the function has no result`,
        span,
        `Declare it with \`-> ${value.type}\`.`,
      );
    }
    builder.emit({ kind: "return", value: null, span });
    builder.reachable = false;
    return;
  }
  const what = "the result";
  const fitting = expectType(cx, value, type, { span, what, declared: goal.declared ?? null });
  if (fitting.kind !== "typed") return;
  builder.emit({ kind: "return", value: owned(cx, fitting).expr, span });
  builder.reachable = false;
}
