// Stubs: a function table takes only wasm functions, so an interpreted function that compiled code may call gets one.
// The module imports JavaScript functions and exports them again.
import { hostWebAssembly, type WasmFunction, type WasmImports } from "../loader/index.ts";
import { functionType, signatureOf } from "../compiler/index.ts";
import type { HirFunction } from "../ir/hir/index.ts";
import {
  ByteWriter,
  TypeTable,
  writeExportSection,
  writeHeader,
  writeImportSection,
  writeTypeSection,
} from "../object/index.ts";

/** Wasm functions of the signatures of `fn` that run `code`, in the order given. */
export function makeStubs(
  stubs: readonly { readonly fn: HirFunction; readonly code: WasmFunction }[],
): WasmFunction[] {
  const out = new ByteWriter(64 + 16 * stubs.length);
  const types = new TypeTable();
  const imports: WasmImports = {};
  const importRows = stubs.map(({ fn, code }, index) => {
    const type = functionType(signatureOf(fn));
    types.index(type);
    imports[index] = { code };
    return { module: String(index), field: "code", kind: "function" as const, type };
  });
  writeHeader(out);
  writeTypeSection(out, types.types);
  writeImportSection(out, importRows, types);
  writeExportSection(
    out,
    stubs.map((_, index) => ({ name: String(index), kind: "function" as const, index })),
  );
  const { Module, Instance } = hostWebAssembly();
  const { exports } = new Instance(new Module(out.finish()), imports);
  return stubs.map((_, index) => {
    const stub = exports[index];
    if (typeof stub !== "function") throw new Error("a stub was not exported");
    return stub as WasmFunction;
  });
}
