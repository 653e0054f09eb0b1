export { ProgramModel, type Outcome, type PreparedPiece } from "./model.ts";
export { CompileServer, ServerError, type CompileServerOptions } from "./server.ts";
