// When a function is compiled again. Counts are those of the seeds: 100 calls, 1000, 10,000.
import type { LlvmLevel } from "../codegen/llvm/index.ts";

/** Calls of a function that make it worth a level. */
export interface JitThresholds {
  readonly o1: number;
  readonly o2: number;
  readonly o3: number;
}

/** 100, 1000 and 10,000 calls. */
export const defaultThresholds: JitThresholds = { o1: 100, o2: 1000, o3: 10_000 };

/** Iterations of a function's loops that make it worth the highest level: no running loop can be replaced, so its next call must be good. */
export const loopThreshold = 10_000;

/** The highest level that so many calls are worth. */
export function levelFor(calls: number, thresholds: JitThresholds, top: LlvmLevel): LlvmLevel {
  const { o1, o2, o3 } = thresholds;
  const worth: LlvmLevel = calls >= o3 ? 3 : calls >= o2 ? 2 : calls >= o1 ? 1 : 0;
  return worth < top ? worth : top;
}

/** Calls that are still missing to a level above this one; infinite if there is none. */
export function callsToNext(
  calls: number,
  thresholds: JitThresholds,
  { level, top }: { readonly level: LlvmLevel; readonly top: LlvmLevel },
): number {
  if (level >= top) return Number.POSITIVE_INFINITY;
  const { o1, o2, o3 } = thresholds;
  const wanted = [o1, o2, o3].slice(level, top).filter((at) => at > calls);
  return wanted.length === 0 ? 1 : Math.min(...wanted) - calls;
}
