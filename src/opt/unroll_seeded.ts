// Unrolling of innermost loops that wait for `x = (x * a + c) % m`, where x starts as a constant: a seed. It is below m and not
// negative then, so this must come before ranges make a multiplication of the division. Where the seed is known only when
// the loop is entered, `version_divisions` does the same in a copy of the loop.
import { integerConstant, type Loop } from "../analysis/index.ts";
import type { MirFunction, Value } from "../ir/mir/index.ts";
import { edgesFrom } from "./edges.ts";
import { changeInnermost, type LoopGraph } from "./innermost.ts";
import { isRemainder, unrollRemainders } from "./unrolling/remainders.ts";
import { joinLatches } from "./versioning/latch.ts";

/** The parameters of a loop's header that start as constants and go on as remainders, with all that they start as. */
function findSeeds({ cfg, definitions }: LoopGraph, loop: Loop): Map<Value, readonly bigint[]> {
  const seeds = new Map<Value, readonly bigint[]>();
  const header = cfg.order[loop.header];
  if (header === undefined) return seeds;
  const back = edgesFrom(cfg, loop.latches, header.id);
  const entries = (cfg.predecessors[loop.header] ?? []).filter((at) => !loop.latches.includes(at));
  const into = edgesFrom(cfg, entries, header.id);
  for (const [i, param] of header.params.entries()) {
    const next = back.map(({ args }) => args[i]);
    const inst = definitions[next[0] ?? -1];
    if (inst === undefined || !isRemainder(inst) || next.some((each) => each !== next[0])) continue;
    const starts = into.map(({ args }) => integerConstant(definitions, args[i] ?? param));
    if (starts.every((each) => each !== undefined)) seeds.set(param, starts);
  }
  return seeds;
}

function unrollLoop(graph: LoopGraph, loop: Loop): boolean {
  const { cfg } = graph;
  const seeds = findSeeds(graph, loop);
  const header = cfg.order[loop.header];
  if (seeds.size === 0 || header === undefined) return false;
  const joined = joinLatches(cfg, loop);
  const isBelow = (param: Value, modulus: bigint): boolean =>
    seeds.get(param)?.every((seed) => seed >= 0n && seed < modulus) === true;
  return unrollRemainders(cfg.fn, header, isBelow) || joined;
}

/** Unrolls loops with linear recurrences modulo a constant that start as constants below it. */
export function unrollSeeded(fn: MirFunction): boolean {
  if (!fn.blocks.some(({ insts }) => insts.some(isRemainder))) return false;
  return changeInnermost(fn, unrollLoop) > 0;
}
