// Entry of the program's thread. It loads the engine while the main thread still reads the command line, does the
// one job it is sent, and ends with the exit code.
import { parentPort, workerData } from "node:worker_threads";
import { DiagnosticError, SourceFile } from "../base/index.ts";
import { ProgramError } from "../runtime/index.ts";
import type { BackgroundStart } from "./background.ts";
import { compileJob } from "./compile.ts";
import { OutputError, writeText } from "./output.ts";
import { exitCodes, type Job } from "./protocol.ts";
import { renderDiagnostics, renderInternalError, renderProgramError } from "./render.ts";
import { runJob } from "./run.ts";
import { serveCompilations } from "./service.ts";

function perform(job: Job): number {
  switch (job.kind) {
    case "run":
      return runJob(job);
    case "compile":
      return compileJob(job);
  }
}

function performGuarded(job: Job): number {
  try {
    return perform(job);
  } catch (error) {
    return report(error, job);
  }
}

/** Says what went wrong on standard error; the result is the exit code. */
function report(error: unknown, job: Job): number {
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
    const file = new SourceFile(job.source.path, job.source.text);
    writeText(2, renderProgramError(error, file, colour));
    return error.code === "interrupted" ? exitCodes.interrupted : exitCodes.runtimeError;
  }
  writeText(2, renderInternalError(error, job.version, job.settings.verbose));
  return exitCodes.internal;
}

function performOneJob(): void {
  parentPort?.once("message", (job: Job) => {
    let code: number;
    try {
      code = performGuarded(job);
    } catch {
      // Standard error is gone too: nobody is left to tell.
      code = exitCodes.brokenPipe;
    }
    process.exit(code);
  });
}

/** The compiler's thread is given its work at the start; it has the same entry for the sake of the code cache. */
const compilations: BackgroundStart | null | undefined = workerData;
if (compilations == null) performOneJob();
else serveCompilations(compilations);
