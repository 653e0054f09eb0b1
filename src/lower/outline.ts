// A loop that calls its loop function instead of running in place: the code of the loop function can then be replaced
// while the loop runs. The frame with the locals is taken from the shadow stack.
import type { LocalId } from "../ir/hir/index.ts";
import { createBlock, noLocation, type Value } from "../ir/mir/index.ts";
import {
  firstLoopFuel,
  frameResultOffset,
  loopFinished,
  loopReturned,
  loopSuspended,
  mostLoopFuel,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
} from "../runtime/index.ts";
import type { FunctionLowering } from "./function.ts";
import { loopInterface, type LoopInterface } from "./loop-interface.ts";
import { mirResults } from "./types.ts";
import { callRuntime } from "./runtime-call.ts";
import { loopSignature, loopSymbol } from "./symbols.ts";
import { lowerSafepoint } from "./safepoint.ts";

/** Emits the calls of a loop function in place of a loop at the top level of a function. */
export function callLoopFunction(to: FunctionLowering, loop: number): void {
  const { builder, hir } = to;
  const shape = loopInterface(to.unit.facts.loops(hir.id), loop);
  const symbol = loopSymbol(hir, loop);
  to.unit.declareSlot(symbol, loopSignature);
  const constant = (value: number): Value => builder.value("iconst", "i32", [], BigInt(value));

  const frame = pushFrame(to, shape.frameSize);
  for (const local of shape.inputs) {
    const value = to.environment[local];
    if (value !== undefined)
      builder.effect("store", to.localType(local), [frame, value], offsetOf(shape, local));
  }

  const again = createBlock(builder.fn, ["i32", "i32"]);
  builder.jump(again, [constant(loop), constant(to.unit.options.loopFuel ?? firstLoopFuel)]);
  builder.enter(again);
  const [entry, fuel] = again.params;
  if (entry === undefined || fuel === undefined) throw new Error("the block has two parameters");
  // No location: in a trace the loop function's own frame already stands for this function.
  const here = builder.location;
  builder.location = noLocation;
  const [code] = builder.call("call_slot", symbol, loopSignature, [frame, entry, fuel]);
  builder.location = here;
  if (code === undefined) throw new Error("a loop function has a result");

  const suspended = createBlock(builder.fn);
  const left = createBlock(builder.fn);
  const isSuspended = builder.value("icmp", "i32", [code, constant(loopSuspended)], "uge");
  builder.branch(isSuspended, { block: suspended.id, args: [] }, { block: left.id, args: [] });

  builder.enter(suspended);
  lowerSafepoint(to);
  // The loop is long: if its code is not the best yet, the engine can replace it before the next call.
  callRuntime(to, "rt_tier_up", [constant(hir.id)]);
  const next = builder.value("isub", "i32", [code, constant(loopSuspended)]);
  const doubled = builder.value("ishl", "i32", [fuel, constant(1)]);
  const most = constant(mostLoopFuel);
  const over = builder.value("icmp", "i32", [doubled, most], "ugt");
  builder.jump(again, [next, builder.value("select", "i32", [over, most, doubled])]);

  builder.enter(left);
  builder.effect("store", "i32", [constant(shadowStackPointerAddress), frame], 0);
  leave(to, loop, { shape, frame, code });
}

/** Takes a frame from the shadow stack. */
function pushFrame(to: FunctionLowering, size: number): Value {
  const { builder } = to;
  const constant = (value: number): Value => builder.value("iconst", "i32", [], BigInt(value));
  const pointer = constant(shadowStackPointerAddress);
  const frame = builder.value("load", "i32", [pointer], 0);
  const top = builder.value("iadd", "i32", [frame, constant(size)]);
  const limit = builder.value("load", "i32", [constant(shadowStackLimitAddress)], 0);
  const over = builder.value("icmp", "i32", [top, limit], "ugt");
  const trap = createBlock(builder.fn);
  const rest = createBlock(builder.fn);
  builder.branch(over, { block: trap.id, args: [] }, { block: rest.id, args: [] });
  builder.enter(trap);
  builder.effect("trap", null, [], "stack_overflow");
  builder.enter(rest);
  builder.effect("store", "i32", [pointer, top], 0);
  return frame;
}

/** Behind the loop: either the enclosing function returns, or its locals are read back. */
function leave(
  to: FunctionLowering,
  loop: number,
  { shape, frame, code }: { shape: LoopInterface; frame: Value; code: Value },
): void {
  const { builder, hir } = to;
  const facts = to.facts(loop);
  const returned = createBlock(builder.fn);
  const finished = createBlock(builder.fn);
  const expected = builder.value("iconst", "i32", [], BigInt(loopReturned - loopFinished));
  const isReturned = builder.value("icmp", "i32", [code, expected], "eq");
  builder.branch(isReturned, { block: returned.id, args: [] }, { block: finished.id, args: [] });
  builder.enter(returned);
  const results = mirResults(hir.result).map((type) =>
    builder.value("load", type, [frame], frameResultOffset),
  );
  builder.effect("return", null, results);
  builder.enter(finished);
  to.environment = [...to.environment];
  for (const local of facts.assigned) to.environment[local] = undefined;
  for (const local of shape.outputs) {
    const offset = offsetOf(shape, local);
    to.environment[local] = builder.value("load", to.localType(local), [frame], offset);
  }
}

function offsetOf({ offsets }: LoopInterface, local: LocalId): number {
  const offset = offsets.get(local);
  if (offset === undefined) throw new Error(`local ${local} has no place in the frame`);
  return offset;
}
