export { HostCode } from "./host-code.ts";
export {
  loadObject,
  LoadError,
  type LoadEnvironment,
  type LoadedFunction,
  type LoadedObject,
} from "./load.ts";
export { SlotCalls } from "./slot-calls.ts";
export { nearestNames } from "./nearest.ts";
export {
  SymbolTable,
  type DataSymbol,
  type FunctionSymbol,
  type HostSymbolEntry,
  type ProgramSymbol,
} from "./symbols.ts";
export {
  hostWebAssembly,
  type WasmFunction,
  type WasmImports,
  type WasmImportValue,
  type WasmInstance,
  type WasmMemory,
  type WasmModule,
  type WasmTable,
  type WebAssemblyApi,
} from "./webassembly.ts";
export { loadLibrary, type LoadedLibrary, type SharedEnvironment } from "./shared-library.ts";
