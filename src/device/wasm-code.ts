// Objects that are wasm modules.
import { makeStubs, runningUnits } from "../engine/index.ts";
import {
  HostCode,
  loadObject,
  SlotCalls,
  type SymbolTable,
  type WasmFunction,
} from "../loader/index.ts";
import { currentAbi } from "../runtime/index.ts";
import type { CodeLoader, CodeParts, HostedFunction, LoadedCode, PlacedCode } from "./code.ts";

/** See the head of this file. */
export class WasmCode implements CodeLoader {
  readonly kind = "wasm";
  readonly #parts: CodeParts;
  readonly #hostCode: HostCode;
  readonly #slotCalls: SlotCalls;

  constructor(parts: CodeParts) {
    this.#parts = parts;
    this.#hostCode = new HostCode();
    this.#slotCalls = new SlotCalls(parts.space.table);
  }

  load(bytes: Uint8Array, symbols: SymbolTable): LoadedCode {
    const { space, traces } = this.#parts;
    const object = loadObject(bytes, {
      memory: space.memory,
      table: space.table,
      symbols,
      hostCode: this.#hostCode,
      slotCalls: this.#slotCalls,
      abiHash: currentAbi(),
      allocateData: (size, align) => space.data.allocate(size, align),
      allocateTable: (count) => space.reserveTable(count),
    });
    const { name, dataAddress, dataBytes, codeBytes, lines } = object;
    if (lines !== null) traces.register(name, lines);
    return {
      name,
      data: { address: dataAddress, size: dataBytes },
      codeBytes,
      // V8 keeps the bytes of a module.
      extraBytes: bytes.length - codeBytes,
      kept: () => [lines, object.functions],
      function: (symbol) => {
        const call = object.functions.get(symbol)?.code;
        if (call === undefined) throw new RangeError(`the object does not have \`${symbol}\``);
        return { call, address: 0 };
      },
    };
  }

  ensure(count: number): void {
    const { table } = this.#parts.space;
    if (count > table.length) table.grow(count - table.length);
  }

  install(slot: number, code: PlacedCode | null): void {
    this.#parts.space.table.set(slot, code === null ? null : code.call);
  }

  running(): ReadonlySet<string> | null {
    return runningUnits();
  }

  hosted(functions: readonly HostedFunction[]): PlacedCode[] {
    const stubs = functions.map(({ type, code }) => ({ type, code: this.#bounded(code) }));
    return makeStubs(stubs).map((call) => ({ call, address: 0 }));
  }

  /** Stack traces of wasm end at a function of this host: an error gets the frames on both sides of it. */
  #bounded(code: WasmFunction): WasmFunction {
    const { traces } = this.#parts;
    return (...args) => {
      try {
        return code(...args);
      } catch (error) {
        const translated = traces.translate(error);
        traces.enterCompiled(translated);
        throw translated;
      }
    };
  }

  open(): void {
    throw new RangeError("the program takes wasm, not native code");
  }
}
