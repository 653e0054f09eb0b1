// What gets hot asks for its next tier here, and what was compiled is put to use here.
import { loopInterface } from "../compiler/index.ts";
import type { FunctionId, HirFunction } from "../ir/hir/index.ts";
import { never, type FunctionCell, type LoopCell, type LoopRunner } from "../interp/index.ts";
import type { WasmFunction } from "../loader/index.ts";
import { ProgramError, type MemoryViews } from "../runtime/index.ts";
import { callCompiled } from "./boundary.ts";
import type { CallCounters } from "./call-counters.ts";
import { makeLoopRunner, type LoopHost } from "./loop-runner.ts";
import type { Pauses } from "./pauses.ts";
import type { Policy } from "./policy.ts";
import type { Poller } from "./poller.ts";
import type { FunctionState, LoopState, Slots } from "./slots.ts";
import { StackBoundary } from "./stack-boundary.ts";
import type { Traces } from "./trace.ts";
import type { World } from "./world.ts";

/** Calls and back-edges after which what waits for the program to sleep is asked for again, in case it does not any more. */
const retry = { calls: 100, backEdges: 1000 };

/** What of a program it works on. */
export interface HotCodeParts {
  readonly views: MemoryViews;
  readonly traces: Traces;
  readonly world: World;
  readonly poller: Poller;
  readonly pauses: Pauses;
  readonly counters: CallCounters;
  /** Back-edges that the first call of a loop function may take. */
  readonly loopFuel: number;
  /** Milliseconds. */
  readonly now: () => number;
  readonly slots: () => Slots;
  readonly policy: () => Policy;
}

/** See the head of this file. */
export class HotCode extends StackBoundary implements LoopHost {
  readonly loopFuel: number;
  readonly now: () => number;
  readonly #parts: HotCodeParts;

  constructor(parts: HotCodeParts) {
    super(parts.views, parts.traces);
    this.loopFuel = parts.loopFuel;
    this.now = parts.now;
    this.#parts = parts;
  }

  get #slots(): Slots {
    return this.#parts.slots();
  }

  get #policy(): Policy {
    return this.#parts.policy();
  }

  /** A function of tier 0 has made the calls that it had. */
  hotFunction(cell: FunctionCell): void {
    const compile = (): void => this.#compileFunction(cell);
    if (this.#waits(cell, compile)) cell.hotAt = cell.calls + retry.calls;
    else compile();
  }

  #compileFunction(cell: FunctionCell): void {
    cell.hotAt = never;
    this.#parts.pauses.during(() => this.#policy.hotFunction(cell));
    // The call under way is counted again where it goes to.
    const { tier } = this.#slots.function(cell.fn.id);
    if (tier > 0 && tier < this.#policy.top) cell.calls -= 1;
  }

  /** A loop of tier 0 has gone round often; null if it could not be compiled. */
  hotLoop(cell: LoopCell): LoopRunner | null {
    const state = this.#slots.loop(cell.function, cell.loop);
    const compile = (): void => {
      cell.hotAt = never;
      this.#parts.pauses.during(() => this.#policy.hotLoop(cell));
    };
    if (state.compiled === null) {
      if (this.#waits(cell, compile)) cell.hotAt = cell.backEdges + retry.backEdges;
      else compile();
    }
    if (state.compiled === null) return null;
    return this.#parts.pauses.during(() => this.#makeRunner(cell, state));
  }

  #makeRunner(cell: LoopCell, { shape }: LoopState): LoopRunner {
    const { fn } = this.#slots.function(cell.function);
    const { facts } = this.#policy;
    const known = shape ?? loopInterface(facts.loops(fn.id), cell.loop);
    const runner = makeLoopRunner(this, fn, cell.loop, known);
    cell.runner = runner;
    return runner;
  }

  get isAwaited(): boolean {
    return this.#parts.poller.hasChores;
  }

  /** From compiled code, which does not poll for results itself: a long loop of tier 1 comes here again and again. */
  tierUp(id: FunctionId): void {
    const { poller, counters, pauses } = this.#parts;
    poller.doChores();
    const compile = (why: "calls" | "loop"): void =>
      pauses.during(() => this.#policy.tierUp(id, why));
    if (!counters.hasRunOut(id)) compile("loop");
    else if (this.#waits(this.#slots.function(id), () => compile("calls")))
      counters.restart(id, retry.calls);
    else compile("calls");
  }

  /** Has the program compile when it sleeps, if it is likely to do that soon. */
  #waits(key: object, compile: () => void): boolean {
    const { world, now } = this.#parts;
    return world.replaceable && world.sleepWork.defer(key, now(), compile);
  }

  /** Has tier 0 call the code of a function or a loop. */
  use(state: FunctionState | LoopState, code: WasmFunction): void {
    if (state.kind === "function") {
      // A version that was replaced and came back has another cell, to which this one hands its calls on.
      if (this.#parts.world.slotCells[state.slot] === state.cell)
        state.cell.code = callCompiled(state.fn, code, this);
      return;
    }
    const loop = this.#slots.function(state.fn.id).cell.loops[state.loop];
    // A loop that is running is replaced at its next back-edge.
    if (loop !== undefined && loop.runner === null) loop.hotAt = loop.backEdges + 1;
  }

  currentLoop(fn: HirFunction, loop: number): WasmFunction {
    const { compiled } = this.#slots.loop(fn.id, loop);
    if (compiled === null) throw new Error(`loop ${loop} of ${fn.symbol} is not compiled`);
    return compiled;
  }

  suspended(fn: HirFunction, loop: number, header: number): void {
    if (this.#slots.loop(fn.id, loop).tier < this.#policy.top)
      this.#parts.pauses.during(() => this.#policy.tierUp(fn.id, "loop"));
    try {
      this.#parts.poller.poll();
    } catch (error) {
      throw this.atLoop(error, fn, header);
    }
  }

  atLoop(error: unknown, fn: HirFunction, header: number): unknown {
    if (error instanceof ProgramError) {
      const places = this.#policy.facts.loopPlaces(fn.id);
      const { file, start } = places[header]?.statement.span ?? fn.span;
      error.addFrame({ function: fn.name, file: file.path, ...file.position(start) });
    }
    return error;
  }
}
