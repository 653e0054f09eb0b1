export type {
  NativeCallable,
  NativeCallback,
  NativeDispatcher,
  NativeHost,
  NativeSampling,
} from "./host.ts";
export {
  loadNative,
  loadingNative,
  unloadNative,
  type LinearMemory,
  type LoadedNative,
  type NativeEnvironment,
  type NativeFigures,
  type NativeFunction,
  type NativeRefusal,
} from "./load.ts";
export { entrySize, writeEntry } from "./entries.ts";
export type { NativeMemory, PageAccess } from "./memory.ts";
export {
  NativePools,
  poolNames,
  type PoolBlock,
  type PoolFigures,
  type PoolName,
  type PoolOptions,
} from "./pools.ts";
export { readNative, type ReadObject } from "./read.ts";
export type { Resolution } from "./resolve.ts";
export {
  NativeSymbolTable,
  type NativeNames,
  type NativeSymbol,
  type ProcessSymbols,
} from "./symbols.ts";
