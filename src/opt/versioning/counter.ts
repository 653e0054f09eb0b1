// The counter of a loop: a header parameter that moves by the same step each time round, up or down to a limit.
import {
  instEffects,
  integerConstant,
  type Cfg,
  type Definitions,
  type Loop,
} from "../../analysis/index.ts";
import {
  inverseIntCond,
  terminatorOf,
  type Block,
  type Inst,
  type IntCond,
  type Value,
} from "../../ir/mir/index.ts";
import { shapeOf, type LoopShape } from "../innermost.ts";

/** An innermost loop with one edge back to its header. */
export interface CountedShape extends LoopShape {
  readonly loop: Loop;
  /** Values that the loop defines. */
  readonly inside: ReadonlySet<Value>;
}

/** The parts of a loop and what it defines; undefined if it has several edges back. */
export function countedShapeOf(cfg: Cfg, loop: Loop): CountedShape | undefined {
  const shape = shapeOf(cfg, loop);
  if (shape === undefined) return undefined;
  const inside = new Set<Value>();
  for (const block of shape.blocks) {
    for (const param of block.params) inside.add(param);
    for (const inst of block.insts) for (const result of inst.results) inside.add(result);
  }
  return { ...shape, loop, inside };
}

/** Whether a header may run twice in front of an iteration: what it writes would be written again. */
export function isRepeatable(header: Block, definitions: Definitions): boolean {
  return header.insts.every(
    (inst) =>
      inst.op === "safepoint" || inst.targets.length > 0 || instEffects(inst, definitions) === 0,
  );
}

/** A step of a parameter from one iteration to the next: a constant other than 0, or an invariant value. */
export type Step = bigint | Value;

/** What bounds the counter in the blocks below `from`. */
export interface Counter {
  readonly param: Value;
  readonly step: Step;
  /** In the loop the counter, or the next one (`bottom`), compares so with the limit. */
  readonly cond: IntCond;
  readonly limit: Value;
  /** The rpo number of the block below which the comparison holds; of the header if it is made behind the body. */
  readonly from: number;
  readonly bottom: boolean;
}

/** Whether a value is the same each time round: defined outside, or a constant. */
export function isInvariant(
  value: Value,
  { inside }: CountedShape,
  definitions: Definitions,
): boolean {
  return !inside.has(value) || definitions[value]?.op === "iconst";
}

/** By how much the back-edge changes a header parameter. */
export function stepOf(
  param: Value,
  shape: CountedShape,
  definitions: Definitions,
): Step | undefined {
  const next = definitions[shape.backEdge.args[shape.header.params.indexOf(param)] ?? -1];
  if (next?.op !== "iadd" || next.type !== "i64") return undefined;
  const [left, right] = next.args;
  if (left === undefined || right === undefined) return undefined;
  const step = left === param ? right : right === param ? left : undefined;
  if (step === undefined || !isInvariant(step, shape, definitions)) return undefined;
  const constant = integerConstant(definitions, step);
  return constant === 0n ? undefined : (constant ?? step);
}

const exchanged: Readonly<Partial<Record<IntCond, IntCond>>> = {
  slt: "sgt",
  sle: "sge",
  sgt: "slt",
  sge: "sle",
  ne: "ne",
  eq: "eq",
};

/** Whether the condition ends a loop with this step. A step that is not constant is looked at in front of the loop. */
function bounds(cond: IntCond, step: Step): boolean {
  if (cond === "ne") return step === 1n || step === -1n;
  if (cond === "slt" || cond === "sle") return typeof step === "number" || step > 0n;
  return (cond === "sgt" || cond === "sge") && typeof step === "bigint" && step < 0n;
}

/** The counter by which the loop is left at the end of a block, if there is one. */
export function counterAt(
  cfg: Cfg,
  shape: CountedShape,
  number: number,
  definitions: Definitions,
): Counter | undefined {
  const block = cfg.order[number];
  if (block === undefined) return undefined;
  const branch = terminatorOf(block);
  if (branch.op !== "brif") return undefined;
  const stays = branch.targets.map(({ block: to }) =>
    shape.loop.blocks.includes(cfg.numberOf[to] ?? -1),
  );
  if (stays[0] === stays[1]) return undefined;
  const test = definitions[branch.args[0] ?? -1];
  if (test?.op !== "icmp" || test.type !== "i64") return undefined;
  const given = test.imm as IntCond;
  const cond = stays[0] === true ? given : inverseIntCond[given];
  const bottom = block === shape.latch;
  const next = cfg.numberOf[branch.targets[stays[0] === true ? 0 : 1]?.block ?? -1] ?? -1;
  // Below a test in the middle the comparison holds where one leads there alone.
  if (!bottom && cfg.predecessors[next]?.length !== 1) return undefined;
  const place = { from: bottom ? shape.loop.header : next, bottom };
  return orient({ test, cond, shape, definitions }, place);
}

interface Test {
  readonly test: Inst;
  readonly cond: IntCond;
  readonly shape: CountedShape;
  readonly definitions: Definitions;
}

function orient(
  { test, cond, shape, definitions }: Test,
  place: { readonly from: number; readonly bottom: boolean },
): Counter | undefined {
  const [left, right] = test.args;
  if (left === undefined || right === undefined) return undefined;
  const compared = place.bottom ? shape.backEdge.args : shape.header.params;
  for (const [value, limit, way] of [
    [left, right, cond],
    [right, left, exchanged[cond]],
  ] as const) {
    const param = shape.header.params[compared.indexOf(value)];
    if (param === undefined || way === undefined) continue;
    if (!isInvariant(limit, shape, definitions)) continue;
    const step = stepOf(param, shape, definitions);
    if (step !== undefined && bounds(way, step)) return { param, step, cond: way, limit, ...place };
  }
  return undefined;
}
