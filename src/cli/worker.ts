// Entry of the program's thread, also loaded by the main thread for programs that need none. It loads the engine while the main thread still reads the command line, does the
// one job it is sent, and ends with the exit code.
import { parentPort, workerData } from "node:worker_threads";
import type { BackgroundStart } from "./background.ts";
import type { JitThreadStart } from "../jit/index.ts";
import { compileJob } from "./compile.ts";
import { reportFailure } from "./failure.ts";
import { serveLive } from "./live/program.ts";
import { nativeModules } from "./native-modules.ts";
import { exitCodes, type Job } from "./protocol.ts";
import { runJob } from "./run.ts";
import { serveRepl } from "./repl.ts";
import { serveCompilations } from "./service.ts";
import { testJob } from "./test.ts";

/** The exit code; null if the thread goes on. */
function perform(job: Job): number | null {
  switch (job.kind) {
    case "run":
      return runJob(job);
    case "compile":
      return compileJob(job);
    case "test":
      return testJob(job);
    case "live":
      serveLive(job);
      return null;
    case "module":
      return nativeModules().runModuleJob(job);
    case "repl":
      serveRepl(job);
      return null;
  }
}

function performGuarded(job: Job): number | null {
  try {
    return perform(job);
  } catch (error) {
    return reportFailure(error, job);
  }
}

/** Performs a job on the thread that calls it; the exit code, or null if the thread goes on. */
export function performHere(job: Job): number | null {
  try {
    return performGuarded(job);
  } catch {
    // Standard error is gone too: nobody is left to tell.
    return exitCodes.brokenPipe;
  }
}

function performOneJob(): void {
  parentPort?.once("message", (job: Job) => {
    const code = performHere(job);
    if (code !== null) process.exit(code);
  });
}

/** Compilers' threads are given their work at the start; they have the same entry for the sake of the code cache. */
const compilations: BackgroundStart | JitThreadStart | null | undefined = workerData;
if (compilations == null) performOneJob();
else if ("kind" in compilations) nativeModules().serveJit(compilations);
else serveCompilations(compilations);
