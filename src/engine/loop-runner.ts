// Running a loop of an interpreted function in its loop function: the locals go to a frame on the shadow stack, the
// loop function is called with growing amounts of fuel until it has finished, and the locals come back.
import type { LoopInterface } from "../compiler/index.ts";
import type { HirFunction, LocalId } from "../ir/hir/index.ts";
import {
  completions,
  readLocal,
  writeLocal,
  writeResult,
  type Frame,
  type LoopRunner,
} from "../interp/index.ts";
import {
  frameResultOffset,
  loadSlot,
  loopReturned,
  loopSuspended,
  mostLoopFuel,
  type MemoryViews,
  runtimeError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  storeSlot,
} from "../runtime/index.ts";
import type { WasmFunction } from "../loader/index.ts";
import type { Boundary } from "./boundary.ts";

/** The parts of a program that a loop runner works with. */
export interface LoopHost extends Boundary {
  readonly views: MemoryViews;
  /** Back-edges that the first call of a loop function may take. */
  readonly loopFuel: number;
  /** Milliseconds. */
  now(): number;
  /** Whether something waits for the loop to be suspended. */
  readonly isAwaited: boolean;
  /** The newest compiled version of the loop. */
  currentLoop(fn: HirFunction, loop: number): WasmFunction;
  /** Called when the loop function has used up its fuel at the header of the loop `header`; may stop the program. */
  suspended(fn: HirFunction, loop: number, header: number): void;
  /** The error, with the header of a loop as the next frame of its trace. */
  atLoop(error: unknown, fn: HirFunction, header: number): unknown;
}

export function makeLoopRunner(
  host: LoopHost,
  fn: HirFunction,
  loop: number,
  shape: LoopInterface,
): LoopRunner {
  const place = (local: LocalId) => {
    const type = fn.locals[local]?.type ?? "i32";
    return { local, type, offset: shape.offsets.get(local) ?? 0 };
  };
  const inputs = shape.inputs.map(place);
  const outputs = shape.outputs.map(place);
  const size = shape.frameSize;
  return (frame: Frame) => {
    const base = host.mark();
    if (!pushFrame(host.views, base, size)) {
      throw host.atLoop(runtimeError("stack_overflow"), fn, loop);
    }
    for (const { local, type, offset } of inputs) {
      storeSlot(host.views, base + offset, type, readLocal(frame, local));
    }
    const code = runLoop(host, fn, loop, base);
    const { views } = host;
    views.i32[shadowStackPointerAddress >> 2] = base;
    if (code === loopReturned) {
      const { result } = fn;
      if (result !== "unit") writeResult(frame, loadSlot(views, base + frameResultOffset, result));
      return completions.returned;
    }
    for (const { local, type, offset } of outputs) {
      writeLocal(frame, local, loadSlot(views, base + offset, type));
    }
    return completions.normal;
  };
}

/** Takes a frame from the shadow stack; false if there is no room. */
function pushFrame(views: MemoryViews, base: number, size: number): boolean {
  const limit = views.i32[shadowStackLimitAddress >> 2] ?? 0;
  if (base + size > limit) return false;
  views.i32[shadowStackPointerAddress >> 2] = base + size;
  return true;
}

/** Milliseconds between two suspensions of a loop that are enough, and too many: what has been compiled waits for the next. */
const enough = 20;
const tooLong = 60;

/** Milliseconds that are enough when something waits for the loop to be suspended. */
const soon = 1;

/** The fuel for the next call, when the one before has taken so many milliseconds. `isAwaited`: see `LoopHost`. */
export function nextFuel(fuel: number, elapsed: number, isAwaited: boolean): number {
  if (isAwaited && elapsed > soon) return Math.max(1, Math.floor((fuel * soon) / elapsed));
  if (elapsed > tooLong) return Math.max(1, fuel >> 1);
  return elapsed > enough ? fuel : Math.min(2 * fuel, mostLoopFuel);
}

function runLoop(host: LoopHost, fn: HirFunction, loop: number, base: number): number {
  let entry = loop;
  let fuel = host.loopFuel;
  let begun = host.now();
  for (;;) {
    let code: number;
    try {
      code = Number(host.currentLoop(fn, loop)(base, entry, fuel));
    } catch (error) {
      throw host.leave(error, base);
    }
    if (code < loopSuspended) return code;
    entry = code - loopSuspended;
    const now = host.now();
    host.suspended(fn, loop, entry);
    fuel = nextFuel(fuel, now - begun, host.isAwaited);
    begun = host.now();
  }
}
