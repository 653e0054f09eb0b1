export { bindParameters } from "./bind-parameters.ts";
export type { FunctionPass, ModulePass, PassContext } from "./pass.ts";
export {
  checkOrder,
  isPassName,
  PassError,
  passes,
  runPasses,
  type PassName,
  type PassOptions,
  type PassReport,
} from "./passes.ts";
export { kernelPasses, pipelines, type OptLevel } from "./pipelines.ts";
export {
  noteEntry,
  NoteRoom,
  noteSites,
  specialise,
  specialiseSites,
  type AnyKind,
  type EntryGuards,
  type EntryPlace,
  type Expected,
  type Guard,
  type Noted,
  type NotedValue,
  type Place,
  type SiteGuard,
} from "./profiling/index.ts";
