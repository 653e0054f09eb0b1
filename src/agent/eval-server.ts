// For an application that embeds a device: a port for editors, with or without a compile server.
import { fileURLToPath } from "node:url";
import { startNreplServer, type NreplServer } from "../nrepl/index.ts";
import type { AheadProgram } from "../protocol/index.ts";
import { Device, type AheadCode, type DeviceSettings } from "./device.ts";
import type { EvaluationEnd } from "./evaluation-end.ts";
import { DeviceEvaluator } from "./evaluator.ts";
import { PieceCache } from "./piece-cache.ts";
import type { PieceEvents } from "./program-link.ts";
import { Sources } from "./render.ts";
import { startThread } from "./thread.ts";

/** How an application embeds a device. */
export interface EvalServerOptions {
  /** File of the runtime library's image, `library.wasm` of this package. */
  readonly library: string;
  /** Bytes of the program's memory. Default 64 MiB. */
  readonly heapBudget?: number;
  /** What code is for: wasm, or this machine, which needs the package koffi. Default `wasm32`. */
  readonly target?: "wasm32" | "native";
  /** Files with functions for code to call: see `ThreadSettings`. */
  readonly symbolModules?: readonly string[];
  /** What the compile server has to know; null where that listens on loopback alone. */
  readonly secret?: Uint8Array | null;
  /** Folder where compiled pieces are kept between two starts. Default: nowhere. */
  readonly cacheFolder?: string;
  /** Bytes that only this device has: nobody else can put anything into that folder. Default: the secret, or nothing. */
  readonly cacheKey?: Uint8Array;
  /** File for the port, where editors look for it: `.nrepl-port`. Default: none. */
  readonly portFile?: string;
  /** Optimisation of the code. Default 1. */
  readonly level?: DeviceSettings["level"];
  /** Milliseconds without a call after which a module is unloaded: up to twice as many. Default 10,000. */
  readonly unloadAfter?: number;
  /** Milliseconds that an evaluation may take. Default: as long as it wants. */
  readonly timeLimit?: number;
  /** Receives lines about the compile server. */
  readonly log?: (line: string) => void;
  /** The text of a module `a/b` that a piece imports; null if there is none. */
  readonly readModule?: (path: string) => string | null;
  /** Name and version of the application. */
  readonly name?: string;
}

/** A program that was compiled ahead. */
export type EmbeddedAhead = AheadCode & Pick<AheadProgram, "request">;

const defaultHeap = 64 * 2 ** 20;
const compileTime = 30_000;
/** Milliseconds. */
const stopTime = 4000;

const entries = { wasm32: "worker.js", native: "native-worker.js" } as const;

/**
 * A device in an application. Nothing runs before `startEvalServer` or `startEvalServerRemote`; what is evaluated needs a compile
 * server, which may come later and go.
 */
export class EvalServer {
  readonly #options: EvalServerOptions;
  #device: Device | null = null;
  #nrepl: NreplServer | null = null;
  #sources = new Sources();

  constructor(options: EvalServerOptions) {
    this.#options = options;
  }

  /**
   * Opens a port on loopback for editors; 0 takes any. The result is the port. Rejects if it is taken or there is one already, if others may
   * write to the folder of the cache, or if the program cannot run here, for want of native code or of symbols.
   */
  async startEvalServer(port: number): Promise<number> {
    if (this.#device !== null) throw new Error("the evaluation server has started already");
    const { heapBudget, symbolModules, timeLimit, log, cacheFolder: folder } = this.#options;
    const { target = "wasm32", secret = null, cacheKey, unloadAfter, portFile } = this.#options;
    const common = {
      secret,
      agent: this.#options.name ?? "anneal",
      readModule: this.#options.readModule ?? (() => null),
    };
    const device = new Device({
      thread: startThread(fileURLToPath(new URL(entries[target], import.meta.url)), {
        library: this.#options.library,
        packages: fileURLToPath(import.meta.url),
        heapBudget: heapBudget ?? defaultHeap,
        symbolModules: symbolModules ?? [],
      }),
      address: null,
      ...common,
      cache:
        folder === undefined
          ? null
          : new PieceCache({ ...common, secret: cacheKey ?? secret, folder }),
      log: log ?? (() => {}),
      level: this.#options.level ?? 1,
      ...(unloadAfter === undefined ? {} : { unloadAfter }),
      compileTime,
      timeLimit: timeLimit ?? null,
    });
    this.#sources = new Sources();
    const evaluator = new DeviceEvaluator(device, this.#sources, common.agent);
    this.#device = device;
    try {
      await device.ready;
      const file = portFile === undefined ? {} : { portFile };
      this.#nrepl = await startNreplServer({ evaluator, port, ...file });
      return this.#nrepl.port;
    } catch (error) {
      await this.stopEvalServer();
      throw error;
    }
  }

  /** The same, with a compile server. */
  async startEvalServerRemote(port: number, host: string, compilePort: number): Promise<number> {
    const opened = await this.startEvalServer(port);
    this.enableRemoteCompile(host, compilePort);
    return opened;
  }

  /** From now on this compile server compiles. Throws if nothing was started. */
  enableRemoteCompile(host: string, port: number): void {
    this.device.client.connectTo({ host, port });
  }

  /** Starts a program, its source or what was compiled ahead, which goes on while it is changed. The result settles when it ends. */
  run(
    program: { readonly path: string; readonly text: string } | EmbeddedAhead,
    events: PieceEvents,
  ): Promise<EvaluationEnd> {
    const ahead = "request" in program ? program : null;
    const { path, text } = "request" in program ? program.request : program;
    const source = { path, text, line: 1, column: 1 };
    this.#sources.add(source);
    return this.device.start(source, { ...events, ahead }).ended;
  }

  /** What the program prints outside of evaluations, until the result is called. */
  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    return this.device.watchOutput(listener);
  }

  /** What was started: calls, figures, counts of calls, rollback. Throws if nothing was. */
  get device(): Device {
    if (this.#device === null) throw new Error("the evaluation server has not started");
    return this.#device;
  }

  /** Ends the program and closes all connections. Rejects if native code does not come to a point where it can be stopped. */
  async stopEvalServer(): Promise<void> {
    const [nrepl, device] = [this.#nrepl, this.#device];
    this.#nrepl = null;
    this.#device = null;
    await nrepl?.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the program does not stop")), stopTime);
    });
    await Promise.race([device?.stop(), late]).finally(() => clearTimeout(timer));
  }
}
