export type {
  CallProfile,
  CodePlace,
  Completion,
  EvaluationEvent,
  EvaluationOutcome,
  EvaluationRequest,
  Evaluator,
  FunctionProfile,
  NameQuery,
  RehearsalEnd,
  RollbackResult,
  SymbolDescription,
  Versions,
} from "./evaluator.ts";
export {
  BencodeDecoder,
  BencodeError,
  defaultDecoderLimits,
  encode,
  type BencodeDict,
  type BencodeValue,
  type DecoderLimits,
  type Encodable,
  type EncodableDict,
} from "./bencode.ts";
export { startNreplServer, type NreplOptions, type NreplServer } from "./server.ts";
export { Answer, NreplClient } from "./client.ts";
