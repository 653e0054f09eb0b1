export { ObjectCache } from "./object-cache.ts";
export { ProgramModel, type ModelOptions, type Outcome, type PreparedPiece } from "./model.ts";
export { CompileServer, ServerError, type CompileServerOptions } from "./server.ts";
