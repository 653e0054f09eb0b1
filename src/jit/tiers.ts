// Functions that get hot are compiled again: at once, or on another thread while the program runs on. Either way the new
// code is put in force on the thread of the program, by one store.
import type { LlvmLevel, LlvmUnit } from "../codegen/llvm/index.ts";
import { LlvmError } from "../codegen/llvm/index.ts";
import type { CounterKind } from "./cells.ts";
import { JitError } from "./error.ts";
import type { FunctionState } from "./functions.ts";
import { sourceName, type ModuleCode } from "./module.ts";
import { levelFor } from "./policy.ts";
import type { JitProgram } from "./program.ts";

/** A unit to compile on another thread; `id` comes back with the result. One is under way at a time. */
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

/** Functions of one unit that another thread compiles: what comes together is read together. */
const mostTogether = 16;

interface Waiting {
  readonly module: ModuleCode;
  readonly state: FunctionState;
  readonly level: LlvmLevel;
  readonly reason: string;
}

interface Batch {
  readonly id: number;
  readonly module: ModuleCode;
  readonly level: LlvmLevel;
  readonly members: readonly Waiting[];
}

/** The levels of all functions of a `Jit`. */
export class Tiers {
  readonly #program: JitProgram;
  readonly #modules: ReadonlySet<ModuleCode>;
  readonly #background: JitBackground | undefined;
  readonly #report: (event: JitEvent) => void;
  #waiting: Waiting[] = [];
  #batch: Batch | undefined;
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

  /** Functions that another thread has not finished. */
  get pending(): number {
    return this.#waiting.length + (this.#batch?.members.length ?? 0);
  }

  /** A counter has run out; native code waits for the answer. */
  ranOut(address: number): void {
    for (const module of this.#modules) {
      const found = module.functionAt(address);
      if (found === undefined) continue;
      const { state, kind } = found;
      try {
        this.take();
        this.#consider(module, state, kind);
      } catch (error) {
        // A counter that is not set anew would come here at every call.
        state.settled = true;
        throw error;
      } finally {
        if (state.pending === undefined) module.arm(state);
        else this.#poll(module, state);
      }
      return;
    }
  }

  /** Compiles a function again if that is due. */
  #consider(module: ModuleCode, state: FunctionState, kind: CounterKind): void {
    const calls = module.calls(state);
    const { top, thresholds } = this.#program.levels;
    const level = kind === "loops" ? top : levelFor(calls, thresholds, top);
    if (level <= state.level || state.pending !== undefined || state.settled) return;
    this.#promote(module, state, { level, reason: reasonFor(kind, calls) });
  }

  /** Puts what the other thread has finished in force. */
  take(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    for (const result of this.#background?.take() ?? []) {
      // That of a module that is gone may still come.
      if (result.id !== batch.id) continue;
      this.#batch = undefined;
      if (batch.module.loaded) this.#finishBatch(batch, result);
      this.#send();
      return;
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
    this.#waiting = this.#waiting.filter((each) => each.module !== module);
    if (this.#batch?.module !== module) return;
    this.#batch = undefined;
    this.#send();
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
    state.pending = to.level;
    state.polled = this.#program.now();
    this.#waiting.push({ module, state, ...to });
    this.#send();
  }

  /** Gives the other thread the next unit, if it has none: functions of one module that have come to the same level by now. */
  #send(): void {
    if (this.#batch !== undefined) return;
    const waiting = this.#waiting
      .filter(({ state }) => !state.settled)
      .map((each) => ({ ...each, level: this.#levelNow(each) }));
    const [first] = waiting;
    this.#waiting = waiting;
    if (first === undefined) return;
    const { module, level } = first;
    const members = waiting
      .filter((each) => each.module === module && each.level === level)
      .slice(0, mostTogether);
    this.#waiting = waiting.filter((each) => !members.includes(each));
    const id = (this.#requests += 1);
    this.#batch = { id, module, level, members };
    const unit = module.unitOf(
      members.map(({ state }) => state),
      level,
    );
    this.#background?.request({ id, module: module.id, unit, level });
  }

  /** While it waited a function may have become worth more. */
  #levelNow({ module, state, level }: Waiting): LlvmLevel {
    const { thresholds, top } = this.#program.levels;
    const now = levelFor(module.calls(state), thresholds, top);
    state.pending = now > level ? now : level;
    return state.pending;
  }

  #finishBatch(batch: Batch, { object, error, compileTime }: JitCompilation): void {
    const { module, level } = batch;
    // Somebody may have asked for another level in the meantime.
    const members = batch.members.filter(({ state }) => !state.settled && state.level < level);
    for (const { state } of batch.members) state.pending = undefined;
    const start = this.#program.now();
    const states = members.map(({ state }) => state);
    const failure = object === null ? error : this.#install(module, states, { object, level });
    const share = 1 / Math.max(1, members.length);
    const pause = (this.#program.now() - start) * share;
    for (const { state, reason } of members) {
      this.#finish(module, state, {
        level,
        reason,
        compileTime: compileTime * share,
        pause,
        failure,
      });
      module.arm(state);
    }
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
      const object = compiler.unit(module.bitcode, module.unitOf([state], level), level);
      compiled = now();
      failure = this.#install(module, [state], { object, level });
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
    states: readonly FunctionState[],
    { object, level }: { readonly object: Uint8Array; readonly level: LlvmLevel },
  ): string | undefined {
    try {
      if (states.length > 0) module.install(object, states, level);
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
      function: sourceName(state.part.name),
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

function reasonFor(kind: CounterKind, calls: number): string {
  return kind === "loops" ? "loops" : `${calls} calls`;
}
