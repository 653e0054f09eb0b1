// The block in front of a loop that decides which version runs.
import type { Cfg } from "../../analysis/index.ts";
import {
  createBlock,
  FunctionBuilder,
  terminatorOf,
  typeOf,
  type Block,
  type MirFunction,
} from "../../ir/mir/index.ts";
import type { CountedShape } from "./counter.ts";
import type { Guard } from "./guards.ts";

/** A block that every way into the loop goes through; it has the header's parameters and no terminator yet. */
export function insertEntry(cfg: Cfg, { header, loop }: CountedShape): Block {
  const { fn } = cfg;
  const entry = createBlock(
    fn,
    header.params.map((param) => typeOf(fn, param)),
  );
  for (const number of cfg.predecessors[loop.header] ?? []) {
    const block = cfg.order[number];
    if (block === undefined || loop.blocks.includes(number)) continue;
    for (const target of terminatorOf(block).targets) {
      if (target.block === header.id) target.block = entry.id;
    }
  }
  fn.blocks.splice(fn.blocks.indexOf(header), 0, entry);
  return entry;
}

/** Ends the entry: to the copy if all guards hold, else to the loop. */
export function branchOn(
  fn: MirFunction,
  entry: Block,
  guards: readonly Guard[],
  ways: Ways,
): void {
  const { params } = entry;
  let block = entry;
  for (const [i, { cond, left, right }] of guards.entries()) {
    const builder = new FunctionBuilder(fn, block);
    const holds = builder.value("icmp", "i64", [left, right], cond);
    const last = i === guards.length - 1;
    const next = last ? ways.copy : createBlock(fn);
    builder.branch(
      holds,
      { block: next.id, args: next.params.length > 0 ? [...params] : [] },
      { block: ways.loop.id, args: [...params] },
    );
    if (!last) fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, next);
    block = next;
  }
}

/** Where an entry leads to. */
export interface Ways {
  readonly copy: Block;
  readonly loop: Block;
}
