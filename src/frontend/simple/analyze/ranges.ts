// Loops over ranges.
import type { Span } from "../../../base/index.ts";
import { intFacts, isIntType, type IntType, type LocalId } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { binary } from "./arithmetic.ts";
import { withScope, type Context } from "./context.ts";
import { coerce } from "./convert.ts";
import { bindLoopPattern } from "./loop-patterns.ts";
import { emitLoop } from "./loops.ts";
import { lowerOperands } from "./operands.ts";
import { declareUnknown } from "./patterns.ts";
import { hidden, setTurns, setTurnsBySign, test } from "./range-turns.ts";
import { Scope } from "./scope.ts";
import { commonInt } from "./types.ts";
import { convert, intConst, typed, type Typed } from "./value.ts";

/** What a `for` runs over: `step` null is 1. */
export interface Range {
  readonly start: ast.Expr;
  readonly end: ast.Expr;
  readonly step: ast.Expr | null;
  readonly inclusive: boolean;
}

/** What a loop runs over and what it does: of a `for`, or of a comprehension. */
export interface LoopSite {
  readonly pattern: ast.Pattern;
  readonly iterable: ast.Expr;
  readonly span: Span;
  /** Whether the body assigns the variable. */
  assigns(name: string): boolean;
  body(cx: Context): void;
}

/** A loop over a range; false if the iterable is none. */
export function rangeLoop(cx: Context, site: LoopSite): boolean {
  const range = rangeOf(cx, site.iterable);
  if (range === undefined) return false;
  const bounds = range === null ? null : lowerBounds(cx, range);
  if (range === null || bounds === null) checkBody(cx, site);
  else if (bounds.step === null) countUp(cx, site, bounds, range.inclusive);
  else stepped(cx, site, { ...bounds, step: bounds.step }, range.inclusive);
  return true;
}

/** The range that an expression is by its form; null after a message, undefined if it is none. */
export function rangeOf(cx: Context, iterable: ast.Expr): Range | null | undefined {
  if (iterable.kind === "range") return { ...iterable, step: null };
  if (iterable.kind === "call") {
    const { callee, args } = iterable;
    const plain = args.every(({ name, spread }) => name === null && !spread);
    const [first, second, third] = args.map(({ value }) => value);
    if (
      callee.kind === "name" &&
      callee.name === "range" &&
      cx.scope.lookup("range") === undefined
    ) {
      if (!plain || first === undefined || args.length > 3) {
        cx.report.error(
          "type/argument-count",
          "`range` takes 1 to 3 plain arguments",
          iterable.span,
        );
        return null;
      }
      const zero: ast.Expr = { kind: "int", value: 0, suffix: null, span: first.span };
      return second === undefined
        ? { start: zero, end: first, step: null, inclusive: false }
        : { start: first, end: second, step: third ?? null, inclusive: false };
    }
    if (
      callee.kind === "member" &&
      callee.name.text === "step_by" &&
      callee.object.kind === "range"
    ) {
      if (plain && first !== undefined && args.length === 1)
        return { ...callee.object, step: first };
      cx.report.error("type/argument-count", "`step_by` takes 1 plain argument", iterable.span);
      return null;
    }
  }
  return undefined;
}

/** After a mistake in the head: checks the body with a loop variable of no known type. */
export function checkBody(cx: Context, site: LoopSite): void {
  const scope = new Scope(cx.scope);
  cx.loops.push({ broken: false });
  withScope(cx, scope, () => {
    declareUnknown(cx, site.pattern);
    cx.builder.branch(() => site.body(cx));
  });
  cx.loops.pop();
}

export interface Bounds {
  readonly type: IntType;
  readonly start: Typed;
  readonly end: Typed;
  readonly step: Typed | null;
}

export function lowerBounds(cx: Context, range: Range): Bounds | null {
  const nodes =
    range.step === null ? [range.start, range.end] : [range.start, range.end, range.step];
  const operands = lowerOperands(cx, nodes, {
    guess: true,
    hint: ([first]) => (first?.kind === "typed" && first.literal === null ? first.type : null),
  });
  if (operands.kind !== "operands") return null;
  const [start, end, step] = operands.values;
  if (start === undefined || end === undefined) throw new Error("two bounds expected");
  for (const [index, value] of operands.values.entries()) {
    if (isIntType(value.type)) continue;
    const span = nodes[index]?.span ?? range.start.span;
    cx.report.error(
      "type/mismatch",
      `a range takes integers, found \`${value.type}\``,
      span,
      "Convert with `as i64`.",
    );
    return null;
  }
  const type = rangeType(start, end);
  if (type === null) {
    cx.report.error(
      "type/mismatch",
      `no integer type holds both bounds: \`${start.type}\` and \`${end.type}\``,
      range.start.span,
      "Convert one of them with `as`.",
    );
    return null;
  }
  return {
    type,
    start: convert(start, type),
    end: convert(end, type),
    step: step === undefined ? null : stepValue(cx, step, nodes[2]?.span ?? range.start.span),
  };
}

function rangeType(start: Typed, end: Typed): IntType | null {
  if (
    start.literal !== null &&
    end.literal === null &&
    isIntType(end.type) &&
    coerce(start, end.type) !== null
  ) {
    return end.type;
  }
  if (
    end.literal !== null &&
    start.literal === null &&
    isIntType(start.type) &&
    coerce(end, start.type) !== null
  ) {
    return start.type;
  }
  return isIntType(start.type) && isIntType(end.type) ? commonInt(start.type, end.type) : null;
}

/** The step as i64. */
function stepValue(cx: Context, step: Typed, span: Span): Typed {
  if (step.expr.kind === "int" && Number(step.expr.value) === 0) {
    cx.report.error(
      "type/zero-step",
      "the step of a range is 0",
      span,
      "The loop would never end.",
    );
  }
  return convert(step, "i64");
}

/** A value that stays the same during the loop. */
function kept(cx: Context, name: string, value: Typed): Typed {
  const { builder } = cx;
  if (builder.isStable(value.expr)) return value;
  const local = builder.addLocal(name, value.type, true);
  builder.set(local, value.expr);
  return typed(value.type, builder.read(local, value.expr.span));
}

/** A loop over a range with step 1. */
export function countUp(cx: Context, site: LoopSite, bounds: Bounds, inclusive: boolean): void {
  const { builder } = cx;
  const { type } = bounds;
  const { span } = site.iterable;
  const cursor = hidden(cx, "$cursor", bounds.start);
  let limit = kept(cx, "$limit", bounds.end);
  let open = inclusive;
  if (open && limit.expr.kind === "int" && BigInt(limit.expr.value) < intFacts(type).max) {
    limit = typed(type, intConst(type, BigInt(limit.expr.value) + 1n, span));
    open = false;
  }
  const read = (): Typed => typed(type, builder.read(cursor, span));
  const one = typed(type, intConst(type, 1n, span));
  const advance = (): void =>
    builder.set(cursor, binary("add", type, { left: read(), right: one, span }).expr);
  if (!open) {
    const loop = builder.nextLoop();
    const condition = test(cx, "<", { left: read(), right: limit, span });
    emitLoop(cx, { loop, condition, endless: false, span: site.span }, () => {
      turn(cx, site, read(), advance);
    });
    return;
  }
  const step = typed("i64", intConst("i64", 1n, span));
  const turns = builder.addLocal("$turns", "i64", false);
  setTurns(cx, { start: read(), limit, step, inclusive, turns, span }, true);
  if (type === "i64") {
    const value = (done: Typed): Typed => binary("add", type, { left: read(), right: done, span });
    emitTurns(cx, site, turns, { value, advance: () => {} });
  } else emitTurns(cx, site, turns, { value: read, advance });
}

/** A loop of as many turns as the local says: an i64, so that it is counted as other loops are. */
function emitTurns(
  cx: Context,
  site: LoopSite,
  turns: LocalId,
  { value, advance }: { value: (done: Typed) => Typed; advance: () => void },
): void {
  const { builder } = cx;
  const { span } = site.iterable;
  const done = hidden(cx, "$done", typed("i64", intConst("i64", 0n, span)));
  const read = (local: LocalId): Typed => typed("i64", builder.read(local, span));
  const loop = builder.nextLoop();
  const condition = test(cx, "<", { left: read(done), right: read(turns), span });
  emitLoop(cx, { loop, condition, endless: false, span: site.span }, () => {
    turn(cx, site, value(read(done)), () => {
      const right = typed("i64", intConst("i64", 1n, span));
      builder.set(done, binary("add", "i64", { left: read(done), right, span }).expr);
      advance();
    });
  });
}

/** One turn: binds the loop variable, advances, then the body, so that `continue` needs nothing special. */
export function turn(cx: Context, site: LoopSite, value: Typed, advance: () => void): void {
  withScope(cx, new Scope(cx.scope), () => {
    bindLoopPattern(cx, site, site.pattern, value);
    advance();
    site.body(cx);
  });
}

/** A range with a step. The turns are counted, so that no step can run past the end of the type and around. */
export function stepped(
  cx: Context,
  site: LoopSite,
  bounds: Bounds & { readonly step: Typed },
  inclusive: boolean,
): void {
  const { builder } = cx;
  const { type } = bounds;
  const { span } = site.iterable;
  const cursor = hidden(cx, "$cursor", bounds.start);
  const limit = kept(cx, "$limit", bounds.end);
  const step = kept(cx, "$step", bounds.step);
  const start = typed(type, builder.read(cursor, span));
  const turns = builder.addLocal("$turns", "i64", false);
  const parts = { start, limit, step, inclusive, turns, span };
  if (step.expr.kind === "int") setTurns(cx, parts, BigInt(step.expr.value) > 0n);
  else setTurnsBySign(cx, parts);
  const advance = (): void => {
    const right = convert(step, type);
    builder.set(cursor, binary("add", type, { left: start, right, span }).expr);
  };
  emitTurns(cx, site, turns, { value: () => start, advance });
}
