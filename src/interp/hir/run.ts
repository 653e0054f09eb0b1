// Runs a module in the interpreter alone: for tests, and for `interpret` mode without an engine.
import type { HirModule } from "../../ir/hir/index.ts";
import {
  closureSlotOffset,
  isStackExhaustion,
  MemoryViews,
  ProgramError,
  type HostCode,
  type MemoryLike,
} from "../../runtime/index.ts";
import type { FunctionCell, InterpContext, PollSite } from "./context.ts";
import { writeLocal, type Value } from "./frame.ts";
import { createInterpContext } from "./function.ts";
import { Site, unwound } from "./site.ts";

/** How `runInterpreted` runs a module. */
export interface RunOptions {
  /** Where print goes; by default the text is only collected in the result. */
  readonly write?: (text: string, stream: "out" | "err") => void;
  readonly poll?: (site: PollSite) => void;
  readonly pollInterval?: number;
  /** See `InterpOptions.mostCalls`. */
  readonly mostCalls?: number;
}

/** How a run ended, and all that it wrote. */
export interface RunResult {
  /** The exit code: init's result. 0 when there was an error. */
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly error: ProgramError | null;
  readonly context: InterpContext;
}

/** Runs a module's init with every function in tier 0. `host` gives the host functions by symbol. */
export function runInterpreted(
  module: HirModule,
  host: (symbol: string) => HostCode | undefined,
  options: RunOptions = {},
): RunResult {
  const memory: MemoryLike = { buffer: new ArrayBuffer(8 * (module.globals.length + 1)) };
  const texts = { out: "", err: "" };
  const context = createInterpContext({
    module,
    memory: new MemoryViews(memory),
    globals: module.globals.map((_, index) => 8 * index),
    hooks: {
      onHotFunction: () => {},
      onHotLoop: () => null,
      poll: options.poll ?? (() => {}),
      write: (text, to) => {
        const stream = to === "err" ? "err" : "out";
        texts[stream] += text;
        options.write?.(text, stream);
      },
      host,
    },
    ...(options.pollInterval === undefined ? {} : { pollInterval: options.pollInterval }),
    ...(options.mostCalls === undefined ? {} : { mostCalls: options.mostCalls }),
  });
  try {
    return { exitCode: runInit(context), ...texts, error: null, context };
  } catch (error) {
    if (error instanceof ProgramError) return { exitCode: 0, ...texts, error, context };
    throw error;
  }
}

/** Calls a closure from outside; throws `ProgramError`, with the state of tier 0 as it was before. */
export function callClosure(
  context: InterpContext,
  closure: number,
  args: readonly Value[] = [],
): Value {
  const { memory, slotCells } = context;
  const slot = memory.i32[(closure + closureSlotOffset) >>> 2] ?? 0;
  const cell = slotCells[slot];
  if (cell === undefined) throw new Error(`no function has slot ${slot}`);
  return callFunction(context, cell, [closure, ...args]);
}

/** Calls a function in whatever tier it has, from outside; throws as `callClosure`. */
export function callFunction(
  { roots }: InterpContext,
  cell: FunctionCell,
  args: readonly Value[],
): Value {
  const frame = cell.template.slice();
  args.forEach((value, index) => writeLocal(frame, index, value));
  const { depth, calls } = roots;
  try {
    return cell.code(frame);
  } catch (error) {
    roots.depth = depth;
    roots.calls = calls;
    throw isStackExhaustion(error) ? unwound(error, new Site(cell.fn.name, cell.fn.span)) : error;
  }
}

/**
 * Calls a program's init through its cell and gives the exit code. Throws `ProgramError`, with the state of tier 0 as it was
 * before.
 */
export function runInit(context: InterpContext): number {
  const { roots } = context;
  const cell = context.cells[context.module.init];
  if (cell === undefined) throw new Error("the module has no init");
  const { depth, calls } = roots;
  try {
    return Number(cell.code(cell.template.slice()));
  } catch (error) {
    roots.depth = depth;
    roots.calls = calls;
    // Calls add their frames themselves; only a stack that overflows with no call under way has none yet.
    throw isStackExhaustion(error) ? unwound(error, new Site(cell.fn.name, cell.fn.span)) : error;
  }
}
