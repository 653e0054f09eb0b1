// `anneal repl`, in the main thread: pieces go to the program's thread.
import type { Worker } from "node:worker_threads";
import { controlInterrupt, setControlWord } from "../runtime/index.ts";
import type { PieceEvaluator, PieceOutcome } from "./prompt.ts";
import type { LoadedMessage, PieceMessage, PieceResultMessage, ReplJob } from "./protocol.ts";

/** The evaluator of a REPL whose session is in the program's thread. */
export function localPieces(worker: Worker, job: ReplJob): PieceEvaluator {
  let memory: SharedArrayBuffer | undefined;
  let failure: Error | undefined;
  let waiting: { resolve(outcome: PieceOutcome): void; reject(error: Error): void } | undefined;
  worker.on("message", (message: LoadedMessage | PieceResultMessage) => {
    if (message.kind === "loaded") memory = message.memory;
    else waiting?.resolve(message);
  });
  worker.on("error", (error: Error) => {
    failure = error;
    waiting?.reject(error);
  });
  worker.postMessage(job);
  return {
    greeting: `anneal ${job.version}`,
    commands: [":type", ":mir", ":tiers", ":load", ":help", ":quit"],
    perform: (text) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting = { resolve, reject };
        const message: PieceMessage = { text };
        worker.postMessage(message);
      }),
    interrupt: () => {
      if (memory !== undefined) setControlWord(memory, controlInterrupt);
    },
    close: () => void worker.terminate(),
  };
}
