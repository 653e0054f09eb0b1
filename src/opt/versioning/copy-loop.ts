// A second copy of a loop.
import type { Block, MirFunction } from "../../ir/mir/index.ts";
import { copyBlocks, type BlockCopies } from "../copy-blocks.ts";

/** What became of a loop's blocks and instructions in its copy. */
export interface LoopCopy extends BlockCopies {
  readonly header: Block;
}

/**
 * Copies a loop whose values are not used behind it but as arguments of its own edges (`closeLoop`). The blocks are
 * placed behind the loop's; nothing leads to the copy yet.
 */
export function copyLoop(fn: MirFunction, blocks: readonly Block[]): LoopCopy {
  const copy = copyBlocks(fn, blocks);
  const [header] = copy.blocks;
  if (header === undefined) throw new Error(`${fn.symbol}: a loop has a header`);
  const last = blocks.reduce((at, block) => Math.max(at, fn.blocks.indexOf(block)), 0);
  fn.blocks.splice(last + 1, 0, ...copy.blocks);
  return { header, ...copy };
}
