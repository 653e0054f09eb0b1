// What the programs of a session share: the memory with everything in it, the function table, and who lies where.
//
// A program that stands alone has a world of its own. In a session each piece is a program that continues the one before:
// its variables keep their addresses, equal texts and singletons are the same objects, and a function that is defined again
// takes the slot of its predecessor, so that closures made earlier call the new version.
import type { FunctionCell } from "../interp/index.ts";
import type { HirGlobal, HirModule } from "../ir/hir/index.ts";
import { hostWebAssembly, type WasmMemory, type WasmTable } from "../loader/index.ts";
import {
  defaultHeapBudget,
  memoryLayout,
  MemoryViews,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  dataStart as smallDataStart,
  type MemoryLayout,
} from "../runtime/index.ts";
import { DataArea } from "./data-area.ts";
import { ProgramHeap, StaticObjects, usesHeap } from "./heap.ts";
import type { EngineOptions } from "./options.ts";

/** Pages of the memory of a program that does not use the heap. */
const memoryPages = 16;
const mostMemoryPages = 16384;
/** Module-level variables that a session may have at the same time. */
const sessionVariables = 8192;
const variableSize = 8;

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
  /** Functions of tier 0 by slot. */
  readonly slotCells: (FunctionCell | undefined)[] = [];
  readonly inSession: boolean;
  readonly #variables = new Map<string, number>();
  readonly #freeVariables: number[] = [];
  readonly #counters = new Map<string, number>();
  /** The memory of the variables, which the collector scans. */
  readonly variables: { readonly start: number; readonly end: number };

  /** The world of a program that stands alone, or of a session that begins with it. */
  constructor(module: HirModule, options: EngineOptions, inSession: boolean) {
    this.inSession = inSession;
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
  }

  /** The address of each variable. Those of a session that are not among them are free again. */
  placeVariables(globals: readonly HirGlobal[], kept: ReadonlySet<string>): number[] {
    const used = new Set([...kept, ...globals.map(({ symbol }) => symbol)]);
    for (const [symbol, address] of this.#variables) {
      if (used.has(symbol)) continue;
      this.#variables.delete(symbol);
      this.views.u8.fill(0, address, address + variableSize);
      this.#freeVariables.push(address);
    }
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

/** Numbers of slots. Slot 0 stays empty, so that 0 is never a function. */
export class SlotNumbers {
  #next = 1;
  readonly #byKey = new Map<string, number>();

  /** How many there are, with slot 0. */
  get count(): number {
    return this.#next;
  }

  /** The slot for a function of this symbol and signature: always the same one. */
  take(key: string): number {
    let slot = this.#byKey.get(key);
    if (slot === undefined) this.#byKey.set(key, (slot = this.reserve(1)));
    return slot;
  }

  /** The first of so many new slots. */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }
}
