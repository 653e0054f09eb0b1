// Innermost loops, and the parts of those with one edge back.
import {
  computeCfg,
  computeDominators,
  computeLoops,
  type Cfg,
  type DominatorTree,
  type Loop,
} from "../analysis/index.ts";
import { terminatorOf, type Block, type MirFunction, type Target } from "../ir/mir/index.ts";

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
