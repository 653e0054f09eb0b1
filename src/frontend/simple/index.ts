export type * as ast from "./ast.ts";
export { lex } from "./lexer.ts";
export { parse } from "./parser.ts";
export type { Token, TokenKind } from "./token.ts";
