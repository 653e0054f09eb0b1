// Edges by the block they go to.
import { emptyTable } from "../analysis/index.ts";
import { terminatorOf, type BlockId, type MirFunction, type Target } from "../ir/mir/index.ts";

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
