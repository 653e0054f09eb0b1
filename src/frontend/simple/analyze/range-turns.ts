// How often a loop over a range goes round: counted before it begins, so that no step can run past the end of the type and around.
import type { Span } from "../../../base/index.ts";
import { isIntType, type Expr, type LocalId } from "../../../ir/hir/index.ts";
import { binary, compare, distance, type Pair } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { unsignedOf } from "./types.ts";
import { boolConst, convert, intConst, typed, type Typed } from "./value.ts";

/** A fresh hidden local with a first value. */
export function hidden(cx: Context, name: string, value: Typed): LocalId {
  const local = cx.builder.addLocal(name, value.type, false);
  cx.builder.set(local, value.expr);
  return local;
}

/** A comparison of two integers. */
export function test(cx: Context, op: "<" | "<=" | ">" | ">=" | "==" | "!=", pair: Pair): Expr {
  const result = compare(cx, op, pair);
  return result.kind === "typed" ? result.expr : boolConst(false, pair.span);
}

/** A range whose turns are counted. */
export interface TurnSite {
  readonly start: Typed;
  readonly limit: Typed;
  readonly step: Typed;
  readonly inclusive: boolean;
  /** An i64. */
  readonly turns: LocalId;
  readonly span: Span;
}

/** Turns behind the first: more would take centuries, and would not be an i64 with it. */
const mostTurnsLeft = 2n ** 63n - 2n;

/** Sets the number of turns, of steps that go up or down. */
export function setTurns(cx: Context, site: TurnSite, up: boolean): void {
  const { builder } = cx;
  const { start, limit, inclusive, turns, span } = site;
  builder.set(turns, intConst("i64", 0n, span));
  const op = up ? (inclusive ? "<=" : "<") : inclusive ? ">=" : ">";
  const { body } = builder.branch(() => {
    let left = turnsLeft(site, up);
    if (start.type === "i64" || start.type === "u64") left = atMost(cx, left, mostTurnsLeft, span);
    const one = typed("i64", intConst("i64", 1n, span));
    const all = binary("add", "i64", { left: convert(left, "i64"), right: one, span });
    builder.set(turns, all.expr);
  });
  const condition = test(cx, op, { left: start, right: limit, span });
  builder.emit({ kind: "if", condition, then: body, else: [], span });
}

/** The turns behind the first, an u64, if there is a first one. */
function turnsLeft({ start, limit, step, inclusive, span }: TurnSite, up: boolean): Typed {
  const { type } = start;
  if (!isIntType(type)) throw new Error(`${type} is not an integer`);
  const [low, high] = up ? [start.expr, limit.expr] : [limit.expr, start.expr];
  let gap = distance(type, low, high, span);
  const narrow = unsignedOf(type);
  if (!inclusive) {
    const right = typed(narrow, intConst(narrow, 1n, span));
    gap = binary("sub", narrow, { left: gap, right, span });
  }
  const left = convert(gap, "u64");
  const isOne = step.expr.kind === "int" && Math.abs(Number(step.expr.value)) === 1;
  if (isOne) return left;
  return binary("div", "u64", { left, right: sizeOf(step, up, span), span });
}

/** The size of a step, an u64. */
function sizeOf(step: Typed, up: boolean, span: Span): Typed {
  const wide = convert(step, "u64");
  if (up) return wide;
  if (wide.expr.kind === "int") return negated(wide, span);
  const zero = typed("u64", intConst("u64", 0n, span));
  return binary("sub", "u64", { left: zero, right: wide, span });
}

/** The lesser of an u64 and a constant. */
function atMost(cx: Context, value: Typed, most: bigint, span: Span): Typed {
  const { builder } = cx;
  const local = hidden(cx, "$left", value);
  const read = typed("u64", builder.read(local, span));
  const bound = typed("u64", intConst("u64", most, span));
  const { body } = builder.branch(() => builder.set(local, bound.expr));
  const condition = test(cx, ">", { left: read, right: bound, span });
  builder.emit({ kind: "if", condition, then: body, else: [], span });
  return read;
}

function negated(value: Typed, span: Span): Typed {
  if (value.expr.kind !== "int") throw new Error("a constant is expected");
  return typed("u64", intConst("u64", -BigInt(value.expr.value), span));
}

/** Sets the number of turns by the sign of the step; 0 is an error of the program. */
export function setTurnsBySign(cx: Context, site: TurnSite): void {
  const { builder } = cx;
  const { step, span } = site;
  const zero = typed(step.type, intConst("i64", 0n, span));
  const stop = builder.branch(() => {
    const text = "the step of a range is 0";
    builder.emit({ kind: "fail", parts: [{ kind: "literal", text }], span });
  });
  builder.emit({
    kind: "if",
    condition: test(cx, "==", { left: step, right: zero, span }),
    then: stop.body,
    else: [],
    span,
  });
  const up = builder.branch(() => setTurns(cx, site, true));
  const down = builder.branch(() => setTurns(cx, site, false));
  builder.emit({
    kind: "if",
    condition: test(cx, ">", { left: step, right: zero, span }),
    then: up.body,
    else: down.body,
    span,
  });
}
