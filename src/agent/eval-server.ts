// For an application that embeds a device: a port for editors, with or without a compile server.
import { fileURLToPath } from "node:url";
import { startNreplServer, type NreplServer } from "../nrepl/index.ts";
import { Device } from "./device.ts";
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
  /** Milliseconds that an evaluation may take. Default: as long as it wants. */
  readonly timeLimit?: number;
  /** Receives lines about the compile server. */
  readonly log?: (line: string) => void;
  /** The text of a module `a/b` that a piece imports; null if there is none. */
  readonly readModule?: (path: string) => string | null;
  /** Name and version of the application. */
  readonly name?: string;
}

const defaultHeap = 64 * 2 ** 20;
const compileTime = 30_000;

const entries = { wasm32: "worker.js", native: "native-worker.js" } as const;

/**
 * A device in an application. Nothing runs before `startEvalServer` or `startEvalServerRemote`; what is evaluated needs a compile
 * server, which may come later and go.
 */
export class EvalServer {
  readonly #options: EvalServerOptions;
  #device: Device | null = null;
  #nrepl: NreplServer | null = null;

  constructor(options: EvalServerOptions) {
    this.#options = options;
  }

  /** Opens a port on loopback for editors; 0 takes any. The result is the port. Rejects if it is taken or there is one already, or if others may write to the folder of the cache. */
  async startEvalServer(port: number): Promise<number> {
    if (this.#device !== null) throw new Error("the evaluation server has started already");
    const { heapBudget, symbolModules, timeLimit, log, cacheFolder: folder } = this.#options;
    const { target = "wasm32" } = this.#options;
    const common = {
      secret: this.#options.secret ?? null,
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
      cache: folder === undefined ? null : new PieceCache({ ...common, folder }),
      log: log ?? (() => {}),
      level: 1,
      compileTime,
      timeLimit: timeLimit ?? null,
    });
    const evaluator = new DeviceEvaluator(device, new Sources(), common.agent);
    this.#device = device;
    try {
      this.#nrepl = await startNreplServer({ evaluator, port });
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
    this.#started().client.connectTo({ host, port });
  }

  /** Starts a program, which goes on while it is changed. The result settles when it ends. */
  run(
    source: { readonly path: string; readonly text: string },
    events: PieceEvents,
  ): Promise<EvaluationEnd> {
    return this.#started().start({ ...source, line: 1, column: 1 }, events).ended;
  }

  /** What the program prints outside of evaluations, until the result is called. */
  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    return this.#started().watchOutput(listener);
  }

  #started(): Device {
    if (this.#device === null) throw new Error("the evaluation server has not started");
    return this.#device;
  }

  /** Ends the program and closes all connections. */
  async stopEvalServer(): Promise<void> {
    const [nrepl, device] = [this.#nrepl, this.#device];
    this.#nrepl = null;
    this.#device = null;
    await nrepl?.close();
    await device?.stop();
  }
}
