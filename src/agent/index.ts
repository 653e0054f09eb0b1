export { CompileClient, type CompileClientOptions, type CompileRequest } from "./compile-client.ts";
export { type ServerAddress } from "./server-connection.ts";
export {
  type AheadCode,
  Device,
  type DeviceSettings,
  type ProgramEvents,
  type SourcePiece,
} from "./device.ts";
export type { EvaluationEnd } from "./evaluation-end.ts";
export { type EmbeddedAhead, EvalServer, type EvalServerOptions } from "./eval-server.ts";
export { DeviceEvaluator } from "./evaluator.ts";
export { renderFailure, renderPlain, Sources } from "./render.ts";
export type { MemoryFigures, PieceFailure } from "./messages.ts";
export { type AheadPieceCode, NamedPieces } from "./named-pieces.ts";
export type { PieceEvents } from "./program-link.ts";
export { PieceCache, type PieceCacheOptions, type ProgramPoint } from "./piece-cache.ts";
export { ProgramRecord } from "./record.ts";
export {
  serveProgram,
  startThread,
  type NativeSide,
  type ProgramThread,
  type ThreadSettings,
} from "./thread.ts";
