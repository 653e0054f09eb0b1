// The main thread's side of a job: it starts the program's thread and waits, so that signals and time limits work
// while the program runs.
import path from "node:path";
import type { Worker } from "node:worker_threads";
import { processExit } from "../native-host/index.ts";
import { controlInterrupt, controlTimeLimit, setControlWord } from "../runtime/index.ts";
import { writeText } from "./output.ts";
import { exitCodes, type Job, type LoadedMessage } from "./protocol.ts";
import { renderInternalError } from "./render.ts";

/** Milliseconds for a program to reach a safepoint before its thread is ended. */
const grace = 300;

type StopSignal = "SIGINT" | "SIGTERM";

/** Sends the job to the thread; the result is the exit code. `timeLimit` in milliseconds. */
export function performJob(
  worker: Worker,
  job: Job,
  timeLimit: number | undefined,
): Promise<number> {
  return new Promise((resolve) => new Session(worker, job, resolve).start(timeLimit));
}

class Session {
  readonly #worker: Worker;
  readonly #job: Job;
  readonly #resolve: (exitCode: number) => void;
  #memory: SharedArrayBuffer | undefined;
  /** Value for the control word as soon as there is one; 0 while nobody asked to stop. */
  #request = 0;
  #signal: StopSignal | undefined;
  #ended = false;
  #failure: Error | undefined;

  constructor(worker: Worker, job: Job, resolve: (exitCode: number) => void) {
    this.#worker = worker;
    this.#job = job;
    this.#resolve = resolve;
  }

  start(timeLimit: number | undefined): void {
    this.#worker.on("message", (message: LoadedMessage) => {
      this.#memory = message.memory;
      if (this.#request !== 0) setControlWord(message.memory, this.#request);
    });
    this.#worker.on("error", (error: Error) => {
      this.#failure = error;
    });
    this.#worker.on("exit", (code) => this.#finish(code));
    process.on("SIGINT", () => this.#onSignal("SIGINT"));
    process.on("SIGTERM", () => this.#onSignal("SIGTERM"));
    if (timeLimit !== undefined) {
      setTimeout(() => this.#stop(controlTimeLimit), timeLimit).unref();
    }
    this.#worker.postMessage(this.#job);
  }

  #onSignal(signal: StopSignal): void {
    // Nothing stops native code, so nothing is to be waited for.
    if (this.#signal !== undefined || this.#job.kind === "module") dieOf(signal);
    this.#signal = signal;
    this.#stop(controlInterrupt);
  }

  /** Asks the program to stop at its next safepoint; ends its thread if it does not. */
  #stop(request: number): void {
    this.#request = request;
    if (this.#job.kind === "module") this.#endProcess();
    if (this.#memory !== undefined) setControlWord(this.#memory, request);
    setTimeout(() => {
      this.#ended = true;
      // A thread that waits inside a system call cannot be ended.
      setTimeout(() => dieOf(this.#signal ?? "SIGTERM"), grace);
      void this.#worker.terminate();
    }, grace).unref();
  }

  /** The time of native code is up; the process ends without waiting for its threads. */
  #endProcess(): void {
    writeText(2, "runtime error: time limit exceeded\n");
    const exit = processExit(path.join(this.#job.root, "package.json"));
    if (exit === undefined) dieOf("SIGTERM");
    else exit(exitCodes.runtimeError);
  }

  #finish(code: number): void {
    if (this.#ended) {
      const limit = this.#request === controlTimeLimit;
      writeText(2, limit ? "runtime error: time limit exceeded\n" : "interrupted\n");
      this.#resolve(limit ? exitCodes.runtimeError : this.#signalCode());
    } else if (this.#failure !== undefined) {
      this.#resolve(this.#reportFailure(this.#failure));
    } else {
      this.#resolve(code === exitCodes.interrupted ? this.#signalCode() : code);
    }
  }

  #signalCode(): number {
    return this.#signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
  }

  #reportFailure(failure: Error): number {
    if ("code" in failure && failure.code === "ERR_WORKER_OUT_OF_MEMORY") {
      const help = "NODE_OPTIONS=--max-old-space-size=MEGABYTES gives the program more";
      writeText(2, `runtime error: out of memory\n  help: ${help}\n`);
      return exitCodes.runtimeError;
    }
    const { version, settings } = this.#job;
    writeText(2, renderInternalError(failure, version, settings.verbose));
    return exitCodes.internal;
  }
}

/** Ends this process the way the signal does by default. */
function dieOf(signal: StopSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
