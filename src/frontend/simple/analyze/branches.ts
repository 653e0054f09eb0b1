// `if` and `match`, as statements, as values, and with any other end of their branches.
import type { Span } from "../../../base/index.ts";
import { isFloatType, type Expr, type ScalarType, type Stmt } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Branch } from "./builder.ts";
import { deeper, withScope, type Context, type Tail } from "./context.ts";
import { coerce, lowerCondition } from "./convert.ts";
import { lazy } from "./logic.ts";
import { declareUnknown, patternBinding, patternTest } from "./patterns.ts";
import { Scope } from "./scope.ts";
import { promote, isNumeric } from "./types.ts";
import {
  boolConst,
  convert,
  errorValue,
  neverValue,
  pendingValue,
  scalar,
  unitValue,
  type Scalar,
  type Value,
} from "./value.ts";

/** What is done with each branch, and how two finished branches become one. */
interface Shape<T> {
  /** A null block stands for a missing `else` or a match without a fitting arm. */
  arm(block: ast.Block | null, span: Span): T;
  merge(condition: Expr, then: Branch<T>, otherwise: Branch<T>, span: Span): T;
}

function shapeOf<T>(cx: Context, expr: ast.IfExpr | ast.MatchExpr, shape: Shape<T>): T {
  return expr.kind === "if" ? shapeIf(cx, expr, shape) : shapeMatch(cx, expr, shape);
}

function shapeIf<T>(cx: Context, expr: ast.IfExpr, shape: Shape<T>): T {
  const condition = conditionOf(cx, expr.condition);
  const then = cx.builder.branch(() =>
    withCondition(cx, expr.condition, () => shape.arm(expr.then, expr.span)),
  );
  const otherwise = cx.builder.branch(() => shape.arm(expr.else, expr.span));
  return shape.merge(condition, then, otherwise, expr.span);
}

/** Runs the analysis of what a condition guards, where the names of its pattern are known. */
export function withCondition<T>(cx: Context, condition: ast.Condition, run: () => T): T {
  if (condition.kind !== "bind_condition") return run();
  return withScope(cx, new Scope(cx.scope), () => {
    declareUnknown(cx, condition.pattern);
    return run();
  });
}

/** The condition of `if` or `while`. */
export function conditionOf(cx: Context, condition: ast.Condition): Expr {
  if (condition.kind === "bind_condition") {
    cx.report.unsupported("option", "conditions with a pattern", condition.span);
    return boolConst(false, condition.span);
  }
  return lowerCondition(cx, cx.lower.expr(cx, condition, null), condition.span);
}

function shapeMatch<T>(cx: Context, expr: ast.MatchExpr, shape: Shape<T>): T {
  const lowered = cx.lower.expr(cx, expr.subject, null);
  if (lowered.kind === "unit") {
    cx.report.error("type/no-value", "expected a value to match, found none", expr.subject.span);
  }
  const subject = lowered.kind === "scalar" ? cx.builder.spillScalar(lowered) : errorValue;
  return armsFrom(cx, expr, { subject, index: 0, seen: new Set() }, shape);
}

interface MatchState {
  readonly subject: Value;
  readonly index: number;
  /** Bool values that have an arm without a guard. */
  readonly seen: Set<boolean>;
}

function armsFrom<T>(cx: Context, expr: ast.MatchExpr, state: MatchState, shape: Shape<T>): T {
  const arm = expr.arms[state.index];
  if (arm === undefined) return shape.arm(null, expr.span);
  const scope = new Scope(cx.scope);
  return withScope(cx, scope, () => {
    const condition = armCondition(cx, arm, state);
    if (condition.kind === "bool" && condition.value) return shape.arm(arm.body, arm.span);
    const then = cx.builder.branch(() => shape.arm(arm.body, arm.span));
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
function armCondition(cx: Context, arm: ast.MatchArm, { subject, seen }: MatchState): Expr {
  const test = patternTest(cx, arm.pattern, subject);
  patternBinding(cx, arm.pattern, subject);
  const { guard } = arm;
  if (guard === null) {
    if (completesBool(arm.pattern, seen)) return boolConst(true, arm.span);
    return test;
  }
  const right = (): Expr => lowerCondition(cx, cx.lower.expr(cx, guard, null), guard.span);
  if (test.kind === "bool" && test.value) return right();
  const both = lazy(cx, "and", { left: test, right, span: arm.pattern.span });
  return both.kind === "scalar" ? both.expr : boolConst(false, arm.span);
}

/** Whether this arm, with those before it, covers both bools. */
function completesBool(pattern: ast.Pattern, seen: Set<boolean>): boolean {
  const options = pattern.kind === "alternatives" ? pattern.options : [pattern];
  for (const option of options) {
    if (option.kind === "literal" && option.value.kind === "bool") seen.add(option.value.value);
  }
  return seen.size === 2;
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

function emitIf(
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

/** The value of a branch: `missing` where there is no branch at all. */
interface BranchValue {
  readonly value: Value;
  readonly span: Span;
  readonly missing: boolean;
}

export function lowerBranchValue(
  cx: Context,
  expr: ast.IfExpr | ast.MatchExpr,
  hint: ScalarType | null,
): Value {
  return shapeOf<BranchValue>(cx, expr, {
    arm: (block, span) =>
      block === null
        ? { value: unitValue, span, missing: true }
        : { value: blockValue(cx, block, hint), span: block.span, missing: false },
    merge: (condition, then, otherwise, span) => ({
      value: mergeValues(cx, condition, [then, otherwise], { span, hint, what: expr.kind }),
      span,
      missing: false,
    }),
  }).value;
}

/** The value of a block's last expression. */
function blockValue(cx: Context, block: ast.Block, hint: ScalarType | null): Value {
  let value: Value = unitValue;
  cx.lower.block(cx, block, {
    value: (inner, expr) => {
      value = inner.lower.expr(inner, expr, hint);
    },
    none: () => {
      value = unitValue;
    },
    splits: () => false,
  });
  return cx.builder.reachable ? value : neverValue;
}

interface MergeSite {
  readonly span: Span;
  readonly hint: ScalarType | null;
  readonly what: "if" | "match";
}

function mergeValues(
  cx: Context,
  condition: Expr,
  branches: readonly [Branch<BranchValue>, Branch<BranchValue>],
  site: MergeSite,
): Value {
  const [then, otherwise] = branches;
  const [a, b] = [then.value.value, otherwise.value.value];
  if (a.kind === "error" || b.kind === "error") return errorValue;
  if (a.kind === "scalar" && b.kind === "scalar") return chosen(cx, condition, branches, site);
  if (a.kind === "scalar" && b.kind === "never") {
    const only = hinted(a, site.hint);
    const ends = { type: only.type, values: [only, null], span: site.span } as const;
    return viaLocal(cx, condition, branches, ends);
  }
  if (a.kind === "never" && b.kind === "scalar") {
    const only = hinted(b, site.hint);
    const ends = { type: only.type, values: [null, only], span: site.span } as const;
    return viaLocal(cx, condition, branches, ends);
  }
  if (a.kind === "pending" || b.kind === "pending")
    return a.kind === "scalar" ? a : b.kind === "scalar" ? b : pendingValue;
  emitIf(cx, condition, branches, site.span);
  if (a.kind === "never" && b.kind === "never") return neverValue;
  if (a.kind === "scalar" || b.kind === "scalar") {
    reportMissing(cx, branches, site);
    return errorValue;
  }
  return unitValue;
}

function reportMissing(
  cx: Context,
  [then, otherwise]: readonly [Branch<BranchValue>, Branch<BranchValue>],
  { span, what }: MergeSite,
): void {
  const missing = then.value.missing || otherwise.value.missing;
  if (missing && what === "if") {
    cx.report.error(
      "type/missing-else",
      "an `if` used as a value needs an `else`",
      span,
      "Add `else:` with a value.",
    );
  } else if (missing) {
    cx.report.error(
      "type/missing-arm",
      "a `match` used as a value must cover every value",
      span,
      "Add `case _:` with a value.",
    );
  } else {
    const empty = then.value.value.kind === "unit" ? then : otherwise;
    cx.report.error(
      "type/no-value",
      "this branch yields no value, and the other does",
      empty.value.span,
    );
  }
}

/** Both branches have a value: a conditional expression where neither needs statements, else a hidden local. */
function chosen(
  cx: Context,
  condition: Expr,
  branches: readonly [Branch<BranchValue>, Branch<BranchValue>],
  site: MergeSite,
): Value {
  const [then, otherwise] = branches;
  let [a, b] = [then.value.value, otherwise.value.value];
  if (a.kind !== "scalar" || b.kind !== "scalar") return errorValue;
  // A literal follows the other branch; only where both are literals the place that wants the value decides.
  if (a.literal !== null && b.literal !== null) {
    const wanted = [hinted(a, site.hint), hinted(b, site.hint)] as const;
    if (wanted[0].type === wanted[1].type) [a, b] = wanted;
  }
  const type = joinTypes(a, b);
  const left = type === null ? null : joined(a, type);
  const right = type === null ? null : joined(b, type);
  if (type === null || left === null || right === null) {
    cx.report.error(
      "type/branch-mismatch",
      `the branches have different types: \`${a.type}\` and \`${b.type}\``,
      site.span,
      isNumeric(a.type) && isNumeric(b.type)
        ? `Convert one of them, as in \`x as ${promote(a.type, b.type)}\`.`
        : "Give both the same type.",
    );
    return errorValue;
  }
  if (then.body.length === 0 && otherwise.body.length === 0) {
    return scalar(type, {
      kind: "if",
      type,
      condition,
      then: left.expr,
      else: right.expr,
      span: site.span,
    });
  }
  return viaLocal(cx, condition, branches, { type, values: [left, right], span: site.span });
}

/** A literal in the type that is wanted, if it fits. */
function hinted(value: Scalar, hint: ScalarType | null): Scalar {
  return hint === null || value.literal === null ? value : (coerce(value, hint) ?? value);
}

interface BranchEnds {
  readonly type: ScalarType;
  /** Null for a branch that does not come to its end. */
  readonly values: readonly [Scalar | null, Scalar | null];
  readonly span: Span;
}

/** Ends each branch with an assignment to one hidden local and reads that behind them. */
function viaLocal(
  cx: Context,
  condition: Expr,
  branches: readonly [Branch<BranchValue>, Branch<BranchValue>],
  { type, values, span }: BranchEnds,
): Scalar {
  const { builder } = cx;
  const local = builder.addLocal("$t", type, true);
  values.forEach((value, index) => {
    if (value === null) return;
    branches[index]?.body.push({ kind: "set", local, value: value.expr, span: value.expr.span });
  });
  emitIf(cx, condition, branches, span);
  return scalar(type, builder.read(local, span));
}

/** The common type of two branches: literals adapt, lossless widening is silent. */
export function joinTypes(a: Scalar, b: Scalar): ScalarType | null {
  if (a.literal !== null && b.literal !== null) {
    return isFloatType(a.type) || isFloatType(b.type) ? "f64" : a.type;
  }
  if (coerce(a, b.type) !== null) return b.type;
  return coerce(b, a.type) === null ? null : a.type;
}

function joined(value: Scalar, type: ScalarType): Scalar | null {
  return coerce(value, type) ?? (value.literal === null ? null : convert(value, type));
}
