export type { DeviceFacts, ModelAnswer, ModelMessage, Performed } from "./model-service.ts";
export { ProgramModel, type ModelOptions, type Outcome, type PreparedPiece } from "./model.ts";
export { ObjectCache } from "./object-cache.ts";
export {
  CodeTargets,
  wasmCode,
  type CodeTarget,
  type NativeCompilers,
  type NativeTarget,
} from "./targets.ts";
export { CompileServer, ServerError, type CompileServerOptions } from "./server.ts";
export { serveModels } from "./worker-thread.ts";
export type { WorkerSettings, WorkersOptions } from "./workers.ts";
