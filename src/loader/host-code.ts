// Functions of JavaScript as functions of wasm, for objects to import.
//
// For each module V8 compiles, with its optimising compiler, a way from wasm to each function of JavaScript that an instance
// imports: a tenth of a millisecond for each, more than all else about a small object. A function of wasm needs none. So
// there is one small module for each function of the host, which calls it and is what objects import.
import { makeForwarder } from "./forwarder.ts";
import type { HostSymbolEntry } from "./symbols.ts";
import type { WasmFunction } from "./webassembly.ts";

/** See the head of this file. */
export class HostCode {
  readonly #functions: ReadonlySet<WasmFunction>;
  readonly #made = new Map<WasmFunction, WasmFunction>();

  /** `functions` are those of JavaScript; all others are of wasm already. */
  constructor(functions: Iterable<WasmFunction>) {
    this.#functions = new Set(functions);
  }

  /** What an object imports for the symbol; made when it is first asked for. */
  of({ signature, implementation }: HostSymbolEntry): WasmFunction {
    if (!this.#functions.has(implementation)) return implementation;
    const known = this.#made.get(implementation);
    if (known !== undefined) return known;
    const made = makeForwarder(signature, { kind: "function", code: implementation });
    this.#made.set(implementation, made);
    return made;
  }
}
