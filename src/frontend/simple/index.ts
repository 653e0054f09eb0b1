export { lex } from "./lexer.ts";
