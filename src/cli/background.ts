// Compilation on a thread of its own, for programs that run long enough to get to tier 2.
import path from "node:path";
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from "node:worker_threads";
import type {
  Backend,
  BackgroundCompiler,
  BackgroundResult,
  EngineOptions,
  LoadedModule,
} from "../engine/index.ts";

import type { LinkedSignature } from "../runtime/index.ts";

/** What the compiler's thread gets at its start. */
export interface BackgroundStart {
  /** Folder of the package. */
  readonly root: string;
  readonly path: string;
  readonly text: string;
  readonly modules: readonly LoadedModule[];
  readonly memory: SharedArrayBuffer;
  readonly backend: Backend;
  readonly linked: readonly LinkedSignature[];
  /** Takes requests and gives results. */
  readonly port: MessagePort;
}

/** Starts the compiler's thread when the engine first needs it; `root` is the folder of the package. */
export function backgroundStarter(root: string): NonNullable<EngineOptions["background"]> {
  return ({ file, modules, memory: { buffer }, backend, linked }) => {
    if (!(buffer instanceof SharedArrayBuffer))
      throw new Error("the program's memory is not shared");
    const { port1, port2 } = new MessageChannel();
    const start: BackgroundStart = {
      root,
      path: file.path,
      text: file.text,
      modules,
      memory: buffer,
      backend,
      linked,
      port: port2,
    };
    const worker = new Worker(path.join(root, "dist/bin/load.cjs"), {
      argv: ["worker"],
      workerData: start,
      transferList: [port2],
      resourceLimits: { stackSizeMb: 64 },
    });
    worker.unref();
    return compilerBehind(port1);
  };
}

function compilerBehind(port: MessagePort): BackgroundCompiler {
  return {
    request: (request) => port.postMessage(request),
    // One at a time: to receive a unit takes as long as to load it.
    take: () => {
      const received = receiveMessageOnPort(port) as { message: BackgroundResult } | undefined;
      return received === undefined ? [] : [received.message];
    },
  };
}
