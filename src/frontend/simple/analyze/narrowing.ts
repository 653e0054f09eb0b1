// What a condition says about optional variables: behind `x != nil`, `x.?` or `x.is_some()` the name is the value that is
// inside, as far as it is not assigned there.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import { unboxed } from "./boxes.ts";
import type { Context } from "./context.ts";
import { assigns } from "./free-names.ts";
import { localize } from "./names.ts";
import { optionTypeOf } from "./option-values.ts";
import { representation } from "./simple-type.ts";
import { typed } from "./value.ts";

/**
 * Declares the names that are not nil where the condition is true (`holds`) or false. `block` is where they are known;
 * null for the rest of a block, where only names that are never assigned are.
 */
export function narrow(
  cx: Context,
  condition: ast.Condition,
  { holds, block }: { readonly holds: boolean; readonly block: ast.Block | null },
): void {
  if (condition.kind === "bind_condition" || !cx.builder.reachable) return;
  const { span } = condition;
  for (const name of new Set(presentNames(condition, holds))) narrowName(cx, name, { block, span });
}

function narrowName(
  cx: Context,
  name: string,
  { block, span }: { readonly block: ast.Block | null; readonly span: Span },
): void {
  const binding = cx.scope.lookup(name);
  if (binding?.kind !== "local") return;
  const source = localize(cx, binding);
  if (source === null || source.type === "error" || source.type === "pending") return;
  if (binding.mutable && (block === null || assigns(block, name))) return;
  const { builder } = cx;
  const { type } = source;
  const value = typed(type, {
    kind: "local",
    type: representation(type),
    local: source.local,
    span,
  });
  const option = optionTypeOf(value);
  if (option === null) return;
  const inside = unboxed(value, option.inner);
  const local = builder.addLocal(name, inside.type, true);
  builder.set(local, inside.expr);
  const { mutable } = binding;
  cx.scope.declare({ kind: "local", name, owner: builder, local, type: inside.type, mutable });
}

/** The names that are not nil where the expression is true, or false. */
function presentNames(expr: ast.Expr, holds: boolean): string[] {
  if (expr.kind === "name") return holds ? [expr.name] : [];
  if (expr.kind === "present") return holds ? nameOf(expr.operand) : [];
  if (expr.kind === "unary") return expr.op === "not" ? presentNames(expr.operand, !holds) : [];
  if (expr.kind === "logic") {
    if ((expr.op === "and") !== holds) return [];
    return [...presentNames(expr.left, holds), ...presentNames(expr.right, holds)];
  }
  if (expr.kind === "compare") return comparedName(expr, holds);
  if (expr.kind === "call" && expr.args.length === 0 && expr.callee.kind === "member") {
    return presentNames(expr.callee, holds);
  }
  if (expr.kind !== "member") return [];
  return expr.name.text === (holds ? "is_some" : "is_none") ? nameOf(expr.object) : [];
}

/** `x != nil`, where that holds, and `x == nil`, where it does not. */
function comparedName({ op, left, right }: ast.CompareExpr, holds: boolean): string[] {
  if (holds ? op !== "!=" : op !== "==" && op !== "is") return [];
  if (isNil(right)) return nameOf(left);
  return isNil(left) ? nameOf(right) : [];
}

function nameOf(expr: ast.Expr): string[] {
  return expr.kind === "name" ? [expr.name] : [];
}

function isNil(expr: ast.Expr): boolean {
  return expr.kind === "nil" || (expr.kind === "name" && expr.name === "None");
}
