export type {
  CodePlace,
  Completion,
  EvaluationEvent,
  EvaluationOutcome,
  EvaluationRequest,
  Evaluator,
  NameQuery,
  RollbackResult,
  SymbolDescription,
  Versions,
} from "./evaluator.ts";
