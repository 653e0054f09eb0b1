// Says what stopped a job.
import { DiagnosticError } from "../base/index.ts";
import { ProgramError } from "../runtime/index.ts";
import { OutputError, writeText } from "./output.ts";
import { exitCodes, type Job } from "./protocol.ts";
import {
  renderDiagnostics,
  renderInternalError,
  renderProgramError,
  renderUsageError,
  type SourceLookup,
} from "./render.ts";
import { UsageError } from "./usage.ts";

/** Says what went wrong on standard error; the result is the exit code. `sourceFile` finds the program's files. */
export function reportFailure(
  error: unknown,
  job: Job,
  sourceFile: SourceLookup = () => undefined,
): number {
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
    writeText(2, renderProgramError(error, sourceFile, colour));
    return error.code === "interrupted" ? exitCodes.interrupted : exitCodes.runtimeError;
  }
  if (error instanceof UsageError) {
    writeText(2, renderUsageError(error, colour));
    return exitCodes.usage;
  }
  writeText(2, renderInternalError(error, job.version, job.settings.verbose));
  return exitCodes.internal;
}
