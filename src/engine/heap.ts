// The heap of a program: static objects, the runtime library, and what tier 0 and the host need of both.
import {
  firstLayout,
  singletonSymbol,
  staticsOf,
  textSymbol,
  type HirLayout,
  type HirModule,
} from "../ir/hir/index.ts";
import { functionType, hostSignature } from "../compiler/index.ts";
import type { SymbolTable, WasmFunction } from "../loader/index.ts";
import {
  isLibrarySymbol,
  libraryFunctions,
  ObjectHeap,
  singletonSize,
  writeStaticObject,
  writeStaticText,
  type LibrarySymbol,
  type MemoryViews,
} from "../runtime/index.ts";
import type { DataArea } from "./data-area.ts";
import type { Library, LibraryEnvironment, LibraryLoader } from "./library.ts";

/** Whether a program has values on the heap or calls the library; others are loaded without it. */
export function usesHeap(module: HirModule): boolean {
  const { references, hosts } = staticsOf(module);
  return references || [...hosts].some(isLibrarySymbol);
}

/** The objects of a program that lie in its static data. */
export class StaticObjects {
  readonly #texts = new Map<string, number>();
  readonly #singletons = new Map<number, number>();
  readonly #views: MemoryViews;
  readonly #data: DataArea;

  constructor(views: MemoryViews, data: DataArea) {
    this.#views = views;
    this.#data = data;
  }

  /** Makes the texts and singletons of the module that are not there yet and defines the symbols of all. */
  add(module: HirModule, symbols: SymbolTable): void {
    const define = (name: string, address: number): void =>
      symbols.define({ kind: "data", name, origin: "the program", address });
    for (const [text, number] of staticsOf(module).texts)
      define(textSymbol(number), this.#newText(text));
    for (const { id } of module.layouts.filter(isSingleton)) {
      define(singletonSymbol(id), this.#newSingleton(id));
    }
  }

  #newText(text: string): number {
    let address = this.#texts.get(text);
    if (address === undefined) {
      address = writeStaticText(this.#views, text, (size) => this.#data.allocate(size, 8));
      this.#texts.set(text, address);
    }
    return address;
  }

  #newSingleton(layout: number): number {
    let address = this.#singletons.get(layout);
    if (address === undefined) {
      address = this.#data.allocate(singletonSize, 8);
      writeStaticObject(this.#views, address, layout);
      this.#singletons.set(layout, address);
    }
    return address;
  }

  text(value: string): number {
    const address = this.#texts.get(value);
    if (address === undefined) throw new Error("a text that the module does not have");
    return address;
  }

  singleton(layout: number): number {
    const address = this.#singletons.get(layout);
    if (address === undefined) throw new Error(`layout ${layout - firstLayout} has fields`);
    return address;
  }
}

function isSingleton({ fields }: HirLayout): boolean {
  return fields.length === 0;
}

/** The library of a program, from the moment that it is loaded on. */
export class ProgramHeap {
  readonly objects: ObjectHeap;
  #library: Library | null = null;

  constructor(views: MemoryViews) {
    this.objects = new ObjectHeap(views, (symbol) => this.#function(symbol));
  }

  /** Loads the library and defines its functions for compiled code. */
  open(load: LibraryLoader | undefined, environment: LibraryEnvironment): void {
    if (load === undefined) throw new Error("the program uses the heap, but there is no library");
    this.#library = load(environment);
    this.defineLibrary(environment.symbols);
  }

  /** Defines the library's functions for compiled code. */
  defineLibrary(symbols: SymbolTable): void {
    for (const name of Object.keys(libraryFunctions)) {
      const implementation = this.library.functions.get(name);
      if (implementation === undefined || !isLibrarySymbol(name)) continue;
      const signature = functionType(hostSignature(name));
      symbols.define({
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
