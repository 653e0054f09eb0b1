// The symbols of a program: what its objects' imports resolve to.
import type { FunctionType } from "../object/index.ts";
import { nearestNames } from "./nearest.ts";
import type { WasmFunction } from "./webassembly.ts";

interface SymbolBase {
  readonly name: string;
  /** Who defined it, for messages: a module, a host. */
  readonly origin: string;
}

/** A function of the program, called through its slot. */
export interface FunctionSymbol extends SymbolBase {
  readonly kind: "function";
  /** Index in the program's function table. */
  readonly slot: number;
  readonly signature: FunctionType;
}

/** Bytes in linear memory. */
export interface DataSymbol extends SymbolBase {
  readonly kind: "data";
  readonly address: number;
}

/** A function of the host. */
export interface HostSymbolEntry extends SymbolBase {
  readonly kind: "host";
  readonly signature: FunctionType;
  readonly implementation: WasmFunction;
}

/** What a name of an object's imports resolves to. */
export type ProgramSymbol = FunctionSymbol | DataSymbol | HostSymbolEntry;

/** Names to symbols, one namespace for all kinds. */
export class SymbolTable {
  readonly #symbols = new Map<string, ProgramSymbol>();
  readonly #around: SymbolTable | null;
  #later: (() => void) | null = null;

  /** All symbols of `around` are in this table as well. */
  constructor(around: SymbolTable | null = null) {
    this.#around = around;
  }

  /** Has symbols defined when a name is looked up that is not there, or all of them: few programs need those of the host. */
  defineLater(define: () => void): void {
    this.#later = define;
  }

  #defineNow(): void {
    const later = this.#later;
    this.#later = null;
    later?.();
  }

  get size(): number {
    this.#defineNow();
    return this.#symbols.size + (this.#around?.size ?? 0);
  }

  lookup(name: string): ProgramSymbol | undefined {
    const found = this.#find(name);
    if (found !== undefined || this.#later === null) return found;
    this.#defineNow();
    return this.#find(name);
  }

  #find(name: string): ProgramSymbol | undefined {
    return this.#symbols.get(name) ?? this.#around?.lookup(name);
  }

  /** Throws if the name is taken. */
  define(symbol: ProgramSymbol): void {
    const known = this.#find(symbol.name);
    if (known !== undefined) {
      throw new Error(
        `symbol \`${symbol.name}\` of ${symbol.origin} is defined by ${known.origin} already`,
      );
    }
    this.#symbols.set(symbol.name, symbol);
  }

  /** All symbols, those of the table around this one first, each in order of definition. */
  *symbols(): IterableIterator<ProgramSymbol> {
    this.#defineNow();
    if (this.#around !== null) yield* this.#around.symbols();
    yield* this.#symbols.values();
  }

  /** Defined names that resemble a name, the most similar first. */
  nearest(name: string, count = 3): string[] {
    return nearestNames(
      name,
      [...this.symbols()].map((known) => known.name),
      count,
    );
  }
}
