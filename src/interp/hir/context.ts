// What interpreted code shares with its engine: a cell for each function and loop, counters, hooks, memory, hosts.
import type {
  FunctionId,
  HirFunction,
  HirModule,
  LayoutId,
  PrintStream,
} from "../../ir/hir/index.ts";
import type { HostCode, MemoryViews, ObjectDisplay, ObjectHeap } from "../../runtime/index.ts";
import { frameTemplate, type Frame, type Value } from "./frame.ts";
import type { Roots } from "./roots.ts";
import { unwound, type Site } from "./site.ts";

/** Runs a function on a frame that holds its arguments in its first locals. */
export type FunctionCode = (frame: Frame) => Value;

/** How a statement ended. */
export type Completion = 0 | 1 | 2 | 3;
export const normal = 0;
export const broke = 1;
export const continued = 2;
/** The function's result is in the frame. */
export const returned = 3;

/** The completions by name, for engines. */
export const completions = { normal, broke, continued, returned } as const;

/**
 * Runs the rest of a loop from its header (the condition comes first) in the interpreter's place: reads the locals from
 * the frame, leaves them there, and says `normal`, or `returned` if a `return` in the loop was reached.
 */
export type LoopRunner = (frame: Frame) => Completion;

/** A value of `hotAt` that a counter never reaches. */
export const never = 0x7fff_ffff;

/** The way to a function from interpreted code. All calls go through `code`. */
export interface FunctionCell {
  readonly fn: HirFunction;
  readonly template: Frame;
  readonly loops: readonly LoopCell[];
  /** Replaced when the function moves to another tier; calls see it at once. */
  code: FunctionCode;
  /** Calls that ran in the interpreter. */
  calls: number;
  /** `onHotFunction` is called when `calls` reaches this, which is set to `never` before. */
  hotAt: number;
}

/** The counters of a loop, and the way to its code in another tier. */
export interface LoopCell {
  readonly function: FunctionId;
  readonly loop: number;
  /** Times the interpreter went from the end of the body back to the condition. */
  backEdges: number;
  /** `onHotLoop` is called when `backEdges` reaches this, which is set to `never` before. */
  hotAt: number;
  /** Runs the loop instead of the interpreter from its next entry on. */
  runner: LoopRunner | null;
}

/** Where the program is when it polls; `loop` is -1 at a function's entry. */
export interface PollSite {
  readonly function: FunctionId;
  readonly loop: number;
}

/** What tier 0 asks of its engine. */
export interface InterpHooks {
  /** May replace `cell.code`; if it does, the call that is being made already uses it. */
  onHotFunction(cell: FunctionCell): void;
  /** A runner to use at once instead of the interpreter, or null. It may also set `cell.runner` or a new `hotAt`. */
  onHotLoop(cell: LoopCell, frame: Frame): LoopRunner | null;
  /** Called every `pollInterval` calls and back-edges; throws a `ProgramError` to stop the program. */
  poll(site: PollSite): void;
  /** Writes what the program prints. */
  write(text: string, stream: PrintStream): void;
  /** The implementation of a host function, or undefined. */
  host(symbol: string): HostCode | undefined;
}

/** What a program that uses the heap gives to tier 0. */
export interface InterpHeap {
  readonly objects: ObjectHeap;
  /** Of the program's objects; made when it is first needed. */
  display(): ObjectDisplay;
  /** Address of the static object of a text. */
  text(value: string): number;
  /** Address of the one object of a layout without fields. */
  singleton(layout: LayoutId): number;
  /** The slot of a function that a closure is going to name; compiled code may call it from now on. */
  functionSlot(callee: FunctionId): number;
  /** What the library threw, with a trap of its code as a `ProgramError`. By default it is left alone. */
  fromLibrary?(error: unknown): unknown;
}

/** What `createInterpContext` takes. */
export interface InterpOptions {
  readonly module: HirModule;
  readonly memory: MemoryViews;
  /** Address of each module-level variable, by its id. */
  readonly globals: readonly number[];
  readonly hooks: InterpHooks;
  /** Needed by programs with values of type `ref` or `any`. */
  readonly heap?: InterpHeap;
  /** Calls after which a function is hot. Default `never`. */
  readonly callThreshold?: number;
  /** Back-edges after which a loop is hot. Default `never`. */
  readonly loopThreshold?: number;
  /** Calls and back-edges between two polls. Default 10000. */
  readonly pollInterval?: number;
  /** Calls of interpreted functions that may be under way at once. Default `deepestCalls`. */
  readonly mostCalls?: number;
  /** Functions of the program that this one continues and that are the same in it, by their numbers here. */
  readonly cells?: readonly (FunctionCell | undefined)[];
  /** The roots and the functions by slot of the program that this one continues. */
  readonly roots?: Roots;
  readonly slotCells?: (FunctionCell | undefined)[];
}

/**
 * Interpreted calls under way at which the program ends with a stack overflow, if the host's stack holds so many. A
 * collection of the host scans the whole stack, so a recursion without end would take seconds to fill a large one.
 */
export const deepestCalls = 200_000;

/** One program in the interpreter. */
export interface InterpContext {
  readonly module: HirModule;
  readonly memory: MemoryViews;
  readonly globals: readonly number[];
  readonly hooks: InterpHooks;
  readonly cells: readonly FunctionCell[];
  readonly heap: InterpHeap | null;
  readonly roots: Roots;
  /** Functions by slot, for calls of closures; filled by who numbers the slots. */
  readonly slotCells: (FunctionCell | undefined)[];
  /** Events left until the next poll. Set it to 0 to make the next event poll. */
  budget: number;
  pollInterval: number;
  readonly mostCalls: number;
}

/** The error to throw on where a function of the library failed at this site. */
export function failedInLibrary(context: InterpContext, error: unknown, site: Site): unknown {
  return unwound(context.heap?.fromLibrary?.(error) ?? error, site);
}

/** The heap of a program that must have one. */
export function heapOf(context: InterpContext): InterpHeap {
  if (context.heap === null) throw new Error("the program was loaded without a heap");
  return context.heap;
}

/** A cell whose code is still to be set. */
export function newCell(fn: HirFunction, options: InterpOptions): FunctionCell {
  const loops: LoopCell[] = [];
  for (let loop = 0; loop < fn.loopCount; loop += 1) {
    loops.push({
      function: fn.id,
      loop,
      backEdges: 0,
      hotAt: options.loopThreshold ?? never,
      runner: null,
    });
  }
  return {
    fn,
    template: frameTemplate(fn.locals.length),
    loops,
    code: () => 0,
    calls: 0,
    hotAt: options.callThreshold ?? never,
  };
}
