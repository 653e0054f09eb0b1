// How soon V8 optimises functions of ours, in processes that answer requests.
import { setFlagsFromString } from "node:v8";

/**
 * Bytes of bytecode that a function runs until then; V8 11 waits for 132 KiB. Where the front end and a program share a thread
 * optimised functions that turn out wrong are the program's pauses, so `live` waits for longer.
 */
const budgets = { live: 40_000, device: 10_000, server: 10_000 } as const;

/**
 * Has V8 optimise what evaluations need within some hundreds of them, not thousands. To be called when all that is loaded at the start
 * has been loaded: V8 takes no code cache that was written under other options.
 */
export function optimiseSooner(kind: keyof typeof budgets): void {
  setFlagsFromString(`--interrupt-budget=${budgets[kind]}`);
}
