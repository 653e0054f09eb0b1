// `if` and `match`: the walk over their branches, and the statements.
import type { Span } from "../../../base/index.ts";
import type { Expr, LocalId, Stmt } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Branch } from "./builder.ts";
import { deeper, withScope, type Context, type Tail } from "./context.ts";
import { unboxed } from "./boxes.ts";
import { conditionFrom, expectValue } from "./convert.ts";
import { Coverage } from "./coverage.ts";
import { narrow } from "./narrowing.ts";
import { isNilNode, optionTypeOf } from "./option-values.ts";
import { lazy } from "./logic.ts";
import { patternBinding, patternTest } from "./patterns.ts";
import { Scope } from "./scope.ts";
import { boolConst, errorValue, intConst, type Value } from "./value.ts";

/** What is done with each branch, and how two finished branches become one. */
export interface Shape<T> {
  /** A null block stands for a missing `else` or a match without a fitting arm. */
  arm(block: ast.Block | null, span: Span): T;
  merge(condition: Expr, then: Branch<T>, otherwise: Branch<T>, span: Span): T;
}

/** Walks the branches of an `if` or `match` in order; gives what merging them all has given. */
export function shapeOf<T>(cx: Context, expr: ast.IfExpr | ast.MatchExpr, shape: Shape<T>): T {
  return expr.kind === "if" ? shapeIf(cx, expr, shape) : shapeMatch(cx, expr, shape);
}

function shapeIf<T>(cx: Context, expr: ast.IfExpr, shape: Shape<T>): T {
  const tested = conditionOf(cx, expr.condition);
  const { condition } = tested;
  const side = (block: ast.Block | null, holds: boolean): T =>
    withScope(cx, new Scope(cx.scope), () => {
      if (block !== null) narrow(cx, expr.condition, { holds, block });
      return shape.arm(block, expr.span);
    });
  if (cx.specialised && expr.condition.kind === "bind_condition" && isFalse(condition))
    return side(expr.else, false);
  const then = cx.builder.branch(() =>
    withCondition(cx, expr.condition, tested, () => side(expr.then, true)),
  );
  const otherwise = cx.builder.branch(() => side(expr.else, false));
  const merged = shape.merge(condition, then, otherwise, expr.span);
  // `if x == nil: return`: from here on it is not.
  if (!then.reachable && expr.else === null) {
    narrow(cx, expr.condition, { holds: false, block: null });
  }
  return merged;
}

/** Runs the analysis of what a condition guards, where the names of its pattern are known. */
export function withCondition<T>(
  cx: Context,
  condition: ast.Condition,
  { subject }: Tested,
  run: () => T,
): T {
  if (condition.kind !== "bind_condition") return run();
  return withScope(cx, new Scope(cx.scope), () => {
    patternBinding(cx, condition.pattern, subject, condition.mutable);
    return run();
  });
}

/** A condition, and what its pattern takes apart. */
export interface Tested {
  readonly condition: Expr;
  readonly subject: Value;
}

/** The condition of `if` or `while`. */
export function conditionOf(cx: Context, condition: ast.Condition): Tested {
  if (condition.kind !== "bind_condition") {
    const tested = conditionFrom(cx.lower.condition(cx, condition), condition.span);
    return { condition: tested, subject: errorValue };
  }
  const { pattern, span } = condition;
  const value = expectValue(cx, cx.lower.expr(cx, condition.value, null), condition.value.span);
  if (value.kind !== "typed") return { condition: boolConst(false, span), subject: value };
  const held = cx.builder.spillTyped(value);
  const option = optionTypeOf(held);
  // A name takes what is inside; `None` and other variants are tested.
  if (pattern.kind !== "name" || option === null || pattern.name === "None") {
    return { condition: patternTest(cx, pattern, held), subject: held };
  }
  const isNil = isNilNode(held.expr, span);
  const present: Expr = { kind: "unary", type: "bool", op: "not", operand: isNil, span };
  return { condition: present, subject: unboxed(held, option.inner) };
}

function shapeMatch<T>(cx: Context, expr: ast.MatchExpr, shape: Shape<T>): T {
  const lowered = cx.lower.expr(cx, expr.subject, null);
  if (lowered.kind === "unit") {
    cx.report.error("type/no-value", "expected a value to match, found none", expr.subject.span);
  }
  const subject = lowered.kind === "typed" ? cx.builder.spillTyped(lowered) : errorValue;
  const match = fittingArms(cx, expr, subject);
  if (match.arms.length > mostNestedArms) return shapeLongMatch(cx, match, subject, shape);
  return armsFrom(cx, match, { subject, index: 0, seen: new Coverage() }, shape);
}

/** Without the arms that fit other types than the subject has in this instance of the function. */
function fittingArms(cx: Context, match: ast.MatchExpr, subject: Value): ast.MatchExpr {
  if (!cx.specialised || subject.kind !== "typed") return match;
  const arms = match.arms.filter(({ pattern }) => !isFalse(patternTest(cx, pattern, subject)));
  return arms.length === match.arms.length ? match : { ...match, arms };
}

function isFalse(condition: Expr): boolean {
  return condition.kind === "bool" && !condition.value;
}

/** Arms that are nested in each other as `if` in `else`; a longer match finds the number of its arm first. */
const mostNestedArms = 64;

/**
 * A match with so many arms that nesting them would be too deep: tests, in groups, find the number of the arm that fits;
 * a search tree over the numbers then leads to the arm.
 */
function shapeLongMatch<T>(cx: Context, expr: ast.MatchExpr, subject: Value, shape: Shape<T>): T {
  const { builder } = cx;
  const { arms, span } = expr;
  const local = builder.addLocal("$arm", "i64", false);
  const search: ArmSearch = { local, none: arms.length, subject, seen: new Coverage() };
  builder.set(local, intConst("i64", BigInt(search.none), span));
  let last = arms.length;
  for (let start = 0; start < last; start += mostNestedArms) {
    const group = arms.slice(start, start + mostNestedArms);
    const tests = builder.branch(() => findArm(cx, group, start, search));
    const open = compareArm(cx, search, { op: "eq", index: search.none, span });
    builder.emit({ kind: "if", condition: open, then: tests.body, else: [], span });
    if (tests.value !== null) last = tests.value;
  }
  const leaf = (index: number): T => {
    const arm = arms[index];
    if (arm === undefined) {
      search.seen.report(cx, expr);
      return shape.arm(null, span);
    }
    return withScope(cx, new Scope(cx.scope), () => {
      patternBinding(cx, arm.pattern, subject);
      return shape.arm(arm.body, arm.span);
    });
  };
  const between = (low: number, high: number): T => {
    if (low === high) return leaf(low);
    const middle = low + Math.ceil((high - low) / 2);
    const place = arms[middle]?.span ?? span;
    const condition = compareArm(cx, search, { op: "lt", index: middle, span: place });
    const then = builder.branch(() => between(low, middle - 1));
    const otherwise = builder.branch(() => between(middle, high));
    return shape.merge(condition, then, otherwise, place);
  };
  return between(0, last);
}

interface ArmSearch {
  /** Local with the number of the arm that fits, or `none`. */
  readonly local: LocalId;
  readonly none: number;
  readonly subject: Value;
  readonly seen: Coverage;
}

function compareArm(
  cx: Context,
  { local }: ArmSearch,
  { op, index, span }: { readonly op: "eq" | "lt"; readonly index: number; readonly span: Span },
): Expr {
  const right = intConst("i64", BigInt(index), span);
  return { kind: "compare", type: "bool", op, left: cx.builder.read(local, span), right, span };
}

/** Tests the arms one after another. Gives the number of one that always fits, so that none is tested behind it. */
function findArm(
  cx: Context,
  arms: readonly ast.MatchArm[],
  first: number,
  search: ArmSearch,
): number | null {
  const [arm, ...rest] = arms;
  if (arm === undefined) return null;
  const { builder, scope } = cx;
  return withScope(cx, new Scope(scope), () => {
    const condition = armCondition(cx, arm, search);
    const found = (): void => builder.set(search.local, intConst("i64", BigInt(first), arm.span));
    if (condition.kind === "bool" && condition.value) {
      found();
      return first;
    }
    const then = builder.branch(found);
    const otherwise = builder.branch(() =>
      withScope(cx, scope, () => findArm(cx, rest, first + 1, search)),
    );
    emitIf(cx, condition, [then, otherwise], arm.span);
    return otherwise.value;
  });
}

interface MatchState {
  readonly subject: Value;
  readonly index: number;
  /** What the arms so far cover. */
  readonly seen: Coverage;
}

function armsFrom<T>(cx: Context, expr: ast.MatchExpr, state: MatchState, shape: Shape<T>): T {
  const arm = expr.arms[state.index];
  if (arm === undefined) {
    state.seen.report(cx, expr);
    return shape.arm(null, expr.span);
  }
  const scope = new Scope(cx.scope);
  return withScope(cx, scope, () => {
    const condition = armCondition(cx, arm, state);
    const body = (): T => {
      patternBinding(cx, arm.pattern, state.subject);
      return shape.arm(arm.body, arm.span);
    };
    if (condition.kind === "bool" && condition.value) return body();
    const then = cx.builder.branch(body);
    const otherwise = cx.builder.branch(() => {
      const next = { ...state, index: state.index + 1 };
      const rest = (): T => armsFrom(cx, expr, next, shape);
      const done = withScope(cx, scope.parent ?? scope, () => deeper(cx, arm.span, rest));
      return done === null ? shape.arm(null, arm.span) : done;
    });
    return shape.merge(condition, then, otherwise, arm.span);
  });
}

/** Whether the arm fits; its names are declared in the current scope. */
function armCondition(
  cx: Context,
  arm: ast.MatchArm,
  { subject, seen }: Omit<MatchState, "index">,
): Expr {
  const test = patternTest(cx, arm.pattern, subject);
  const { guard } = arm;
  if (guard === null) {
    const complete = seen.add(cx, arm.pattern, subject);
    return complete ? boolConst(true, arm.span) : test;
  }
  const right = (): Expr => {
    patternBinding(cx, arm.pattern, subject);
    return conditionFrom(cx.lower.condition(cx, guard), guard.span);
  };
  if (test.kind === "bool" && test.value) return right();
  const both = lazy(cx, "and", { left: test, right, span: arm.pattern.span });
  return both.kind === "typed" ? both.expr : boolConst(false, arm.span);
}

/** Every branch ends in the tail; nothing is left over. */
export function lowerBranches(cx: Context, expr: ast.IfExpr | ast.MatchExpr, tail: Tail): void {
  shapeOf<void>(cx, expr, {
    arm: (block, span) => {
      if (block === null) tail.none(cx, span);
      else cx.lower.block(cx, block, tail);
    },
    merge: (condition, then, otherwise, span) => {
      emitIf(cx, condition, [then, otherwise], span);
    },
  });
}

/** Emits the statement that runs one of two finished branches. */
export function emitIf(
  cx: Context,
  condition: Expr,
  [then, otherwise]: readonly [Branch<unknown>, Branch<unknown>],
  span: Span,
): void {
  const { builder } = cx;
  const statement: Stmt = { kind: "if", condition, then: then.body, else: otherwise.body, span };
  builder.emit(statement);
  builder.reachable = then.reachable || otherwise.reachable;
}
