// Functions of JavaScript as functions of wasm, for objects to import.
//
// For each module V8 compiles, with its optimising compiler, a way from wasm to each function of JavaScript that an instance
// imports: a tenth of a millisecond for each, more than all else about a small object. A function of wasm needs none. So
// there is one small module for each function of the host, which calls it and is what objects import.
import {
  ByteWriter,
  sectionIds,
  TypeTable,
  writeExportSection,
  writeHeader,
  writeImportSection,
  writeSection,
  writeTypeSection,
  type FunctionType,
} from "../object/index.ts";
import type { HostSymbolEntry } from "./symbols.ts";
import { hostWebAssembly, type WasmFunction } from "./webassembly.ts";

// The whole table of opcodes is too large for a device.
const [localGet, call, end] = [0x20, 0x10, 0x0b];

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
    const made = forwarder(signature, implementation);
    this.#made.set(implementation, made);
    return made;
  }
}

function forwarder(type: FunctionType, code: WasmFunction): WasmFunction {
  const { Module, Instance } = hostWebAssembly();
  const { exports } = new Instance(new Module(encode(type)), { host: { code } });
  const { forward } = exports;
  if (typeof forward !== "function") throw new Error("a function of the host was not exported");
  return forward as WasmFunction;
}

/** A module with a function that hands its arguments on to the one that it imports. */
function encode(type: FunctionType): Uint8Array {
  const out = new ByteWriter(128);
  const types = new TypeTable();
  const index = types.index(type);
  writeHeader(out);
  writeTypeSection(out, types.types);
  writeImportSection(out, [{ module: "host", field: "code", kind: "function", type }], types);
  writeSection(out, sectionIds.function, () => {
    out.uleb(1);
    out.uleb(index);
  });
  writeExportSection(out, [{ name: "forward", kind: "function", index: 1 }]);
  const body = new ByteWriter(64);
  body.uleb(0);
  type.params.forEach((_, parameter) => {
    body.u8(localGet);
    body.uleb(parameter);
  });
  body.u8(call);
  body.uleb(0);
  body.u8(end);
  const bytes = body.finish();
  writeSection(out, sectionIds.code, () => {
    out.uleb(1);
    out.uleb(bytes.length);
    out.bytes(bytes);
  });
  return out.finish();
}
