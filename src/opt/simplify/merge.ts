// Blocks out of use, and blocks that always follow one another.
import {
  blocksById,
  createReplacements,
  isReachable,
  replaceUses,
  resolve,
  type Cfg,
} from "../../analysis/index.ts";
import { terminatorOf, type MirFunction } from "../../ir/mir/index.ts";

/** Removes the blocks that the entry does not reach. */
export function removeUnreachable(fn: MirFunction, cfg: Cfg): boolean {
  if (cfg.order.length === fn.blocks.length) return false;
  fn.blocks = fn.blocks.filter((block) => isReachable(cfg, block.id));
  return true;
}

/** Joins a block that ends in a jump with a target that nothing else branches to. All blocks must be reachable. */
export function mergeBlocks(fn: MirFunction): boolean {
  const edges = new Int32Array(fn.nextBlock);
  for (const block of fn.blocks) {
    for (const target of terminatorOf(block).targets) {
      edges[target.block] = (edges[target.block] ?? 0) + 1;
    }
  }
  // A quick look first: most often there is nothing to join.
  const joins = fn.blocks.some((block) => {
    const jump = terminatorOf(block);
    return jump.op === "jump" && edges[jump.targets[0]?.block ?? -1] === 1;
  });
  if (!joins) return false;
  const byId = blocksById(fn);
  const replacements = createReplacements(fn);
  const merged = new Uint8Array(fn.nextBlock);
  let changed = false;
  for (const block of fn.blocks) {
    if (merged[block.id] === 1) continue;
    for (;;) {
      const jump = terminatorOf(block);
      const [target] = jump.targets;
      if (jump.op !== "jump" || target === undefined || edges[target.block] !== 1) break;
      const next = byId[target.block];
      if (next === undefined || next === block || next === fn.blocks[0]) break;
      for (const [i, param] of next.params.entries()) {
        const arg = target.args[i];
        if (arg !== undefined) replacements[param] = resolve(arg, replacements);
      }
      block.insts.pop();
      for (const inst of next.insts) block.insts.push(inst);
      merged[next.id] = 1;
      changed = true;
    }
  }
  if (!changed) return false;
  fn.blocks = fn.blocks.filter((block) => merged[block.id] !== 1);
  replaceUses(fn, replacements);
  return true;
}
