// The heap of a program: static objects, the runtime library, and what tier 0 and the host need of both.
import { staticsOf, type HirModule } from "../ir/hir/index.ts";
import { SymbolTable, type WasmFunction } from "../loader/index.ts";
import {
  blockSize,
  closureSlotOffset,
  heapWords,
  isLibrarySymbol,
  libraryFunctions,
  ObjectHeap,
  singletonSize,
  typeIdOffset,
  writeStaticObject,
  type LibrarySymbol,
  type MemoryViews,
} from "../runtime/index.ts";
import type { DataArea } from "./data-area.ts";
import { hostFunctionType } from "./host-types.ts";
import type { Library, LibraryEnvironment, LibraryLoader } from "./library.ts";

/** Whether a program has values on the heap or calls the library; others are loaded without it. */
export function usesHeap(module: HirModule): boolean {
  const { references, hosts } = staticsOf(module);
  return references || [...hosts].some(isLibrarySymbol);
}

/** The objects without fields, which lie in the static data: one for each layout. */
export class Singletons {
  readonly #addresses = new Map<number, number>();
  readonly #views: MemoryViews;
  readonly #data: DataArea;

  constructor(views: MemoryViews, data: DataArea) {
    this.#views = views;
    this.#data = data;
  }

  /** The object of a layout, made at the first call. */
  of(layout: number): number {
    let address = this.#addresses.get(layout);
    if (address === undefined) {
      address = this.#data.allocate(singletonSize, 8);
      writeStaticObject(this.#views, address, layout);
      this.#addresses.set(layout, address);
    }
    return address;
  }
}

/** Defines the symbol of an object that lies in the static data, or that is kept alive. */
export function defineStatic(symbols: SymbolTable, name: string, address: number): void {
  symbols.define({ kind: "data", name, origin: "the program", address });
}

const cellAlign = 16;

/** The slots that the closures in the heap name, and some numbers more. `layouts` are the type ids of closures. */
export function* closureSlots(
  { i32 }: MemoryViews,
  layouts: ReadonlySet<number>,
): Generator<number, void> {
  const word = (address: number): number => (i32[address >>> 2] ?? 0) >>> 0;
  const start = word(heapWords.heapStart);
  const end = start + word(heapWords.usedBlocks) * blockSize;
  for (let at = start; at < end; at += cellAlign) {
    if (layouts.has(word(at + typeIdOffset))) yield word(at + closureSlotOffset);
  }
}

/** The library of a program, from the moment that it is loaded on. */
export class ProgramHeap {
  readonly objects: ObjectHeap;
  /** The library's functions for compiled code; empty before it is loaded. */
  readonly symbols = new SymbolTable();
  #library: Library | null = null;

  constructor(views: MemoryViews) {
    this.objects = new ObjectHeap(views, (symbol) => this.#function(symbol));
  }

  /** Loads the library. */
  open(load: LibraryLoader | undefined, environment: LibraryEnvironment): void {
    if (load === undefined) throw new Error("the program uses the heap, but there is no library");
    this.#library = load(environment);
    for (const name of Object.keys(libraryFunctions)) {
      const implementation = this.library.functions.get(name);
      if (implementation === undefined || !isLibrarySymbol(name)) continue;
      const signature = hostFunctionType(name);
      this.symbols.define({
        kind: "host",
        name,
        origin: "the library",
        signature,
        implementation,
      });
    }
  }

  get library(): Library {
    if (this.#library === null) throw new Error("the library is not loaded yet");
    return this.#library;
  }

  #function(symbol: LibrarySymbol | "rt_mark_root"): WasmFunction {
    const code = this.library.functions.get(symbol);
    if (code === undefined) throw new Error(`the library does not have \`${symbol}\``);
    return code;
  }
}
