// A loaded program: memory, slots, both tiers, and how it runs.
import type { Diagnostic, SourceFile } from "../base/index.ts";
import { counterSymbol, ModuleFacts } from "../compiler/index.ts";
import { staticsOf, textSymbol, type HirModule } from "../ir/hir/index.ts";
import {
  callClosure,
  callFunction,
  never,
  forwardCell,
  runInit,
  type FunctionCell,
  type InterpContext,
  type Value,
} from "../interp/index.ts";
import { SymbolTable, type WasmMemory } from "../loader/index.ts";
import { firstLoopFuel, type MemoryViews, ProgramError, type Host } from "../runtime/index.ts";
import type { BackgroundCompiler } from "./background.ts";
import { ExecutionManagers, type ManagerEnvironment } from "./execution-managers.ts";
import { defineStatic } from "./heap.ts";
import { defineStatics } from "./static-objects.ts";
import { CallCounters } from "./call-counters.ts";
import { HotCode } from "./hot-code.ts";
import { createInterpreter, frequentPollInterval } from "./interpreter.ts";
import { bindImports } from "./native-imports.ts";
import type { LoadedModule } from "./modules.ts";
import type { Backend, EngineOptions, RunStats, TierEvent } from "./options.ts";
import { Policy } from "./policy.ts";
import { SpecRunner } from "./specs.ts";
import { Slots, type FunctionState } from "./slots.ts";
import { Pauses } from "./pauses.ts";
import { Poller } from "./poller.ts";
import { createProgramHost } from "./program-host.ts";
import { ProgramNative } from "./program-native.ts";
import { tierFigures } from "./run-stats.ts";
import type { Pins } from "./running.ts";
import type { FunctionKeys } from "./versions.ts";
import { Traces, withLongTraces } from "./trace.ts";
import { Units } from "./units.ts";
import { World } from "./world.ts";

/** What is known of a program when it has been analysed. */
export interface LoadedProgram {
  readonly warnings: readonly Diagnostic[];
  /** Milliseconds of the front end. */
  readonly time: number;
  readonly modules: readonly LoadedModule[];
  /** Of a piece of a session. */
  readonly session?: SessionPiece;
}

/** Where a piece stands in its session. */
interface SessionPiece {
  /** The program that it continues. */
  readonly before: Program | null;
  /** Symbols of the variables in force. */
  readonly variables: ReadonlySet<string>;
  /** How often types were declared anew, this piece included. */
  readonly typeChanges: number;
  /** The names of what is not as it was, as in `Evaluation`. */
  readonly changed: ReadonlySet<string> | null;
}

/** A loaded program: its memory, its functions in all tiers, and the run of it. */
export class Program {
  readonly warnings: readonly Diagnostic[];
  readonly memory: WasmMemory;
  readonly views: MemoryViews;
  /** The examples that the program has run, if it is a spec. */
  readonly specs: SpecRunner;
  readonly #module: HirModule;
  readonly #options: EngineOptions;
  readonly #modules: readonly LoadedModule[];
  readonly #frontendTime: number;
  readonly #world: World;
  readonly #traces: Traces;
  readonly #loopFuel: number;
  readonly #events: TierEvent[] = [];
  readonly #slots: Slots;
  readonly #units: Units;
  readonly #policy: Policy;
  readonly #pauses = new Pauses(() => this.#now());
  readonly #poller: Poller;
  readonly #hot: HotCode;
  readonly #native: ProgramNative;
  readonly #context: InterpContext;
  readonly #counters: CallCounters;
  #madeHost: Host | null = null;
  readonly #managers: ExecutionManagers;
  #verbose = false;
  #backend: Backend;
  #compiler: BackgroundCompiler | null = null;
  #runTime = 0;
  #ran = false;

  constructor(module: HirModule, options: EngineOptions, loaded: LoadedProgram) {
    this.#module = module;
    this.#options = options;
    this.#modules = loaded.modules;
    this.#frontendTime = loaded.time;
    this.warnings = loaded.warnings;
    this.#loopFuel = Math.max(1, options.loopFuel ?? firstLoopFuel);
    const { session } = loaded;
    const before = session?.before ?? null;
    const world =
      before === null ? new World(module, options, session !== undefined) : before.#world;
    this.#world = world;
    this.#backend = backendOf(options, world);
    this.views = world.views;
    this.#counters = new CallCounters(world.views);
    this.#poller = this.#createPoller();
    this.#traces = before === null ? new Traces(() => this.#poller.stopCode()) : before.#traces;
    this.memory = world.memory;
    this.#hot = this.#createHotCode();
    this.specs = this.#createSpecs();
    this.#native = this.#createNative();
    const symbols = new SymbolTable(world.heap?.symbols);
    this.#managers = this.#createManagers(symbols);
    const globals = world.placeVariables(module.globals);
    if (world.heap !== null) defineStatics(module, world, symbols);
    const facts = new ModuleFacts(module);
    const keys =
      session === undefined
        ? null
        : (world.versions?.enter(facts, session.typeChanges, session.changed) ?? null);
    const cells = keys === null ? [] : this.#sameCells(keys);
    this.#context = this.#createInterpreter(
      globals,
      cells,
      before === null ? undefined : before.#context.roots,
    );
    this.#slots = new Slots(facts, this.#context.cells, world, keys);
    const replaced = this.#enterCells();
    this.#defineSymbols(symbols, globals);
    if (before === null) this.#openHeap(symbols);
    else world.heap?.library.setLayouts(module.layouts);
    if (session !== undefined) this.#enterSession(symbols, session.variables);
    this.#units = this.#createUnits(facts, symbols);
    this.#policy = this.#createPolicy();
    if (replaced.length > 0) this.#units.replace(replaced);
    this.#bindImports();
    this.#openNative();
  }

  #createHotCode(): HotCode {
    return new HotCode({
      views: this.views,
      traces: this.#traces,
      world: this.#world,
      poller: this.#poller,
      pauses: this.#pauses,
      counters: this.#counters,
      loopFuel: this.#loopFuel,
      now: () => this.#now(),
      slots: () => this.#slots,
      policy: () => this.#policy,
    });
  }

  #createSpecs(): SpecRunner {
    const { onExample } = this.#options;
    return new SpecRunner({
      call: (closure) => this.#hot.guard(() => callClosure(this.#context, closure)),
      text: (address) => this.#host.display.ref(address),
      now: () => this.#now(),
      ...(onExample === undefined ? {} : { onExample }),
    });
  }

  #createNative(): ProgramNative {
    return new ProgramNative({
      options: this.#options,
      world: this.#world,
      traces: this.#traces,
      poller: this.#poller,
      host: () => this.#host,
      slotCount: () => this.#slots.count,
    });
  }

  #createPoller(): Poller {
    const { attend, onSleep } = this.#options;
    return new Poller({
      views: this.views,
      now: () => this.#now(),
      world: this.#world,
      doChores: () => this.#pauses.during(() => this.#policy.doChores()),
      watchShares: () => this.#watchShares(),
      attend,
      onSleep,
    });
  }

  #watchShares(): void {
    if (this.#policy.shares?.due === true) this.#pauses.during(() => this.#policy.watchShares());
  }

  /** The safepoint of tier 0: see `Poller`. */
  poll(): void {
    this.#poller.poll();
  }

  /** Has tier 0 poll earlier if something waits for that. */
  #pollSoon(): void {
    if (!this.#poller.hasChores) return;
    const context = this.#context;
    context.budget = Math.min(context.budget, frequentPollInterval);
  }

  #bindImports(): void {
    bindImports(this.#options.imports ?? [], {
      module: this.#module,
      cells: this.#context.cells,
      call: (cell, args) => this.#fromNative(() => callFunction(this.#context, cell, args)),
    });
  }

  /** Has native code ready before the program runs, unless that would take long. */
  #openNative(): void {
    if (this.#native.goOn() || this.#backend !== "llvm") return;
    const { mode } = this.#options;
    if (mode === "interpret") return;
    // To start a thread takes longer than to install a unit; and what V8 makes at the first call is made now.
    if (mode !== "jit") this.#background()?.take();
    this.#native.openEarly();
    if (this.#compiler !== null && this.#world.native !== null) this.#policy.shares?.start();
  }

  /** The cells of functions that an earlier program has with the same version, where they may be replaced while they run. */
  #sameCells(keys: readonly FunctionKeys[]): (FunctionCell | undefined)[] {
    const { replaceable, slots, slotCells } = this.#world;
    if (!replaceable) return [];
    return keys.map(({ slot, replaces }, id) =>
      replaces || id === this.#module.init ? undefined : slotCells[slots.take(slot)],
    );
  }

  /** Makes the cells known by their slots. Cells of replaced versions go on to the new ones; the result is those. */
  #enterCells(): FunctionState[] {
    const { slotCells } = this.#world;
    const replaced = this.#slots.functions.filter(({ keys }) => keys.replaces);
    for (const { slot } of replaced) {
      const before = slotCells[slot];
      if (before !== undefined) forwardCell(before, slotCells, slot);
    }
    for (const { slot, cell } of this.#slots.functions) slotCells[slot] = cell;
    return replaced;
  }

  /** Makes the texts of the source, and gives back what only earlier pieces needed. */
  #enterSession(symbols: SymbolTable, kept: ReadonlySet<string>): void {
    const { texts } = this.#world;
    for (const [text, number] of staticsOf(this.#module).texts)
      if (texts !== null) defineStatic(symbols, textSymbol(number), texts.object(text));
    const closures = this.#module.layouts.filter(({ kind }) => kind === "closure");
    const inUse = new Set([...kept, ...this.#module.globals.map(({ symbol }) => symbol)]);
    this.#world.collectCode(inUse, new Set(closures.map(({ id }) => id)), this.#traces);
  }

  /** The next piece of the session gives back what nothing can reach. */
  collectSoon(): void {
    this.#world.collectSoon();
  }

  /** Made when it is first needed: many pieces of a session call nothing of it. */
  get #host(): Host {
    return (this.#madeHost ??= createProgramHost({
      module: this.#module,
      options: this.#options,
      world: this.#world,
      context: this.#context,
      poller: this.#poller,
      specs: this.specs,
      managers: this.#managers,
      tierUp: (id) => this.#hot.tierUp(id),
      callClosure: (closure, args) =>
        this.#fromNative(() => callClosure(this.#context, closure, args)),
    }));
  }

  /** Runs a function of the program that native code calls; what it throws is about to pass that code. */
  #fromNative(call: () => Value): Value {
    return this.#hot.guard(
      () => {
        // Loops of native code have no safepoints.
        this.#poller.poll();
        return call();
      },
      (error) => this.#hot.enter(error),
    );
  }

  #createManagers(symbols: SymbolTable): ExecutionManagers {
    const { sharedMemory = false, optLevel = 2 } = this.#options;
    const world = this.#world;
    const environment: ManagerEnvironment = {
      memory: this.memory,
      table: world.table,
      data: world.data,
      traces: this.#traces,
      boundary: this.#hot,
      sharedMemory,
      optLevel,
      symbols,
      known: {
        function: (symbol) => this.#slots.signature(symbol),
        variable: (symbol) => {
          const variable = this.#module.globals.find((global) => global.symbol === symbol);
          return variable?.type ?? (symbols.lookup(symbol) === undefined ? undefined : "constant");
        },
      },
      allocateTable: (count) => this.#slots.reserve(count),
      native: () => this.#native.side(),
      auto: () => world.auto.choose(),
      setBackend: (backend) => {
        this.#backend = backend;
      },
      configure: (mode, threshold, verbose) => this.#configure(mode, threshold, verbose),
    };
    return new ExecutionManagers(environment, this.#backend);
  }

  /** What a program asks for itself: see `JitMode` in the library of the front end. */
  #configure(mode: string, threshold: number, verbose: boolean): void {
    this.#verbose ||= verbose;
    // A mode that was chosen from outside stays.
    if ((this.#options.mode ?? "auto") !== "auto") return;
    if (mode === "AlwaysJit") this.#policy.compileAll(this.#module.init);
    for (const { cell, requested } of this.#slots.functions) {
      if (mode === "AlwaysInterpret") stayInterpreted(cell);
      else if (requested === 0) cell.hotAt = Math.max(cell.calls + 1, threshold, 1);
    }
  }

  #createUnits(facts: ModuleFacts, symbols: SymbolTable): Units {
    const { verify = false, sharedMemory = false } = this.#options;
    return new Units({
      facts,
      memory: this.memory,
      table: this.#world.table,
      symbols,
      data: this.#world.data,
      slots: this.#slots,
      store: this.#world.store,
      traces: this.#traces,
      now: () => this.#now(),
      verify,
      sharedMemory,
      loopFuel: this.#loopFuel,
      replaceable: this.#world.replaceable,
      slotCalls: this.#world.slotCalls,
      boundary: this.#hot,
      onInstall: (state, code) => this.#hot.use(state, code),
      native: () => this.#native.side(),
      nativeWorld: () => this.#world.native,
    });
  }

  #createPolicy(): Policy {
    const { mode = "auto", optLevel = 2, verify } = this.#options;
    return new Policy({
      mode,
      optLevel,
      strict: mode === "jit" || verify === true,
      replaceable: this.#world.replaceable,
      backend: () => this.#backend,
      count: (id, calls) => this.#counters.restart(id, calls),
      units: this.#units,
      slots: this.#slots,
      now: () => this.#now(),
      emit: (event) => this.#record(event),
      remind: () => this.#poller.remind(),
      background: () => this.#background(),
      peaks: optLevelIsFree(this.#options),
      profile: () => this.#world.native?.profile() ?? null,
      profileMemory: this.#world.profileMemory,
    });
  }

  /** Milliseconds. */
  #now(): number {
    return Number(this.#options.clock.monotonicNanos()) / 1e6;
  }

  /** Runs the top level and `main`; returns the exit code. A program runs once. Throws `ProgramError`. */
  run(): number {
    if (this.#ran) throw new Error("the program has run already; load it again");
    this.#ran = true;
    const start = this.#options.clock.monotonicNanos();
    const world = this.#world;
    const { holder } = world;
    world.holder = this.specs;
    try {
      return this.#hot.guard(
        () => world.running.during(this, () => withLongTraces(() => this.#runTopLevel())),
        (error) => {
          if (error instanceof ProgramError && error.incomplete) this.#endInTopLevel(error);
        },
      );
    } finally {
      world.holder = holder;
      this.#policy.shares?.stop();
      this.#runTime = Number(this.#options.clock.monotonicNanos() - start) / 1e6;
    }
  }

  #runTopLevel(): number {
    if (this.#options.mode === "jit") this.#policy.compileAll(this.#module.init);
    return runInit(this.#context);
  }

  /** Returns the memory of native code. Neither this program nor its session may run any more. */
  close(): void {
    this.#policy.shares?.stop();
    this.#world.native?.close();
    this.#world.native = null;
  }

  /** The top level is outermost even if the frames of compiled code that lead there were lost, with its line. */
  #endInTopLevel(error: ProgramError): void {
    const { name, span } = this.#slots.function(this.#module.init).fn;
    if (error.trace.at(-1)?.function === name) return;
    error.addFrame({ function: name, file: span.file.path, line: 0, column: 0 });
  }

  /** The HIR of the program. */
  get module(): HirModule {
    return this.#module;
  }

  /** The source of a file of the program by its path, as traces name it; of several texts the one that has the line. */
  sourceFile(path: string, line = 1): SourceFile | undefined {
    const { functions } = this.#module;
    const files = functions.map(({ span }) => span.file).filter((file) => file.path === path);
    return files.findLast((file) => file.offset({ line, column: 1 }) !== undefined) ?? files[0];
  }

  stats(): RunStats {
    return {
      mode: this.#options.mode ?? "auto",
      ...tierFigures(
        {
          functions: this.#slots.functions,
          init: this.#module.init,
          counted: (id) => this.#counters.counted(id),
        },
        this.#events,
      ),
      frontendTime: this.#frontendTime,
      runTime: this.#runTime,
      pauses: this.#pauses.figures(),
      samples: this.#policy.shares?.figures() ?? null,
      heap: this.#world.heap?.library.stats() ?? null,
    };
  }

  /** Adds what this program must find again when it goes on. */
  pin({ slots, globals, texts }: Pins): void {
    for (const { slot, loops } of this.#slots.functions) {
      slots.add(slot);
      for (const loop of loops) slots.add(loop.slot);
    }
    for (const { symbol } of this.#module.globals) globals.add(symbol);
    for (const text of staticsOf(this.#module).texts.keys()) texts.add(text);
  }

  /** Loads the library behind the static data; what is left of the memory becomes the heap. */
  #openHeap(symbols: SymbolTable): void {
    const world = this.#world;
    if (world.heap === null) return;
    const { file, layouts } = this.#module;
    world.openHeap({
      library: this.#options.library,
      symbols,
      layouts,
      spare: world.spareData(file.text.length),
      stress: this.#options.collectAlways ?? false,
      reserve: (count) => this.#slots.reserve(count),
      registerLines: (name, lines) => this.#traces.register(name, lines),
    });
  }

  #createInterpreter(
    globals: readonly number[],
    cells: readonly (FunctionCell | undefined)[],
    roots: InterpContext["roots"] | undefined,
  ): InterpContext {
    return createInterpreter({
      module: this.#module,
      options: this.#options,
      world: this.#world,
      globals,
      cells,
      roots,
      host: () => this.#host,
      heap: {
        functionSlot: (id) => {
          const { fn, slot } = this.#slots.function(id);
          this.#units.fillSlots([fn.symbol]);
          return slot;
        },
        fromLibrary: (error) => this.#traces.translateLibrary(error),
      },
      hooks: {
        onHotFunction: (cell) => {
          this.#hot.hotFunction(cell);
          this.#pollSoon();
        },
        onHotLoop: (cell) => {
          const runner = this.#hot.hotLoop(cell);
          this.#pollSoon();
          return runner;
        },
        poll: (site) => {
          this.poll();
          this.#pollSoon();
          if (this.#options.mode === "hybrid") this.#policy.sample(site);
        },
      },
    });
  }

  #background(): BackgroundCompiler | null {
    const { background } = this.#options;
    if (background === undefined) return null;
    return (this.#compiler ??= background({
      file: this.#module.file,
      modules: this.#modules,
      memory: this.memory,
      backend: this.#backend,
      linked: (this.#options.linked ?? []).map(({ name, params, result, origin }) => ({
        name,
        params,
        result,
        origin,
      })),
    }));
  }

  #defineSymbols(symbols: SymbolTable, globals: readonly number[]): void {
    this.#slots.define(symbols);
    this.#module.globals.forEach((global, index) => {
      defineData(symbols, global.symbol, globals[index] ?? 0);
    });
    for (const fn of this.#module.functions) {
      const address = this.#world.counter(fn.symbol);
      // Of a function that goes on in an earlier program the count goes on too.
      this.#counters.add(fn.id, address, this.#context.cells[fn.id]?.fn !== fn);
      defineData(symbols, counterSymbol(fn), address);
    }
    symbols.defineLater(() => this.#world.defineHost(symbols, this.#host));
  }

  #record(event: TierEvent): void {
    this.#events.push(event);
    this.#options.onTierEvent?.(event);
    if (this.#verbose) this.#options.onVerboseEvent?.(event);
  }
}

/** The back end that a program begins with; where nothing is compiled, native code is not looked for. */
function backendOf({ backend = "wasm", mode }: EngineOptions, { auto }: World): Backend {
  if (backend !== "auto") return backend;
  return mode === "interpret" ? "wasm" : auto.choose();
}

/** Whether code may go above the default level: not if the level was given, nor where there is no thread to compile it. */
function optLevelIsFree({ optLevel, mode = "auto", background }: EngineOptions): boolean {
  return (
    optLevel === undefined && background !== undefined && (mode === "auto" || mode === "hybrid")
  );
}

function stayInterpreted(cell: FunctionCell): void {
  cell.hotAt = never;
  for (const loop of cell.loops) loop.hotAt = never;
}

function defineData(symbols: SymbolTable, name: string, address: number): void {
  symbols.define({ kind: "data", name, origin: "the program", address });
}
