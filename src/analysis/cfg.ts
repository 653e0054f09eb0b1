// The control-flow graph of a function: reachable blocks in reverse post-order, with their edges.
import { terminatorOf, type Block, type BlockId, type MirFunction } from "../ir/mir/index.ts";
import { emptyTable } from "./uses.ts";

/**
 * A snapshot: it stays valid while blocks and terminators' targets stay as they are. Analyses name a block by its
 * number in reverse post-order ("rpo number"): 0 is the entry, and a block's dominators have lower numbers.
 */
export interface Cfg {
  readonly fn: MirFunction;
  /** Reachable blocks by rpo number. */
  readonly order: readonly Block[];
  /** By block id: the rpo number, or -1 if the block is not reachable. */
  readonly numberOf: Int32Array;
  /** By rpo number: rpo numbers of the blocks that branch here, one entry for each edge. */
  readonly predecessors: readonly (readonly number[])[];
  /** By rpo number: rpo numbers of the targets, one entry for each edge in the terminator's order. */
  readonly successors: readonly (readonly number[])[];
}

/** The block with an id, for every id of the function; a hole is an id that is not placed. */
export function blocksById(fn: MirFunction): (Block | undefined)[] {
  const byId = emptyTable<Block>(fn.nextBlock);
  for (const block of fn.blocks) byId[block.id] = block;
  return byId;
}

const unvisited = -2;
const onStack = -1;

/** Reachable blocks in post-order. The targets are walked last to first, so that the reverse starts with the first. */
function postOrder(fn: MirFunction): Block[] {
  const entry = fn.blocks[0];
  if (entry === undefined) throw new Error(`${fn.symbol} has no blocks`);
  const byId = blocksById(fn);
  const state = new Int8Array(fn.nextBlock).fill(unvisited);
  const order: Block[] = [];
  const stack: Block[] = [entry];
  const next: number[] = [terminatorOf(entry).targets.length];
  state[entry.id] = onStack;
  while (stack.length > 0) {
    const top = stack.length - 1;
    const block = stack[top];
    const at = (next[top] ?? 0) - 1;
    if (block === undefined) break;
    if (at < 0) {
      order.push(block);
      stack.pop();
      next.pop();
      continue;
    }
    next[top] = at;
    const target = terminatorOf(block).targets[at];
    if (target === undefined || state[target.block] !== unvisited) continue;
    const successor = byId[target.block];
    if (successor === undefined)
      throw new Error(`${fn.symbol}: block${target.block} is not placed`);
    state[successor.id] = onStack;
    stack.push(successor);
    next.push(terminatorOf(successor).targets.length);
  }
  return order;
}

/** Computes the graph in time linear in blocks and edges. */
export function computeCfg(fn: MirFunction): Cfg {
  const order = postOrder(fn).reverse();
  const numberOf = new Int32Array(fn.nextBlock).fill(-1);
  order.forEach((block, i) => {
    numberOf[block.id] = i;
  });
  const predecessors: number[][] = order.map(() => []);
  const successors = order.map((block, from) =>
    terminatorOf(block).targets.map((target) => {
      const to = numberOf[target.block] ?? -1;
      predecessors[to]?.push(from);
      return to;
    }),
  );
  return { fn, order, numberOf, predecessors, successors };
}

/** The block with an rpo number. */
export function blockAt(cfg: Cfg, number: number): Block {
  const block = cfg.order[number];
  if (block === undefined) throw new RangeError(`${cfg.fn.symbol} has no block number ${number}`);
  return block;
}

/** The rpo number of a block, or -1 if it is not reachable. */
export function rpoNumber(cfg: Cfg, block: BlockId): number {
  return cfg.numberOf[block] ?? -1;
}

/** Whether the entry leads to the block. */
export function isReachable(cfg: Cfg, block: BlockId): boolean {
  return rpoNumber(cfg, block) >= 0;
}
