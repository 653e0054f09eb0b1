// Functions that an application registers for code on the device to call: JavaScript functions, exports of wasm modules.
import { wasmSignature, type NativeApplication } from "../engine/index.ts";
import type { SymbolTable, WasmFunction } from "../loader/index.ts";
import { parseObject } from "../object/index.ts";
import type { HostDeclaration } from "../protocol/index.ts";

/** A function of the application, with the types that code calls it with. i64 and u64 are BigInt. */
export interface HostSymbol extends HostDeclaration {
  readonly implementation: WasmFunction;
  /** Who defined it, for messages. */
  readonly origin: string;
}

/** The exports of an instantiated module. */
export type WasmExports = Readonly<Record<string, unknown>>;

/** The functions of one application. Each name is defined once. */
export class HostSymbols {
  readonly #symbols = new Map<string, HostSymbol>();

  /** Throws if the name is taken. */
  register(symbol: HostSymbol): void {
    const known = this.#symbols.get(symbol.name);
    if (known !== undefined)
      throw new Error(
        `\`${symbol.name}\` of ${symbol.origin} is defined by ${known.origin} already`,
      );
    this.#symbols.set(symbol.name, symbol);
  }

  /** Registers the exported functions of an instantiated wasm module; `bytes` is the module. Throws `ObjectError`. */
  registerExports(bytes: Uint8Array, exports: WasmExports, origin: string): void {
    const module = parseObject(bytes);
    for (const item of module.exports) {
      const implementation = exports[item.name];
      const type = item.kind === "function" ? module.functions[item.index] : undefined;
      if (type === undefined || typeof implementation !== "function") continue;
      const { params, results } = type;
      const [result = "unit", second] = results;
      if (second !== undefined) continue;
      const code = implementation as WasmFunction;
      this.register({ name: item.name, params: [...params], result, origin, implementation: code });
    }
  }

  /** The names with their types, for a compiler. */
  declarations(): HostDeclaration[] {
    return [...this.#symbols.values()].map(({ name, params, result }) => ({
      name,
      params: [...params],
      result,
    }));
  }

  /** The same for native code. */
  native(): NativeApplication {
    const functions = [...this.#symbols.values()].map((symbol) => ({
      name: symbol.name,
      signature: wasmSignature(symbol),
      code: symbol.implementation,
    }));
    return { functions, symbols: { lookup: () => undefined, nearest: () => [] } };
  }

  /** Makes them known to the linker. */
  define(table: SymbolTable): void {
    for (const { name, params, result, origin, implementation } of this.#symbols.values()) {
      const signature = wasmSignature({ params, result });
      table.define({ kind: "host", name, origin, signature, implementation });
    }
  }
}
