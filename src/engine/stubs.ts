// Stubs: a function table takes only wasm functions, so an interpreted function that compiled code may call gets one.
// A module imports JavaScript functions and exports them again.
import {
  hostWebAssembly,
  type WasmFunction,
  type WasmImports,
  type WasmModule,
} from "../loader/index.ts";
import {
  ByteWriter,
  formatSignature,
  TypeTable,
  writeExportSection,
  writeHeader,
  writeImportSection,
  writeTypeSection,
  type FunctionType,
} from "../object/index.ts";

/** A function that becomes one of wasm. */
export interface Stub {
  readonly type: FunctionType;
  readonly code: WasmFunction;
}

/** Modules that are kept. Those of many functions are hardly ever asked for again. */
const mostKept = 256;
const mostFunctionsKept = 4;

/** Of all programs of the thread: most are for one function of a common signature. */
const kept = new Map<string, WasmModule>();

/** Wasm functions of these types that run `code`, in the order given. */
export function makeStubs(stubs: readonly Stub[]): WasmFunction[] {
  const imports: WasmImports = {};
  stubs.forEach(({ code }, index) => {
    imports[index] = { code };
  });
  const module = moduleOf(stubs.map(({ type }) => type));
  const { exports } = new (hostWebAssembly().Instance)(module, imports);
  return stubs.map((_, index) => {
    const stub = exports[index];
    if (typeof stub !== "function") throw new Error("a stub was not exported");
    return stub as WasmFunction;
  });
}

function moduleOf(types: readonly FunctionType[]): WasmModule {
  const key = types.map(formatSignature).join();
  const known = kept.get(key);
  if (known !== undefined) return known;
  const module = new (hostWebAssembly().Module)(encode(types));
  if (types.length <= mostFunctionsKept && kept.size < mostKept) kept.set(key, module);
  return module;
}

/** A module that exports functions of these types, which it imports. */
function encode(signatures: readonly FunctionType[]): Uint8Array {
  const out = new ByteWriter(64 + 16 * signatures.length);
  const types = new TypeTable();
  const imports = signatures.map((type, index) => {
    types.index(type);
    return { module: String(index), field: "code", kind: "function" as const, type };
  });
  writeHeader(out);
  writeTypeSection(out, types.types);
  writeImportSection(out, imports, types);
  writeExportSection(
    out,
    signatures.map((_, index) => ({ name: String(index), kind: "function" as const, index })),
  );
  return out.finish();
}
