// The place where code runs: the memory with everything in it, the function table, and who lies where. Nothing here knows
// of HIR or of a compiler, so a device that gets all of its code as objects has the same.
import {
  hostWebAssembly,
  type SymbolTable,
  type WasmMemory,
  type WasmTable,
} from "../loader/index.ts";
import type { LineTable } from "../object/index.ts";
import {
  defaultHeapBudget,
  type WasmHost,
  isHostSymbol,
  memoryLayout,
  type MemoryLayout,
  MemoryViews,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  dataStart as smallDataStart,
} from "../runtime/index.ts";
import { DataArea } from "./data-area.ts";
import { ProgramHeap, Singletons } from "./heap.ts";
import { hostFunctionType } from "./host-types.ts";
import type { LibraryEnvironment, LibraryLoader } from "./library.ts";
import { SessionTexts } from "./session-texts.ts";
import { SlotNumbers } from "./slot-numbers.ts";
import { UnitStore } from "./unit-store.ts";

/** Pages of the memory of a program that does not use the heap. */
const memoryPages = 16;
const mostMemoryPages = 16384;
/** Module-level variables that a session may have at the same time. */
const sessionVariables = 8192;
const variableSize = 8;

/** How much of what a space has. */
export interface SpaceOptions {
  readonly inSession: boolean;
  /** Whether there is a heap; always in a session. */
  readonly heap: boolean;
  /** Bytes of a memory with a heap, all parts of it. Default `defaultHeapBudget`. */
  readonly heapBudget?: number | undefined;
  readonly sharedMemory?: boolean | undefined;
  /** Module-level variables; those of a session come one by one. */
  readonly variables: number;
  /** Functions that the table has room for at first. */
  readonly functions: number;
}

/** What a space needs in order to open its heap. */
export interface HeapOpening {
  readonly library: LibraryLoader | undefined;
  readonly symbols: SymbolTable;
  readonly layouts: LibraryEnvironment["layouts"];
  /** Bytes of static data that come later. */
  readonly spare: number;
  /** Collect at every allocation. */
  readonly stress: boolean;
  /** Room for so many table entries; the first index. */
  readonly reserve: (count: number) => number;
  readonly registerLines: (name: string, lines: LineTable) => void;
}

/** The memory of a program or of a session. */
export class Space {
  readonly memory: WasmMemory;
  readonly views: MemoryViews;
  readonly table: WasmTable;
  readonly heap: ProgramHeap | null;
  readonly data: DataArea;
  readonly singletons: Singletons;
  /** Slots by what they are for; the next free one. */
  readonly slots = new SlotNumbers();
  /** Of a session. */
  readonly texts: SessionTexts | null;
  readonly store = new UnitStore();
  readonly inSession: boolean;
  /** The memory of the variables, which the collector scans. */
  readonly variables: { readonly start: number; readonly end: number };
  readonly #variables = new Map<string, number>();
  readonly #freeVariables: number[] = [];

  constructor(options: SpaceOptions) {
    const { inSession } = options;
    this.inSession = inSession;
    const heap = inSession || options.heap;
    const layout = heap ? memoryLayout(options.heapBudget ?? defaultHeapBudget) : null;
    this.memory = makeMemory(layout, options.sharedMemory ?? false);
    // A heap has all of its memory from the start.
    this.views = new MemoryViews(this.memory, { fixed: heap });
    this.heap = heap ? new ProgramHeap(this.views) : null;
    const dataStart = layout?.dataStart ?? smallDataStart;
    this.views.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
    this.views.i32[shadowStackLimitAddress >> 2] = dataStart;
    const { Table } = hostWebAssembly();
    this.table = new Table({ initial: options.functions + 1, element: "anyfunc" });
    this.data = new DataArea(this.memory, this.views, dataStart);
    this.singletons = new Singletons(this.views, this.data);
    const count = inSession ? sessionVariables : options.variables;
    const start = count === 0 ? 0 : this.data.allocate(variableSize * count, variableSize);
    this.variables = { start, end: start + variableSize * count };
    for (let index = count - 1; index >= 0; index -= 1) {
      this.#freeVariables.push(start + variableSize * index);
    }
    const root = inSession ? this.#freeVariables.pop() : undefined;
    this.texts =
      this.heap === null || root === undefined ? null : new SessionTexts(this.heap.objects, root);
  }

  /** Loads the library behind the static data; what is left of the memory becomes the heap. */
  openHeap({ spare, reserve, ...opening }: HeapOpening): void {
    const { heap, data, variables } = this;
    heap?.open(opening.library, {
      memory: this.memory,
      views: this.views,
      table: this.table,
      symbols: opening.symbols,
      layouts: opening.layouts,
      roots: variables.start === variables.end ? [] : [variables],
      stackEnd: this.views.i32[shadowStackLimitAddress >> 2] ?? 0,
      stress: opening.stress,
      allocateData: (size, align) => data.allocate(size, align),
      releaseData: (block) => data.release(block),
      allocateTable: reserve,
      openHeap: () => ({ start: data.close(spare), end: this.memory.buffer.byteLength }),
      registerLines: opening.registerLines,
    });
  }

  /** Room for so many table entries; the first index. */
  reserveTable(count: number): number {
    const start = this.slots.reserve(count);
    const missing = this.slots.count - this.table.length;
    if (missing > 0) this.table.grow(missing);
    return start;
  }

  /** Defines the host functions for compiled code. */
  defineHost(symbols: SymbolTable, host: WasmHost): void {
    for (const [name, implementation] of Object.entries(host.wasm)) {
      if (!isHostSymbol(name)) continue;
      const signature = hostFunctionType(name);
      symbols.define({ kind: "host", name, origin: "the host", signature, implementation });
    }
  }

  /** How many variables have a place. */
  get variableCount(): number {
    return this.#variables.size;
  }

  /** The address of each variable. */
  placeVariables(variables: readonly { readonly symbol: string }[]): number[] {
    return variables.map(({ symbol }) => {
      let address = this.#variables.get(symbol);
      if (address === undefined) {
        address = this.#freeVariables.pop();
        if (address === undefined) throw new RangeError(`more than ${sessionVariables} variables`);
        this.#variables.set(symbol, address);
      }
      return address;
    });
  }

  /** Gives back the places of the variables that are not in use. */
  freeVariables(isUsed: (symbol: string) => boolean): void {
    for (const [symbol, address] of this.#variables) {
      if (isUsed(symbol)) continue;
      this.#variables.delete(symbol);
      this.views.u8.fill(0, address, address + variableSize);
      this.#freeVariables.push(address);
    }
  }
}

/** Fixed for a program that uses the heap, so that views of it stay valid. */
function makeMemory(layout: MemoryLayout | null, shared: boolean): WasmMemory {
  const { Memory } = hostWebAssembly();
  return layout === null
    ? new Memory({ initial: memoryPages, maximum: mostMemoryPages, shared })
    : new Memory({ initial: layout.pages, maximum: layout.pages, shared });
}
