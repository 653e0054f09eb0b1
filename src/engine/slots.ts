// Slots: the place in the function table of each function and each loop function, and what is in it now.
import type { FunctionId, HirFunction } from "../ir/hir/index.ts";
import type { FunctionCell } from "../interp/index.ts";
import type { Signature } from "../ir/mir/index.ts";
import type { SlotNumbers } from "./slot-numbers.ts";
import { loopKeys, versionless, type FunctionKeys, type Versions } from "./versions.ts";
import {
  functionType,
  type LoopInterface,
  loopSignature,
  loopSymbol,
  signatureOf,
  type ModuleFacts,
} from "../compiler/index.ts";
import type { SymbolTable, WasmFunction, WasmTable } from "../loader/index.ts";

interface Figures {
  readonly compileTime: number;
  readonly codeBytes: number;
}

interface SlotName {
  readonly slot: number;
  readonly key: string;
}

/** What is common to functions and loops: a slot, the code in it, its tier (0 is the interpreter). */
abstract class SlotState {
  readonly slot: number;
  /** What the slot goes by. */
  readonly key: string;
  readonly fn: HirFunction;
  tier = 0;
  /** The tier's name. */
  tierName = "interpreter";
  compiled: WasmFunction | null = null;

  constructor({ slot, key }: SlotName, fn: HirFunction) {
    this.slot = slot;
    this.key = key;
    this.fn = fn;
  }

  /** Takes note of new code in the slot. */
  install(code: WasmFunction, tier: number, tierName: string): void {
    this.compiled = code;
    this.tier = tier;
    this.tierName = tierName;
  }
}

interface FunctionParts {
  readonly fn: HirFunction;
  readonly slot: number;
  readonly keys: FunctionKeys;
}

/** A function's slot. The cell may be that of an earlier program with the same version. */
export class FunctionState extends SlotState {
  readonly kind = "function";
  readonly cell: FunctionCell;
  readonly loops: readonly LoopState[];
  readonly keys: FunctionKeys;
  /** Whether the table entry holds anything. */
  filled = false;
  /** The tier that has been asked for; a function is not asked for twice. */
  requested = 0;
  /** How often it was part of a unit. */
  compilations = 0;
  compileTime = 0;
  codeBytes = 0;

  constructor({ fn, slot, keys }: FunctionParts, cell: FunctionCell, loops: readonly LoopState[]) {
    super({ slot, key: keys.slot }, fn);
    this.keys = keys;
    this.cell = cell;
    this.loops = loops;
  }

  /** Adds to the figures of the function. */
  charge(figures: Figures): void {
    this.compileTime += figures.compileTime;
    this.codeBytes += figures.codeBytes;
  }
}

export class LoopState extends SlotState {
  readonly kind = "loop";
  readonly loop: number;
  /** How its code is called, if that is known already. */
  shape: LoopInterface | null = null;

  constructor(name: SlotName, fn: HirFunction, loop: number) {
    super(name, fn);
    this.loop = loop;
  }
}

/** Where the slots are. */
interface SlotWorld {
  readonly table: WasmTable;
  readonly slots: SlotNumbers;
  /** Of a session. */
  readonly versions: Versions | null;
}

/** All slots of a program. */
export class Slots {
  readonly functions: readonly FunctionState[];
  readonly #bySymbol = new Map<string, FunctionState | LoopState>();
  readonly #table: WasmTable;
  readonly #numbers: SlotNumbers;
  readonly #versions: Versions | null;

  /** `slots` go on from those of the program that this one continues; `keys` say which functions are the same. */
  constructor(
    facts: ModuleFacts,
    cells: readonly FunctionCell[],
    world: SlotWorld,
    keys: readonly FunctionKeys[] | null,
  ) {
    this.#table = world.table;
    this.#numbers = world.slots;
    this.#versions = world.versions;
    this.functions = facts.module.functions.map((fn) =>
      this.#create(fn, cells[fn.id], keys?.[fn.id] ?? onlyVersion(fn)),
    );
    this.#growTable();
    if (keys === null) return;
    // Code of earlier pieces is that of the same version, or is replaced.
    for (const state of this.functions) state.filled = this.#table.get(state.slot) !== null;
  }

  #growTable(): void {
    const missing = this.#numbers.count - this.#table.length;
    if (missing > 0) this.#table.grow(missing);
  }

  #create(fn: HirFunction, cell: FunctionCell | undefined, keys: FunctionKeys): FunctionState {
    if (cell === undefined) throw new RangeError(`${fn.symbol} has no cell`);
    const loops = loopKeys(fn, keys.version).map((loopKey, loop) => {
      const state = new LoopState(this.#name(loopKey), fn, loop);
      this.#bySymbol.set(loopSymbol(fn, loop), state);
      return state;
    });
    const { slot } = this.#name(keys.slot);
    const state = new FunctionState({ fn, slot, keys }, cell, loops);
    this.#bySymbol.set(fn.symbol, state);
    return state;
  }

  #name(key: string): SlotName {
    return { key, slot: this.#numbers.take(key) };
  }

  /** Whether the slot is still that of this function or loop. In a session it may have been freed, or hold a newer version. */
  owns(state: FunctionState | LoopState): boolean {
    if (this.#numbers.find(state.key) !== state.slot) return false;
    if (state.kind === "loop" || this.#versions === null) return true;
    return this.#versions.versionIn(state.slot) === state.keys.version;
  }

  /** How many slots there are, with slot 0. */
  get count(): number {
    return this.#numbers.count;
  }

  function(id: FunctionId): FunctionState {
    const state = this.functions[id];
    if (state === undefined) throw new RangeError(`there is no function ${id}`);
    return state;
  }

  loop(id: FunctionId, loop: number): LoopState {
    const state = this.function(id).loops[loop];
    if (state === undefined) throw new RangeError(`function ${id} has no loop ${loop}`);
    return state;
  }

  bySymbol(symbol: string): FunctionState | LoopState | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The types of a function of the program; `internal` are loop functions, which only code of the tiers may call. */
  signature(symbol: string): Signature | "internal" | undefined {
    const state = this.#bySymbol.get(symbol);
    if (state === undefined) return undefined;
    return state.kind === "loop" ? "internal" : signatureOf(state.fn);
  }

  /** Makes all slots known to the linker. */
  define(symbols: SymbolTable): void {
    for (const [symbol, state] of this.#bySymbol) {
      const signature = state.kind === "loop" ? loopSignature : signatureOf(state.fn);
      symbols.define({
        kind: "function",
        name: symbol,
        origin: "the program",
        slot: state.slot,
        signature: functionType(signature),
      });
    }
  }

  /** Room for `count` table entries of an object; the first index. */
  reserve(count: number): number {
    const start = this.#numbers.reserve(count);
    this.#growTable();
    return start;
  }
}

/** The keys of a function that has one version only. */
function onlyVersion(fn: HirFunction): FunctionKeys {
  const key = versionless(fn);
  return { slot: key, version: key, replaces: false };
}
