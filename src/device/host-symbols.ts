// Functions that an application registers for code on the device to call: JavaScript functions, exports of wasm modules.
import { wasmSignature, type NativeApplication, type Space } from "../engine/index.ts";
import {
  loadLibrary,
  type SharedEnvironment,
  type SymbolTable,
  type WasmFunction,
} from "../loader/index.ts";
import { parseObject, type FunctionType } from "../object/index.ts";
import type { HostDeclaration } from "../protocol/index.ts";
import { isStackExhaustion, ProgramError } from "../runtime/index.ts";
import type { NativeSymbols } from "./native-symbols.ts";

/** A function of the application, with the types that code calls it with. i64 and u64 are BigInt. */
export interface HostSymbol extends HostDeclaration {
  readonly implementation: WasmFunction;
  /** Who defined it, for messages. */
  readonly origin: string;
}

/** The exports of an instantiated module. */
export type WasmExports = Readonly<Record<string, unknown>>;

/** Of C code. */
const stackBytes = 64 * 1024;

/** The functions of one application. Each name is defined once. */
export class HostSymbols {
  readonly #symbols = new Map<string, HostSymbol>();
  readonly #libraries: { readonly bytes: Uint8Array; readonly origin: string }[] = [];
  readonly #declared = new Map<string, HostDeclaration>();
  readonly #native: NativeSymbols | null;

  /** `native` is what native code sees of the process; null where code is wasm. */
  constructor(native: NativeSymbols | null = null) {
    this.#native = native;
  }

  /** Gives a function in the memory of the process the types that code calls it with. Throws if nobody has defined it. */
  declare(declaration: HostDeclaration): void {
    const { name } = declaration;
    const found = this.#native?.names.lookup(name);
    if (found === undefined) {
      const near = (this.#native?.names.nearest(name) ?? []).map((other) => `\`${other}\``);
      const hint = near.length === 0 ? "" : ` (defined: ${near.join(", ")})`;
      throw new Error(`no native function \`${name}\`${hint}`);
    }
    if (found.kind !== "function")
      throw new Error(`\`${name}\` of ${found.origin} is data, not a function`);
    if (this.#symbols.has(name)) throw new Error(`\`${name}\` is a function of JavaScript already`);
    this.#declared.set(name, declaration);
  }

  /** Registers a function of JavaScript: what it throws is an error of the program. Throws if the name is taken. */
  register(symbol: HostSymbol): void {
    const { name, origin, implementation } = symbol;
    this.#add({
      ...symbol,
      implementation: (...args) => {
        try {
          return implementation(...args);
        } catch (error) {
          if (isStackExhaustion(error)) throw error;
          const message = error instanceof Error ? error.message : String(error);
          throw new ProgramError("fail", `\`${name}\` of ${origin}: ${message}`);
        }
      },
    });
  }

  #add(symbol: HostSymbol): void {
    const known = this.#symbols.get(symbol.name);
    if (known !== undefined)
      throw new Error(
        `\`${symbol.name}\` of ${symbol.origin} is defined by ${known.origin} already`,
      );
    this.#symbols.set(symbol.name, symbol);
  }

  /**
   * Registers a module that shares the program's memory (`loadLibrary`); it is loaded when there is a program, after those that
   * were registered before it.
   */
  addLibrary(bytes: Uint8Array, origin: string): void {
    this.#libraries.push({ bytes, origin });
  }

  /** Registers the exported functions of an instantiated wasm module; `bytes` is the module. Throws `ObjectError`. */
  registerExports(bytes: Uint8Array, exports: WasmExports, origin: string): void {
    const module = parseObject(bytes);
    for (const item of module.exports) {
      const implementation = exports[item.name];
      const type = item.kind === "function" ? module.functions[item.index] : undefined;
      if (type === undefined || typeof implementation !== "function") continue;
      this.#registerWasm(item.name, type, { code: implementation as WasmFunction, origin });
    }
  }

  /** Functions with several results cannot be declared. */
  #registerWasm(
    name: string,
    { params, results }: FunctionType,
    { code, origin }: { readonly code: WasmFunction; readonly origin: string },
  ): void {
    const [result = "unit", second] = results;
    if (second !== undefined) return;
    this.#add({ name, params: [...params], result, origin, implementation: code });
  }

  /** The names with their types, for a compiler. */
  declarations(): HostDeclaration[] {
    const all = [...this.#symbols.values(), ...this.#declared.values()];
    return all.map(({ name, params, result }) => ({ name, params: [...params], result }));
  }

  /** The same for native code. */
  native(): NativeApplication {
    const functions = [...this.#symbols.values()].map((symbol) => ({
      name: symbol.name,
      signature: wasmSignature(symbol),
      code: symbol.implementation,
    }));
    const symbols = this.#native?.names ?? { lookup: () => undefined, nearest: () => [] };
    return { functions, symbols };
  }

  /** Loads the modules that share the program's memory, and makes all symbols known to the linker. */
  define(table: SymbolTable, space: Space): void {
    for (const { name, params, result, origin, implementation } of this.#symbols.values()) {
      const signature = wasmSignature({ params, result });
      table.define({ kind: "host", name, origin, signature, implementation });
    }
    const environment: SharedEnvironment = {
      memory: space.memory,
      table: space.table,
      symbols: table,
      allocateData: (size, align) => space.data.allocate(size, align),
      allocateTable: (count) => space.reserveTable(count),
      stackBytes,
      shared: { functionAddresses: new Map() },
    };
    for (const { bytes, origin } of this.#libraries) {
      const { functions, variables } = loadLibrary(bytes, origin, environment);
      for (const { name, address } of variables)
        table.define({ kind: "data", name, origin, address });
      for (const { symbol: name, signature, code } of functions) {
        this.#registerWasm(name, signature, { code, origin });
        table.define({ kind: "host", name, origin, signature, implementation: code });
      }
    }
  }
}
