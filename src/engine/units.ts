// Compiled units of a running program: compile, load, put into slots.
import {
  compileUnit,
  currentAbi,
  functionType,
  type ModuleFacts,
  loopSymbol,
  signatureOf,
  type LowerRequest,
  type OptLevel,
  type UnitOptions,
} from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import {
  loadObject,
  type SymbolTable,
  type WasmFunction,
  type WasmMemory,
  type WasmTable,
} from "../loader/index.ts";
import { callInterpreted, type Boundary } from "./boundary.ts";
import type { DataArea } from "./data-area.ts";
import type { FunctionState, Slots } from "./slots.ts";
import type { Traces } from "./trace.ts";
import type { UnitState, UnitStore } from "./unit-store.ts";

/** What a compilation cost and made. */
export interface UnitFigures {
  readonly compileTime: number;
  readonly codeBytes: number;
}

/** A unit to compile. Plain data: it can be sent to another thread. */
export interface UnitPlan {
  readonly requests: readonly LowerRequest[];
  readonly options: UnitOptions;
}

export interface UnitsEnvironment {
  readonly facts: ModuleFacts;
  readonly memory: WasmMemory;
  readonly table: WasmTable;
  readonly symbols: SymbolTable;
  readonly data: DataArea;
  readonly slots: Slots;
  readonly store: UnitStore;
  readonly traces: Traces;
  /** Milliseconds. */
  readonly now: () => number;
  readonly verify: boolean;
  readonly sharedMemory: boolean;
  readonly loopFuel: number;
  /** Functions may be replaced while they run: code polls and goes on, and calls through slots. */
  readonly replaceable: boolean;
  readonly boundary: Boundary;
  /** A function of tier 0 has compiled code now. */
  readonly onInstall: (state: FunctionState, code: WasmFunction) => void;
}

export class Units {
  readonly #env: UnitsEnvironment;

  constructor(environment: UnitsEnvironment) {
    this.#env = environment;
  }

  get facts(): ModuleFacts {
    return this.#env.facts;
  }

  /**
   * Whether compiled code of the function runs its top-level loops as loop functions. Worth it where a call may take
   * long; a function that is entered again and again gets faster code by its next call.
   */
  runsLoopsOutlined(id: FunctionId): boolean {
    const { graph } = this.facts;
    if (graph.recursive[id] === true) return false;
    return graph.repeated[id] !== true || this.facts.loops(id).some((loop) => loop.parent >= 0);
  }

  topLevelLoops(id: FunctionId): number[] {
    return this.facts.loops(id).flatMap((loop) => (loop.parent < 0 ? [loop.statement.loop] : []));
  }

  /** What to compile for a request, with a name that no other unit has. */
  plan(requests: readonly LowerRequest[], level: OptLevel): UnitPlan {
    const { verify, sharedMemory, loopFuel, replaceable } = this.#env;
    const name = this.#env.store.nextName();
    const options = { name, level, verify, sharedMemory, loopFuel };
    if (!replaceable) return { requests, options };
    return { requests, options: { ...options, safepoints: "call", slotCalls: true } };
  }

  /** Compiles a unit, loads it and puts its functions into their slots. */
  compile(plan: UnitPlan, tier: number): UnitFigures {
    const { facts, now } = this.#env;
    const start = now();
    const object = compileUnit(facts, plan.requests, plan.options);
    const codeBytes = this.#load(object, plan.requests, tier);
    return this.#charge(plan, { compileTime: now() - start, codeBytes });
  }

  /** Loads a unit that was compiled elsewhere, in `compileTime` milliseconds. */
  install(
    plan: UnitPlan,
    tier: number,
    compiled: { object: Uint8Array; compileTime: number },
  ): UnitFigures {
    const codeBytes = this.#load(compiled.object, plan.requests, tier);
    return this.#charge(plan, { compileTime: compiled.compileTime, codeBytes });
  }

  #charge({ requests }: UnitPlan, figures: UnitFigures): UnitFigures {
    const share = {
      compileTime: figures.compileTime / requests.length,
      codeBytes: Math.round(figures.codeBytes / requests.length),
    };
    for (const request of requests) this.#env.slots.function(request.function).charge(share);
    return figures;
  }

  #load(object: Uint8Array, requests: readonly LowerRequest[], tier: number): number {
    const { memory, table, symbols, data, slots, traces, store } = this.#env;
    const loaded = loadObject(object, {
      memory,
      table,
      symbols,
      abiHash: currentAbi(),
      allocateData: (size, align) => data.allocate(size, align),
      allocateTable: (count) => slots.reserve(count),
    });
    const { name, dataAddress, dataBytes } = loaded;
    if (loaded.lines !== null) traces.register(name, loaded.lines);
    const unit: UnitState = {
      name,
      tier,
      data: { address: dataAddress, size: dataBytes },
      slots: 0,
    };
    store.add(unit);
    this.fillSlots(loaded.slotImports);
    for (const request of requests) {
      const fn = this.facts.function(request.function);
      const state =
        request.kind === "function" ? slots.function(fn.id) : slots.loop(fn.id, request.loop);
      const symbol = request.kind === "function" ? fn.symbol : loopSymbol(fn, request.loop);
      const code = loaded.functions.get(symbol)?.code;
      if (code === undefined) throw new Error(`${loaded.name} does not export ${symbol}`);
      // Code of an earlier piece of a session that nothing refers to any more, or that was replaced.
      if (!slots.owns(state)) continue;
      table.set(state.slot, code);
      store.place(state.slot, unit);
      state.install(code, tier);
      if (state.kind === "function") this.#env.onInstall(state, code);
    }
    store.freeReplaced(traces, data);
    return loaded.codeBytes;
  }

  /** Empties the slots of functions whose version is another one than before; those that code may call get stubs. */
  replace(states: readonly FunctionState[]): void {
    const { table, store } = this.#env;
    const used = states.filter(({ slot }) => table.get(slot) !== null);
    for (const state of used) {
      table.set(state.slot, null);
      store.place(state.slot, null);
      state.filled = false;
    }
    this.fillSlots(used.map(({ fn }) => fn.symbol));
  }

  /** Whether there is compiled code in the slot of a function, of this program or an earlier one of the session. */
  isCompiled(state: FunctionState): boolean {
    return this.#env.store.holds(state.slot);
  }

  /** Slots that compiled code may call and that hold nothing yet get a stub that runs the interpreter. */
  fillSlots(symbols: readonly string[]): void {
    const { slots, store, table, boundary } = this.#env;
    const empty = symbols.flatMap((symbol) => {
      const state = slots.bySymbol(symbol);
      if (state === undefined || state.kind === "loop" || state.filled) return [];
      // Another program of the session may have filled it.
      state.filled = table.get(state.slot) !== null;
      return state.filled ? [] : [state];
    });
    if (empty.length === 0) return;
    const functions = store.stubs.make(
      empty.map((state) => ({
        type: functionType(signatureOf(state.fn)),
        code: callInterpreted(state.cell, boundary),
      })),
    );
    empty.forEach((state, index) => {
      const stub = functions[index];
      if (stub === undefined) throw new Error(`no stub for ${state.fn.symbol}`);
      table.set(state.slot, stub);
      state.filled = true;
    });
  }
}
