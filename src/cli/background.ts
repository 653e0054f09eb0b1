// Compilation on a thread of its own, for programs that run long enough to get to tier 2.
import path from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { SourceFile } from "../base/index.ts";
import type { BackgroundCompiler, BackgroundResult } from "../engine/index.ts";
import type { CompilerStart } from "./protocol.ts";

interface RunningProgram {
  readonly file: SourceFile;
  readonly memory: { readonly buffer: ArrayBuffer | SharedArrayBuffer };
}

/** Starts the compiler's thread for a program whose memory is shared; `root` is the folder of the package. */
export function startBackgroundCompiler(root: string, program: RunningProgram): BackgroundCompiler {
  const { port1, port2 } = new MessageChannel();
  const { path: name, text } = program.file;
  const { buffer } = program.memory;
  if (!(buffer instanceof SharedArrayBuffer)) throw new Error("the program's memory is not shared");
  const start: CompilerStart = { path: name, text, memory: buffer, port: port2 };
  const worker = new Worker(path.join(root, "dist/bin/compiler.cjs"), {
    workerData: start,
    transferList: [port2],
    resourceLimits: { stackSizeMb: 64 },
  });
  worker.unref();
  return {
    request: (request) => port1.postMessage(request),
    take: () => {
      const results: BackgroundResult[] = [];
      for (;;) {
        const received = receiveMessageOnPort(port1) as { message: BackgroundResult } | undefined;
        if (received === undefined) return results;
        results.push(received.message);
      }
    },
  };
}
