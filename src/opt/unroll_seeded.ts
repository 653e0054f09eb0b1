// Unrolling of innermost loops that wait for `x = (x * a + c) % m`, where x starts as a constant: a seed. It is below m and not
// negative then, so this must come before ranges make a multiplication of the division. Where the seed is known only when
// the loop is entered, `version_divisions` does the same in a copy of the loop.
import { definingInsts, integerConstant, type Cfg, type Loop } from "../analysis/index.ts";
import {
  terminatorOf,
  type BlockId,
  type MirFunction,
  type Target,
  type Value,
} from "../ir/mir/index.ts";
import { innermostLoops } from "./innermost.ts";
import { isRemainder, unrollRemainders } from "./unrolling/remainders.ts";
import { joinLatches } from "./versioning/latch.ts";

/** The edges from the blocks with these numbers to a block. */
function edgesTo(cfg: Cfg, id: BlockId, from: readonly number[]): Target[] {
  return from.flatMap((number) => {
    const block = cfg.order[number];
    if (block === undefined) return [];
    return terminatorOf(block).targets.filter((target) => target.block === id);
  });
}

/** The parameters of a loop's header that start as constants and go on as remainders, with all that they start as. */
function findSeeds(cfg: Cfg, loop: Loop): Map<Value, readonly bigint[]> {
  const seeds = new Map<Value, readonly bigint[]>();
  const header = cfg.order[loop.header];
  if (header === undefined) return seeds;
  const back = edgesTo(cfg, header.id, loop.latches);
  const entries = (cfg.predecessors[loop.header] ?? []).filter((at) => !loop.latches.includes(at));
  const into = edgesTo(cfg, header.id, entries);
  const definitions = definingInsts(cfg.fn);
  for (const [i, param] of header.params.entries()) {
    const next = back.map(({ args }) => args[i]);
    const inst = definitions[next[0] ?? -1];
    if (inst === undefined || !isRemainder(inst) || next.some((each) => each !== next[0])) continue;
    const starts = into.map(({ args }) => integerConstant(definitions, args[i] ?? param));
    if (starts.every((each) => each !== undefined)) seeds.set(param, starts);
  }
  return seeds;
}

/** Unrolls loops with linear recurrences modulo a constant that start as constants below it. */
export function unrollSeeded(fn: MirFunction): boolean {
  if (!fn.blocks.some(({ insts }) => insts.some(isRemainder))) return false;
  const { cfg, loops } = innermostLoops(fn);
  let changed = false;
  for (const loop of loops) {
    const seeds = findSeeds(cfg, loop);
    const header = cfg.order[loop.header];
    if (seeds.size === 0 || header === undefined) continue;
    changed = joinLatches(cfg, loop) || changed;
    const isBelow = (param: Value, modulus: bigint): boolean =>
      seeds.get(param)?.every((seed) => seed >= 0n && seed < modulus) === true;
    changed = unrollRemainders(fn, header, isBelow) || changed;
  }
  return changed;
}
