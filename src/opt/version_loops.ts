// Loop versioning: in front of an innermost loop it is looked whether all indices that move with its counter stay in
// range, and if they do, a copy of the loop runs that does not check them. Else the loop runs as it was, so that an error
// comes in the iteration that it belongs to.
import {
  callsCode,
  definingInsts,
  dominates,
  instEffects,
  type Definitions,
  type Loop,
} from "../analysis/index.ts";
import {
  createBlock,
  FunctionBuilder,
  isIndex,
  type Block,
  type BlockId,
  type MirFunction,
} from "../ir/mir/index.ts";
import { changeInnermost, type LoopGraph } from "./innermost.ts";
import { closeLoop } from "./unrolling/close.ts";
import { Slopes } from "./versioning/affine.ts";
import { AddressSplitter } from "./versioning/addresses.ts";
import { copyLoop, type LoopCopy } from "./versioning/copy-loop.ts";
import {
  counterAt,
  isInvariant,
  countedShapeOf,
  type Counter,
  type CountedShape,
} from "./versioning/counter.ts";
import { branchOn, insertEntry } from "./versioning/entry.ts";
import { GuardEmitter, type MovingIndex } from "./versioning/guards.ts";

/** Loops of more instructions are not copied. */
const mostInsts = 120;
/** A function gets no more copies than this. */
const mostCopies = 8;
/** Indices beyond these are checked as before. */
const mostIndices = 8;

/** A counter and the indices that it shows to be in range. */
interface Plan {
  readonly counter: Counter;
  readonly indices: readonly MovingIndex[];
}

function worthCopying({ blocks }: CountedShape, definitions: Definitions): boolean {
  let size = 0;
  let indices = 0;
  for (const { insts } of blocks) {
    size += insts.length;
    for (const inst of insts) {
      if (isIndex(inst.op)) indices += 1;
      if ((instEffects(inst, definitions) & callsCode) !== 0) return false;
    }
  }
  return indices > 0 && size <= mostInsts;
}

function movingIndices(
  { tree, definitions }: LoopGraph,
  shape: CountedShape,
  counter: Counter,
): MovingIndex[] {
  const slopes = new Slopes(shape, counter, definitions);
  const found: MovingIndex[] = [];
  for (const [i, block] of shape.blocks.entries()) {
    if (!dominates(tree, counter.from, shape.loop.blocks[i] ?? 0)) continue;
    for (const inst of block.insts) {
      const [index, length] = inst.args;
      if (!isIndex(inst.op) || index === undefined || length === undefined) continue;
      if (!isInvariant(length, shape, definitions)) continue;
      const slope = slopes.of(index);
      if (slope === undefined || (typeof slope === "bigint" && !isGentle(slope))) continue;
      found.push({ inst, index, length, slope });
    }
  }
  return found.slice(0, mostIndices);
}

function isGentle(slope: bigint): boolean {
  return slope > -(1n << 31n) && slope < 1n << 31n;
}

/** The counter that shows most. */
function planFor(graph: LoopGraph, shape: CountedShape): Plan | undefined {
  let best: Plan | undefined;
  for (const number of shape.loop.blocks) {
    const counter = counterAt(graph.cfg, shape, number, graph.definitions);
    if (counter === undefined) continue;
    const indices = movingIndices(graph, shape, counter);
    if (indices.length > (best?.indices.length ?? 0)) best = { counter, indices };
  }
  return best;
}

/** The block between the last guard and the copy, with what the addresses in the copy need. */
function startOf(fn: MirFunction, entry: Block, { header, blocks, values }: LoopCopy): Block {
  const start = createBlock(fn);
  const inside = new Set(values.values());
  new AddressSplitter(fn, start, { inside, definitions: definingInsts(fn) }).run(blocks);
  new FunctionBuilder(fn, start).jump(header, [...entry.params]);
  fn.blocks.splice(fn.blocks.indexOf(header), 0, start);
  return start;
}

/** Versions a loop; the result is the header of the copy, false if there is none. */
function versionLoop(graph: LoopGraph, loop: Loop): BlockId | false {
  const { cfg, definitions } = graph;
  const { fn } = cfg;
  const shape = countedShapeOf(cfg, loop);
  if (shape === undefined || !worthCopying(shape, definitions)) return false;
  const plan = planFor(graph, shape);
  if (plan === undefined || !closeLoop(graph, loop)) return false;
  const entry = insertEntry(cfg, shape);
  const emitter = new GuardEmitter(fn, entry, shape, definitions);
  emitter.run(plan.counter, plan.indices);
  const copy = copyLoop(fn, shape.blocks);
  for (const { inst: checked } of plan.indices) {
    const inRange = copy.insts.get(checked);
    if (inRange === undefined) throw new Error(`${fn.symbol}: an index was not copied`);
    inRange.op = "ireduce";
    inRange.type = null;
    inRange.args = inRange.args.slice(0, 1);
  }
  const start = startOf(fn, entry, copy);
  branchOn(fn, entry, emitter.guards, { copy: start, loop: shape.header });
  return copy.header.id;
}

/** Versions innermost loops with indices that move with a counter. */
export function versionLoops(fn: MirFunction): boolean {
  if (!fn.blocks.some(({ insts }) => insts.some(({ op }) => isIndex(op)))) return false;
  return changeInnermost(fn, versionLoop, mostCopies) > 0;
}
