// Expressions and statements about memory and objects: walks handle them apart from those about scalars.
import type { Expr, ExprKind, Stmt, StmtKind } from "./hir.ts";

const exprKinds = [
  "nil",
  "text",
  "singleton",
  "load",
  "element",
  "new",
  "new_array",
  "function_slot",
  "call_closure",
  "format",
  "box",
  "unbox",
] as const satisfies readonly ExprKind[];

const stmtKinds = [
  "store",
  "set_element",
  "memory_copy",
  "memory_fill",
] as const satisfies readonly StmtKind[];

const exprKindSet: ReadonlySet<ExprKind> = new Set(exprKinds);
const stmtKindSet: ReadonlySet<StmtKind> = new Set(stmtKinds);

/** An expression about objects or memory, or that makes a value of type `any`. */
export type HeapExpr = Extract<Expr, { kind: (typeof exprKinds)[number] }>;
/** A statement that writes to objects or memory. */
export type HeapStmt = Extract<Stmt, { kind: (typeof stmtKinds)[number] }>;

/** Whether an expression is a `HeapExpr`. */
export function isHeapExpr(expr: Expr): expr is HeapExpr {
  return exprKindSet.has(expr.kind);
}

/** Whether a statement is a `HeapStmt`. */
export function isHeapStmt(stmt: Stmt): stmt is HeapStmt {
  return stmtKindSet.has(stmt.kind);
}
