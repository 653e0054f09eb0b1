// Functions that get hot are compiled again: at once, or on another thread while the program runs on. Either way the new
// code is put in force on the thread of the program, by one store.
import type { LlvmLevel, LlvmUnit } from "../codegen/llvm/index.ts";
import { LlvmError } from "../codegen/llvm/index.ts";
import { JitError } from "./error.ts";
import type { FunctionState } from "./functions.ts";
import type { ModuleCode } from "./module.ts";
import { levelFor } from "./policy.ts";
import type { JitProgram } from "./program.ts";

/** A unit to compile on another thread; `id` comes back with the result. */
export interface JitRequest {
  readonly id: number;
  readonly module: number;
  readonly unit: LlvmUnit;
  readonly level: LlvmLevel;
}

/** What came of a request; `object` is null if it failed. */
export interface JitCompilation {
  readonly id: number;
  readonly object: Uint8Array | null;
  readonly error: string;
  /** Milliseconds on the other thread. */
  readonly compileTime: number;
}

/** A compiler on another thread. */
export interface JitBackground {
  addModule(id: number, bitcode: Uint8Array): void;
  removeModule(id: number): void;
  request(request: JitRequest): void;
  /** Results that have arrived, without waiting. */
  take(): readonly JitCompilation[];
  close(): void;
}

/** A decision: a function goes from one level to another, or stays. */
export interface JitEvent {
  /** Milliseconds, by the clock of the `Jit`. */
  readonly time: number;
  readonly module: string;
  readonly function: string;
  /** Null when the module is loaded. */
  readonly from: LlvmLevel | null;
  readonly to: LlvmLevel;
  readonly reason: string;
  /** Counted or recorded calls up to now. */
  readonly calls: number;
  /** Milliseconds, wherever it was compiled. */
  readonly compileTime: number;
  /** Milliseconds for which the program's thread was held up. */
  readonly pause: number;
  readonly codeBytes: number;
}

/** Calls between looks for a result: what takes about this many milliseconds. */
const pollInterval = 0.25;
const leastPollCalls = 16;
const mostPollCalls = 1_000_000;
const pollIterations = 100_000;

interface Pending {
  readonly module: ModuleCode;
  readonly state: FunctionState;
  readonly level: LlvmLevel;
  readonly reason: string;
}

/** The levels of all functions of a `Jit`. */
export class Tiers {
  readonly #program: JitProgram;
  readonly #modules: ReadonlySet<ModuleCode>;
  readonly #background: JitBackground | undefined;
  readonly #report: (event: JitEvent) => void;
  readonly #pending = new Map<number, Pending>();
  #requests = 0;

  constructor(
    program: JitProgram,
    parts: {
      readonly modules: ReadonlySet<ModuleCode>;
      readonly background: JitBackground | undefined;
      readonly report: (event: JitEvent) => void;
    },
  ) {
    this.#program = program;
    this.#modules = parts.modules;
    this.#background = parts.background;
    this.#report = parts.report;
  }

  /** Compilations that another thread has not finished. */
  get pending(): number {
    return this.#pending.size;
  }

  /** A counter has run out; native code waits for the answer. */
  ranOut(address: number): void {
    for (const module of this.#modules) {
      const found = module.functionAt(address);
      if (found === undefined) continue;
      const { state, kind } = found;
      this.take();
      const calls = module.calls(state);
      const { top, thresholds } = this.#program.levels;
      const wanted = kind === "loops" ? top : levelFor(calls, thresholds, top);
      const due = wanted > state.level && state.pending === undefined && !state.settled;
      if (due) this.#promote(module, state, { level: wanted, reason: reasonFor(kind, calls) });
      if (state.pending === undefined) module.arm(state);
      else this.#poll(module, state);
      return;
    }
  }

  /** Puts what the other thread has finished in force. */
  take(): void {
    if (this.#pending.size === 0) return;
    for (const result of this.#background?.take() ?? []) {
      const pending = this.#pending.get(result.id);
      this.#pending.delete(result.id);
      if (pending === undefined || !pending.module.loaded) continue;
      const { module, state, level, reason } = pending;
      state.pending = undefined;
      // Somebody asked for another level in the meantime.
      if (state.settled || state.level >= level) continue;
      const start = this.#program.now();
      const { compileTime } = result;
      const failure =
        result.object === null
          ? result.error
          : this.#install(module, state, { object: result.object, level });
      const pause = this.#program.now() - start;
      this.#finish(module, state, { level, reason, compileTime, pause, failure });
      module.arm(state);
    }
  }

  /** Compiles a function at a level now. Throws `JitError`; then its code stays. */
  recompile(module: ModuleCode, state: FunctionState, level: LlvmLevel, reason: string): void {
    const failure = this.#compileNow(module, state, { level, reason });
    module.arm(state);
    if (failure !== undefined) {
      throw new JitError(`cannot compile \`${state.part.name}\` at O${level}: ${failure}`);
    }
  }

  /** Forgets what is under way for a module. */
  forget(module: ModuleCode): void {
    for (const [id, pending] of this.#pending) {
      if (pending.module === module) this.#pending.delete(id);
    }
  }

  #promote(
    module: ModuleCode,
    state: FunctionState,
    to: { level: LlvmLevel; reason: string },
  ): void {
    if (this.#background === undefined) {
      this.#compileNow(module, state, to);
      return;
    }
    const id = (this.#requests += 1);
    state.pending = to.level;
    state.polled = this.#program.now();
    this.#pending.set(id, { module, state, ...to });
    const unit = module.unitOf(state, to.level);
    this.#background.request({ id, module: module.id, unit, level: to.level });
  }

  /** The reason if it failed. */
  #compileNow(
    module: ModuleCode,
    state: FunctionState,
    { level, reason }: { readonly level: LlvmLevel; readonly reason: string },
  ): string | undefined {
    const { compiler, now } = this.#program;
    const start = now();
    let compiled = start;
    let failure: string | undefined;
    try {
      const object = compiler.unit(module.bitcode, module.unitOf(state, level), level);
      compiled = now();
      failure = this.#install(module, state, { object, level });
    } catch (error) {
      if (!(error instanceof LlvmError)) throw error;
      failure = error.message;
    }
    const compileTime = compiled - start;
    this.#finish(module, state, { level, reason, compileTime, pause: now() - start, failure });
    return failure;
  }

  #install(
    module: ModuleCode,
    state: FunctionState,
    { object, level }: { readonly object: Uint8Array; readonly level: LlvmLevel },
  ): string | undefined {
    try {
      module.install(object, [state], level);
      return undefined;
    } catch (error) {
      if (!(error instanceof JitError)) throw error;
      return error.message;
    }
  }

  #finish(
    module: ModuleCode,
    state: FunctionState,
    made: {
      readonly level: LlvmLevel;
      readonly reason: string;
      readonly compileTime: number;
      readonly pause: number;
      readonly failure: string | undefined;
    },
  ): void {
    const { level, compileTime, pause, failure } = made;
    const from = made.failure === undefined ? state.previous : state.level;
    state.compileTime += compileTime;
    state.compiles += 1;
    if (failure !== undefined) state.settled = true;
    this.#report({
      time: this.#program.now(),
      module: module.name,
      function: state.part.name,
      from,
      to: failure === undefined ? level : state.level,
      reason: failure === undefined ? made.reason : `stays: ${failure}`,
      calls: module.calls(state),
      compileTime,
      pause,
      codeBytes: failure === undefined ? state.codeBytes : 0,
    });
  }

  /** Looks again after about the same time, whatever the function costs. */
  #poll(module: ModuleCode, state: FunctionState): void {
    const now = this.#program.now();
    const elapsed = Math.max(now - state.polled, 1e-3);
    const rate = (state.armed + 1) / elapsed;
    state.polled = now;
    const calls = Math.min(Math.max(rate * pollInterval, leastPollCalls), mostPollCalls);
    module.setCounters(state, { calls: Math.round(calls), loops: pollIterations });
  }
}

function reasonFor(kind: "calls" | "loops", calls: number): string {
  return kind === "loops" ? "loops" : `${calls} calls`;
}
