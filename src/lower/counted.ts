// Counted loops: `while cursor < limit` or `<=` where each time round adds the same step to the cursor. For such a loop the
// number of iterations is known at its header, so a loop function can pay fuel for many of them at once.
import { expressionsOf, operandsOf, type Expr, type LocalId, type Stmt } from "../ir/hir/index.ts";
import { isRuntimeSymbol, runtimeFunction } from "./symbols.ts";

type WhileStmt = Extract<Stmt, { kind: "while" }>;

export interface CountedLoop {
  /** An i64. */
  readonly cursor: LocalId;
  /** Evaluates to the same value each time: a constant, a local that the loop does not assign, or the length of an array
   * in such a local if nothing in the loop may change lengths. */
  readonly limit: Expr;
  /** Whether the loop runs for a cursor that is the limit, too. */
  readonly inclusive: boolean;
  /** A constant above 0, or an i64 that the loop does not assign: whether it is above 0 is known only when it runs. */
  readonly step: Expr;
}

/** The counted form of a loop, or null. Every iteration that does not leave the loop adds the step to the cursor. */
export function countedLoop(stmt: WhileStmt, assigned: ReadonlySet<LocalId>): CountedLoop | null {
  const { condition } = stmt;
  if (condition.kind !== "compare") return null;
  if (condition.op !== "lt" && condition.op !== "le") return null;
  const { left, right: limit } = condition;
  if (left.kind !== "local" || left.type !== "i64") return null;
  if (!isFixed(limit, stmt.body, assigned)) return null;
  const cursor = left.local;
  const steps = stmt.body.map((inner) => stepOf(inner, cursor, assigned));
  const at = steps.findIndex((step) => step !== null);
  const step = steps[at];
  if (step === undefined || step === null) return null;
  const before = stmt.body.slice(0, at);
  const behind = stmt.body.slice(at + 1);
  if (before.some((inner) => assigns(inner, cursor) || continues(inner))) return null;
  if (behind.some((inner) => assigns(inner, cursor))) return null;
  return { cursor, limit, inclusive: condition.op === "le", step };
}

function isFixed(limit: Expr, body: readonly Stmt[], assigned: ReadonlySet<LocalId>): boolean {
  if (limit.kind === "int") return true;
  if (limit.kind === "local") return !assigned.has(limit.local);
  if (limit.kind !== "convert" || limit.operand.kind !== "load") return false;
  const { base } = limit.operand;
  if (base.kind !== "local" || base.type !== "ref" || assigned.has(base.local)) return false;
  return !body.some(mayChangeFields);
}

/** Whether a statement may change fields of objects that are there. Elements are no fields, see `elements.ts`. */
function mayChangeFields(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case "store":
    case "memory_copy":
    case "memory_fill":
      return true;
    case "if":
      if (stmt.then.some(mayChangeFields) || stmt.else.some(mayChangeFields)) return true;
      break;
    case "while":
      if (stmt.body.some(mayChangeFields)) return true;
      break;
    case "set":
    case "set_global":
    case "set_element":
    case "expr":
    case "print":
    case "fail":
    case "return":
    case "break":
    case "continue":
  }
  return expressionsOf(stmt).some(callsOut);
}

/** Whether evaluating an expression may run code that changes fields. */
function callsOut(expr: Expr): boolean {
  if (expr.kind === "call" || expr.kind === "call_closure") return true;
  if (expr.kind === "host") {
    const { pure, reads } = isRuntimeSymbol(expr.symbol) ? runtimeFunction(expr.symbol) : {};
    if (pure !== true && reads !== true) return true;
  }
  return operandsOf(expr).some(callsOut);
}

/** What a statement adds to the cursor, if that is what it does. */
function stepOf(stmt: Stmt, cursor: LocalId, assigned: ReadonlySet<LocalId>): Expr | null {
  if (stmt.kind !== "set" || stmt.local !== cursor || stmt.value.kind !== "binary") return null;
  const { op, left, right } = stmt.value;
  if (op !== "add" || left.kind !== "local" || left.local !== cursor) return null;
  if (right.kind === "int") return right.value > 0 ? right : null;
  return right.kind === "local" && !assigned.has(right.local) ? right : null;
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
