// What the top level itself does about `main`.
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
