// Unrolling of innermost loops that wait for a linear recurrence, `x = x * a + d` with a constant `a`: generators of random
// numbers, polynomial hashes. Each copy of the body computes its x from the one at the loop's header,
//
//   x[k] = x[0] * a^k + e[k],   e[k] = e[k - 1] * a + d[k],
//
// so that one multiplication and addition pass from header to header in place of k. Integers wrap, so this is exact.
// The loop's tests stay in every copy: nothing need be known of the number of iterations. Only the header polls.
import {
  callsCode,
  definingInsts,
  instEffects,
  type Cfg,
  type Definitions,
  type DominatorTree,
  type Loop,
} from "../analysis/index.ts";
import type { MirFunction } from "../ir/mir/index.ts";
import { innermostLoops, shapeOf, type LoopShape } from "./innermost.ts";
import { closeLoop } from "./unrolling/close.ts";
import { copyBody } from "./unrolling/copy-body.ts";
import { findRecurrences } from "./unrolling/recurrence.ts";

/** A loop up to this size, constants and jumps not counted, is four times as long afterwards. */
const mostSizeForFour = 16;
/** A loop up to this size is twice as long. */
const mostSizeForTwo = 32;

const free: ReadonlySet<string> = new Set(["iconst", "fconst", "symbol_addr", "jump", "safepoint"]);

/** How many copies of the body there should be; 1 if it is too large or calls. */
function factorOf({ blocks }: LoopShape, definitions: Definitions): number {
  let size = 0;
  for (const { insts } of blocks) {
    for (const inst of insts) {
      if ((instEffects(inst, definitions) & callsCode) !== 0) return 1;
      if (!free.has(inst.op)) size += 1;
    }
  }
  if (size <= mostSizeForFour) return 4;
  return size <= mostSizeForTwo ? 2 : 1;
}

function unrollLoop(cfg: Cfg, tree: DominatorTree, loop: Loop): boolean {
  const { fn } = cfg;
  const shape = shapeOf(cfg, loop);
  if (shape === undefined) return false;
  const definitions = definingInsts(fn);
  const factor = factorOf(shape, definitions);
  if (factor === 1) return false;
  const recurrences = findRecurrences(shape, definitions);
  if (recurrences.length === 0 || !closeLoop({ cfg, tree }, loop)) return false;
  copyBody(fn, shape, { factor, recurrences });
  return true;
}

/** Unrolls loops with linear recurrences. */
export function unroll(fn: MirFunction): boolean {
  if (!fn.blocks.some(({ insts }) => insts.some(({ op }) => op === "imul"))) return false;
  const { cfg, tree, loops } = innermostLoops(fn);
  let changed = false;
  for (const loop of loops) changed = unrollLoop(cfg, tree, loop) || changed;
  return changed;
}
