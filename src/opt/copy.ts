// Removes block parameters that always hold one value: copies, in a form with block parameters.
import { createReplacements, replaceUses, resolve, type Replacements } from "../analysis/index.ts";
import type { MirFunction, Target, Value } from "../ir/mir/index.ts";
import { IncomingEdges, removeParam } from "./edges.ts";

/** The one value that the edges pass at a place, apart from the parameter itself; undefined if there are several. */
function onlyArgument(
  param: Value,
  index: number,
  edges: readonly Target[],
  replacements: Replacements,
): Value | undefined {
  let only: Value | undefined;
  for (const edge of edges) {
    const arg = edge.args[index];
    if (arg === undefined) return undefined;
    const value = resolve(arg, replacements);
    if (value === param || value === only) continue;
    if (only !== undefined) return undefined;
    only = value;
  }
  return only;
}

/** Replaces and removes parameters that are copies of one value. */
export function copy(fn: MirFunction): boolean {
  const incoming = new IncomingEdges(fn);
  const replacements = createReplacements(fn);
  const [entry] = fn.blocks;
  let changed = false;
  // A removed parameter can make others into copies, also in blocks before it when there are loops.
  for (let again = true; again;) {
    again = false;
    for (const block of fn.blocks) {
      if (block === entry) continue;
      const edges = incoming.of(block.id);
      for (let i = block.params.length - 1; i >= 0; i -= 1) {
        const param = block.params[i];
        if (param === undefined) continue;
        const value = onlyArgument(param, i, edges, replacements);
        if (value === undefined) continue;
        replacements[param] = value;
        removeParam(block, i, incoming);
        again = true;
      }
    }
    changed ||= again;
  }
  if (changed) replaceUses(fn, replacements);
  return changed;
}
