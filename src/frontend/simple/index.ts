export { analyze } from "./analyze/module.ts";
export type * as ast from "./ast.ts";
export { compileLowLevel, compileSource } from "./compile.ts";
export { lowLevelType } from "./analyze/low-level.ts";
export { lex } from "./lexer.ts";
export type { ModuleResolver } from "./module-graph.ts";
export {
  changedDefinitions,
  definitionsOf,
  type ChangedDefinitions,
  type SavedDefinitions,
} from "./changes.ts";
export { mostRehearsals, rehearsalPiece } from "./rehearsal-pieces.ts";
export type { OutlineEntry } from "./outline.ts";
export { SourceSession, type Evaluation, type PieceEnd, type SessionState } from "./session.ts";
export { parse } from "./parser.ts";
export type { Token, TokenKind } from "./token.ts";
