// Where blocks stand in structured code, by the dominator-tree method (Ramsey, "Beyond Relooper", ICFP 2022).
//
// A block that one forward edge reaches is emitted at that edge. Every other block follows a wasm `block` that its
// immediate dominator opens, and is reached by a branch out of it. One thing is done differently from the paper: a
// block outside the loops of its immediate dominator follows the outermost `loop` that it leaves, so that a `loop`
// holds the natural loop and nothing else.
import {
  blockAt,
  computeDominators,
  computeLoops,
  type Cfg,
  type LoopForest,
} from "../../analysis/index.ts";
import { terminatorOf } from "../../ir/mir/index.ts";

/** Blocks are named by rpo number. */
export interface Layout {
  readonly cfg: Cfg;
  readonly forest: LoopForest;
  /** 1 if the block is reached by branches to a label in front of it. */
  readonly labelled: Uint8Array;
  /** 1 if the block is the header of a loop. */
  readonly isHeader: Uint8Array;
  /** By block: the labelled blocks that follow its own code, inside its `loop` if it is a header. */
  readonly inner: readonly (readonly number[] | undefined)[];
  /** By loop header: the labelled blocks that follow its `loop`. */
  readonly outer: readonly (readonly number[] | undefined)[];
  /** The blocks in the order in which they are emitted. */
  readonly order: readonly number[];
}

const none: readonly number[] = [];

/** Computes the layout; null if the graph is irreducible. */
export function computeLayout(cfg: Cfg): Layout | null {
  const tree = computeDominators(cfg);
  const forest = computeLoops(cfg, tree);
  if (!forest.reducible) return null;
  const count = cfg.order.length;
  const labelled = new Uint8Array(count);
  const isHeader = new Uint8Array(count);
  const inner = Array.from<number[] | undefined>({ length: count });
  const outer = Array.from<number[] | undefined>({ length: count });
  for (const loop of forest.loops) isHeader[loop.header] = 1;
  for (let block = 1; block < count; block += 1) {
    const dominator = tree.idom[block] ?? 0;
    const left = outermostLeft(forest, dominator, block);
    if (left < 0 && !needsLabel(cfg, dominator, block)) continue;
    labelled[block] = 1;
    if (left < 0) add(inner, dominator, block);
    else add(outer, forest.loops[left]?.header ?? 0, block);
  }
  const partial = { cfg, forest, labelled, isHeader, inner, outer };
  return { ...partial, order: emissionOrder(partial) };
}

function add(lists: (number[] | undefined)[], at: number, block: number): void {
  const list = lists[at];
  if (list === undefined) lists[at] = [block];
  else list.push(block);
}

/** Whether more than one forward edge, or a branch table, leads to the block. */
function needsLabel(cfg: Cfg, dominator: number, block: number): boolean {
  let forward = 0;
  for (const from of cfg.predecessors[block] ?? none) if (from < block) forward += 1;
  return forward > 1 || terminatorOf(blockAt(cfg, dominator)).op === "br_table";
}

/** The outermost loop around `from` that does not hold `to`, which `from` dominates; -1 if all do. */
export function outermostLeft(forest: LoopForest, from: number, to: number): number {
  const { loops, innermost } = forest;
  let leaving = innermost[from] ?? -1;
  let holding = innermost[to] ?? -1;
  let left = -1;
  while (leaving !== holding) {
    const leavingDepth = loops[leaving]?.depth ?? 0;
    const holdingDepth = loops[holding]?.depth ?? 0;
    if (leavingDepth >= holdingDepth) {
      left = leaving;
      leaving = loops[leaving]?.parent ?? -1;
    }
    if (holdingDepth >= leavingDepth) holding = loops[holding]?.parent ?? -1;
  }
  return left;
}

function emissionOrder(layout: Omit<Layout, "order">): number[] {
  const { cfg, labelled, inner, outer } = layout;
  const order: number[] = [];
  const stack = [0];
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    order.push(block);
    pushReversed(stack, outer[block] ?? none);
    pushReversed(stack, inner[block] ?? none);
    const successors = cfg.successors[block] ?? none;
    for (let i = successors.length - 1; i >= 0; i -= 1) {
      const to = successors[i] ?? 0;
      if (to > block && labelled[to] === 0) stack.push(to);
    }
  }
  return order;
}

function pushReversed(stack: number[], blocks: readonly number[]): void {
  for (let i = blocks.length - 1; i >= 0; i -= 1) stack.push(blocks[i] ?? 0);
}
