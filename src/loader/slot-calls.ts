// Calls through slots for objects that do not import the function table.
//
// V8 as it is in Node 20 keeps every instance that imports a table for as long as there is the table, and goes through all of them at
// each store into it (`WasmTableObject::AddDispatchTable`). So the objects of pieces, of which there may be any number, call a
// function for the signature, with the slot as last argument; only those functions have the table.
import {
  ByteWriter,
  sectionIds,
  slotCallName,
  TypeTable,
  writeExportSection,
  writeHeader,
  writeImportSection,
  writeSection,
  writeTypeSection,
  type FunctionType,
  type WasmImport,
} from "../object/index.ts";
import { hostWebAssembly, type WasmFunction, type WasmTable } from "./webassembly.ts";

// The whole table of opcodes is too large for a device.
const [localGet, callIndirect, end] = [0x20, 0x11, 0x0b];

/** What an import calls through slots, or null if it does not: the last parameter is the slot. */
export function slotCallOf(item: WasmImport): FunctionType | null {
  if (item.module !== "env" || item.kind !== "function") return null;
  const { params, results } = item.type;
  const type = { params: params.slice(0, -1), results };
  return params.at(-1) === "i32" && item.field === slotCallName(type) ? type : null;
}

/** The functions for one table. */
export class SlotCalls {
  readonly #table: WasmTable;
  readonly #made = new Map<string, WasmFunction>();

  constructor(table: WasmTable) {
    this.#table = table;
  }

  /** Calls functions of the type; made when it is first asked for. */
  of(type: FunctionType): WasmFunction {
    const name = slotCallName(type);
    const made = this.#made.get(name) ?? makeCall(type, this.#table);
    this.#made.set(name, made);
    return made;
  }
}

function makeCall(type: FunctionType, table: WasmTable): WasmFunction {
  const { Module, Instance } = hostWebAssembly();
  const { exports } = new Instance(new Module(encode(type)), { env: { table } });
  const { call } = exports;
  if (typeof call !== "function") throw new Error("a call was not exported");
  return call as WasmFunction;
}

function encode(type: FunctionType): Uint8Array {
  const out = new ByteWriter(128);
  const types = new TypeTable();
  const callee = types.index(type);
  const own = types.index({ params: [...type.params, "i32"], results: type.results });
  const limits = { minimum: 0, maximum: null };
  writeHeader(out);
  writeTypeSection(out, types.types);
  writeImportSection(out, [{ module: "env", field: "table", kind: "table", limits }], types);
  writeSection(out, sectionIds.function, () => {
    out.uleb(1);
    out.uleb(own);
  });
  writeExportSection(out, [{ name: "call", kind: "function", index: 0 }]);
  const body = new ByteWriter(64);
  body.uleb(0);
  for (let parameter = 0; parameter <= type.params.length; parameter += 1) {
    body.u8(localGet);
    body.uleb(parameter);
  }
  body.u8(callIndirect);
  body.uleb(callee);
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
