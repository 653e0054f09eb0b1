// Ranges as values: objects with a start, an end that is not part of them, and a step.
import type { Span } from "../../../base/index.ts";
import type { HirLayout } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { binary } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { integer, loadNode } from "./heap-nodes.ts";
import { countUp, lowerBounds, stepped, type LoopSite, type Range } from "./ranges.ts";
import { found, isScalar, rangeType, steppedRangeType, type RangeType } from "./simple-type.ts";
import { convert, errorValue, typed, type Typed, type Value } from "./value.ts";

function rangeLayout(cx: Context): HirLayout {
  const field = (name: string) => ({ name, type: "i64" }) as const;
  return cx.analysis.layouts.of(rangeType, () => ({
    kind: "object",
    name: "Range",
    fields: [field("start"), field("end"), field("step")],
    equality: "fields",
  }));
}

/** The type of a range; null for other values. */
export function rangeTypeOf(value: Typed): RangeType | null {
  const type = found(value.type);
  return !isScalar(type) && type.kind === "range" ? type : null;
}

/** `a..b`, or what `range(a, b, s)` means, outside the head of a loop. */
export function lowerRange(cx: Context, range: Range, span: Span): Value {
  const bounds = lowerBounds(cx, range);
  if (bounds === null) return errorValue;
  const start = convert(bounds.start, "i64");
  const given = convert(bounds.end, "i64");
  const one = integer(1, span);
  const end = range.inclusive ? binary("add", "i64", { left: given, right: one, span }) : given;
  return newRange(cx, [start, end, bounds.step ?? one], { stepped: bounds.step !== null, span });
}

export function newRange(
  cx: Context,
  parts: readonly Typed[],
  { stepped: hasStep, span }: { readonly stepped: boolean; readonly span: Span },
): Typed {
  const layout = rangeLayout(cx).id;
  const fields = parts.map(({ expr }) => expr);
  const type = hasStep ? steppedRangeType : rangeType;
  return typed(type, { kind: "new", type: "ref", layout, fields, span });
}

/** Start, end and step of a range that is a local. */
export function rangeParts(cx: Context, range: Typed, span: Span): [Typed, Typed, Typed] {
  const { fields } = rangeLayout(cx);
  const part = (index: number): Typed =>
    typed("i64", loadNode("i64", range.expr, fields[index]?.offset ?? 0, span));
  return [part(0), part(1), part(2)];
}

/** A loop over a range that is a local. */
export function loopOverRange(cx: Context, site: LoopSite, range: Typed): void {
  const [start, end, step] = rangeParts(cx, range, site.iterable.span);
  const bounds = { type: "i64", start, end } as const;
  if (rangeTypeOf(range)?.stepped === true) stepped(cx, site, { ...bounds, step }, false);
  else countUp(cx, site, { ...bounds, step: null }, false);
}

/** `a..b` as an expression. */
export function lowerRangeExpr(cx: Context, expr: ast.RangeExpr): Value {
  return lowerRange(cx, { ...expr, step: null }, expr.span);
}
