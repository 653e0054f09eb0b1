// Makes the references that compiled code holds known to the collector: the last step before code is generated.
import { computeCfg } from "../../analysis/index.ts";
import type { MirFunction, MirModule } from "../../ir/mir/index.ts";
import { collectingCalls, hasAny, type MayCollect } from "./collects.ts";
import { addFrame } from "./frame.ts";
import { placeRoots } from "./placement.ts";
import { findRootValues } from "./values.ts";

/**
 * Stores in a frame on the shadow stack what the collector must find while a call runs that may collect; functions where
 * nothing is live across such a call get no frame. Passes that move or make calls must not run afterwards.
 */
export function insertRoots(module: MirModule): void {
  const mayCollect = collectingCalls(module);
  for (const fn of module.functions) insertInto(fn, mayCollect);
}

function insertInto(fn: MirFunction, mayCollect: MayCollect): void {
  if (!hasAny(fn, mayCollect)) return;
  if (!fn.valueTypes.some((type) => type === "ref" || type === "any")) return;
  const cfg = computeCfg(fn);
  const placement = placeRoots(cfg, findRootValues(fn), mayCollect);
  if (placement !== null) addFrame(cfg, placement);
}
