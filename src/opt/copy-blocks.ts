// Second copies of blocks.
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
} from "../ir/mir/index.ts";

/** What became of blocks and instructions in their copies. */
export interface BlockCopies {
  /** In the order of the blocks. */
  readonly blocks: readonly Block[];
  /** By the instruction that was copied. */
  readonly insts: ReadonlyMap<Inst, Inst>;
  /** By a value that the blocks define. */
  readonly values: ReadonlyMap<Value, Value>;
}

/** Copies blocks with what they define. Edges among them lead to the copies, which are placed nowhere yet. */
export function copyBlocks(fn: MirFunction, blocks: readonly Block[]): BlockCopies {
  const values = new Map<Value, Value>();
  const ids = new Map<BlockId, BlockId>();
  const define = (value: Value): Value => {
    const copy = createValue(fn, typeOf(fn, value));
    values.set(value, copy);
    return copy;
  };
  const copies = blocks.map((block) => {
    const copy = createBlock(fn);
    ids.set(block.id, copy.id);
    copy.params = block.params.map(define);
    for (const { results } of block.insts) results.forEach(define);
    return copy;
  });
  const use = (value: Value): Value => values.get(value) ?? value;
  const target = ({ block, args }: Target): Target => ({
    block: ids.get(block) ?? block,
    args: args.map(use),
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
  return { blocks: copies, insts, values };
}
