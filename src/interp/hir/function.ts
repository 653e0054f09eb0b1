// Functions: the closure that a cell starts with compiles the body at the first call.
import type { HirFunction, Stmt } from "../../ir/hir/index.ts";
import { runtimeError } from "../../runtime/index.ts";
import {
  deepestCalls,
  never,
  newCell,
  returned,
  type FunctionCell,
  type FunctionCode,
  type InterpContext,
  type InterpOptions,
  type PollSite,
} from "./context.ts";
import { exprCompiler } from "./expr.ts";
import { growFrame, resultSlot, slotOf, type AnySlot, type Frame } from "./frame.ts";
import { poll } from "./loop.ts";
import type { ExprCompiler, StmtNode, ValueNode } from "./node.ts";
import { newRoots } from "./roots.ts";
import { compileBlock } from "./stmt.ts";

/** A program ready to run in the interpreter; nothing is compiled to closures before its first call. */
export function createInterpContext(options: InterpOptions): InterpContext {
  const cells = options.module.functions.map(
    (fn) => options.cells?.[fn.id] ?? newCell(fn, options),
  );
  const pollInterval = options.pollInterval ?? 10_000;
  const context: InterpContext = {
    module: options.module,
    memory: options.memory,
    globals: options.globals,
    hooks: options.hooks,
    cells,
    heap: options.heap ?? null,
    roots: options.roots ?? newRoots(),
    slotCells: options.slotCells ?? [],
    budget: pollInterval,
    pollInterval,
    mostCalls: options.mostCalls ?? deepestCalls,
  };
  cells.forEach((cell, id) => {
    if (options.cells?.[id] === undefined) cell.code = lazily(context, cell);
  });
  return context;
}

/** Lets calls through the cell go to whatever function is in the slot now; that has parameters of the same types. */
export function forwardCell(
  cell: FunctionCell,
  slotCells: readonly (FunctionCell | undefined)[],
  slot: number,
): void {
  const slots = Array.from({ length: cell.fn.parameterCount }, (_, local) =>
    slotOf<AnySlot>(local),
  );
  cell.code = (frame) => {
    const next = slotCells[slot];
    if (next === undefined) throw new Error(`no function has slot ${slot}`);
    const callee = next.template.slice();
    for (const each of slots) callee[each] = frame[each];
    return next.code(callee);
  };
}

function lazily(context: InterpContext, cell: FunctionCell): FunctionCode {
  let compiled: FunctionCode | undefined;
  const first: FunctionCode = (frame) => {
    if (compiled === undefined) {
      compiled = compileFunction(context, cell);
      growFrame(frame, cell.template.length - 1);
    }
    if (cell.code === first) cell.code = compiled;
    return compiled(frame);
  };
  return first;
}

/**
 * The interpreter's code for a function: counts the call, polls, runs the body. It is not put into the cell, which lets
 * the engine keep it for going back to tier 0.
 */
export function compileFunction(context: InterpContext, cell: FunctionCell): FunctionCode {
  const { fn } = cell;
  const compiler = exprCompiler(context, cell);
  const body = compileTail(compiler, fn, fn.body) ?? compileBody(compiler, fn);
  const where: PollSite = { function: fn.id, loop: -1 };
  const site = compiler.site(fn.span);
  const { mostCalls, roots } = context;
  const { end } = compiler.temporaries;
  growFrame(cell.template, end);
  const counted: FunctionCode = (frame) => {
    if ((cell.calls += 1) >= cell.hotAt) {
      cell.hotAt = never;
      context.hooks.onHotFunction(cell);
      if (cell.code !== code) return cell.code(frame);
    }
    if ((context.budget -= 1) < 0) poll(context, where, site);
    if ((roots.calls += 1) > mostCalls) throw runtimeError("stack_overflow");
    const result = body(frame);
    roots.calls -= 1;
    return result;
  };
  const code = keepingRoots(context, rootSlots(fn, end), counted);
  return code;
}

/** The slots of a frame that the collector has to look at: locals that hold references, and temporaries. */
function rootSlots({ locals }: HirFunction, end: number): AnySlot[] {
  const slots: AnySlot[] = [];
  for (let local = 0; local < end; local += 1) {
    const type = locals[local]?.type;
    if (type === undefined || type === "ref" || type === "any") slots.push(slotOf<AnySlot>(local));
  }
  return slots;
}

/** Runs a body with its frame among the roots, where it has any. */
function keepingRoots(
  { roots }: InterpContext,
  slots: readonly AnySlot[],
  body: ValueNode,
): ValueNode {
  if (slots.length === 0) return body;
  return (frame) => {
    const { depth } = roots;
    roots.frames[depth] = frame;
    roots.slots[depth] = slots;
    roots.depth = depth + 1;
    const result = body(frame);
    roots.depth = depth;
    return result;
  };
}

function compileBody(compiler: ExprCompiler, fn: HirFunction): ValueNode {
  const block = compileBlock(compiler, fn.body);
  if (fn.result === "unit") {
    return (frame) => {
      block(frame);
      return 0;
    };
  }
  return (frame) => {
    if (block(frame) !== returned) throw new Error(`${fn.symbol} ended without a value`);
    return frame[resultSlot];
  };
}

/** Statements without a `return` in them, then a value. */
type TailPlan = { readonly before: readonly Stmt[]; readonly value: ValueNode };

/**
 * The value of statements that end in `return` on every path, without going through the frame's result: `if` becomes a
 * conditional value. Null where a `return` hides inside a statement before the end.
 */
function compileTail(
  compiler: ExprCompiler,
  fn: HirFunction,
  body: readonly Stmt[],
): ValueNode | null {
  if (fn.result === "unit") return null;
  const plan = planTail(compiler, fn, body);
  if (plan === null) return null;
  if (plan.before.length === 0) return plan.value;
  return sequence(compileBlock(compiler, plan.before), plan.value);
}

function sequence(before: StmtNode, value: ValueNode): ValueNode {
  return (frame: Frame) => {
    before(frame);
    return value(frame);
  };
}

function planTail(compiler: ExprCompiler, fn: HirFunction, body: readonly Stmt[]): TailPlan | null {
  const end = body.findIndex(leaves);
  const last = body[end];
  if (last === undefined) return null;
  const before = body.slice(0, end);
  if (last.kind === "return") {
    return last.value === null ? null : { before, value: compiler.value(last.value) };
  }
  if (last.kind !== "if") return null;
  const rest = body.slice(end + 1);
  // Were both branches to go on, what follows would be compiled twice, and so on at each `if` in it.
  if (!last.then.some(alwaysReturns) && !last.else.some(alwaysReturns)) return null;
  const then = compileTail(compiler, fn, [...last.then, ...tailAfter(last.then, rest)]);
  if (then === null) return null;
  const otherwise = compileTail(compiler, fn, [...last.else, ...tailAfter(last.else, rest)]);
  if (otherwise === null) return null;
  const condition = compiler.bool(last.condition);
  return { before, value: (frame) => (condition(frame) ? then(frame) : otherwise(frame)) };
}

/** What follows a branch: nothing if it always returns. */
function tailAfter(branch: readonly Stmt[], rest: readonly Stmt[]): readonly Stmt[] {
  return branch.some(alwaysReturns) ? [] : rest;
}

function alwaysReturns(statement: Stmt): boolean {
  if (statement.kind === "return" || statement.kind === "fail") return true;
  return (
    statement.kind === "if" &&
    statement.then.some(alwaysReturns) &&
    statement.else.some(alwaysReturns)
  );
}

/** Whether a `return` stands in the statement. */
function leaves(statement: Stmt): boolean {
  if (statement.kind === "return") return true;
  if (statement.kind === "if") return statement.then.some(leaves) || statement.else.some(leaves);
  return statement.kind === "while" && statement.body.some(leaves);
}
