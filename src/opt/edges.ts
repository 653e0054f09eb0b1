// Edges by the block they go to.
import { emptyTable, type Cfg } from "../analysis/index.ts";
import {
  terminatorOf,
  type Block,
  type BlockId,
  type MirFunction,
  type Target,
} from "../ir/mir/index.ts";

const none: readonly Target[] = [];

/** The edges into each block. Holds while terminators stay; arguments may be changed through it. */
export class IncomingEdges {
  readonly #byBlock: (Target[] | undefined)[];

  constructor(fn: MirFunction) {
    this.#byBlock = emptyTable<Target[]>(fn.nextBlock);
    for (const block of fn.blocks) {
      for (const target of terminatorOf(block).targets) {
        const list = this.#byBlock[target.block];
        if (list === undefined) this.#byBlock[target.block] = [target];
        else list.push(target);
      }
    }
  }

  of(block: BlockId): readonly Target[] {
    return this.#byBlock[block] ?? none;
  }
}

/** The edges to a block from the blocks with these numbers. */
export function edgesFrom(cfg: Cfg, from: readonly number[], id: BlockId): Target[] {
  return from.flatMap((number) => {
    const block = cfg.order[number];
    if (block === undefined) return [];
    return terminatorOf(block).targets.filter((target) => target.block === id);
  });
}

/** Removes a block parameter and its argument on each edge. Lists are replaced, as others may share them. */
export function removeParam(block: Block, index: number, incoming: IncomingEdges): void {
  block.params = block.params.toSpliced(index, 1);
  for (const edge of incoming.of(block.id)) edge.args = edge.args.toSpliced(index, 1);
}
