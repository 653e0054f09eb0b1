export { currentAbi } from "../runtime/index.ts";
export {
  hostTarget,
  LlvmCompiler,
  type LlvmLibrary,
  type LlvmTarget,
} from "../codegen/llvm/index.ts";
export { functionType } from "../codegen/wasm/index.ts";
export {
  compileSource as frontend,
  changedDefinitions,
  mostRehearsals,
  rehearsalPiece,
  SourceSession,
  type Evaluation,
  type OutlineEntry,
  type PieceEnd,
  type SavedDefinitions,
  type SessionState,
  type ModuleResolver,
} from "../frontend/simple/index.ts";
export { buildKernel, compileKernel, parameterNames, type KernelRequest } from "./kernel.ts";
export { compileNative, compileNativeUnit, compileProfiledUnit } from "./native.ts";
export type { Observing, ProfiledFunction, ProfilingReport, Speculation } from "./profiling.ts";
export type {
  EntryPlace,
  Expected,
  Guard,
  Noted,
  NotedValue,
  Place,
  SiteGuard,
} from "../opt/index.ts";
export {
  NativeObjects,
  type NativeObjectCache,
  type NativeObjectSources,
} from "./native-objects.ts";
export {
  componentsOf,
  counterSymbol,
  hostSignature,
  loopInterface,
  type LoopInterface,
  loopSignature,
  loopSymbol,
  ModuleFacts,
  signatureOf,
  type LowerRequest,
} from "../lower/index.ts";
export {
  buildMir,
  buildProfiledMir,
  compileMir,
  compileUnit,
  emitUnit,
  prepareMir,
  type OptLevel,
  type UnitOptions,
} from "./unit.ts";
