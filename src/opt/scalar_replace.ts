// Scalar replacement: an object that nothing but the function's own loads and stores can see becomes values, one for
// each field, and is not made.
//
// References flow from `new` into block parameters. The references that flow together are a *web*; a web is replaced if
// none of them is used in any way but to load and store fields, to be compared, and to be passed on inside the web, and if
// at most one of them is live at a time. Then each field is one variable of the function: `new` and stores assign it, loads
// read it, and edges inside the web leave it as it is.
import { computeCfg, createReplacements, replaceUses } from "../analysis/index.ts";
import type { MirFunction } from "../ir/mir/index.ts";
import { IncomingEdges, removeParam } from "./edges.ts";
import { removeUnreachable } from "./simplify/merge.ts";
import { FieldVariables } from "./scalars/variables.ts";
import { findWebs } from "./scalars/webs.ts";

/** Objects that only replaced objects refer to are found in the next round. */
const mostRounds = 4;

/** Replaces the objects that do not escape. */
export function scalarReplace(fn: MirFunction): boolean {
  let changed = false;
  for (let round = 0; round < mostRounds; round += 1) {
    if (!fn.blocks.some(({ insts }) => insts.some(({ op }) => op === "new"))) break;
    changed = removeUnreachable(fn, computeCfg(fn)) || changed;
    if (!replaceWebs(fn)) break;
    changed = true;
  }
  return changed;
}

function replaceWebs(fn: MirFunction): boolean {
  const cfg = computeCfg(fn);
  const webs = findWebs(cfg);
  if (webs.count === 0) return false;
  const replacements = createReplacements(fn);
  new FieldVariables(cfg, webs, replacements).run();
  const incoming = new IncomingEdges(fn);
  for (const block of fn.blocks) {
    for (let i = block.params.length - 1; i >= 0; i -= 1) {
      const param = block.params[i];
      if (param !== undefined && webs.webOf(param) >= 0) removeParam(block, i, incoming);
    }
  }
  replaceUses(fn, replacements);
  return true;
}
