// What the engine and the runtime library agree on where a program that uses the heap is loaded.
import type { HirLayout } from "../ir/hir/index.ts";
import type { SymbolTable, WasmFunction, WasmMemory, WasmTable } from "../loader/index.ts";
import type { LineTable } from "../object/index.ts";
import type { MemoryViews } from "../runtime/index.ts";

/** A piece of linear memory, from `start` to before `end`. */
export interface MemoryRange {
  readonly start: number;
  readonly end: number;
}

/** What the library gets of a program. */
export interface LibraryEnvironment {
  readonly memory: WasmMemory;
  /** Views of all of the memory, which never grows. */
  readonly views: MemoryViews;
  readonly table: WasmTable;
  /** Has the host functions; the engine adds the library's. */
  readonly symbols: SymbolTable;
  /** The program's own types, by id from `firstProgramType`. */
  readonly layouts: readonly HirLayout[];
  /** Memory that holds references besides the shadow stack: the module-level variables. */
  readonly roots: readonly MemoryRange[];
  /** End of the shadow stack, which begins at `shadowStackStart`. */
  readonly stackEnd: number;
  /** Collect at every allocation. */
  readonly stress: boolean;
  /** Zeroed static data, as `LoadEnvironment.allocateData`. */
  allocateData(size: number, align: number): number;
  /** Gives static data back that nothing refers to any more. */
  releaseData(block: { readonly address: number; readonly size: number }): void;
  allocateTable(count: number): number;
  /** Ends the static data but for what units will add; what is left of the memory, zeroed, is the heap. */
  openHeap(): MemoryRange;
  /** Makes the line table of the library's code known, for traces. */
  registerLines(name: string, lines: LineTable): void;
}

/** Figures of the heap, in bytes. */
export interface HeapStats {
  readonly collections: number;
  /** Alive after the last collection; what was allocated since is not among it. */
  readonly live: number;
  /** The most that was ever taken from the heap. */
  readonly peak: number;
}

/** The library of one program. */
export interface Library {
  /** The exports by symbol: those of `libraryFunctions` and `rt_mark_root`. */
  readonly functions: ReadonlyMap<string, WasmFunction>;
  stats(): HeapStats;
  /** Makes further types of the program known; the first ones are those that the library was loaded with. */
  setLayouts(layouts: readonly HirLayout[]): void;
}

/** Places the library into a program's memory and makes its heap ready. */
export type LibraryLoader = (environment: LibraryEnvironment) => Library;
