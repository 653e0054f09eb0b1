// A memory with the static data of a program and the runtime library in it, for the MIR interpreter.
import { libraryLoader } from "../../src/engine/index.ts";
import { functionType, hostSignature } from "../../src/compiler/index.ts";
import { singletonSymbol, staticsOf, textSymbol, type HirModule } from "../../src/ir/hir/index.ts";
import { hostWebAssembly, SymbolTable, type WasmFunction } from "../../src/loader/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import type { MirHostFunction } from "../../src/interp/index.ts";
import {
  createHost,
  heapWords,
  isHostSymbol,
  memoryLayout,
  MemoryViews,
  ObjectHeap,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  singletonSize,
  writeStaticObject,
  writeStaticText,
} from "../../src/runtime/index.ts";
import { libraryImage } from "../library/image.ts";

/** Loads the library of this source tree. */
export const runtimeLibrary = libraryLoader(libraryImage);

const literalRoom = 128 * 1024;
const notesRoom = 64 * 1024;

type Write = (stream: "out" | "err", text: string) => void;

/** What `MirInterpreter` needs to run a program on the heap, again and again. */
export class MirWorld {
  readonly memory: { readonly buffer: ArrayBufferLike };
  readonly host: Readonly<Record<string, MirHostFunction>>;
  readonly #statics: Readonly<Record<string, number>>;
  readonly #library: ReadonlyMap<string, WasmFunction>;
  readonly #collections: () => number;
  readonly views: MemoryViews;
  /** The memory as it is before a run. */
  readonly #start: Uint8Array;
  /** Room for the literals of a module. */
  readonly #literals: number;
  /** Room for what observing code notes. */
  readonly notes: { readonly address: number; readonly size: number };
  #write: Write = () => {};
  #top: number;

  /** `budget`: bytes of memory in all. */
  constructor(module: HirModule, budget: number) {
    const { Memory, Table } = hostWebAssembly();
    const { pages, dataStart } = memoryLayout(budget);
    const memory = new Memory({ initial: pages, maximum: pages });
    const views = new MemoryViews(memory);
    this.memory = memory;
    this.#top = dataStart;
    views.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
    views.i32[shadowStackLimitAddress >> 2] = dataStart;
    let library: ReadonlyMap<string, WasmFunction> = new Map();
    const host = createHost({
      clock: { monotonicNanos: () => 0n, unixMicros: () => 0n },
      write: (stream, text) => this.#write(stream, text),
      memory: views,
      layouts: module.layouts,
      heap: new ObjectHeap(views, (symbol) => present(library.get(symbol), symbol)),
      markRoots: () => {},
    });
    const variables = { start: this.#top, end: this.#top + 8 * module.globals.length };
    this.#statics = this.#placeStatics(module, views);
    this.#literals = this.#reserve(literalRoom, 16);
    this.notes = { address: this.#reserve(notesRoom, 16), size: notesRoom };
    const symbols = hostSymbols(host.wasm);
    const environment = {
      memory,
      views,
      table: new Table({ initial: 8, element: "anyfunc" }),
      symbols,
      layouts: module.layouts,
      roots: module.globals.length === 0 ? [] : [variables],
      stackEnd: dataStart,
      stress: false,
      allocateData: (size: number, align: number) => this.#reserve(size, align),
      releaseData: () => {},
      allocateTable: () => 0,
      openHeap: () => ({ start: this.#reserve(0, 16), end: memory.buffer.byteLength }),
      registerLines: () => {},
    };
    const loaded = runtimeLibrary(environment);
    this.#library = library = loaded.functions;
    this.#collections = () => loaded.stats().collections;
    this.views = views;
    this.#start = views.u8.slice();
    this.host = { ...host.wasm, ...Object.fromEntries(this.#library) };
  }

  /**
   * Makes the memory as it was before the program ran. `collectAlways`: collect at every allocation, which is only for code
   * whose references are shown to the collector.
   */
  reset(collectAlways: boolean, write: Write): void {
    this.#write = write;
    this.views.u8.set(this.#start);
    this.views.i32[heapWords.stress >>> 2] = collectAlways ? 1 : 0;
  }

  /** Makes an object, as the code for `new` does. */
  allocate(typeId: number, size: number): number {
    return Number(present(this.#library.get("rt_new"), "rt_new")(typeId, size));
  }

  /** Addresses of all data that the module refers to. */
  addressesOf(mir: MirModule): Record<string, number> {
    const addresses = { ...this.#statics };
    let next = this.#literals;
    for (const { symbol, bytes, align } of mir.data) {
      const start = Math.ceil(next / align) * align;
      next = start + bytes.length;
      addresses[symbol] = start;
    }
    if (next > this.#literals + literalRoom) throw new Error("the literals take too much room");
    return addresses;
  }

  /** How often the collector has run. */
  collections(): number {
    return this.#collections();
  }

  #reserve(size: number, align: number): number {
    const unit = Math.max(8, align);
    const start = Math.ceil(this.#top / unit) * unit;
    this.#top = start + size;
    return start;
  }

  #placeStatics(module: HirModule, views: MemoryViews): Record<string, number> {
    const addresses: Record<string, number> = {};
    for (const { symbol } of module.globals) addresses[symbol] = this.#reserve(8, 8);
    for (const [text, number] of staticsOf(module).texts) {
      addresses[textSymbol(number)] = writeStaticText(views, text, (size) =>
        this.#reserve(size, 8),
      );
    }
    for (const { id, fields } of module.layouts) {
      if (fields.length > 0) continue;
      const object = this.#reserve(singletonSize, 8);
      writeStaticObject(views, object, id);
      addresses[singletonSymbol(id)] = object;
    }
    return addresses;
  }
}

function present<T>(value: T | undefined, symbol: string): T {
  if (value === undefined) throw new Error(`the library has no ${symbol}`);
  return value;
}

function hostSymbols(functions: Readonly<Record<string, unknown>>): SymbolTable {
  const symbols = new SymbolTable();
  for (const [name, implementation] of Object.entries(functions)) {
    if (!isHostSymbol(name)) continue;
    const signature = functionType(hostSignature(name));
    symbols.define({
      kind: "host",
      name,
      origin: "the host",
      signature,
      implementation: implementation as WasmFunction,
    });
  }
  return symbols;
}
