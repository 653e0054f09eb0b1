// Counted loops: `while cursor < limit` where each time round adds one to the cursor. For such a loop the number of
// iterations is known at its header, so a loop function can pay fuel for many of them at once.
import type { Expr, LocalId, Stmt } from "../ir/hir/index.ts";

type WhileStmt = Extract<Stmt, { kind: "while" }>;

export interface CountedLoop {
  /** An i64. */
  readonly cursor: LocalId;
  /** Evaluates to the same value each time: a constant or a local that the loop does not assign. */
  readonly limit: Expr;
}

/** The counted form of a loop, or null. Every iteration that does not leave the loop adds one to the cursor. */
export function countedLoop(stmt: WhileStmt, assigned: ReadonlySet<LocalId>): CountedLoop | null {
  const { condition } = stmt;
  if (condition.kind !== "compare" || condition.op !== "lt") return null;
  const { left, right: limit } = condition;
  if (left.kind !== "local" || left.type !== "i64") return null;
  const fixed = limit.kind === "int" || (limit.kind === "local" && !assigned.has(limit.local));
  if (!fixed) return null;
  const cursor = left.local;
  const at = stmt.body.findIndex((inner) => isIncrement(inner, cursor));
  if (at < 0) return null;
  const before = stmt.body.slice(0, at);
  const behind = stmt.body.slice(at + 1);
  if (before.some((inner) => assigns(inner, cursor) || continues(inner))) return null;
  if (behind.some((inner) => assigns(inner, cursor))) return null;
  return { cursor, limit };
}

function isIncrement(stmt: Stmt, cursor: LocalId): boolean {
  if (stmt.kind !== "set" || stmt.local !== cursor || stmt.value.kind !== "binary") return false;
  const { op, left, right } = stmt.value;
  const one = right.kind === "int" && right.value === 1;
  return op === "add" && left.kind === "local" && left.local === cursor && one;
}

function assigns(stmt: Stmt, local: LocalId): boolean {
  switch (stmt.kind) {
    case "set":
      return stmt.local === local;
    case "if":
      return [...stmt.then, ...stmt.else].some((inner) => assigns(inner, local));
    case "while":
      return stmt.body.some((inner) => assigns(inner, local));
    case "set_global":
    case "expr":
    case "break":
    case "continue":
    case "return":
    case "print":
    case "fail":
    case "store":
    case "set_element":
    case "memory_copy":
    case "memory_fill":
      return false;
  }
}

/** Whether the statement may go on with the next iteration of the loop it stands in. */
function continues(stmt: Stmt): boolean {
  if (stmt.kind === "continue") return true;
  return stmt.kind === "if" && [...stmt.then, ...stmt.else].some(continues);
}
