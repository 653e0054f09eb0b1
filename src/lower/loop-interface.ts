// The frame of a loop function: which locals have a place in it, and which of them cross it.
import type { LocalId } from "../ir/hir/index.ts";
import { frameLocalOffset, frameSize } from "../runtime/index.ts";
import type { LoopFacts } from "./liveness.ts";

/** What a loop function and its caller agree on. */
export interface LoopInterface {
  /** Locals that the loop function reads from the frame at the first entry. */
  readonly inputs: readonly LocalId[];
  /** Locals that the caller must read back when it has finished. */
  readonly outputs: readonly LocalId[];
  /** Offset in the frame of each local that has a place there. */
  readonly offsets: ReadonlyMap<LocalId, number>;
  readonly frameSize: number;
}

/** The frame and headers of the function for a loop and those nested in it. Throws if there is no such loop. */
export function loopInterface(facts: readonly LoopFacts[], loop: number): LoopInterface {
  const root = facts[loop];
  if (root === undefined) throw new RangeError(`there is no loop ${loop}`);
  const offsets = new Map<LocalId, number>();
  for (let inner = loop; inner <= root.last; inner += 1) {
    for (const local of facts[inner]?.liveAtHeader ?? []) {
      if (!offsets.has(local)) offsets.set(local, frameLocalOffset(offsets.size));
    }
  }
  return {
    inputs: [...root.liveAtHeader],
    outputs: [...root.assigned].filter((local) => root.liveBehind.has(local)),
    offsets,
    frameSize: frameSize(offsets.size),
  };
}
