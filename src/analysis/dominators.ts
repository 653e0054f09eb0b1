// The dominator tree, after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
import type { Cfg } from "./cfg.ts";

/** All by rpo number of a `Cfg`. */
export interface DominatorTree {
  /** The immediate dominator; -1 for the entry. */
  readonly idom: Int32Array;
  /** The blocks that a block immediately dominates, in ascending rpo number. */
  readonly children: readonly (readonly number[])[];
  /** The tree in preorder: a parent before its children, a subtree without gaps. */
  readonly preorder: Int32Array;
  /** Place in `preorder`, and one past the place of the last descendant. */
  readonly enter: Int32Array;
  readonly leave: Int32Array;
}

/** Nearest common ancestor in the partial tree; a dominator's number is lower than its descendants'. */
function intersect(idom: Int32Array, left: number, right: number): number {
  let a = left;
  let b = right;
  while (a !== b) {
    while (a > b) a = idom[a] ?? 0;
    while (b > a) b = idom[b] ?? 0;
  }
  return a;
}

function immediateDominators(cfg: Cfg): Int32Array {
  const count = cfg.order.length;
  const idom = new Int32Array(count).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let block = 1; block < count; block += 1) {
      let best = -1;
      for (const predecessor of cfg.predecessors[block] ?? []) {
        if (idom[predecessor] === -1) continue;
        best = best === -1 ? predecessor : intersect(idom, predecessor, best);
      }
      if (idom[block] !== best) {
        idom[block] = best;
        changed = true;
      }
    }
  }
  idom[0] = -1;
  return idom;
}

/** Computes the tree; near-linear for the graphs that structured programs have. */
export function computeDominators(cfg: Cfg): DominatorTree {
  const count = cfg.order.length;
  const idom = immediateDominators(cfg);
  const children: number[][] = cfg.order.map(() => []);
  for (let block = 1; block < count; block += 1) children[idom[block] ?? 0]?.push(block);
  const preorder = new Int32Array(count);
  const enter = new Int32Array(count);
  const leave = new Int32Array(count);
  const size = new Int32Array(count).fill(1);
  for (let block = count - 1; block > 0; block -= 1) {
    const parent = idom[block] ?? 0;
    size[parent] = (size[parent] ?? 0) + (size[block] ?? 0);
  }
  // Parents have lower numbers, so a child's place is known once its parent and elder siblings are placed.
  for (let block = 0; block < count; block += 1) {
    const place = enter[block] ?? 0;
    preorder[place] = block;
    leave[block] = place + (size[block] ?? 0);
    let next = place + 1;
    for (const child of children[block] ?? []) {
      enter[child] = next;
      next += size[child] ?? 0;
    }
  }
  return { idom, children, preorder, enter, leave };
}

/** Whether every path from the entry to `block` goes through `dominator`; a block dominates itself. */
export function dominates(tree: DominatorTree, dominator: number, block: number): boolean {
  const place = tree.enter[block] ?? 0;
  return place >= (tree.enter[dominator] ?? 0) && place < (tree.leave[dominator] ?? 0);
}
