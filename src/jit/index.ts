export { Jit } from "./jit.ts";
export type { JitFunctionInfo, JitModule, JitOptions, JitStatistics } from "./api.ts";
export type { JitFunction } from "./call.ts";
export type {
  JitCallback,
  JitCallbackFunction,
  JitCallbackSignature,
  JitHostType,
} from "./callback-types.ts";
export {
  ClangError,
  compileC,
  findClang,
  howToGetClang,
  needsClang,
  isCSource,
  type Clang,
  type ClangResult,
} from "./clang.ts";
export type { JitHostFunction } from "./host-functions.ts";
export type { JitImport } from "./imports.ts";
export { JitError } from "./error.ts";
export {
  leastMinimalHeap,
  longestMinimalName,
  MinimalJit,
  mostMinimalFunctions,
  type MinimalJitStatistics,
} from "./minimal.ts";
export type { JitThresholds } from "./policy.ts";
export type { JitBackground, JitCompilation, JitEvent, JitRequest } from "./tiers.ts";
export { serveJit, type JitThreadStart, type JitThreadStarter } from "./thread.ts";
export {
  parseArgument,
  type ArgumentTypes,
  type JitArgument,
  type JitResult,
  type PointerValue,
} from "./types.ts";
