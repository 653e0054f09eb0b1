// Loops in place, in a whole function or in a loop function.
import type { Expr, LocalId, Stmt } from "../ir/hir/index.ts";
import { createBlock, type Block, type Value } from "../ir/mir/index.ts";
import { countedLoop, type CountedLoop } from "./counted.ts";
import { lowerCondition, lowerExpr } from "./expr.ts";
import type { FunctionLowering, OpenLoop } from "./function.ts";
import { lowerSafepoint } from "./safepoint.ts";

type WhileStmt = Extract<Stmt, { kind: "while" }>;

/** Lowers a loop in place; afterwards the current block is behind it, or terminated if nothing leaves it. */
export function lowerWhile(to: FunctionLowering, stmt: WhileStmt): void {
  const { builder, region } = to;
  const resume = region?.beforeLoop(stmt) ?? null;
  const facts = to.facts(stmt.loop);
  const carried: LocalId[] = region === null ? [] : [region.fuel];
  for (const local of facts.assigned) {
    if (facts.liveAtHeader.has(local) && to.environment[local] !== undefined) carried.push(local);
  }
  const header = to.blockFor(carried);
  const entryArgs = to.valuesOf(carried);
  const resumeParam = region?.needsResume(stmt) === true ? to.newValue(-1) : null;
  if (resumeParam !== null && resume !== null) {
    header.params.push(resumeParam);
    entryArgs.push(resume);
  }
  builder.jump(header, entryArgs);
  to.enterWith(header, carried);
  const loop: OpenLoop = { header, carried, breaks: [] };
  if (region === null) {
    lowerSafepoint(to);
    lowerIterations(to, stmt, loop);
    return;
  }
  // Fuel bounds the time between two polls only where an iteration takes little time.
  const long = to.unit.facts.mayTakeLong(stmt.body);
  const innermost = facts.last === stmt.loop;
  const counted = innermost && !long ? countedLoop(stmt, facts.assigned) : null;
  region.afterHeader(stmt, resumeParam, counted === null);
  if (long) lowerSafepoint(to);
  if (counted === null) lowerIterations(to, stmt, loop);
  else lowerStrips(to, stmt, { loop, counted, fuel: region.fuel });
}

/** The condition, the body and what follows the loop. */
function lowerIterations(to: FunctionLowering, stmt: WhileStmt, loop: OpenLoop): void {
  const endless = stmt.condition.kind === "bool" && stmt.condition.value;
  const { body, leave } = enterIteration(to, stmt, loop);
  to.builder.enter(body);
  to.lowerLoopBody(stmt.body, loop);
  if (!endless) leave();
  if (loop.breaks.length > 0) to.join(loop.breaks);
}

/** The condition; `leave` ends the loop where it is false. */
function enterIteration(
  to: FunctionLowering,
  stmt: WhileStmt,
  loop: OpenLoop,
): { readonly body: Block; readonly leave: () => void } {
  const { builder } = to;
  const body = createBlock(builder.fn);
  const done = createBlock(builder.fn);
  lowerCondition(to, stmt.condition, body, done);
  const atHeader = [...to.environment];
  const leave = (): void => {
    builder.enter(done);
    to.environment = atHeader;
    loop.breaks.push(to.openEdge());
  };
  return { body, leave };
}

interface Strips {
  readonly loop: OpenLoop;
  readonly counted: CountedLoop;
  readonly fuel: LocalId;
}

/**
 * An innermost counted loop of a loop function, in strips of at most as many iterations as there is fuel: in a strip
 * nothing is paid or polled, so that the target's compiler sees the loop as it was written. (Strip mining, as
 * HotSpot does it for safepoints.)
 */
function lowerStrips(to: FunctionLowering, stmt: WhileStmt, strips: Strips): void {
  const { builder } = to;
  const { loop, counted, fuel } = strips;
  const { body, leave } = enterIteration(to, stmt, loop);
  builder.enter(body);
  const start = to.read(counted.cursor);
  const step = lowerStep(to, counted.step);
  const stop = endOfStrip(to, strips, { start, step });
  const carried = loop.carried.filter((local) => local !== fuel);
  const strip = to.blockFor(carried);
  const latch = to.blockFor(carried);
  builder.jump(strip, to.valuesOf(carried));
  to.enterWith(strip, carried);
  const pay = (): void => {
    const done = builder.value("isub", "i64", [to.read(counted.cursor), start]);
    const cost = builder.value("ireduce", null, [iterations(to, done, step)]);
    to.environment = [...to.environment];
    to.environment[fuel] = builder.value("isub", "i32", [to.read(fuel), cost]);
  };
  to.lowerLoopBody(stmt.body, { header: latch, carried, breaks: loop.breaks, beforeBreak: pay });
  to.enterWith(latch, carried);
  const next = createBlock(builder.fn);
  const more = builder.value("icmp", "i64", [to.read(counted.cursor), stop], "slt");
  const again = { block: strip.id, args: [...latch.params] };
  builder.branch(more, again, { block: next.id, args: [] });
  builder.enter(next);
  pay();
  to.jumpToHeader(loop);
  leave();
  to.join(loop.breaks);
}

/** Steps are below this, so that those of a strip have a sum that does not wrap. */
const farthestStep = 1n << 31n;

interface Step {
  /** Null for 1. */
  readonly value: Value | null;
  /** Whether it is above 0 and small, if that is known only when it runs. */
  readonly good: Value | null;
}

function lowerStep(to: FunctionLowering, expr: Expr): Step {
  const { builder } = to;
  if (expr.kind === "int" && expr.value === 1) return { value: null, good: null };
  const value = lowerExpr(to, expr);
  if (expr.kind === "int" && expr.value < farthestStep) return { value, good: null };
  const one = builder.value("iconst", "i64", [], 1n);
  const less = builder.value("isub", "i64", [value, one]);
  const most = builder.value("iconst", "i64", [], farthestStep);
  return { value, good: builder.value("icmp", "i64", [less, most], "ult") };
}

/** How many iterations the cursor has moved for. A strip with a bad step has one. */
function iterations({ builder }: FunctionLowering, distance: Value, { value, good }: Step): Value {
  if (value === null) return distance;
  if (good === null) return builder.value("udiv", "i64", [distance, value]);
  const one = builder.value("iconst", "i64", [], 1n);
  const divisor = builder.value("select", "i64", [good, value, one]);
  const quotient = builder.value("udiv", "i64", [distance, divisor]);
  return builder.value("select", "i64", [good, quotient, one]);
}

/**
 * The cursor where the strip that begins at `start` ends: at the limit, or when the fuel is used up. Where the limit or the
 * step is at the edge of i64 it may be less, but a strip has one iteration at least.
 */
function endOfStrip(
  to: FunctionLowering,
  { counted, fuel }: Strips,
  { start, step }: { readonly start: Value; readonly step: Step },
): Value {
  const { builder } = to;
  let limit = lowerExpr(to, counted.limit);
  if (counted.inclusive) {
    limit = builder.value("iadd", "i64", [limit, builder.value("iconst", "i64", [], 1n)]);
  }
  const left = builder.value("isub", "i64", [limit, start]);
  const wide = builder.value("sextend", null, [to.read(fuel)]);
  const most = step.value === null ? wide : builder.value("imul", "i64", [wide, step.value]);
  // Unsigned: from the least to the greatest i64 there are more iterations than a signed number holds.
  const fits = builder.value("icmp", "i64", [left, most], "ult");
  // In this form the end is seen to be the limit at most (`opt/bounds.ts`).
  const part = builder.value("iadd", "i64", [start, most]);
  const stop = builder.value("select", "i64", [fits, limit, part]);
  if (step.good === null) return stop;
  const least = builder.value("iconst", "i64", [], -(1n << 63n));
  return builder.value("select", "i64", [step.good, stop, least]);
}
