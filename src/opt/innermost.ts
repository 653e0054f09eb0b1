// Innermost loops, and the parts of those with one edge back.
import {
  computeCfg,
  computeDominators,
  computeLoops,
  definingInsts,
  type Cfg,
  type Definitions,
  type DominatorTree,
  type Loop,
} from "../analysis/index.ts";
import {
  terminatorOf,
  type Block,
  type BlockId,
  type MirFunction,
  type Target,
} from "../ir/mir/index.ts";

/** The innermost loops of a function as it is, and what they were found with. */
export interface InnermostLoops {
  readonly cfg: Cfg;
  readonly tree: DominatorTree;
  readonly loops: readonly Loop[];
}

/** Finds the loops that hold no other; none if the graph is not reducible. */
export function innermostLoops(fn: MirFunction): InnermostLoops {
  const cfg = computeCfg(fn);
  const tree = computeDominators(cfg);
  const { loops, reducible } = computeLoops(cfg, tree);
  const outer = new Set(loops.map(({ parent }) => parent));
  return { cfg, tree, loops: reducible ? loops.filter(({ index }) => !outer.has(index)) : [] };
}

/** A function's graph, with what defines its values. */
export interface LoopGraph {
  readonly cfg: Cfg;
  readonly tree: DominatorTree;
  readonly definitions: Definitions;
}

/**
 * Shows each innermost loop to a function, once, until it has changed so many; the result is how many it has changed. `change`
 * may change the function it is in: the graph is a new one afterwards. What it makes of a loop is `true`, or the header of a copy of it,
 * which is not shown; or `false`.
 */
export function changeInnermost(
  fn: MirFunction,
  change: (graph: LoopGraph, loop: Loop) => BlockId | boolean,
  most = Number.POSITIVE_INFINITY,
): number {
  const done = new Set<BlockId>();
  let changes = 0;
  while (changes < most && changeNext(fn, done, change)) changes += 1;
  return changes;
}

function changeNext(
  fn: MirFunction,
  done: Set<BlockId>,
  change: (graph: LoopGraph, loop: Loop) => BlockId | boolean,
): boolean {
  const { cfg, tree, loops } = innermostLoops(fn);
  const graph = { cfg, tree, definitions: definingInsts(fn) };
  for (const loop of loops) {
    const header = cfg.order[loop.header];
    if (header === undefined || done.has(header.id)) continue;
    done.add(header.id);
    const changed = change(graph, loop);
    if (changed === false) continue;
    if (changed !== true) done.add(changed);
    return true;
  }
  return false;
}

/** A loop with one edge back to its header. */
export interface LoopShape {
  readonly header: Block;
  readonly latch: Block;
  /** The header first, each block after its dominators. */
  readonly blocks: readonly Block[];
  readonly backEdge: Target;
}

/** The parts of a loop; undefined if it has several edges back. */
export function shapeOf(cfg: Cfg, loop: Loop): LoopShape | undefined {
  const header = cfg.order[loop.header];
  const latch = cfg.order[loop.latches[0] ?? -1];
  if (header === undefined || latch === undefined || loop.latches.length > 1) return undefined;
  const back = terminatorOf(latch).targets.filter(({ block }) => block === header.id);
  const [backEdge] = back;
  if (backEdge === undefined || back.length > 1) return undefined;
  const blocks = loop.blocks.flatMap((number) => cfg.order[number] ?? []);
  return { header, latch, blocks, backEdge };
}
