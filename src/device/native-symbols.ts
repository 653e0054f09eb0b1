// What an application has in the memory of its process: symbols of its libraries, and objects that are loaded against them.
// Every name has one definition: what a library defines is what all code sees.
import { NativeRefused, type NativeApplication } from "../engine/index.ts";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  type NativeHost,
  type ProcessSymbols,
} from "../loader/native/index.ts";
import { readHostSymbols } from "../object/elf/index.ts";

/** The symbols of one application. */
export class NativeSymbols {
  readonly #host: NativeHost;
  readonly #table = new NativeSymbolTable();
  #pools: NativePools | null = null;

  constructor(host: NativeHost) {
    this.#host = host;
  }

  /** What names mean to code. */
  get names(): NativeApplication["symbols"] {
    return this.#table;
  }

  /**
   * Registers what a shared library or the executable defines; `bytes` is the file, and `addresses` where its names are. Names that
   * are registered already stay what they are, as for the system's linker. Throws `ObjectError`.
   */
  addLibrary(bytes: Uint8Array, addresses: ProcessSymbols, origin: string): void {
    for (const { name, kind, defined, size } of readHostSymbols(bytes)) {
      if (!defined || kind === "other" || this.#table.lookup(name) !== undefined) continue;
      const address = addresses.address(name);
      if (address !== undefined) this.#table.define({ name, kind, address, size, origin });
    }
  }

  /**
   * Loads a relocatable object of a C or C++ compiler against what is registered, and registers what it defines. Throws
   * `NativeRefused`, and nothing has changed then: names that nobody defines, names that are defined already.
   */
  addObject(bytes: Uint8Array): void {
    const { machine, memory, process } = this.#host;
    this.#pools ??= new NativePools(memory);
    const loaded = loadNative(bytes, {
      machine,
      pools: this.#pools,
      symbols: this.#table,
      process,
      initializers: "list",
    });
    if (loaded.kind === "refused") throw new NativeRefused(loaded.message);
    for (const symbol of loaded.symbols.values()) this.#table.define(symbol);
    for (const address of loaded.initializers) this.#host.callable(address, "void", [])();
  }
}
