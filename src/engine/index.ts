export { Engine } from "./engine.ts";
export { Session, type PieceResult } from "./session.ts";
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
export type {
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
export type {
  HeapStats,
  Library,
  LibraryEnvironment,
  LibraryLoader,
  MemoryRange,
} from "./library.ts";
export { ProgramError, type RuntimeErrorCode, type TraceFrame } from "../runtime/index.ts";
