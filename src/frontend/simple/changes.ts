// What has changed in a file since it was saved last: for programs that go on running while their file is edited.
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { namesIn } from "./analyze/free-names.ts";
import type * as ast from "./ast.ts";
import { parse } from "./parser.ts";
import { declaredNames } from "./session-changes.ts";

/**
 * The definitions that a program has from its file, in their words. What has a name stays when the file has it no more, so that a file that
 * was saved by halves does not have variables begin anew.
 */
export interface SavedDefinitions {
  /** By name; a file may declare one name several times. */
  readonly named: ReadonlyMap<string, ReadonlySet<string>>;
  /** `impl` and `use`, as the file that was saved last has them. */
  readonly unnamed: ReadonlySet<string>;
}

/** What is new in a file. */
export interface ChangedDefinitions {
  /** The definitions, each at its place, to evaluate. */
  readonly file: SourceFile;
  readonly names: readonly string[];
  /** What the program has afterwards. */
  readonly saved: SavedDefinitions;
}

function definitionsOf(file: SourceFile): SavedDefinitions {
  return withDefinitions(new Map(), parse(file, new DiagnosticSink()).body);
}

/**
 * The definitions of `after` that the program does not have in the same words; null if `after` has errors, which the sink then has.
 * `before` is what it has, or the file that it was made of. Statements that declare nothing are left out: they have run.
 */
export function changedDefinitions(
  before: SavedDefinitions | SourceFile,
  after: SourceFile,
  sink: DiagnosticSink,
): ChangedDefinitions | null {
  const errors = sink.errorCount;
  const { body } = parse(after, sink);
  if (sink.errorCount > errors) return null;
  const known = before instanceof SourceFile ? definitionsOf(before) : before;
  const changed = body.filter((statement) => isNew(statement, known));
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
      const names = definedNames(statement);
      return names.length > 0 ? names : [statement.kind];
    }),
    saved: withDefinitions(known.named, body),
  };
}

function withDefinitions(
  before: SavedDefinitions["named"],
  body: readonly ast.Stmt[],
): SavedDefinitions {
  const named = new Map<string, Set<string>>();
  const unnamed = new Set<string>();
  for (const statement of body) {
    const text = textOf(statement);
    for (const name of definedNames(statement)) {
      const texts = named.get(name) ?? new Set();
      named.set(name, texts.add(text));
    }
    if (isUnnamed(statement)) unnamed.add(text);
  }
  return { named: new Map([...before, ...named]), unnamed };
}

function isNew(statement: ast.Stmt, { named, unnamed }: SavedDefinitions): boolean {
  const text = textOf(statement);
  if (isUnnamed(statement)) return !unnamed.has(text);
  return definedNames(statement).some((name) => named.get(name)?.has(text) !== true);
}

/** Those of a pattern, too. */
function definedNames(statement: ast.Stmt): string[] {
  return statement.kind === "binding" ? namesIn(statement.pattern) : declaredNames(statement);
}

function isUnnamed({ kind }: ast.Stmt): boolean {
  return kind === "impl" || kind === "use";
}

function textOf({ span: { file, start, end } }: ast.Stmt): string {
  return file.text.slice(start, end).trimEnd();
}

/** As many lines, and as much in the last one, without anything in them. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
