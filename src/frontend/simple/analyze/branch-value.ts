// `if` and `match` as a value: the branches' values become one, of one type.
//
// A literal in a branch, and what is made of literals alone, takes the type that the place wants (the hint). Where the
// branches then do not agree, the hint was a wrong guess: they are built again without it, and last with the type of
// one of them as the hint of all, so that `if a: x elif b: 1 else: 2` has the type of `x`.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { emitIf, shapeOf } from "./branches.ts";
import type { Branch } from "./builder.ts";
import { deeper, type Context } from "./context.ts";
import { coerce } from "./convert.ts";
import { joinTypes } from "./joins.ts";
import { commonSignature, erased } from "./lambdas.ts";
import { dropTail } from "./loops.ts";
import { isNumeric, promote } from "./types.ts";
import {
  convert,
  errorValue,
  neverValue,
  pendingValue,
  typed,
  unitValue,
  type Typed,
  type Value,
} from "./value.ts";
import { found, isScalar, representation, type SimpleType } from "./simple-type.ts";

type Choice = ast.IfExpr | ast.MatchExpr;

/** The value of a branch: `missing` where there is no branch at all. */
interface BranchValue {
  readonly value: Value;
  readonly span: Span;
  readonly missing: boolean;
  /** Literals alone: the type follows the other branches. */
  readonly literal: boolean;
}

/** One way to build a choice and the choices at the ends of its branches. */
interface Attempt {
  readonly hint: SimpleType | null;
  /** Whether there is nothing else left to try. */
  readonly last: boolean;
  /** Types that the branches ask for: of those that are no integer literals. */
  readonly types: Set<SimpleType>;
  /** Branches had numeric types that do not agree. */
  mismatch: boolean;
}

/** How many choices around a choice may be built again at the same time: each multiplies the work. */
const mostRetries = 2;

export function lowerBranchValue(cx: Context, expr: Choice, hint: SimpleType | null): Value {
  const { analysis } = cx;
  const first = attempt(hint, analysis.retries >= mostRetries);
  const start = checkpoint(cx);
  let { value } = choiceValue(cx, expr, first);
  if (!first.mismatch || first.last) return value;
  analysis.retries += 1;
  const retry = (wanted: SimpleType | null, last: boolean): Attempt => {
    rollBack(cx, start);
    const next = attempt(wanted, last);
    ({ value } = choiceValue(cx, expr, next));
    return next;
  };
  const plain = hint === null ? first : retry(null, false);
  let agreed = !plain.mismatch;
  for (const type of plain.types) agreed ||= !retry(type, false).mismatch;
  if (!agreed) retry(hint, true);
  analysis.retries -= 1;
  return value;
}

/** The value of a choice that stands as a statement: unit where its branches have none in common. */
export function lowerChoice(cx: Context, expr: Choice): Value {
  const start = checkpoint(cx);
  const value = lowerBranchValue(cx, expr, null);
  if (value.kind !== "error") return value;
  rollBack(cx, start);
  cx.lower.branches(cx, expr, dropTail);
  return unitValue;
}

function attempt(hint: SimpleType | null, last: boolean): Attempt {
  return { hint, last, types: new Set(), mismatch: false };
}

interface Checkpoint {
  readonly builder: ReturnType<Context["builder"]["checkpoint"]>;
  readonly messages: number;
  readonly results: number;
}

function checkpoint({ builder, report, goal }: Context): Checkpoint {
  return {
    builder: builder.checkpoint(),
    messages: report.count,
    results: goal.kind === "infer" ? goal.found.length : 0,
  };
}

/** Takes back what was built and reported. Instances keep their numbers: they are found again, or built in vain. */
function rollBack({ builder, report, goal }: Context, start: Checkpoint): void {
  builder.rollBack(start.builder);
  report.rollBack(start.messages);
  if (goal.kind === "infer") goal.found.length = start.results;
}

function choiceValue(cx: Context, expr: Choice, current: Attempt): BranchValue {
  const what = expr.kind;
  return shapeOf<BranchValue>(cx, expr, {
    arm: (block, span) =>
      block === null
        ? { value: unitValue, span, missing: true, literal: false }
        : blockValue(cx, block, current),
    merge: (condition, then, otherwise, span) => ({
      value: mergeValues(cx, condition, [then, otherwise], { span, what, attempt: current }),
      span,
      missing: false,
      literal: then.value.literal && otherwise.value.literal,
    }),
  });
}

/** The value of a block's last expression. A choice there is part of this one: they are tried together. */
function blockValue(cx: Context, block: ast.Block, current: Attempt): BranchValue {
  let value: Value = unitValue;
  let literal = false;
  cx.lower.block(cx, block, {
    value: (inner, expr) => {
      if (expr.kind === "if" || expr.kind === "match") {
        const nested = deeper(inner, expr.span, () => choiceValue(inner, expr, current));
        value = nested?.value ?? errorValue;
        literal = nested?.literal ?? false;
        return;
      }
      value = inner.lower.expr(inner, expr, current.hint);
      literal = value.kind === "typed" && value.literal !== null;
      if (value.kind === "typed" && (!literal || value.type === "f64")) {
        current.types.add(value.type);
      }
    },
    none: () => {
      value = unitValue;
    },
    splits: () => false,
  });
  const reachable = cx.builder.reachable;
  return { value: reachable ? value : neverValue, span: block.span, missing: false, literal };
}

interface MergeSite {
  readonly span: Span;
  readonly what: "if" | "match";
  readonly attempt: Attempt;
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
  if (a.kind === "typed" && b.kind === "typed") return chosen(cx, condition, branches, site);
  if (a.kind === "typed" && b.kind === "never") {
    const only = hinted(a, site.attempt.hint);
    const ends = { type: only.type, values: [only, null], span: site.span } as const;
    return viaLocal(cx, condition, branches, ends);
  }
  if (a.kind === "never" && b.kind === "typed") {
    const only = hinted(b, site.attempt.hint);
    const ends = { type: only.type, values: [null, only], span: site.span } as const;
    return viaLocal(cx, condition, branches, ends);
  }
  if (a.kind === "pending" || b.kind === "pending")
    return a.kind === "typed" ? a : b.kind === "typed" ? b : pendingValue;
  emitIf(cx, condition, branches, site.span);
  if (a.kind === "never" && b.kind === "never") return neverValue;
  if (a.kind === "typed" || b.kind === "typed") {
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
  if (a.kind !== "typed" || b.kind !== "typed") return errorValue;
  // A literal follows the other branch; only where both are literals the place that wants the value decides.
  if (a.literal !== null && b.literal !== null) {
    const wanted = [hinted(a, site.attempt.hint), hinted(b, site.attempt.hint)] as const;
    if (wanted[0].type === wanted[1].type) [a, b] = wanted;
  }
  const type =
    joinTypes(a, b) ??
    commonSignature(cx.analysis, a.type, b.type) ??
    wantedOfBoth(site.attempt.hint, a, b);
  // The type that a choice between literals has so far is not what it must have.
  const followed = then.value.literal !== otherwise.value.literal && a.type !== b.type;
  if (followed && (then.value.literal ? a : b).literal === null) site.attempt.mismatch = true;
  const left = type === null ? null : joined(cx, a, type);
  const right = type === null ? null : joined(cx, b, type);
  if (type === null || left === null || right === null) {
    reportMismatch(cx, [a.type, b.type], site);
    return errorValue;
  }
  if (then.body.length === 0 && otherwise.body.length === 0) {
    return typed(type, {
      kind: "if",
      type: representation(type),
      condition,
      then: left.expr,
      else: right.expr,
      span: site.span,
    });
  }
  return viaLocal(cx, condition, branches, { type, values: [left, right], span: site.span });
}

function reportMismatch(
  cx: Context,
  [a, b]: readonly [SimpleType, SimpleType],
  site: MergeSite,
): void {
  const numeric = isNumeric(a) && isNumeric(b);
  if (numeric) site.attempt.mismatch = true;
  cx.report.error(
    "type/branch-mismatch",
    `the branches have different types: \`${a}\` and \`${b}\``,
    site.span,
    numeric ? `Convert one of them, as in \`x as ${promote(a, b)}\`.` : "Give both the same type.",
  );
}

/** The type that is wanted, such as `Any`, where the branches have nothing else in common. */
function wantedOfBoth(hint: SimpleType | null, a: Typed, b: Typed): SimpleType | null {
  if (hint === null || isScalar(found(hint))) return null;
  return coerce(a, hint) !== null && coerce(b, hint) !== null ? hint : null;
}

/** A literal in the type that is wanted, if it fits. */
function hinted(value: Typed, hint: SimpleType | null): Typed {
  return hint === null || value.literal === null ? value : (coerce(value, hint) ?? value);
}

interface BranchEnds {
  readonly type: SimpleType;
  /** Null for a branch that does not come to its end. */
  readonly values: readonly [Typed | null, Typed | null];
  readonly span: Span;
}

/** Ends each branch with an assignment to one hidden local and reads that behind them. */
function viaLocal(
  cx: Context,
  condition: Expr,
  branches: readonly [Branch<BranchValue>, Branch<BranchValue>],
  { type, values, span }: BranchEnds,
): Typed {
  const { builder } = cx;
  const local = builder.addLocal("$t", type, true);
  values.forEach((value, index) => {
    if (value === null) return;
    branches[index]?.body.push({ kind: "set", local, value: value.expr, span: value.expr.span });
  });
  emitIf(cx, condition, branches, span);
  return typed(type, builder.read(local, span));
}

function joined(cx: Context, value: Typed, type: SimpleType): Typed | null {
  const lambda = erased(cx, value, type);
  if (lambda !== undefined) return lambda;
  return coerce(value, type) ?? (value.literal === null ? null : convert(value, type));
}
