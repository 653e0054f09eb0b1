// How soon V8 optimises functions of ours, in processes that answer requests.
import { setFlagsFromString } from "node:v8";

/**
 * Bytes of bytecode that a function runs until V8 looks at it, and optimises it the third time; V8 11 takes 66 KiB. Where the front end and a
 * program share a thread functions that were optimised in vain are the program's pauses, so `live` waits for longer.
 */
const budgets = { live: 40_000, device: 10_000, server: 10_000 } as const;

/** Versions after it have a fast compiler in between, count calls, and do not know the option. */
const lastMajor = 11;

/**
 * Has V8 optimise what evaluations need within some hundreds of them, not thousands. To be called when all that is loaded at the start
 * has been loaded: V8 takes no code cache that was written under other options.
 */
export function optimiseSooner(kind: keyof typeof budgets): void {
  if (Number.parseInt(process.versions.v8, 10) > lastMajor) return;
  setFlagsFromString(`--interrupt-budget=${budgets[kind]}`);
}
