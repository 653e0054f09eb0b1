// Modules of a program whose code is loaded when one of their functions is first called, and given back when none was called for a while.
//
// Until then the slots of a module's functions hold stubs of this host, and its object is kept packed. A stub loads the object, puts the code
// into the slots, and goes on with the call. To find out whether a module is still in use its stubs are put back while its code stays loaded
// (it is resting); a module that nobody has called by the next time is unloaded, unless it has frames on the stack. Variables, texts and
// layouts of objects are there from the start, so loading allocates nothing in the heap.
import type { DataArea, Traces, UnitStore } from "../engine/index.ts";
import type { SymbolTable } from "../loader/index.ts";
import type { Piece } from "../protocol/index.ts";
import type { CodeLoader, PlacedCode } from "./code.ts";
import type { LiveSlots, SlotCode } from "./live-slots.ts";
import { liveUnit, type LiveUnit, type UnitReferences } from "./sweep.ts";

/** Code of one module of a piece. */
export type ModulePart = Piece["modules"][number];

/** A module that is to be loaded later. */
export interface LaterModule {
  readonly part: ModulePart;
  /** Optimisation of its code. */
  readonly level: number;
  readonly references: UnitReferences;
  /** What it refers to, made when it is loaded. */
  readonly symbols: () => SymbolTable;
}

/** Makes bytes smaller, and back. */
export interface Packing {
  readonly pack: (bytes: Uint8Array) => Uint8Array;
  readonly unpack: (bytes: Uint8Array) => Uint8Array;
}

/** What modules need of their program. */
export interface LazyModulesParts {
  readonly slots: LiveSlots;
  readonly code: CodeLoader;
  readonly store: UnitStore;
  readonly data: DataArea;
  readonly traces: Traces;
  readonly packing: Packing | null;
  /** Units of the program: what those refer to that run is not freed. */
  readonly units: Set<LiveUnit>;
}

/** Modules of a program; sizes in bytes. */
export interface ModuleFigures {
  readonly modules: number;
  readonly loadedModules: number;
  /** Objects that are kept to be loaded. */
  readonly waiting: number;
}

interface Loaded {
  readonly unit: LiveUnit;
  readonly codes: ReadonlyMap<string, PlacedCode>;
  /** Counts loads. */
  readonly order: number;
  /** Its stubs are in the slots: nobody has called it since. */
  resting: boolean;
}

interface Module {
  readonly name: string;
  readonly functions: ModulePart["functions"];
  /** Packed. */
  readonly object: Uint8Array;
  readonly later: Omit<LaterModule, "part">;
  /** What its slots hold while it is not loaded. */
  readonly unit: LiveUnit;
  readonly stubs: ReadonlyMap<string, SlotCode>;
  loaded: Loaded | null;
}

/** See the head of this file. */
export class LazyModules {
  readonly #parts: LazyModulesParts;
  readonly #modules = new Set<Module>();
  #order = 0;

  constructor(parts: LazyModulesParts) {
    this.#parts = parts;
  }

  /** Stubs for the slots of a module. */
  add({ part, ...later }: LaterModule): [string, SlotCode][] {
    const { packing, code } = this.#parts;
    const { functions, name } = part;
    const unit: LiveUnit = {
      name: `${name} (not loaded)`,
      tier: later.level,
      data: { address: 0, size: 0 },
      extraBytes: 0,
      kept: () => [],
      slots: 0,
      references: later.references,
    };
    const placed = code.hosted(
      functions.map(({ key, type }) => ({
        type,
        code: (...args) => this.#codeOf(module, key).call(...args),
      })),
    );
    const stubs = functions.flatMap(({ key, content }, index): [string, SlotCode][] => {
      const stub = placed[index];
      return stub === undefined ? [] : [[key, { code: stub, content, unit }]];
    });
    const object = packing?.pack(part.object) ?? part.object;
    const shared = { name, functions, object, later, unit };
    const module: Module = { ...shared, stubs: new Map(stubs), loaded: null };
    this.#modules.add(module);
    return stubs;
  }

  /** The code of a function of the module, which is loaded and in its slots from now on. */
  #codeOf(module: Module, key: string): PlacedCode {
    const loaded = module.loaded ?? this.#load(module);
    loaded.resting = false;
    const { unit, codes } = loaded;
    this.#parts.units.add(unit);
    for (const [each, { code: stub }] of module.stubs) {
      const code = codes.get(each);
      if (code !== undefined) this.#parts.slots.exchange(each, stub, { code, unit });
    }
    const code = codes.get(key);
    if (code === undefined) throw new RangeError(`\`${module.name}\` does not have ${key}`);
    return code;
  }

  #load(module: Module): Loaded {
    const { code, packing, store } = this.#parts;
    const { symbols, level, references } = module.later;
    const bytes = packing?.unpack(module.object) ?? module.object;
    const placed = code.load(bytes, symbols());
    const unit: LiveUnit = {
      ...liveUnit(placed, level, references),
      release: () => {
        if (placed.release?.() === false) return false;
        if (module.loaded?.unit === unit) module.loaded = null;
        this.#parts.units.delete(unit);
        return true;
      },
    };
    store.add(unit);
    const codes = module.functions.map(
      ({ key, symbol, type }) => [key, placed.function(symbol, type)] as const,
    );
    this.#order += 1;
    module.loaded = { unit, codes: new Map(codes), order: this.#order, resting: false };
    return module.loaded;
  }

  /** Unloads the modules that nobody has called since this was called last; finds out from now on whether the others are. */
  tidy(): void {
    const loaded = [...this.#modules].flatMap((module) => module.loaded ?? []);
    if (loaded.some(({ resting }) => resting)) this.#free();
    for (const module of this.#modules) {
      if (module.loaded !== null) this.#rest(module, module.loaded);
      // Other code stands in all of its slots.
      else if (module.unit.slots === 0) this.#modules.delete(module);
    }
  }

  /** Puts the stubs back. */
  #rest(module: Module, loaded: Loaded): void {
    for (const [key, stub] of module.stubs) {
      const code = loaded.codes.get(key);
      if (code !== undefined) this.#parts.slots.exchange(key, code, stub);
    }
    loaded.resting = true;
  }

  #free(): void {
    const { store, traces, data } = this.#parts;
    store.freeReplaced(traces, data, 0);
  }

  /** Counts what was loaded. */
  get order(): number {
    return this.#order;
  }

  /** Unloads what was loaded after the count was that: memory is as it was then. */
  dropSince(order: number): void {
    let dropped = false;
    for (const module of this.#modules) {
      const { loaded } = module;
      if (loaded === null || loaded.order <= order) continue;
      this.#rest(module, loaded);
      module.loaded = null;
      dropped = true;
    }
    if (dropped) this.#free();
  }

  /** The code of the modules that are loaded, also of those whose slots hold stubs. */
  units(): LiveUnit[] {
    return [...this.#modules].flatMap(({ loaded }) => loaded?.unit ?? []);
  }

  figures(): ModuleFigures {
    const modules = [...this.#modules];
    return {
      modules: modules.length,
      loadedModules: modules.filter(({ loaded }) => loaded !== null).length,
      waiting: modules.reduce((sum, { object }) => sum + object.length, 0),
    };
  }
}
