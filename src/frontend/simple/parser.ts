// Source text to syntax tree.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import type { Module, Stmt } from "./ast.ts";
import { parseBody, parseLines } from "./parser/blocks.ts";
import { type Grammar, Parser } from "./parser/cursor.ts";
import { parseExpression } from "./parser/operators.ts";
import { layRegion } from "./parser/region.ts";
import { parseStatement } from "./parser/statements.ts";

const grammar: Grammar = {
  expression: parseExpression,
  statement: parseStatement,
  body: parseBody,
};

/**
 * Parses a file. There is always a tree; what could not be parsed is missing from it and reported as an error, so a
 * tree is complete only if the sink has no errors. The lines of a region may all be indented.
 */
export function parse(
  file: SourceFile,
  sink: DiagnosticSink,
  part: "file" | "region" = "file",
): Module {
  const before = sink.all.length;
  const p = new Parser(file, sink, grammar);
  const end = file.text.length;
  p.open(file.text.charCodeAt(0) === 0xfeff ? 1 : 0, end, 0);
  const body: Stmt[] = [];
  const indent = part === "region" ? layRegion(file, p.tokens) : 0;
  // A first line may have moved.
  p.restore(p.save());
  p.blockIndent = -1;
  while (p.kind !== "eof") parseLines(p, indent, () => parseStatement(p, body));
  sortByPosition(sink, before);
  return { kind: "module", file, body, span: { file, start: 0, end } };
}

/** The lexer's messages come before the parser's; a reader wants them by line. */
function sortByPosition(sink: DiagnosticSink, from: number): void {
  const added = sink.all.splice(from);
  added.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  sink.all.push(...added);
}
