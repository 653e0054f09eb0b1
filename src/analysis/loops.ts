// Natural loops, their nesting, and whether the graph is reducible.
import type { Cfg } from "./cfg.ts";
import { dominates, type DominatorTree } from "./dominators.ts";

/** Blocks are named by rpo number. */
export interface Loop {
  /** Index into `LoopForest.loops`. */
  readonly index: number;
  readonly header: number;
  /** Sources of the back-edges, ascending. */
  readonly latches: readonly number[];
  /** Every block of the loop, ascending, inner loops included; the first is the header. */
  readonly blocks: readonly number[];
  /** The enclosing loop's index, or -1. */
  readonly parent: number;
  /** 1 for an outermost loop. */
  readonly depth: number;
}

/** The natural loops of a function and how they nest. */
export interface LoopForest {
  /** Outer loops before inner ones: in ascending header number. */
  readonly loops: readonly Loop[];
  /** By rpo number: index of the innermost loop that holds the block, or -1. */
  readonly innermost: Int32Array;
  /** Whether every retreating edge goes to a dominator of its source. */
  readonly reducible: boolean;
}

interface Draft {
  header: number;
  latches: number[];
  blocks: number[];
  parent: Draft | null;
  index: number;
  depth: number;
}

function findBackEdges(cfg: Cfg, tree: DominatorTree): { drafts: Draft[]; reducible: boolean } {
  const drafts: Draft[] = [];
  let reducible = true;
  for (let header = 0; header < cfg.order.length; header += 1) {
    let latches: number[] | null = null;
    for (const from of cfg.predecessors[header] ?? []) {
      if (from < header) continue;
      if (!dominates(tree, header, from)) reducible = false;
      else if (latches === null) latches = [from];
      else if (!latches.includes(from)) latches.push(from);
    }
    if (latches !== null) {
      drafts.push({ header, latches, blocks: [], parent: null, index: drafts.length, depth: 0 });
    }
  }
  return { drafts, reducible };
}

/** Walks backward from the latches, treating loops found earlier (the inner ones) as one step. */
function claimBody(cfg: Cfg, loop: Draft, inner: (Draft | null)[]): void {
  const work = [...loop.latches];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    let block = next;
    let owner = inner[block] ?? null;
    if (owner === null) {
      inner[block] = loop;
    } else {
      while (owner.parent !== null && owner !== loop) owner = owner.parent;
      if (owner === loop) continue;
      owner.parent = loop;
      block = owner.header;
    }
    if (block !== loop.header) for (const from of cfg.predecessors[block] ?? []) work.push(from);
  }
}

/** Finds the loops. In an irreducible graph only the natural loops are found. */
export function computeLoops(cfg: Cfg, tree: DominatorTree): LoopForest {
  const count = cfg.order.length;
  const { drafts, reducible } = findBackEdges(cfg, tree);
  const innermost = new Int32Array(count).fill(-1);
  if (drafts.length === 0) return { loops: [], innermost, reducible };
  const inner: (Draft | null)[] = Array.from<Draft | null>({ length: count }).fill(null);
  // The last header first, so that inner loops are found before the loops around them.
  for (const loop of drafts.toReversed()) {
    inner[loop.header] ??= loop;
    claimBody(cfg, loop, inner);
  }
  for (const loop of drafts) loop.depth = loop.parent === null ? 1 : loop.parent.depth + 1;
  for (let block = 0; block < count; block += 1) {
    const owner = inner[block] ?? null;
    if (owner === null) continue;
    innermost[block] = owner.index;
    for (let loop: Draft | null = owner; loop !== null; loop = loop.parent) loop.blocks.push(block);
  }
  const loops = drafts.map((draft): Loop => ({
    ...draft,
    parent: draft.parent === null ? -1 : draft.parent.index,
  }));
  return { loops, innermost, reducible };
}

/** Whether a loop holds a block, directly or in a loop inside it. */
export function loopContains(forest: LoopForest, loop: number, block: number): boolean {
  for (let at = forest.innermost[block] ?? -1; at >= 0; at = forest.loops[at]?.parent ?? -1) {
    if (at === loop) return true;
    if (at < loop) return false;
  }
  return false;
}
