// Where the models of devices' programs are: on this thread, or on threads of their own.
//
// A device stays with its thread, which performs requests in the order in which they came. A thread that takes too long over one of them
// is ended: that request gets an error, the device of each other one is told that nothing is known of it, and replays.
import type { Worker } from "node:worker_threads";
import { ObjectCache } from "./object-cache.ts";
import { CodeTargets, type NativeCompilers } from "./targets.ts";
import {
  ModelService,
  refusal,
  type DeviceFacts,
  type ModelAnswer,
  type ModelMessage,
  type Performed,
} from "./model-service.ts";

/** How models are kept. */
export interface WorkersOptions {
  /** Threads; 0 for none but this, which cannot be ended. */
  readonly count: number;
  /** Starts a thread that calls `serveModels`. */
  readonly start: (settings: WorkerSettings) => Worker;
  readonly settings: Omit<WorkerSettings, "sent">;
  /** Milliseconds that a request may take on its thread. */
  readonly timeLimit: number;
  /** Native compilers of this thread; null if there are none. */
  readonly native: NativeCompilers | null;
  readonly log: (line: string) => void;
}

/** What a thread is started with; plain data. */
export interface WorkerSettings {
  /** Null: compiled pieces are kept in memory alone. */
  readonly cacheFolder: string | null;
  /** Bytes of compiled pieces in memory. */
  readonly cacheMemory?: number;
  /** Identifies the compiler. */
  readonly build: string;
  /** Counts what was sent to the thread, which waits for it to change. */
  readonly sent: SharedArrayBuffer;
}

/** To a thread. Devices go by the number of their connection. */
export type ToWorker =
  | { readonly kind: "open"; readonly connection: number; readonly facts: DeviceFacts }
  | { readonly kind: "close"; readonly connection: number }
  | { readonly kind: "work"; readonly connection: number; readonly message: ModelMessage };

/** From a thread: that it has loaded, then what became of each request, in order. */
export type FromWorker = "ready" | readonly Performed[];

/** A device's way to its model. */
export interface ModelClient {
  /** Does what the device asks for; null where no answer is wanted. Never rejects. */
  perform(message: ModelMessage): Promise<ModelAnswer | null>;
  close(): void;
}

interface Waiting {
  /** Milliseconds that it may take. */
  readonly longest: number;
  readonly wantsAnswer: boolean;
  readonly resolve: (answer: ModelAnswer | null) => void;
  readonly device: string;
}

/** Devices whose thread is remembered when they are gone. */
const mostRemembered = 1024;
const noAnswer = 0;

/** See the head of this file. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #here: ModelService | null;
  readonly #threads: ModelThread[];
  /** Threads by device, and the versions of their models, those that were used last at the end. */
  readonly #known = new Map<string, { readonly thread: number; version: number | null }>();
  #connections = 0;

  constructor(options: WorkersOptions) {
    this.#options = options;
    const { count, settings } = options;
    this.#here =
      count === 0
        ? new ModelService(
            new ObjectCache(settings.cacheFolder, settings.cacheMemory),
            settings.build,
            new CodeTargets(options.native),
          )
        : null;
    const note = (device: string, version: number | null): void => this.#note(device, version);
    this.#threads = Array.from({ length: count }, () => new ModelThread(options, note));
    // The first device does not wait for a compiler to load.
    this.#threads[0]?.start();
  }

  /** The version of a device's program that is known; null if none is. */
  version(device: string): number | null {
    return this.#known.get(device)?.version ?? null;
  }

  #note(device: string, version: number | null): void {
    const known = this.#known.get(device);
    if (known !== undefined) known.version = version;
  }

  /** A device has connected. */
  open(facts: DeviceFacts): ModelClient {
    const { device } = facts;
    const number = this.#known.get(device)?.thread ?? this.#idlest();
    const version = this.version(device);
    this.#known.delete(device);
    this.#known.set(device, { thread: number, version });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostRemembered && oldest !== undefined) this.#known.delete(oldest);
    const thread = this.#threads[number];
    if (thread === undefined) return this.#clientHere(facts);
    this.#connections += 1;
    return thread.open(this.#connections, facts);
  }

  /** The number of the thread with the fewest devices. */
  #idlest(): number {
    const devices = this.#threads.map((thread) => thread.devices);
    return Math.max(0, devices.indexOf(Math.min(...devices)));
  }

  #clientHere(facts: DeviceFacts): ModelClient {
    const service = this.#here;
    if (service === null) throw new Error("there is no thread");
    return {
      perform: (message) => {
        const { answer, version, failure } = service.perform(facts, message);
        setImmediate(() => service.tidy());
        if (failure !== null) this.#options.log(`internal error: ${failure}`);
        this.#note(facts.device, version);
        return Promise.resolve(answer);
      },
      close: () => {},
    };
  }

  /** Resolves when nothing is under way, or after some milliseconds. */
  async settled(longest: number): Promise<void> {
    const end = performance.now() + longest;
    while (this.#threads.some(({ busy }) => busy) && performance.now() < end)
      await new Promise((resolve) => {
        setTimeout(resolve, pollTime);
      });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}

/**
 * The runtime library takes longer to compile than anything else: once for each kind of processor. A replay is all that a program ever
 * was, and a device that cannot be replayed would never get code again.
 */
const longRequests: ReadonlySet<ModelMessage["kind"]> = new Set(["runtime", "replay"]);
const longFactor = 6;

/** Milliseconds between two looks at whether all is done. */
const pollTime = 10;

/** One thread with the models of its devices, started when it is needed. */
class ModelThread {
  readonly #options: WorkersOptions;
  readonly #note: (device: string, version: number | null) => void;
  readonly #open = new Map<number, DeviceFacts>();
  #worker: Worker | null = null;
  /** Whether it has loaded; the time for its first request begins then. */
  #ready = false;
  readonly #sent = new Int32Array(new SharedArrayBuffer(4));
  /** In the order in which the thread performs them. */
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WorkersOptions, note: (device: string, version: number | null) => void) {
    this.#options = options;
    this.#note = note;
  }

  get devices(): number {
    return this.#open.size;
  }

  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const { settings, start } = this.#options;
    const sent = this.#sent.buffer as SharedArrayBuffer;
    const worker = start({ ...settings, sent });
    this.#worker = worker;
    let reason = "";
    worker.on("message", (message: FromWorker) => {
      if (this.#worker === worker) this.#take(message);
    });
    worker.on("error", (error: Error) => {
      reason = error.message;
    });
    worker.on("exit", () => {
      if (this.#worker === worker)
        this.#end(refusal("internal", `the compiler's thread has ended: ${reason}`));
    });
    for (const [connection, facts] of this.#open) this.#send({ kind: "open", connection, facts });
    return worker;
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message);
    Atomics.add(this.#sent, 0, 1);
    Atomics.notify(this.#sent, 0);
  }

  open(connection: number, facts: DeviceFacts): ModelClient {
    this.#open.set(connection, facts);
    this.#send({ kind: "open", connection, facts });
    return {
      perform: (message) =>
        new Promise((resolve) => {
          this.start();
          this.#waiting.push({
            resolve,
            wantsAnswer: message.id !== noAnswer,
            longest: this.#options.timeLimit * (longRequests.has(message.kind) ? longFactor : 1),
            device: facts.device,
          });
          if (this.#waiting.length === 1) this.#limit();
          this.#send({ kind: "work", connection, message });
        }),
      close: () => {
        this.#open.delete(connection);
        this.#send({ kind: "close", connection });
      },
    };
  }

  #take(message: FromWorker): void {
    if (message === "ready") {
      this.#ready = true;
      this.#limit();
      return;
    }
    for (const performed of message) this.#takeOne(performed);
  }

  #takeOne({ answer, version, failure }: Performed): void {
    if (failure !== null) this.#options.log(`internal error: ${failure}`);
    const first = this.#waiting.shift();
    clearTimeout(this.#timer);
    this.#limit();
    if (first === undefined) return;
    this.#note(first.device, version);
    first.resolve(answer);
  }

  /** The time for the request that is performed now begins. */
  #limit(): void {
    const [first] = this.#waiting;
    if (!this.#ready || first === undefined) return;
    const { longest } = first;
    this.#timer = setTimeout(
      () =>
        this.#end(refusal("deadline", `the compile server has given up after ${longest / 1000} s`)),
      longest,
    );
  }

  /** Ends the thread. The request that it performs gets `answer`; what the thread knew has to be replayed. */
  #end(answer: ModelAnswer): void {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    this.#ready = false;
    const waiting = this.#waiting.splice(0);
    if (answer.kind === "error" && waiting.length > 0) this.#options.log(answer.body.message);
    for (const { device } of this.#open.values()) this.#note(device, null);
    const lost = refusal("version", "the server knows nothing of the program any more");
    waiting.forEach(({ resolve, wantsAnswer }, index) =>
      resolve(wantsAnswer ? (index === 0 ? answer : lost) : null),
    );
    void worker?.terminate();
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#end(refusal("stopping", "the compile server is going down"));
    await worker?.terminate();
  }
}
