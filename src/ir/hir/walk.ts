// What stands directly in an expression or a statement, for walks over the tree.
import { isHeapExpr, type HeapExpr } from "./heap-kinds.ts";
import type { Expr, Stmt, TextPart } from "./hir.ts";

/** The direct operands of an expression, in evaluation order. */
export function operandsOf(expr: Expr): readonly Expr[] {
  if (isHeapExpr(expr)) return operandsOfHeapExpr(expr);
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

function operandsOfHeapExpr(expr: HeapExpr): readonly Expr[] {
  switch (expr.kind) {
    case "nil":
    case "text":
    case "singleton":
    case "function_slot":
      return [];
    case "box":
    case "unbox":
      return [expr.operand];
    case "load":
      return [expr.base];
    case "element":
      return [expr.array, expr.index];
    case "new":
      return expr.fields;
    case "new_array":
      return expr.elements;
    case "call_closure":
      return [expr.closure, ...expr.args];
    case "format":
      return valuesOf(expr.parts);
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
      return valuesOf(stmt.parts);
    case "store":
      return [stmt.base, stmt.value];
    case "set_element":
      return [stmt.array, stmt.index, stmt.value];
    case "memory_copy":
      return [stmt.to, stmt.from, stmt.size];
    case "memory_fill":
      return [stmt.to, stmt.value, stmt.size];
    case "break":
    case "continue":
      return [];
  }
}

function valuesOf(parts: readonly TextPart[]): readonly Expr[] {
  return parts.flatMap((part) => (part.kind === "value" ? [part.value] : []));
}
