// Locals that are never negative, from how they are assigned: a loop function that finds one in its frame knows no more
// than that, and needs it to leave out checks of indices.
import type { Expr, HirFunction, LocalId, Stmt } from "../ir/hir/index.ts";

type WhileStmt = Extract<Stmt, { kind: "while" }>;
type SetStmt = Extract<Stmt, { kind: "set" }>;

interface Assignment {
  readonly value: Expr;
  /** The local is below another number here, and one is added to it: no overflow. */
  readonly counts: boolean;
  /** The value is a local that is below another number here. */
  readonly bounded: boolean;
}

/** The i64 locals of a function that are never negative. */
export function nonNegativeLocals(fn: HirFunction): ReadonlySet<LocalId> {
  const assignments = new Map<LocalId, Assignment[]>();
  collect(fn.body, null, assignments);
  const known = new Set<LocalId>();
  const bounded = new Set<LocalId>();
  for (const [local, list] of assignments) {
    if (fn.locals[local]?.type !== "i64" || local < fn.parameterCount) continue;
    known.add(local);
    if (list.every((assignment) => assignment.bounded)) bounded.add(local);
  }
  // What does not follow from the others is taken out until all that is left follows.
  for (let again = true; again;) {
    again = false;
    for (const local of known) {
      const holds = (assignments.get(local) ?? []).every(
        ({ counts, value }) => counts || isNonNegative(value, { known, bounded }),
      );
      if (holds) continue;
      known.delete(local);
      again = true;
    }
  }
  return known;
}

function collect(
  body: readonly Stmt[],
  loop: WhileStmt | null,
  into: Map<LocalId, Assignment[]>,
): void {
  const limited = loop === null ? new Set<LocalId>() : localsBelow(loop.condition);
  for (const stmt of body) {
    if (stmt.kind === "set") {
      const list = into.get(stmt.local);
      const assignment = assignmentOf(stmt, limited);
      if (list === undefined) into.set(stmt.local, [assignment]);
      else list.push(assignment);
      limited.delete(stmt.local);
    } else if (stmt.kind === "if") {
      collect(stmt.then, null, into);
      collect(stmt.else, null, into);
    } else if (stmt.kind === "while") {
      collect(stmt.body, stmt, into);
    }
    // What is assigned inside need not be below its limit any more.
    if (stmt.kind === "if" || stmt.kind === "while") forgetAssigned([stmt], limited);
  }
}

function assignmentOf({ local, value }: SetStmt, limited: ReadonlySet<LocalId>): Assignment {
  const counts =
    limited.has(local) &&
    value.kind === "binary" &&
    value.op === "add" &&
    value.left.kind === "local" &&
    value.left.local === local &&
    isOne(value.right);
  return { value, counts, bounded: value.kind === "local" && limited.has(value.local) };
}

function isOne(expr: Expr): boolean {
  return expr.kind === "int" && expr.value === 1;
}

/** The i64 locals that are below some number where the condition holds. */
function localsBelow(condition: Expr): Set<LocalId> {
  const found = new Set<LocalId>();
  const visit = (expr: Expr): void => {
    if (expr.kind === "logic" && expr.op === "and") {
      visit(expr.left);
      visit(expr.right);
    } else if (expr.kind === "compare" && expr.op === "lt" && expr.left.kind === "local") {
      if (expr.left.type === "i64") found.add(expr.left.local);
    }
  };
  visit(condition);
  return found;
}

function forgetAssigned(body: readonly Stmt[], limited: Set<LocalId>): void {
  for (const stmt of body) {
    if (stmt.kind === "set") limited.delete(stmt.local);
    else if (stmt.kind === "while") forgetAssigned(stmt.body, limited);
    else if (stmt.kind === "if") {
      forgetAssigned(stmt.then, limited);
      forgetAssigned(stmt.else, limited);
    }
  }
}

interface Facts {
  readonly known: ReadonlySet<LocalId>;
  /** Below some number wherever they are read. */
  readonly bounded: ReadonlySet<LocalId>;
}

function isNonNegative(expr: Expr, facts: Facts): boolean {
  const holds = (each: Expr): boolean => isNonNegative(each, facts);
  if (expr.kind === "int") return expr.value >= 0;
  if (expr.kind === "local") return facts.known.has(expr.local);
  if (expr.kind === "convert") return isUnsigned(expr.operand.type) && expr.type === "i64";
  if (expr.kind === "if") return holds(expr.then) && holds(expr.else);
  return expr.kind === "binary" && isBinaryNonNegative(expr, facts);
}

function isBinaryNonNegative(expr: Expr & { kind: "binary" }, facts: Facts): boolean {
  const { op, left, right } = expr;
  const isLeft = isNonNegative(left, facts);
  if (op === "add") {
    return isLeft && left.kind === "local" && facts.bounded.has(left.local) && isOne(right);
  }
  if (op === "and") return isLeft || isNonNegative(right, facts);
  if (op === "div") return isLeft && isNonNegative(right, facts);
  return isLeft && (op === "rem" || op === "shr");
}

/** Whether every value of the type is an i64 that is not negative. */
function isUnsigned(type: Expr["type"]): boolean {
  return type === "u8" || type === "u16" || type === "u32" || type === "bool";
}
