// What has changed between two versions of a file: for programs that go on running while their file is edited.
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import type * as ast from "./ast.ts";
import { parse } from "./parser.ts";
import { declaredNames } from "./session-changes.ts";

/**
 * The definitions of `after` that are not in `before` in the same words, each at its place, as a file to evaluate; null if
 * `after` has errors, which the sink then has. Statements that declare nothing are left out: they have run.
 */
export function changedDefinitions(
  before: SourceFile,
  after: SourceFile,
  sink: DiagnosticSink,
): { readonly file: SourceFile; readonly names: readonly string[] } | null {
  const errors = sink.errorCount;
  const { body } = parse(after, sink);
  if (sink.errorCount > errors) return null;
  const known = new Set(parse(before, new DiagnosticSink()).body.map(textOf));
  const changed = body.filter(
    (statement) => isDefinition(statement) && !known.has(textOf(statement)),
  );
  const { text } = after;
  let kept = "";
  let end = 0;
  for (const { span } of changed) {
    kept += blank(text.slice(end, span.start)) + text.slice(span.start, span.end);
    end = span.end;
  }
  return {
    file: new SourceFile(after.path, `${kept}\n`),
    names: changed.flatMap((statement) => {
      const names = declaredNames(statement);
      return names.length > 0 ? names : [statement.kind];
    }),
  };
}

function isDefinition(statement: ast.Stmt): boolean {
  const { kind } = statement;
  return kind === "impl" || kind === "use" || declaredNames(statement).length > 0;
}

function textOf({ span: { file, start, end } }: ast.Stmt): string {
  return file.text.slice(start, end).trimEnd();
}

/** As many lines, and as much in the last one, without anything in them. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
