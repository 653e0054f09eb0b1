// A second copy of a loop.
import {
  createBlock,
  createValue,
  typeOf,
  type Block,
  type BlockId,
  type Inst,
  type MirFunction,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** What became of a loop's blocks and instructions in its copy. */
export interface LoopCopy {
  readonly header: Block;
  readonly blocks: readonly Block[];
  /** By the loop's instruction. */
  readonly insts: ReadonlyMap<Inst, Inst>;
  /** By a value that the loop defines. */
  readonly values: ReadonlyMap<Value, Value>;
}

/**
 * Copies a loop whose values are not used behind it but as arguments of its own edges (`closeLoop`). The blocks are
 * placed behind the loop's; nothing leads to the copy yet.
 */
export function copyLoop(fn: MirFunction, blocks: readonly Block[]): LoopCopy {
  const values = new Map<Value, Value>();
  const ids = new Map<BlockId, BlockId>();
  const copies = blocks.map((block) => {
    const copy = createBlock(fn);
    ids.set(block.id, copy.id);
    return copy;
  });
  const define = (value: Value): Value => {
    const copy = createValue(fn, typeOf(fn, value));
    values.set(value, copy);
    return copy;
  };
  for (const [i, block] of blocks.entries()) {
    const copy = copies[i];
    if (copy !== undefined) copy.params = block.params.map(define);
    for (const { results } of block.insts) results.forEach(define);
  }
  const use = (value: Value): Value => values.get(value) ?? value;
  const target = (edge: Target): Target => ({
    block: ids.get(edge.block) ?? edge.block,
    args: edge.args.map(use),
  });
  const insts = new Map<Inst, Inst>();
  for (const [i, block] of blocks.entries()) {
    const copied = block.insts.map((inst): Inst => {
      const args = inst.args.map(use);
      const targets = inst.targets.map(target);
      const copy = { ...inst, args, targets, results: inst.results.map(use) };
      insts.set(inst, copy);
      return copy;
    });
    copies[i]?.insts.push(...copied);
  }
  const [header] = copies;
  if (header === undefined) throw new Error(`${fn.symbol}: a loop has a header`);
  const last = blocks.reduce((at, block) => Math.max(at, fn.blocks.indexOf(block)), 0);
  fn.blocks.splice(last + 1, 0, ...copies);
  return { header, blocks: copies, insts, values };
}
