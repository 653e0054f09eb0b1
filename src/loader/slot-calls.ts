// Calls through slots for objects that do not import the function table.
//
// V8 as it is in Node 20 keeps every instance that imports a table for as long as there is the table, and goes through all of them at
// each store into it (`WasmTableObject::AddDispatchTable`). So the objects of pieces, of which there may be any number, call a
// function for the signature, with the slot as last argument; only those functions have the table.
import { slotCallName, type FunctionType, type WasmImport } from "../object/index.ts";
import { makeForwarder } from "./forwarder.ts";
import type { WasmFunction, WasmTable } from "./webassembly.ts";

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
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = makeForwarder(type, { kind: "table", code: this.#table });
    this.#made.set(name, made);
    return made;
  }
}
