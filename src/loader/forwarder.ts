// Small wasm modules with one function that hands its arguments on, for objects to import in place of what it calls.
import {
  ByteWriter,
  sectionIds,
  TypeTable,
  writeExportSection,
  writeForward,
  writeHeader,
  writeImportSection,
  writeSection,
  writeTypeSection,
  type FunctionType,
  type WasmImport,
} from "../object/index.ts";
import { hostWebAssembly, type WasmFunction, type WasmTable } from "./webassembly.ts";

// The whole table of opcodes is too large for a device.
const [call, callIndirect] = [0x10, 0x11];

/** What is called: a function, or what is in the slot of a table that the last argument says. */
export type Callee =
  | { readonly kind: "function"; readonly code: WasmFunction }
  | { readonly kind: "table"; readonly code: WasmTable };

/** A function of wasm that calls the callee; `type` is the callee's, without the slot. */
export function makeForwarder(type: FunctionType, callee: Callee): WasmFunction {
  const { Module, Instance } = hostWebAssembly();
  const module = new Module(encode(type, callee.kind));
  const { forward } = new Instance(module, { env: { callee: callee.code } }).exports;
  if (typeof forward !== "function") throw new Error("a forwarder was not exported");
  return forward as WasmFunction;
}

function encode(type: FunctionType, kind: Callee["kind"]): Uint8Array {
  const isTable = kind === "table";
  const params = isTable ? ([...type.params, "i32"] as const) : type.params;
  const out = new ByteWriter(128);
  const types = new TypeTable();
  const callee = types.index(type);
  const own = types.index({ params, results: type.results });
  const name = { module: "env", field: "callee" } as const;
  const item: WasmImport = isTable
    ? { ...name, kind, limits: { minimum: 0, maximum: null } }
    : { ...name, kind, type };
  writeHeader(out);
  writeTypeSection(out, types.types);
  writeImportSection(out, [item], types);
  writeSection(out, sectionIds.function, () => {
    out.uleb(1);
    out.uleb(own);
  });
  // An imported function is number 0.
  writeExportSection(out, [{ name: "forward", kind: "function", index: isTable ? 0 : 1 }]);
  writeSection(out, sectionIds.code, () => {
    out.uleb(1);
    writeForward(out, params.length, () => {
      out.u8(isTable ? callIndirect : call);
      if (isTable) out.uleb(callee);
      out.uleb(0);
    });
  });
  return out.finish();
}
