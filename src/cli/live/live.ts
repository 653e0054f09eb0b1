// `anneal live`, in the main thread: the program's thread, the nREPL server, and the file that is watched.
import { MessageChannel, type Worker } from "node:worker_threads";
import { startNreplServer, type NreplServer } from "../../nrepl/index.ts";
import { optimiseSooner } from "../optimise-sooner.ts";
import { writeText } from "../output.ts";
import { exitCodes, type LiveJob, type LoadedMessage } from "../protocol.ts";
import { renderInternalError } from "../render.ts";
import { UsageError } from "../usage.ts";
import { LiveEvaluator } from "./evaluator.ts";
import { sharedWords } from "./messages.ts";
import { watchFile } from "./watch-file.ts";

/** How a live program is served. */
export interface LiveOptions {
  readonly job: Omit<LiveJob, "port" | "shared">;
  /** On 127.0.0.1: whoever can connect can do what the program can. 0: any that is free. */
  readonly port: number;
  /** Evaluates what changes in the program's file. */
  readonly watch: boolean;
}

/** Runs the program and serves editors until a signal comes; the result is the exit code. */
export async function runLive(worker: Worker, options: LiveOptions): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  const shared = new SharedArrayBuffer(4 * sharedWords.count);
  const evaluator = new LiveEvaluator(port1, shared, options.job.version);
  const server = await listen(evaluator, options);
  writeText(2, `${server.startLine}\n`);
  const watcher = options.watch
    ? watchFile(options.job.source.path, (text) => evaluator.reload(text))
    : null;
  const code = await new Promise<number>((resolve) => {
    worker.on("message", (message: LoadedMessage) => {
      evaluator.attach(message.memory);
      optimiseSooner("live");
    });
    worker.on("error", (error: Error) => {
      writeText(2, renderInternalError(error, options.job.version, true));
      evaluator.end("the program's thread has failed");
      resolve(exitCodes.internal);
    });
    worker.on("exit", (exitCode) => resolve(exitCode));
    process.on("SIGINT", () => resolve(exitCodes.interrupted));
    process.on("SIGTERM", () => resolve(exitCodes.terminated));
    const job: LiveJob = { ...options.job, port: port2, shared };
    worker.postMessage(job, [port2]);
  });
  watcher?.close();
  evaluator.end("the program has ended");
  await server.close();
  port1.close();
  void worker.terminate();
  return code;
}

async function listen(evaluator: LiveEvaluator, options: LiveOptions): Promise<NreplServer> {
  const { port } = options;
  try {
    return await startNreplServer({ evaluator, port, portFile: ".nrepl-port" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `cannot listen on port ${port}: ${reason}`,
      "choose another port with --nrepl-port; 0 takes any that is free",
    );
  }
}
