// The native symbols of a program: what the undefined symbols of its objects resolve to.
import { nearestNames } from "../nearest.ts";

/** A named address of the program. */
export interface NativeSymbol {
  readonly name: string;
  readonly kind: "function" | "data";
  readonly address: number;
  /** In bytes; 0 if it is not known. */
  readonly size: number;
  /** Who defined it, for messages: an object, a host. */
  readonly origin: string;
}

/** Names that the process exports. */
export interface ProcessSymbols {
  /** The address of a name, or undefined. */
  address(name: string): number | undefined;
}

/** What names mean to a program's objects. */
export interface NativeNames {
  lookup(name: string): NativeSymbol | undefined;
  /** Known names that resemble a name, the most similar first. */
  nearest(name: string): string[];
}

/** Names to addresses, one namespace for functions and data. */
export class NativeSymbolTable implements NativeNames {
  readonly #symbols = new Map<string, NativeSymbol>();

  get size(): number {
    return this.#symbols.size;
  }

  lookup(name: string): NativeSymbol | undefined {
    return this.#symbols.get(name);
  }

  /** Throws if the name is taken. */
  define(symbol: NativeSymbol): void {
    const known = this.#symbols.get(symbol.name);
    if (known !== undefined) {
      throw new Error(
        `symbol \`${symbol.name}\` of ${symbol.origin} is defined by ${known.origin} already`,
      );
    }
    this.#symbols.set(symbol.name, symbol);
  }

  /** Puts a symbol in the place of one with its name, if there is one. */
  replace(symbol: NativeSymbol): void {
    this.#symbols.set(symbol.name, symbol);
  }

  /** Takes exactly this symbol out; one that has replaced it stays. */
  remove(symbol: NativeSymbol): void {
    if (this.#symbols.get(symbol.name) === symbol) this.#symbols.delete(symbol.name);
  }

  /** Defined names that resemble a name, the most similar first. */
  nearest(name: string, count = 3): string[] {
    return nearestNames(name, this.#symbols.keys(), count);
  }
}
