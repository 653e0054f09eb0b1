// What stands directly in an expression or a statement, for walks over the tree.
import type { Expr, Stmt } from "./hir.ts";

/** The direct operands of an expression, in evaluation order. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "int":
    case "float":
    case "bool":
    case "local":
    case "global":
      return [];
    case "unary":
    case "convert":
      return [expr.operand];
    case "binary":
    case "compare":
    case "logic":
      return [expr.left, expr.right];
    case "if":
      return [expr.condition, expr.then, expr.else];
    case "math":
    case "call":
    case "host":
      return expr.args;
  }
}

/** The expressions of a statement itself, in evaluation order; those of nested statements are not among them. */
export function expressionsOf(stmt: Stmt): readonly Expr[] {
  switch (stmt.kind) {
    case "set":
    case "set_global":
    case "expr":
      return [stmt.value];
    case "if":
    case "while":
      return [stmt.condition];
    case "return":
      return stmt.value === null ? [] : [stmt.value];
    case "print":
    case "fail":
      return stmt.parts.flatMap((part) => (part.kind === "value" ? [part.value] : []));
    case "break":
    case "continue":
      return [];
  }
}
