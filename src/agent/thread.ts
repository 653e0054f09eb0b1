// The program's thread: entry of the worker, and the agent's end of it.
import { readFileSync } from "node:fs";
import type { MessagePort } from "node:worker_threads";
import { MessageChannel, receiveMessageOnPort, Worker, workerData } from "node:worker_threads";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { HostSymbols, type DeviceOptions, type NativeSymbols } from "../device/index.ts";
import { libraryLoader } from "../engine/index.ts";
import type { ProcessSymbols } from "../loader/native/index.ts";
import { wasmTarget, type HostDeclaration, type Target } from "../protocol/index.ts";
import type { FromProgram, ToProgram } from "./messages.ts";
import { ProgramRunner } from "./runner.ts";
import { registerFrom } from "./symbol-files.ts";

/** What the thread is started with; plain data. */
export interface ThreadSettings {
  /** File of the runtime library's image. */
  readonly library: string;
  /** Bytes of the program's memory. */
  readonly heapBudget: number;
  /**
   * Files with functions for code to call, in order: JavaScript modules, whose export `symbols` is a list of `HostSymbol`; wasm modules
   * without imports, whose exported functions are taken. For native code also shared libraries and objects (ELF), and lists as
   * `anneal symbols --json` writes them, whose entries with `params` and `result` are functions that code may call.
   */
  readonly symbolModules: readonly string[];
  /** File from which packages for native code are looked up. Needed where code is native. */
  readonly packages?: string;
}

/** What makes the program's code native. */
export interface NativeSide {
  readonly target: Target;
  readonly code: NonNullable<DeviceOptions["code"]>;
  readonly symbols: NativeSymbols;
  /** The functions of a list in a file; throws if it is none. */
  readonly declarations: (text: string) => readonly HostDeclaration[];
  /** Loads a shared library. Throws the system's reason. */
  readonly openLibrary: (file: string) => ProcessSymbols;
}

interface ThreadData extends ThreadSettings {
  readonly port: MessagePort;
  /** One word: characters of output that the agent has not handed on. */
  readonly backlog: Int32Array;
}

type Output = Extract<FromProgram, { kind: "out" }>;

/** Characters of output that may be on their way; a program that prints more waits, so that the agent can do other things as well. */
const mostBacklog = 2 ** 18;
/** Milliseconds that it waits at most: then it comes to a safepoint, where it may be stopped. */
const longestWait = 50;

/** A message counts, too. */
function sizeOf({ text }: Output): number {
  return text.length + 64;
}

/**
 * Runs in the worker: serves the agent until that ends the thread. Code is wasm unless `openNative` says otherwise, which gets
 * `ThreadSettings.packages`; what it throws ends the thread.
 */
export async function serveProgram(openNative?: (packages: string) => NativeSide): Promise<void> {
  // Given by `startThread`.
  const data = workerData as ThreadData;
  const { port, backlog, library, heapBudget, symbolModules, packages = "" } = data;
  const native = openNative?.(packages);
  const symbols = new HostSymbols(native?.symbols ?? null);
  for (const file of symbolModules) await registerFrom(file, symbols, native ?? null);
  const receive = (): ToProgram | undefined => receiveMessageOnPort(port)?.message as ToProgram;
  const post = (message: FromProgram): void => {
    port.postMessage(message);
    if (message.kind !== "out") return;
    const size = sizeOf(message);
    const waiting = Atomics.add(backlog, 0, size) + size;
    if (waiting > mostBacklog) Atomics.wait(backlog, 0, waiting, longestWait);
  };
  const runner = new ProgramRunner({ post, receive }, native?.target ?? wasmTarget, {
    ...(native === undefined ? {} : { code: native.code }),
    library: libraryLoader(() => readFileSync(library)),
    clock: {
      monotonicNanos: () => process.hrtime.bigint(),
      unixMicros: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)),
    },
    heapBudget,
    sharedMemory: true,
    symbols,
    packing: { pack: deflateRawSync, unpack: inflateRawSync },
  });
  port.on("message", (message: ToProgram) => {
    runner.perform(message);
    runner.settle();
  });
}

/** The agent's end of a program's thread. */
export interface ProgramThread {
  send(message: ToProgram): void;
  onMessage: (message: FromProgram) => void;
  /** Output has been handed on: the program may print more. */
  taken(message: Output): void;
  /** The thread has ended, of an error if there is one. */
  onExit: (error: Error | null) => void;
  stop(): Promise<void>;
}

/** V8's default collects less often, and for several milliseconds: a program that draws at fixed times would be late. */
const youngGenerationMb = 3;

/** Starts the thread. `entry` is a file that calls `serveProgram`. */
export function startThread(entry: string, settings: ThreadSettings): ProgramThread {
  const { port1, port2 } = new MessageChannel();
  const backlog = new Int32Array(new SharedArrayBuffer(4));
  const data: ThreadData = { ...settings, port: port2, backlog };
  const worker = new Worker(entry, {
    workerData: data,
    transferList: [port2],
    // How the application was started, by `--input-type` or hooks for its modules, is nothing for this thread.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  });
  let failure: Error | null = null;
  const thread: ProgramThread = {
    send: (message) => port1.postMessage(message),
    onMessage: () => {},
    taken: (message) => {
      Atomics.sub(backlog, 0, sizeOf(message));
      Atomics.notify(backlog, 0);
    },
    onExit: () => {},
    stop: async () => {
      port1.close();
      await worker.terminate();
    },
  };
  port1.on("message", (message: FromProgram) => thread.onMessage(message));
  worker.on("error", (error: Error) => {
    failure = error;
  });
  worker.on("exit", () => {
    port1.close();
    thread.onExit(failure);
  });
  return thread;
}
