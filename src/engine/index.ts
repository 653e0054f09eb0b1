export { Engine } from "./engine.ts";
export { typesChangedNote } from "./notes.ts";
export { Session, type PieceResult, type RollbackResult } from "./session.ts";
export { Program } from "./program.ts";
export {
  BackgroundService,
  type BackgroundCompiler,
  type BackgroundRequest,
  type BackgroundResult,
} from "./background.ts";
export type { ModuleResolver } from "../compiler/index.ts";
export type { ExampleResult } from "./specs.ts";
export type { LoadedModule } from "./modules.ts";
export {
  createLlvmBackend,
  NativeRefused,
  NativeWorld,
  type LlvmBackendParts,
  type NativeApplication,
  type NativeBackend,
  type NativeCallee,
} from "./native/index.ts";
export type { NativeObjectCache } from "../compiler/index.ts";
export type {
  Backend,
  BackendChoice,
  EngineOptions,
  FunctionStats,
  Mode,
  RunStats,
  TierEvent,
} from "./options.ts";
export {
  DiagnosticError,
  SourceFile,
  renderDiagnostic,
  type Diagnostic,
  type Span,
} from "../base/index.ts";
export { libraryLoader } from "./library-image.ts";
export { nextAttendTime, sleep } from "./sleep.ts";
export type { DataArea, DataBlock } from "./data-area.ts";
export { closureSlots, defineStatic } from "./heap.ts";
export { hostFunctionType, wasmSignature } from "./host-types.ts";
export type { SlotNumbers } from "./slot-numbers.ts";
export { Space, type HeapOpening, type SpaceOptions } from "./space.ts";
export { runningUnits, Traces, withLongTraces } from "./trace.ts";
export { UnitStore, type UnitState } from "./unit-store.ts";
export type {
  HeapStats,
  Library,
  LibraryEnvironment,
  LibraryLoader,
  MemoryRange,
} from "./library.ts";
export { ProgramError, type RuntimeErrorCode, type TraceFrame } from "../runtime/index.ts";
export { makeStubs, type Stub } from "./stubs.ts";
