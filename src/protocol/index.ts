export {
  type AheadPiece,
  type AheadProgram,
  type AheadSigner,
  decodeAhead,
  decodeAheadPiece,
  encodeAhead,
  encodeAheadPiece,
  sealAhead,
  type SealedAhead,
  unsealAhead,
} from "./ahead.ts";
export {
  canonicalObject,
  decodePiece,
  encodeObject,
  encodePiece,
  pieceProblem,
  type EncodedObject,
} from "./encoded-piece.ts";
export { decodeDeclarations } from "./declarations.ts";
export {
  defaultFrameLimit,
  encodeFrame,
  firstFrameLimit,
  type Frame,
  FrameError,
  FrameReader,
  lengthSize,
  protocolVersion,
} from "./frames.ts";
export {
  type Body,
  canonicalBytes,
  decodeMessage,
  encodeMessage,
  type HostDeclaration,
  type Message,
  MessageError,
  type MessageKind,
  type PieceRecord,
  type PieceSource,
  type SourceText,
} from "./messages.ts";
export {
  machineOf,
  nativeTriples,
  type Target,
  type TargetMachine,
  targetProblem,
  wasmTarget,
} from "./target.ts";
export {
  functionsOf,
  longestName,
  type Numbering,
  type Piece,
  type PieceLayout,
  type PlainDiagnostic,
  type SlotUse,
} from "./piece.ts";
