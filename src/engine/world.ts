// What the programs of a session share: the memory with everything in it, the function table, and who lies where.
//
// A program that stands alone has a world of its own. In a session each piece is a program that continues the one before:
// its variables keep their addresses, equal texts and singletons are the same objects, and a function that has not changed
// keeps its slot (`versions.ts`). What no piece, closure or other code can reach any more is given back from time to time.
import { functionType, hostSignature } from "../compiler/index.ts";
import type { FunctionCell } from "../interp/index.ts";
import type { HirGlobal, HirModule } from "../ir/hir/index.ts";
import type { FunctionType } from "../object/index.ts";
import {
  hostWebAssembly,
  type SymbolTable,
  type WasmMemory,
  type WasmTable,
} from "../loader/index.ts";
import {
  defaultHeapBudget,
  isHostSymbol,
  type Host,
  memoryLayout,
  MemoryViews,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  dataStart as smallDataStart,
  type MemoryLayout,
} from "../runtime/index.ts";
import { DataArea } from "./data-area.ts";
import { closureSlots, ProgramHeap, StaticObjects, usesHeap } from "./heap.ts";
import type { EngineOptions } from "./options.ts";
import { SessionTexts } from "./session-texts.ts";
import { SlotNumbers } from "./slot-numbers.ts";
import type { Traces } from "./trace.ts";
import { UnitStore } from "./unit-store.ts";
import { Versions } from "./versions.ts";

/** Pages of the memory of a program that does not use the heap. */
const memoryPages = 16;
const mostMemoryPages = 16384;
/** Module-level variables that a session may have at the same time. */
const sessionVariables = 8192;
const variableSize = 8;
/** Variables that there may be before those that are not needed any more are looked for. */
const leastDue = 256;

/** The memory of a program or of a session. */
export class World {
  readonly memory: WasmMemory;
  readonly views: MemoryViews;
  readonly table: WasmTable;
  readonly heap: ProgramHeap | null;
  readonly data: DataArea;
  readonly statics: StaticObjects;
  /** Slots by what they are for; the next free one. */
  readonly slots = new SlotNumbers();
  /** Of a session. */
  readonly versions: Versions | null;
  readonly texts: SessionTexts | null;
  readonly store = new UnitStore();
  /** Functions of tier 0 by slot. */
  readonly slotCells: (FunctionCell | undefined)[] = [];
  readonly inSession: boolean;
  /** References that the newest program holds besides those of tier 0. */
  holder: { markRoots(mark: (address: number) => void): void } | null = null;
  readonly #variables = new Map<string, number>();
  readonly #freeVariables: number[] = [];
  readonly #hostTypes = new Map<string, FunctionType | null>();
  #due = leastDue;
  /** Static data may be short when less than this is left. */
  #leastRoom: number | null = null;
  readonly #counters = new Map<string, number>();
  /** The memory of the variables, which the collector scans. */
  readonly variables: { readonly start: number; readonly end: number };

  /** The world of a program that stands alone, or of a session that begins with it. */
  constructor(module: HirModule, options: EngineOptions, inSession: boolean) {
    this.inSession = inSession;
    this.versions = inSession ? new Versions(this.slots) : null;
    const heap = inSession || usesHeap(module);
    const layout = heap ? memoryLayout(options.heapBudget ?? defaultHeapBudget) : null;
    this.memory = makeMemory(layout, options.sharedMemory ?? false);
    // A heap has all of its memory from the start.
    this.views = new MemoryViews(this.memory, { fixed: heap });
    this.heap = heap ? new ProgramHeap(this.views) : null;
    const dataStart = layout?.dataStart ?? smallDataStart;
    this.views.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
    this.views.i32[shadowStackLimitAddress >> 2] = dataStart;
    const { Table } = hostWebAssembly();
    this.table = new Table({ initial: module.functions.length + 1, element: "anyfunc" });
    this.data = new DataArea(this.memory, this.views, dataStart);
    this.statics = new StaticObjects(this.views, this.data);
    const count = inSession ? sessionVariables : module.globals.length;
    const start = count === 0 ? 0 : this.data.allocate(variableSize * count, variableSize);
    this.variables = { start, end: start + variableSize * count };
    for (let index = count - 1; index >= 0; index -= 1) {
      this.#freeVariables.push(start + variableSize * index);
    }
    const root = inSession ? this.#freeVariables.pop() : undefined;
    this.texts =
      this.heap === null || root === undefined ? null : new SessionTexts(this.heap.objects, root);
  }

  /** Defines the host functions for compiled code. */
  defineHost(symbols: SymbolTable, host: Host): void {
    for (const [name, implementation] of Object.entries(host.wasm)) {
      const signature = this.#hostType(name);
      if (signature === null) continue;
      symbols.define({ kind: "host", name, origin: "the host", signature, implementation });
    }
  }

  #hostType(name: string): FunctionType | null {
    let type = this.#hostTypes.get(name);
    if (type === undefined) {
      type = isHostSymbol(name) ? functionType(hostSignature(name)) : null;
      this.#hostTypes.set(name, type);
    }
    return type;
  }

  /** The address of each variable. */
  placeVariables(globals: readonly HirGlobal[]): number[] {
    return globals.map(({ symbol }) => {
      let address = this.#variables.get(symbol);
      if (address === undefined) {
        address = this.#freeVariables.pop();
        if (address === undefined) throw new RangeError(`more than ${sessionVariables} variables`);
        this.#variables.set(symbol, address);
      }
      return address;
    });
  }

  /**
   * Gives back what nothing can reach any more, if there may be enough of it: versions of functions, variables that are
   * neither `kept` nor used by code, texts. `closures` are the layouts of closures.
   */
  collectCode(kept: ReadonlySet<string>, closures: ReadonlySet<number>, traces: Traces): void {
    const { versions, heap } = this;
    if (versions === null || heap === null) return;
    this.#leastRoom ??= this.data.room / 2;
    const full = this.#variables.size >= this.#due || this.data.room < this.#leastRoom;
    if (!full && !versions.due && this.texts?.due !== true) return;
    heap.objects.library("rt_collect")();
    for (const slot of versions.sweep(closureSlots(this.views, closures))) {
      if (slot < this.table.length) this.table.set(slot, null);
      this.slotCells[slot] = undefined;
      this.store.place(slot, null);
    }
    const { globals, texts } = versions.references();
    this.texts?.keepOnly(texts);
    this.#freeUnused((symbol) => kept.has(symbol) || globals.has(symbol));
    this.#due = Math.max(leastDue, 2 * this.#variables.size);
    this.store.freeReplaced(traces, this.data, 0);
    this.#leastRoom = this.data.room / 2;
  }

  #freeUnused(isUsed: (symbol: string) => boolean): void {
    for (const [symbol, address] of this.#variables) {
      if (isUsed(symbol)) continue;
      this.#variables.delete(symbol);
      this.views.u8.fill(0, address, address + variableSize);
      this.#freeVariables.push(address);
    }
  }

  /** The address of the counter of a function's calls in tier 1. */
  counter(symbol: string): number {
    let address = this.#counters.get(symbol);
    if (address === undefined) {
      this.#counters.set(symbol, (address = this.data.allocate(4, 4)));
    }
    return address;
  }
}

/** Fixed for a program that uses the heap, so that views of it stay valid. */
function makeMemory(layout: MemoryLayout | null, shared: boolean): WasmMemory {
  const { Memory } = hostWebAssembly();
  return layout === null
    ? new Memory({ initial: memoryPages, maximum: mostMemoryPages, shared })
    : new Memory({ initial: layout.pages, maximum: layout.pages, shared });
}
