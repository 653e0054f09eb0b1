// Functions of JavaScript as functions of wasm, for objects to import.
//
// For each module V8 compiles, with its optimising compiler, a way from wasm to each function of JavaScript that an instance
// imports: a tenth of a millisecond for each, more than all else about a small object. A function of wasm needs none. So
// there is one small module for each function of the host, which calls it and is what objects import.
import { sameSignature, type FunctionType } from "../object/index.ts";
import { makeForwarder } from "./forwarder.ts";
import type { HostSymbolEntry } from "./symbols.ts";
import { hostWebAssembly, type WasmFunction } from "./webassembly.ts";

/** See the head of this file. */
export class HostCode {
  readonly #made = new Map<WasmFunction, { type: FunctionType; made: WasmFunction }[]>();

  /** What an object imports for the symbol: its function if that is of wasm, otherwise one that is made when it is first asked for. */
  of({ signature: type, implementation }: HostSymbolEntry): WasmFunction {
    const known = this.#made.get(implementation) ?? [];
    const found = known.find((one) => sameSignature(one.type, type));
    if (found !== undefined) return found.made;
    const made = isWasm(implementation)
      ? implementation
      : makeForwarder(type, { kind: "function", code: implementation });
    this.#made.set(implementation, [...known, { type, made }]);
    return made;
  }
}

/** Only functions of wasm can be in tables. */
function isWasm(code: WasmFunction): boolean {
  const { Table } = hostWebAssembly();
  try {
    new Table({ initial: 1, element: "anyfunc" }).set(0, code);
    return true;
  } catch {
    return false;
  }
}
