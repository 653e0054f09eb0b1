// Stubs: a function table takes only wasm functions, so an interpreted function that compiled code may call gets one.
// The module imports JavaScript functions and exports them again.
import { instantiate } from "../loader/index.ts";
import { signatureOf } from "../compiler/index.ts";
import type { HirFunction } from "../ir/hir/index.ts";
import { ByteWriter, TypeTable, writeExportSection, writeHeader, writeImportSection, writeTypeSection } from "../object/index.ts";
import type { WasmFunction } from "./boundary.ts";

/** Wasm functions of the signatures of `fn` that run `code`, in the order given. */
export function makeStubs(stubs: readonly { readonly fn: HirFunction; readonly code: WasmFunction }[]): WasmFunction[] {
  const out = new ByteWriter(64 + 16 * stubs.length);
  const types = new TypeTable();
  const imports: Record<string, WasmFunction> = {};
  const importRows = stubs.map(({ fn, code }, index) => {
    imports[String(index)] = code;
    return { module: "env", name: String(index), kind: "function" as const, type: types.index(signatureOf(fn)) };
  });
  writeHeader(out);
  writeTypeSection(out, types);
  writeImportSection(out, importRows);
  writeExportSection(out, stubs.map((_, index) => ({ name: String(index), kind: "function" as const, index })));
  const exported = instantiate(out.finish(), { env: imports });
  return stubs.map((_, index) => {
    const stub = exported[String(index)];
    if (stub === undefined) throw new Error("a stub was not exported");
    return stub;
  });
}
