// Indices and counts: any integer, as an i64.
import { isIntType } from "../../../ir/hir/index.ts";
import { describe, type Context } from "./context.ts";
import { expectType, type Demand } from "./convert.ts";
import { anyType, found, isScalar } from "./simple-type.ts";
import { convert, type Typed } from "./value.ts";

/** The value as an index or a count; null after a message. */
export function expectIndex(cx: Context, value: Typed, demand: Demand): Typed | null {
  const type = found(value.type);
  if (value.literal?.kind !== "float" && isIntType(type)) return convert(value, "i64");
  if (
    type === anyType ||
    (!isScalar(type) && (type.kind === "option" || type.kind === "unknown"))
  ) {
    const fitting = expectType(cx, value, "i64", demand);
    return fitting.kind === "typed" ? fitting : null;
  }
  cx.report.error(
    "type/index",
    `${demand.what} must be an integer, found ${describe(value)}`,
    demand.span,
    isScalar(type) && type !== "bool" ? "Convert it with `as i64`." : undefined,
  );
  return null;
}
