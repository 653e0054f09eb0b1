// What a filetest command is, and reading of the file for those that need MIR.
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../../src/base/index.ts";
import {
  parseModuleWithPlaces,
  renderVerifyErrors,
  verifyModule,
  type MirFunction,
  type MirModule,
  type ParsePlaces,
} from "../../../src/ir/mir/index.ts";
import type { Golden } from "../bless.ts";
import type { Language, TestFile } from "../testfile.ts";

export interface CommandResult {
  /** What went wrong, each with its line. */
  readonly failures: readonly string[];
  readonly goldens: readonly Golden[];
}

export interface Command {
  readonly languages: readonly Language[];
  /** Which directives the command checks; a file with others than its commands check fails. */
  readonly checks?: "runs" | "errors";
  readonly run: (file: TestFile, args: readonly string[]) => CommandResult;
}

export interface ParsedFile {
  readonly module: MirModule;
  readonly places: ParsePlaces;
  readonly source: SourceFile;
}

/** Thrown to fail a test with a message that needs no stack. */
export class CommandFailure extends Error {}

/** Reads the file as MIR. */
export function parseFile({ path, text }: TestFile): ParsedFile {
  const source = new SourceFile(path, text);
  const sink = new DiagnosticSink();
  const parsed = parseModuleWithPlaces(source, sink);
  if (sink.hasErrors) throw new CommandFailure(sink.all.map(renderDiagnostic).join("\n"));
  return { ...parsed, source };
}

/** Reads the file as MIR that must be well-formed. */
export function parseVerified(file: TestFile): ParsedFile {
  const parsed = parseFile(file);
  requireVerified(parsed.module, "before the command");
  return parsed;
}

export function requireVerified(module: MirModule, when: string): void {
  const errors = verifyModule(module);
  if (errors.length > 0) throw new CommandFailure(`${when}: ${renderVerifyErrors(errors)}`);
}

/** A golden for each function of the file. */
export function functionGoldens(
  { module, places, source }: ParsedFile,
  print: (fn: MirFunction) => string,
): Golden[] {
  return module.functions.map((fn) => {
    const span = places.functions.get(fn);
    if (span === undefined) throw new Error(`@${fn.symbol} has no place in the file`);
    return { afterLine: source.position(span.end - 1).line, text: print(fn) };
  });
}
