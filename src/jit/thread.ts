// The compiler's thread: requests come over a port, and results go back, where the program takes them when it likes.
import {
  receiveMessageOnPort,
  MessageChannel,
  Worker,
  type MessagePort,
} from "node:worker_threads";
import { loadLlvm } from "../libllvm/index.ts";
import { hostTarget, PartCompiler } from "./compile.ts";
import type { JitBackground, JitCompilation, JitRequest } from "./tiers.ts";

/** What the thread gets as its `workerData`. */
export interface JitThreadStart {
  readonly kind: "jit";
  readonly port: MessagePort;
  /** File or URL from which the package koffi is looked up. */
  readonly from: string;
  readonly machine: "x86_64" | "aarch64";
}

type Message =
  | { readonly kind: "module"; readonly id: number; readonly bitcode: Uint8Array }
  | { readonly kind: "remove"; readonly id: number }
  | ({ readonly kind: "request" } & JitRequest);

/** Starts a thread whose entry calls `serveJit` with its data. */
export type JitThreadStarter = (start: JitThreadStart, transfer: readonly MessagePort[]) => Worker;

/** A compiler on a thread of its own, which is started when the first module comes. */
export function jitThread(
  from: string,
  machine: JitThreadStart["machine"],
  starter: JitThreadStarter,
): JitBackground {
  let channel: { readonly port: MessagePort; readonly worker: Worker } | undefined;
  const port = (): MessagePort => {
    if (channel === undefined) {
      const { port1, port2 } = new MessageChannel();
      const worker = starter({ kind: "jit", port: port2, from, machine }, [port2]);
      worker.unref();
      channel = { port: port1, worker };
    }
    return channel.port;
  };
  const send = (message: Message): void => port().postMessage(message);
  return {
    addModule: (id, bitcode) => send({ kind: "module", id, bitcode }),
    removeModule: (id) => send({ kind: "remove", id }),
    request: (request) => send({ kind: "request", ...request }),
    take: () => {
      const results: JitCompilation[] = [];
      for (;;) {
        const received = receiveMessageOnPort(port()) as { message: JitCompilation } | undefined;
        if (received === undefined) return results;
        results.push(received.message);
      }
    },
    close: () => {
      channel?.port.close();
      void channel?.worker.terminate();
    },
  };
}

/** The thread of the package. */
export const startJitThread: JitThreadStarter = (workerData, transferList) =>
  new Worker(new URL("./thread-entry.js", import.meta.url), {
    workerData,
    transferList: [...transferList],
  });

/** The other side: compiles until the port is closed. */
export function serveJit({ port, from, machine }: JitThreadStart): void {
  const modules = new Map<number, Uint8Array>();
  const search = loadLlvm(from);
  const compiler =
    search.kind === "found"
      ? new PartCompiler(search.library, hostTarget(search.library, machine))
      : undefined;
  const compile = ({ id, module, unit, level }: JitRequest): JitCompilation => {
    const start = performance.now();
    const result = (object: Uint8Array | null, error: string): JitCompilation => ({
      id,
      object,
      error,
      compileTime: performance.now() - start,
    });
    const bitcode = modules.get(module);
    if (bitcode === undefined || compiler === undefined) return result(null, "the module is gone");
    try {
      return result(compiler.unit(bitcode, unit, level), "");
    } catch (error) {
      return result(null, error instanceof Error ? error.message : String(error));
    }
  };
  port.on("message", (message: Message) => {
    if (message.kind === "module") modules.set(message.id, message.bitcode);
    else if (message.kind === "remove") modules.delete(message.id);
    else port.postMessage(compile(message));
  });
  port.on("close", () => compiler?.dispose());
}
