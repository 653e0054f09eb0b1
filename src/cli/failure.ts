// Says what stopped a job.
import { DiagnosticError, SourceFile } from "../base/index.ts";
import { ProgramError } from "../runtime/index.ts";
import { OutputError, writeText } from "./output.ts";
import { exitCodes, type Job } from "./protocol.ts";
import { renderDiagnostics, renderInternalError, renderProgramError } from "./render.ts";

/** Says what went wrong on standard error; the result is the exit code. */
export function reportFailure(error: unknown, job: Job): number {
  const { colour } = job.terminal;
  if (error instanceof OutputError) {
    if (error.broken) return exitCodes.brokenPipe;
    writeText(2, `anneal: cannot write the output: ${error.message}\n`);
    return exitCodes.runtimeError;
  }
  if (error instanceof DiagnosticError) {
    writeText(2, renderDiagnostics(error.diagnostics, colour));
    return exitCodes.usage;
  }
  if (error instanceof ProgramError) {
    const { path, text } =
      job.kind === "test" || job.kind === "repl" ? { path: "", text: "" } : job.source;
    const file = new SourceFile(path, text);
    writeText(2, renderProgramError(error, file, colour));
    return error.code === "interrupted" ? exitCodes.interrupted : exitCodes.runtimeError;
  }
  writeText(2, renderInternalError(error, job.version, job.settings.verbose));
  return exitCodes.internal;
}
