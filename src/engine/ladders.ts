// The tiers of each backend.
import type { OptLevel } from "../compiler/index.ts";
import type { Backend } from "./options.ts";

/** A tier below the top: its functions count their calls, and move on after so many. */
export interface Rung {
  readonly level: OptLevel;
  readonly calls: number;
}

/** Counted calls of a function in tier 1 before it moves on. */
export const firstTierCalls = 100;

/**
 * The tiers of each backend from tier 1 on; the top, with the level that the program was given, follows. Wasm code is made at
 * once, since it costs half a millisecond; native code on another thread, if there is one.
 */
export const ladders: Readonly<Record<Backend, readonly Rung[]>> = {
  wasm: [{ level: 1, calls: firstTierCalls }],
  llvm: [
    { level: 0, calls: firstTierCalls },
    { level: 1, calls: 1000 },
  ],
};
/** The level of native code that takes much of the time. */
export const peakLevel = 3;
