// Kinds of tokens as the parser sees them.
import type { SourceFile } from "../../../base/index.ts";
import { type Token, type TokenKind, keywords } from "../token.ts";

/** `newline` stands in for the first token of a line that the current statement does not reach. */
export type Kind = TokenKind | "newline";

const keywordSet: ReadonlySet<string> = new Set(keywords);

const statementWords: ReadonlySet<Kind> = new Set<Kind>([
  "val", "var", "let", "const", "elif", "else", "for", "while", "loop", "break", "continue", "return",
  "case", "struct", "class", "enum", "trait", "impl", "use", "import", "pub", "extern", "pass",
]); // prettier-ignore

/** Whether the token can only begin or go on a statement. */
export function isStatementWord(kind: Kind): boolean {
  return statementWords.has(kind);
}

export function isKeyword(kind: Kind): boolean {
  return keywordSet.has(kind);
}

/** A token in words, for messages; `level` is how many texts enclose it. */
export function describeToken(token: Token, file: SourceFile, level: number): string {
  const { kind, start, end } = token;
  if (kind === "eof") return level > 0 ? "the end of the hole" : "the end of the file";
  if (kind === "text") return "a text literal";
  if (isKeyword(kind)) return `the keyword \`${kind}\``;
  const spelling = file.text.slice(start, Math.min(end, start + 40));
  return `\`${spelling}\``;
}
