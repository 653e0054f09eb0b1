// What the names in native objects stand for.
import { isLibrarySymbol, symbolNames } from "../../runtime/index.ts";
import type { SymbolTable } from "../../loader/index.ts";
import type { NativeNames, NativeSymbol } from "../../loader/native/index.ts";

/** What names mean to one program; the native code of a session has several, one after the other. */
export interface NativeScope {
  readonly symbols: SymbolTable;
  slotOf(symbol: string): number | undefined;
}

/** Where the parts of a program's native code are. */
export interface NativeParts {
  /** Address of a slot's cell. */
  cell(slot: number): number;
  /** Of the runtime library, null before that is loaded. */
  readonly library: ReadonlyMap<string, NativeSymbol> | null;
  readonly runtime: ReadonlyMap<string, NativeSymbol>;
  /** Host functions that the process has as native code. */
  readonly math: { address(symbol: string): number | undefined };
  /** Thunks of host functions by symbol. */
  readonly hosts: ReadonlyMap<string, number>;
  /** Symbols of the application. */
  readonly application: NativeNames;
}

/** The names of an object: those of a program, or if `scope` is null those of the library. */
export function nativeNames(parts: NativeParts, scope: NativeScope | null): NativeNames {
  return {
    lookup: (name) => {
      if (name === symbolNames.slots) return symbolAt(name, "data", parts.cell(0));
      const separator = name.indexOf(":") + 1;
      const rest = name.slice(separator);
      switch (name.slice(0, separator)) {
        case "slot:": {
          const slot = scope?.slotOf(rest);
          return slot === undefined ? undefined : symbolAt(name, "data", parts.cell(slot));
        }
        case "addr:": {
          const found = scope?.symbols.lookup(rest);
          return found?.kind === "data" ? symbolAt(name, "data", found.address) : undefined;
        }
        case "fn:":
          return isLibrarySymbol(rest) ? parts.library?.get(name) : undefined;
        case "": {
          const address = parts.math.address(name) ?? parts.hosts.get(name);
          if (address !== undefined) return symbolAt(name, "function", address);
          return parts.runtime.get(name) ?? parts.application.lookup(name);
        }
        default:
          return undefined;
      }
    },
    nearest: (name) => parts.application.nearest(name),
  };
}

function symbolAt(name: string, kind: NativeSymbol["kind"], address: number): NativeSymbol {
  return { name, kind, address, size: 0, origin: "the program" };
}
