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
    let cfg = computeCfg(fn);
    if (threadJumps(fn, cfg)) {
      again = true;
      cfg = computeCfg(fn);
    }
    again = removeUnreachable(fn, cfg) || again;
    again = mergeBlocks(fn) || again;
    if (!again) break;
    changed = true;
  }
  return changed;
}
