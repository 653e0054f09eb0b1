// The compiler's thread: requests come over a port, and results go back, where the program takes them when it likes.
import {
  receiveMessageOnPort,
  MessageChannel,
  Worker,
  type MessagePort,
} from "node:worker_threads";
import { loadLlvm } from "../libllvm/index.ts";
import { hostTarget } from "../codegen/llvm/index.ts";
import { PartCompiler } from "./compile.ts";
import type { JitBackground, JitCompilation, JitRequest } from "./tiers.ts";

/** What the thread gets as its `workerData`. */
export interface JitThreadStart {
  readonly kind: "jit";
  readonly port: MessagePort;
  /** File or URL from which the package koffi is looked up. */
  readonly from: string;
  readonly machine: "x86_64" | "aarch64";
  /** `ThreadState`. */
  readonly state: SharedArrayBuffer;
}

/**
 * Two words that both sides know: whether the thread is in native code, and whether it is not to enter it any more. A thread
 * that is ended in the middle of a native call takes the process with it.
 */
class ThreadState {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** Runs native code unless the other side has ended that; then the result is undefined. */
  work<Result>(action: () => Result): Result | undefined {
    Atomics.store(this.#words, 0, 1);
    try {
      return Atomics.load(this.#words, 1) === 0 ? action() : undefined;
    } finally {
      Atomics.store(this.#words, 0, 0);
      Atomics.notify(this.#words, 0);
    }
  }

  /** Ends native code on the other side: waits for what is under way, and nothing more starts. */
  end(): void {
    Atomics.store(this.#words, 1, 1);
    while (Atomics.load(this.#words, 0) === 1) Atomics.wait(this.#words, 0, 1);
  }
}

type Message =
  | { readonly kind: "module"; readonly id: number; readonly bitcode: Uint8Array }
  | { readonly kind: "remove"; readonly id: number }
  | ({ readonly kind: "request" } & JitRequest);

/** Starts a thread whose entry calls `serveJit` with its data. */
export type JitThreadStarter = (start: JitThreadStart, transfer: readonly MessagePort[]) => Worker;

/** A compiler on a thread of its own, which boots while modules are loaded. */
export function jitThread(
  from: string,
  machine: JitThreadStart["machine"],
  starter: JitThreadStarter,
): JitBackground {
  const { port1: port, port2 } = new MessageChannel();
  const state = new ThreadState();
  const worker = starter({ kind: "jit", port: port2, from, machine, state: state.buffer }, [port2]);
  worker.unref();
  const outstanding = new Set<number>();
  let failure: string | undefined;
  worker.on("error", (error: Error) => {
    failure = `the compiler's thread has ended: ${error.message}`;
  });
  const end = (): void => state.end();
  // The end of this thread is that of the other.
  process.once("exit", end);
  const send = (message: Message): void => port.postMessage(message);
  return {
    addModule: (id, bitcode) => send({ kind: "module", id, bitcode }),
    removeModule: (id) => send({ kind: "remove", id }),
    request: (request) => {
      outstanding.add(request.id);
      send({ kind: "request", ...request });
    },
    take: () => {
      const results: JitCompilation[] = [];
      for (;;) {
        const received = receiveMessageOnPort(port) as { message: JitCompilation } | undefined;
        if (received === undefined) break;
        results.push(received.message);
        outstanding.delete(received.message.id);
      }
      if (failure === undefined) return results;
      const failed = { object: null, error: failure, compileTime: 0 };
      for (const id of outstanding) results.push({ id, ...failed });
      outstanding.clear();
      return results;
    },
    close: () => {
      end();
      process.removeListener("exit", end);
      // The thread has nothing left to wait for then.
      port.close();
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
export function serveJit({ port, from, machine, state: buffer }: JitThreadStart): void {
  const modules = new Map<number, Uint8Array>();
  const state = new ThreadState(buffer);
  const compiler = state.work(() => {
    const search = loadLlvm(from);
    if (search.kind === "absent") return undefined;
    return new PartCompiler(search.library, hostTarget(search.library, machine));
  });
  const compile = (request: JitRequest): JitCompilation => {
    const { id, module, unit, level } = request;
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
    else {
      const done = state.work(() => compile(message));
      if (done !== undefined) port.postMessage(done);
    }
  });
}
