// What the top level itself does about `main`.
import type { Expr } from "../../../ir/hir/index.ts";
import { lowerChoice } from "./branch-value.ts";
import type { Context } from "./context.ts";
import { coerce } from "./convert.ts";
import type { Typed } from "./value.ts";
import type * as ast from "../ast.ts";
import { callsOf } from "./free-names.ts";

/** Whether the top level calls `main` itself, and whether it assigns it (`main = 42`). */
export function planMain(body: readonly ast.Stmt[]): {
  called: "never" | "perhaps" | "always";
  assigned: boolean;
} {
  let called: "never" | "perhaps" | "always" = "never";
  let assigned = false;
  for (const statement of body) {
    if (
      statement.kind === "assign" &&
      statement.target.kind === "name" &&
      statement.target.name === "main"
    ) {
      assigned = true;
    }
    if (called === "always" || !callsOf(statement, "main")) continue;
    const value =
      statement.kind === "expr" || statement.kind === "binding" ? statement.value : null;
    const direct =
      value?.kind === "call" && value.callee.kind === "name" && value.callee.name === "main";
    called = direct ? "always" : "perhaps";
  }
  return { called, assigned };
}

/** What `main` gave as an exit code. */
export function exitCodeOf(value: Typed): Expr {
  const code = coerce(value, "i64");
  if (code !== null) return code.expr;
  return { kind: "convert", type: "i64", operand: value.expr, span: value.expr.span };
}

/** Prints the value of a statement that is an expression, if it has one. */
export function echoValue(cx: Context, expr: ast.Expr): void {
  const isChoice = expr.kind === "if" || expr.kind === "match";
  const value = isChoice ? lowerChoice(cx, expr) : cx.lower.expr(cx, expr, null);
  if (value.kind !== "typed" || value.expr.type === "unit") return;
  const { span } = expr;
  const parts = [{ kind: "value", value: value.expr }] as const;
  cx.builder.emit({ kind: "print", parts, newline: true, stream: "value", span });
}
