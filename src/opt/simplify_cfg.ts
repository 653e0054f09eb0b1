// Simplification of the control-flow graph.
import { computeCfg } from "../analysis/index.ts";
import type { MirFunction } from "../ir/mir/index.ts";
import { simplifyBranches } from "./simplify/branches.ts";
import { mergeBlocks, removeUnreachable } from "./simplify/merge.ts";
import { threadJumps } from "./simplify/thread.ts";

/** Each round makes the graph smaller; what is left after so many is left for the next run of the pass. */
const mostRounds = 8;

/** Decides branches, leads edges past empty blocks, removes unreachable blocks and joins chains. */
export function simplifyCfg(fn: MirFunction): boolean {
  let changed = false;
  for (let round = 0; round < mostRounds; round += 1) {
    let again = simplifyBranches(fn);
    again = threadJumps(fn, computeCfg(fn)) || again;
    again = removeUnreachable(fn, computeCfg(fn)) || again;
    again = mergeBlocks(fn) || again;
    if (!again) break;
    changed = true;
  }
  return changed;
}
