// The symbols of a program: what its objects' imports resolve to.
import type { FunctionType } from "../object/index.ts";
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

  get size(): number {
    return this.#symbols.size;
  }

  lookup(name: string): ProgramSymbol | undefined {
    return this.#symbols.get(name);
  }

  /** Throws if the name is taken. */
  define(symbol: ProgramSymbol): void {
    const known = this.#symbols.get(symbol.name);
    if (known !== undefined) {
      throw new Error(
        `symbol \`${symbol.name}\` of ${symbol.origin} is defined by ${known.origin} already`,
      );
    }
    this.#symbols.set(symbol.name, symbol);
  }

  /** All symbols in order of definition. */
  symbols(): IterableIterator<ProgramSymbol> {
    return this.#symbols.values();
  }

  /** Defined names that resemble a name, the most similar first. */
  nearest(name: string, count = 3): string[] {
    const limit = Math.max(2, Math.floor(name.length / 3));
    const ranked: { name: string; distance: number }[] = [];
    for (const known of this.#symbols.keys()) {
      if (Math.abs(known.length - name.length) > limit) continue;
      const distance = editDistance(name, known);
      if (distance <= limit) ranked.push({ name: known, distance });
    }
    ranked.sort((left, right) => left.distance - right.distance);
    return ranked.slice(0, count).map((entry) => entry.name);
  }
}

/** Longer names are cut, so that a hostile object cannot make the search slow. */
const longestCompared = 100;

/** Least number of insertions, removals and replacements between two texts. */
function editDistance(left: string, right: string): number {
  const a = left.slice(0, longestCompared);
  const b = right.slice(0, longestCompared);
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let k = 1; k <= b.length; k += 1) {
      const replaced = (row[k - 1] ?? 0) + (a[i - 1] === b[k - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[k] ?? 0) + 1, (next[k - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
