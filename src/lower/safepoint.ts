// Safepoints: where compiled code looks at the control word.
import { createBlock } from "../ir/mir/index.ts";
import { controlWordAddress } from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import { callRuntime } from "./runtime-call.ts";

/**
 * What a function does when the control word is set. `stop`: it traps, so nothing has to be kept for a safepoint and it
 * costs next to nothing. `call`: it calls `rt_poll` and goes on if that returns, so other code may run there, which may
 * change memory and collect. `none`: it does not look.
 */
export type SafepointKind = "none" | "stop" | "call";

/** Emits a safepoint of the unit's kind; the current block may be another one afterwards. */
export function lowerSafepoint(to: FunctionLowering): void {
  const { builder } = to;
  const kind = to.unit.options.safepoints;
  if (kind === "none") return;
  if (kind === "stop") {
    builder.effect("safepoint", null, []);
    return;
  }
  const address = builder.value("iconst", "i32", [], BigInt(controlWordAddress));
  const word = builder.value("load", "i32", [address], 0);
  const poll = createBlock(builder.fn);
  const rest = createBlock(builder.fn);
  builder.branch(word, { block: poll.id, args: [] }, { block: rest.id, args: [] });
  builder.enter(poll);
  callRuntime(to, "rt_poll", []);
  builder.jump(rest, []);
  builder.enter(rest);
}
