// One edge back to a loop's header where there are several.
import type { Cfg, Loop } from "../../analysis/index.ts";
import {
  createBlock,
  createValue,
  FunctionBuilder,
  typeOf,
  type Block,
  type Value,
} from "../../ir/mir/index.ts";
import { edgesFrom } from "../edges.ts";

/** Leads all edges back to the header through a new block; false if there is only one. */
export function joinLatches(cfg: Cfg, loop: Loop): boolean {
  const { fn } = cfg;
  const header = cfg.order[loop.header];
  if (header === undefined) return false;
  const edges = edgesFrom(cfg, loop.latches, header.id);
  if (edges.length < 2) return false;
  const latch: Block = createBlock(fn);
  const joined: number[] = [];
  const args = header.params.map((param, i): Value => {
    const [first, ...others] = edges.map((edge) => edge.args[i] ?? param);
    // What all edges pass is defined above them all.
    if (first !== undefined && others.every((other) => other === first)) return first;
    joined.push(i);
    const value = createValue(fn, typeOf(fn, param));
    latch.params.push(value);
    return value;
  });
  for (const edge of edges) {
    edge.args = joined.map((i) => edge.args[i] ?? header.params[i] ?? (0 as Value));
    edge.block = latch.id;
  }
  new FunctionBuilder(fn, latch).jump(header, args);
  const last = loop.blocks.reduce((at, number) => {
    const block = cfg.order[number];
    return block === undefined ? at : Math.max(at, fn.blocks.indexOf(block));
  }, 0);
  fn.blocks.splice(last + 1, 0, latch);
  return true;
}
