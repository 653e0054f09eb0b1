// Compiled units of a running program: compile, load, put into slots.
import { doAll } from "../base/index.ts";
import {
  compileNativeUnit,
  compileUnit,
  currentAbi,
  functionType,
  type ModuleFacts,
  loopSignature,
  loopSymbol,
  signatureOf,
  type LowerRequest,
  type OptLevel,
  type UnitOptions,
} from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import {
  loadObject,
  type SlotCalls,
  type SymbolTable,
  type WasmFunction,
  type WasmMemory,
  type WasmTable,
} from "../loader/index.ts";
import type { LoadedNative, ReadObject } from "../loader/native/index.ts";
import { codeFlags } from "../runtime/index.ts";
import { callInterpreted, type Boundary } from "./boundary.ts";
import type { Chore } from "./chores.ts";
import type { DataArea } from "./data-area.ts";
import { NativeRefused, type NativeBackend, type NativeWorld } from "./native/index.ts";
import type { Backend } from "./options.ts";
import type { FunctionState, LoopState, Slots } from "./slots.ts";
import { makeStubs } from "./stubs.ts";
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
  readonly backend: Backend;
}

/** The object of a unit; a native one may have been read already. */
export type CompiledObject = Uint8Array | ReadObject;

/** A unit that was compiled elsewhere, in `compileTime` milliseconds. */
export interface CompiledUnit {
  readonly object: CompiledObject;
  readonly compileTime: number;
}

/** What native units need; made when the first is. */
export interface NativeSide {
  readonly backend: NativeBackend;
  readonly world: NativeWorld;
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
  /** What units without the table call slots by. */
  readonly slotCalls: SlotCalls;
  readonly boundary: Boundary;
  /** A function or loop of tier 0 has compiled code now. */
  readonly onInstall: (state: FunctionState | LoopState, code: WasmFunction) => void;
  /** Throws if this machine has no native code. */
  readonly native: () => NativeSide;
  /** The native code of the program, if it has any yet. */
  readonly nativeWorld: () => NativeWorld | null;
}

/** The name of a tier in reports. */
export function tierName({ backend, options: { level } }: UnitPlan, tier: number): string {
  return backend === "wasm" ? `wasm tier ${tier}` : `llvm O${level}`;
}

/** An object in memory, of either backend. */
interface LoadedUnit {
  readonly state: Omit<UnitState, "tier" | "slots">;
  /** Bytes of machine code or wasm code. */
  readonly codeBytes: number;
  /** Puts the code of a symbol into a slot; the result calls it from JavaScript. */
  install(state: FunctionState | LoopState, symbol: string): WasmFunction;
}

export class Units {
  readonly #env: UnitsEnvironment;
  /** What native code in memory was compiled from. */
  readonly #plans = new WeakMap<LoadedNative, UnitPlan>();

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
    return (
      graph.repeated[id] !== true || this.facts.loopPlaces(id).some((loop) => loop.parent >= 0)
    );
  }

  topLevelLoops(id: FunctionId): number[] {
    const places = this.facts.loopPlaces(id);
    return places.flatMap(({ parent, statement }) => (parent < 0 ? [statement.loop] : []));
  }

  /** What to compile for a request, with a name that no other unit has. */
  plan(
    requests: readonly LowerRequest[],
    level: OptLevel,
    backend: Backend,
    profiling: Pick<UnitOptions, "observing" | "speculations"> = {},
  ): UnitPlan {
    const { verify, sharedMemory, loopFuel, replaceable } = this.#env;
    const name = this.#env.store.nextName();
    const options = { name, level, verify, sharedMemory, loopFuel, ...profiling };
    if (!replaceable) return { requests, options, backend };
    const { safepoints, slotCalls } = codeFlags;
    // Single units come and go with the versions of their functions; batches are few, and their loops should be fast.
    const forwardCalls = level < 2;
    return { requests, options: { ...options, safepoints, slotCalls, forwardCalls }, backend };
  }

  /** Compiles a unit, loads it and puts its functions into their slots. */
  compile(plan: UnitPlan, tier: number): UnitFigures {
    const { facts, now } = this.#env;
    const { requests, options, backend } = plan;
    const start = now();
    const object =
      backend === "wasm"
        ? compileUnit(facts, requests, options)
        : compileNativeUnit(facts, requests, {
            options,
            compiler: this.#env.native().backend.compiler,
          });
    const unit = doAll(this.#load(plan, object));
    this.#place(unit, plan, tier);
    return this.#charge(plan, { compileTime: now() - start, codeBytes: unit.codeBytes });
  }

  /** Loads a unit and puts its functions into their slots. */
  *install(
    plan: UnitPlan,
    tier: number,
    { object, compileTime }: CompiledUnit,
  ): Chore<UnitFigures> {
    const unit = yield* this.#load(plan, object);
    if (plan.backend === "llvm") yield;
    this.#place(unit, plan, tier);
    return this.#charge(plan, { compileTime, codeBytes: unit.codeBytes });
  }

  #charge({ requests }: UnitPlan, figures: UnitFigures): UnitFigures {
    const share = {
      compileTime: figures.compileTime / requests.length,
      codeBytes: Math.round(figures.codeBytes / requests.length),
    };
    for (const request of requests) this.#env.slots.function(request.function).charge(share);
    return figures;
  }

  *#load(plan: UnitPlan, object: CompiledObject): Chore<LoadedUnit> {
    return object instanceof Uint8Array && plan.backend === "wasm"
      ? this.#loadWasm(object)
      : yield* this.#loadNative(object, plan);
  }

  /** Puts what is loaded into the slots that are still there for it. */
  #place(unit: LoadedUnit, plan: UnitPlan, tier: number): void {
    const { slots, traces, data, store } = this.#env;
    // Known from now on: what is in no slot is freed.
    const state: UnitState = { ...unit.state, tier, slots: 0 };
    store.add(state);
    for (const request of plan.requests) {
      const fn = this.facts.function(request.function);
      const isLoop = request.kind === "loop";
      const place = isLoop ? slots.loop(fn.id, request.loop) : slots.function(fn.id);
      const symbol = isLoop ? loopSymbol(fn, request.loop) : fn.symbol;
      // Code of an earlier piece of a session that nothing refers to any more, or that came too late.
      if (!slots.owns(place) || place.tier > tier) continue;
      const code = unit.install(place, symbol);
      store.place(place.slot, state);
      place.install(code, tier, tierName(plan, tier));
      this.#env.onInstall(place, code);
    }
    store.freeReplaced(traces, data);
  }

  #loadWasm(object: Uint8Array): LoadedUnit {
    const { memory, table, symbols, data, slots, traces } = this.#env;
    const loaded = loadObject(object, {
      memory,
      table,
      symbols,
      slotCalls: this.#env.slotCalls,
      abiHash: currentAbi(),
      allocateData: (size, align) => data.allocate(size, align),
      allocateTable: (count) => slots.reserve(count),
    });
    const { name, dataAddress, dataBytes } = loaded;
    if (loaded.lines !== null) traces.register(name, loaded.lines);
    this.fillSlots(loaded.slotImports);
    return {
      state: { name, data: { address: dataAddress, size: dataBytes } },
      codeBytes: loaded.codeBytes,
      install: (state, symbol) => {
        const code = loaded.functions.get(symbol)?.code;
        if (code === undefined) throw new Error(`${name} does not export ${symbol}`);
        table.set(state.slot, code);
        if (state.kind === "function") state.filled = true;
        this.#env.nativeWorld()?.cells.clear(state.slot);
        return code;
      },
    };
  }

  *#loadNative(object: CompiledObject, plan: UnitPlan): Chore<LoadedUnit> {
    const { slots, symbols } = this.#env;
    const { world } = this.#env.native();
    world.cells.ensure(slots.count);
    const slotOf = (symbol: string): number | undefined => slots.bySymbol(symbol)?.slot;
    const { loaded, data } = yield* world.loading(object, { symbols, slotOf });
    this.#plans.set(loaded, plan);
    return {
      state: { name: plan.options.name, data, release: () => world.release(loaded) },
      codeBytes: loaded.figures.code,
      install: (state, symbol) => {
        const signature = state.kind === "loop" ? loopSignature : signatureOf(state.fn);
        const code = world.install(loaded, symbol, { slot: state.slot, signature });
        if (state.kind === "function") this.#replaceWasm(state);
        return code;
      },
    };
  }

  /** Loads a native unit and puts nothing of it into slots; it goes with those that were replaced. */
  *rehearse(object: CompiledObject): Chore {
    const plan = this.plan([], 0, "llvm");
    yield;
    try {
      yield* this.install(plan, 0, { object, compileTime: 0 });
    } catch (error) {
      if (!(error instanceof NativeRefused)) throw error;
    }
  }

  /** What a native object of this program was compiled from. */
  planOf(loaded: LoadedNative): UnitPlan | undefined {
    return this.#plans.get(loaded);
  }

  /** Wasm code that calls the slot goes through tier 0's cell from now on. */
  #replaceWasm(state: FunctionState): void {
    if (!state.filled) return;
    state.filled = false;
    this.fillSlots([state.fn.symbol]);
  }

  /** Empties the slots of functions whose version is another one than before; those that code may call get stubs. */
  replace(states: readonly FunctionState[]): void {
    const { table, store } = this.#env;
    const native = this.#env.nativeWorld();
    const used = states.filter(({ slot }) => table.get(slot) !== null || store.holds(slot));
    for (const state of used) {
      native?.cells.clear(state.slot);
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
    const { slots, table, boundary } = this.#env;
    const empty = symbols.flatMap((symbol) => {
      const state = slots.bySymbol(symbol);
      if (state === undefined || state.kind === "loop" || state.filled) return [];
      // Another program of the session may have filled it.
      state.filled = table.get(state.slot) !== null;
      return state.filled ? [] : [state];
    });
    if (empty.length === 0) return;
    const functions = makeStubs(
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
