// The agent's end of what it says to the program's thread: pieces to run, questions, and what comes back.
import { controlAttention, controlInterrupt, setControlWord } from "../runtime/index.ts";
import {
  wasmTarget,
  type HostDeclaration,
  type Piece,
  type PlainDiagnostic,
  type Target,
} from "../protocol/index.ts";
import type { NativeRuntime } from "../device/index.ts";
import type { FromProgram, PieceEnd, ProfileAction, ToProgram } from "./messages.ts";
import type { ProgramThread } from "./thread.ts";

/** What happens while a piece is evaluated. */
export interface PieceEvents {
  readonly onOutput: (stream: "out" | "err", text: string) => void;
  readonly onValue: (text: string) => void;
  readonly onWarnings: (warnings: readonly PlainDiagnostic[]) => void;
  /** Bytes of output that who gets it has not taken yet; while they are many, what prints waits. */
  readonly backlog?: () => number;
}

/** What a program's thread can be asked to run. */
export type Work =
  | {
      readonly kind: "piece";
      readonly piece: Piece;
      readonly program: boolean;
      readonly rehearsal?: true;
      readonly object?: string;
    }
  | { readonly kind: "call"; readonly name: string; readonly texts: readonly string[] };

/** How it is run. */
export interface Run {
  readonly events: PieceEvents;
  readonly signal?: AbortSignal;
  /** A program is kept from here on, and runs. */
  readonly started?: () => void;
  /** Milliseconds; null for as long as it wants, as a program may. */
  readonly timeLimit: number | null;
}

/** What is answered at once. */
export type Question =
  | { readonly kind: "rollback"; readonly version: number }
  | { readonly kind: "figures" }
  | { readonly kind: "remove"; readonly object: string }
  | { readonly kind: "profile"; readonly action: ProfileAction }
  | ({ readonly kind: "runtime" } & NativeRuntime);

type Output = Extract<FromProgram, { kind: "out" }>;

interface Running {
  readonly events: PieceEvents;
  readonly started: () => void;
  readonly ended: (end: PieceEnd) => void;
  readonly isProgram: boolean;
}

interface Answering {
  readonly resolve: (message: FromProgram) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes that who gets output may leave, and milliseconds between two looks. */
const mostBacklog = 2 ** 20;
const backlogPause = 5;
/** Milliseconds after which a piece that runs sends the values that it has. */
const valueTime = 50;
/** Milliseconds that a program may take to come to a safepoint when it is to end, and between two attempts. */
const interruptTime = 2000;
const interruptPause = 2;

/** See the head of this file. */
export class ProgramLink {
  /** Settles when the program's thread is there; rejects if it cannot be, for want of native code. */
  readonly ready: Promise<void>;
  /** What the application has registered for code to call. */
  symbols: readonly HostDeclaration[] = [];
  target: Target = wasmTarget;
  readonly #thread: ProgramThread;
  readonly #listeners = new Set<(stream: "out" | "err", text: string) => void>();
  readonly #running = new Map<number, Running>();
  readonly #answers = new Map<number, Answering>();
  #memory: SharedArrayBuffer | null = null;
  #nextId = 1;
  #program = 0;
  /** Slots that are free again, of which nobody has been told. */
  #unloaded: string[] = [];
  #failed: Error | null = null;
  #calling: NodeJS.Timeout | null = null;
  /** Output that was handed on to who has much of it to take. */
  readonly #held: Output[] = [];
  #stopped = false;

  /** `onReady` is called when it is known what the program's code is for. */
  constructor(thread: ProgramThread, onReady: () => void) {
    this.#thread = thread;
    let fail: (error: Error) => void = () => {};
    this.ready = new Promise((resolve, reject) => {
      fail = reject;
      thread.onMessage = (message) => {
        if (message.kind === "ready") {
          this.#memory = message.memory;
          this.symbols = message.symbols;
          this.target = message.target;
          onReady();
          resolve();
        } else this.#take(message);
      };
    });
    this.ready.catch(() => {});
    thread.onExit = (error) => {
      const reason = error ?? new Error("the program's thread has ended");
      fail(reason);
      this.#exit(reason);
    };
  }

  get isNative(): boolean {
    return this.target.triple !== wasmTarget.triple;
  }

  #take(message: FromProgram): void {
    switch (message.kind) {
      case "ready":
        break;
      case "out": {
        const running = this.#running.get(message.piece ?? 0);
        if (running !== undefined) running.events.onOutput(message.stream, message.text);
        else for (const listener of this.#listeners) listener(message.stream, message.text);
        this.#taken([message]);
        break;
      }
      case "value":
        this.#running.get(message.piece)?.events.onValue(message.text);
        break;
      case "unloaded":
        this.#unloaded.push(...message.keys);
        break;
      case "started":
        this.#running.get(message.id)?.started();
        break;
      case "end": {
        const running = this.#running.get(message.id);
        for (const text of message.values) running?.events.onValue(text);
        running?.ended(message.end);
        break;
      }
      case "rolled-back":
      case "figures":
      case "profiled":
      case "opened":
        this.#answers.get(message.id)?.resolve(message);
        this.#answers.delete(message.id);
        break;
    }
  }

  /** Lets the program print on, once who gets its output has taken enough. */
  #taken(messages: readonly Output[]): void {
    for (const message of messages) {
      const { events } = this.#running.get(message.piece ?? this.#program) ?? {};
      const backlog = events?.backlog?.() ?? 0;
      if (backlog <= mostBacklog) this.#thread.taken(message);
      else if (this.#held.push(message) === 1)
        setTimeout(() => this.#taken(this.#held.splice(0)), backlogPause);
    }
  }

  #exit(error: Error): void {
    this.#failed = error;
    const code = this.#stopped ? "interrupted" : "internal";
    const failure = { code, message: error.message, help: null, trace: [], omitted: 0 };
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
    for (const { ended } of this.#running.values())
      ended({ outcome: "kept", exitCode: null, error: failure });
  }

  /** The program takes it at its next safepoint. */
  send(message: ToProgram): void {
    this.#thread.send(message);
    this.#attract();
  }

  /** Whether a program or a piece runs. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** What the program prints outside of evaluations, until the result is called. */
  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The keys of slots that are free again since this was called last. */
  takeUnloaded(): string[] {
    return this.#unloaded.splice(0);
  }

  /** Runs a piece or a call; rejects if the thread has ended. */
  run(work: Work, { events, signal, started = () => {}, timeLimit }: Run): Promise<PieceEnd> {
    const id = this.#nextId;
    this.#nextId += 1;
    const isProgram = work.kind === "piece" && work.program;
    if (isProgram) this.#program = id;
    if (this.#failed !== null) return Promise.reject(this.#failed);
    return new Promise((resolve) => {
      const stop = (reason: "interrupted" | "time_limit") => (): void =>
        this.send({ kind: "stop", id, reason });
      const interrupt = stop("interrupted");
      const timer =
        timeLimit === null || isProgram ? undefined : setTimeout(stop("time_limit"), timeLimit);
      const ended = (end: PieceEnd): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", interrupt);
        this.#running.delete(id);
        this.#callFor();
        resolve(end);
      };
      this.#running.set(id, { events, started, ended, isProgram });
      this.#callFor();
      signal?.addEventListener("abort", interrupt);
      this.send({ ...work, id });
    });
  }

  /** While a piece runs, the program's thread is asked for what it has, again and again. */
  #callFor(): void {
    const runs = [...this.#running.values()].some(({ isProgram }) => !isProgram);
    if (runs === (this.#calling !== null)) return;
    if (this.#calling !== null) clearInterval(this.#calling);
    this.#calling = runs ? setInterval(() => this.#attract(), valueTime).unref() : null;
  }

  #attract(): void {
    if (this.#memory !== null) setControlWord(this.#memory, controlAttention);
  }

  /** The answer to a question; rejects if the thread has ended. */
  ask(message: Question): Promise<FromProgram> {
    const id = this.#nextId;
    this.#nextId += 1;
    if (this.#failed !== null) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.send({ ...message, id });
    });
  }

  /** A thread cannot be ended while native code runs in it. */
  async #interruptAll(): Promise<void> {
    const end = performance.now() + interruptTime;
    while (this.#memory !== null && this.#running.size > 0 && performance.now() < end) {
      setControlWord(this.#memory, controlInterrupt);
      await new Promise((resolve) => {
        setTimeout(resolve, interruptPause);
      });
    }
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.isNative) await this.#interruptAll();
    await this.#thread.stop();
  }
}
