// A loaded program: memory, slots, both tiers, and how it runs.
import type { Diagnostic } from "../base/index.ts";
import { ModuleFacts, loopInterface, counterSymbol } from "../compiler/index.ts";
import type { HirFunction, HirModule } from "../ir/hir/index.ts";
import {
  createInterpContext,
  never,
  runInit,
  type FunctionCell,
  type InterpContext,
  type LoopCell,
  type LoopRunner,
} from "../interp/index.ts";
import { createMemory, createTable, SymbolTable, type WasmMemory, type WasmTable } from "../loader/index.ts";
import {
  controlWordAddress,
  dataStart,
  MemoryViews,
  pageSize,
  ProgramError,
  runtimeErrorMessages,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../runtime/index.ts";
import { callCompiled, type WasmFunction } from "./boundary.ts";
import { DataArea } from "./data-area.ts";
import { registerHost, tierZeroHost } from "./host.ts";
import { makeLoopRunner, type LoopHost } from "./loop-runner.ts";
import type { EngineOptions, RunStats, TierEvent } from "./options.ts";
import { loopThreshold, Policy, secondTierCalls, tierName } from "./policy.ts";
import { Slots, type FunctionState } from "./slots.ts";
import { Traces } from "./trace.ts";
import { Units } from "./units.ts";

/** Bits of the control word. */
export const controlInterrupt = 1;
export const controlTimeLimit = 2;

const defaultThreshold = 10;
const memoryPages = 16;
const mostMemoryPages = 16384;
/** Calls and back-edges between two polls in tier 0: about 1 ms; hybrid samples more often. */
const pollInterval = 10_000;
const samplingInterval = 1000;

export class Program implements LoopHost {
  readonly warnings: readonly Diagnostic[];
  readonly memory: WasmMemory;
  readonly views: MemoryViews;
  readonly #module: HirModule;
  readonly #options: EngineOptions;
  readonly #frontendTime: number;
  readonly #table: WasmTable;
  readonly #traces = new Traces();
  readonly #events: TierEvent[] = [];
  readonly #slots: Slots;
  readonly #policy: Policy;
  readonly #context: InterpContext;
  readonly #counters: number[] = [];
  #runTime = 0;
  #ran = false;

  constructor(module: HirModule, options: EngineOptions, loaded: { warnings: readonly Diagnostic[]; time: number }) {
    this.#module = module;
    this.#options = options;
    this.#frontendTime = loaded.time;
    this.warnings = loaded.warnings;
    this.memory = createMemory({ initial: memoryPages, maximum: mostMemoryPages, shared: options.sharedMemory ?? false });
    this.views = new MemoryViews(this.memory);
    this.views.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
    this.views.i32[shadowStackLimitAddress >> 2] = dataStart;
    this.#table = createTable(module.functions.length + 1);
    const data = new DataArea(this.memory, dataStart);
    const globals = module.globals.map(() => data.allocate(8, 8));
    this.#context = this.#createInterpreter(globals);
    this.#slots = new Slots(module, this.#context.cells, this.#table);
    const symbols = this.#defineSymbols(globals, data);
    const now = () => Number(options.clock.monotonicNanos()) / 1e6;
    const units = new Units({
      facts: new ModuleFacts(module),
      memory: this.memory,
      table: this.#table,
      symbols,
      data,
      slots: this.#slots,
      traces: this.#traces,
      now,
      verify: options.verify ?? false,
      sharedMemory: options.sharedMemory ?? false,
      onInstall: (state, code) => this.#useCompiled(state, code),
    });
    this.#policy = new Policy({
      mode: options.mode ?? "auto",
      optLevel: options.optLevel ?? 2,
      units,
      slots: this.#slots,
      now,
      emit: (event) => this.#record(event),
    });
  }

  /** Runs the top level and `main`; returns the exit code. A program runs once. Throws `ProgramError`. */
  run(): number {
    if (this.#ran) throw new Error("the program has run already; load it again");
    this.#ran = true;
    const start = this.#options.clock.monotonicNanos();
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = traceLimit;
    try {
      if (this.#options.mode === "jit") this.#policy.compileAll(this.#module.init);
      return runInit(this.#context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      this.#runTime = Number(this.#options.clock.monotonicNanos() - start) / 1e6;
    }
  }

  stats(): RunStats {
    const functions = this.#slots.functions.map((state) => ({
      function: state.fn.symbol,
      tier: tierName(state.tier),
      calls: state.cell.calls + this.#countedCalls(state),
      compileTime: state.compileTime,
      codeBytes: state.codeBytes,
    }));
    const compiles = this.#events.filter((event) => event.codeBytes > 0);
    return {
      mode: this.#options.mode ?? "auto",
      functions,
      compiles: compiles.length,
      compileTime: compiles.reduce((sum, event) => sum + event.compileTime, 0),
      codeBytes: compiles.reduce((sum, event) => sum + event.codeBytes, 0),
      frontendTime: this.#frontendTime,
      runTime: this.#runTime,
      events: this.#events,
    };
  }

  mark(): number {
    return this.views.i32[shadowStackPointerAddress >> 2] ?? shadowStackStart;
  }

  leave(error: unknown, mark: number): unknown {
    this.views.i32[shadowStackPointerAddress >> 2] = mark;
    return this.#traces.translate(error);
  }

  currentLoop(fn: HirFunction, loop: number): WasmFunction {
    const { compiled } = this.#slots.loop(fn.id, loop);
    if (compiled === null) throw new Error(`loop ${loop} of ${fn.symbol} is not compiled`);
    return compiled;
  }

  suspended(): void {
    this.poll();
  }

  /** The slow path of a safepoint. */
  poll(): void {
    const word = this.views.i32[controlWordAddress >> 2] ?? 0;
    if (word === 0) return;
    this.views.i32[controlWordAddress >> 2] = 0;
    const code = (word & controlInterrupt) !== 0 ? "interrupted" : "time_limit";
    throw new ProgramError(code, runtimeErrorMessages[code]);
  }

  #createInterpreter(globals: readonly number[]): InterpContext {
    const { mode = "auto", threshold = defaultThreshold } = this.#options;
    const counts = mode === "auto";
    const hybrid = mode === "hybrid";
    return createInterpContext({
      module: this.#module,
      memory: this.views,
      globals,
      callThreshold: counts ? Math.max(1, threshold) : never,
      loopThreshold: counts ? (this.#options.loopThreshold ?? loopThreshold) : never,
      pollInterval: hybrid ? samplingInterval : pollInterval,
      hooks: {
        onHotFunction: (cell: FunctionCell) => this.#policy.hotFunction(cell),
        onHotLoop: (cell: LoopCell) => this.#hotLoop(cell),
        poll: (site) => {
          this.poll();
          if (hybrid) this.#policy.sample(site);
        },
        write: (text, stream) => this.#options.write(stream, text),
        host: tierZeroHost(this.#options.clock),
      },
    });
  }

  #hotLoop(cell: LoopCell): LoopRunner {
    this.#policy.hotLoop(cell);
    const { fn } = this.#slots.function(cell.function);
    const shape = loopInterface(this.#policy.facts.loops(fn.id), cell.loop);
    const runner = makeLoopRunner(this, fn, cell.loop, shape);
    cell.runner = runner;
    return runner;
  }

  #useCompiled(state: FunctionState, code: WasmFunction): void {
    state.cell.code = callCompiled(state.fn, code, this);
  }

  #defineSymbols(globals: readonly number[], data: DataArea): SymbolTable {
    const symbols = new SymbolTable();
    this.#slots.define(symbols);
    this.#module.globals.forEach((global, index) => {
      symbols.defineData(global.symbol, globals[index] ?? 0);
    });
    for (const fn of this.#module.functions) {
      const address = data.allocate(4, 4);
      this.views.refresh();
      this.views.i32[address >> 2] = secondTierCalls;
      this.#counters[fn.id] = address;
      symbols.defineData(counterSymbol(fn), address);
    }
    registerHost(symbols, {
      clock: this.#options.clock,
      write: this.#options.write,
      views: this.views,
      poll: () => this.poll(),
      tierUp: (id) => this.#policy.tierUp(id),
    });
    return symbols;
  }

  #countedCalls(state: FunctionState): number {
    const address = this.#counters[state.fn.id];
    if (address === undefined) return 0;
    this.views.refresh();
    return secondTierCalls - (this.views.i32[address >> 2] ?? secondTierCalls);
  }

  #record(event: TierEvent): void {
    this.#events.push(event);
    this.#options.onTierEvent?.(event);
  }
}

/** JavaScript frames kept in a stack trace while a program runs; compiled frames further out are not in traces. */
const traceLimit = 400;
