// A device: a program in a thread of its own, and beside it the agent that gets code for it from a compile server.
import { controlAttention, controlInterrupt, setControlWord } from "../runtime/index.ts";
import {
  wasmTarget,
  targetProblem,
  type AheadPiece,
  type AheadProgram,
  type Body,
  type HostDeclaration,
  type Piece,
  type PieceSource,
  type PlainDiagnostic,
  type Target,
} from "../protocol/index.ts";
import { AnswerError } from "../transport/index.ts";
import { retainedBytes, type NativeRuntime, type ProgramProfile } from "../device/index.ts";
import { CompileClient, type CompileClientOptions } from "./compile-client.ts";
import {
  endOf,
  internal,
  isStale,
  unlessAborted,
  type Compiled,
  type EvaluationEnd,
} from "./evaluation-end.ts";
import type { FromProgram, MemoryFigures, PieceEnd, ProfileAction, ToProgram } from "./messages.ts";
import type { PieceCache } from "./piece-cache.ts";
import { ProgramRecord } from "./record.ts";
import type { ProgramThread } from "./thread.ts";

/** What a device needs of its host. */
export interface DeviceSettings extends Omit<
  CompileClientOptions,
  "record" | "sharedMemory" | "symbols" | "target" | "call" | "profile"
> {
  readonly thread: ProgramThread;
  /** Pieces that were compiled before this start. Default: none. */
  readonly cache?: PieceCache | null;
  /** Optimisation of the code. */
  readonly level: 0 | 1 | 2 | 3;
  /** Milliseconds that a compilation may take, the wait for a server included. */
  readonly compileTime: number;
  /** Milliseconds that a piece may run; null for as long as it wants. */
  readonly timeLimit: number | null;
  /** Milliseconds without a call after which a module is unloaded: up to twice as many. Default 10,000. */
  readonly unloadAfter?: number;
}

/** Source and where it comes from. */
export type SourcePiece = Omit<PieceSource, "program">;

/** What happens while a piece is evaluated. */
export interface PieceEvents {
  readonly onOutput: (stream: "out" | "err", text: string) => void;
  readonly onValue: (text: string) => void;
  readonly onWarnings: (warnings: readonly PlainDiagnostic[]) => void;
}

/** A program that was compiled ahead. */
export interface AheadCode extends Pick<AheadProgram, "answer" | "runtime"> {
  /** What its code is for. */
  readonly target: Target;
}

/** A piece that was compiled ahead for a program. */
export interface AheadPieceCode {
  readonly piece: AheadPiece;
  readonly target: Target;
}

/** What happens while a program runs. */
export interface ProgramEvents extends PieceEvents {
  /** The program, if it was compiled ahead. */
  readonly ahead?: AheadCode | null;
}

interface Running {
  readonly id: number;
  readonly events: PieceEvents;
  readonly started: () => void;
  readonly ended: (end: PieceEnd) => void;
}

type Question =
  | { readonly kind: "rollback"; readonly version: number }
  | { readonly kind: "figures" }
  | { readonly kind: "remove"; readonly object: string }
  | { readonly kind: "profile"; readonly action: ProfileAction }
  | ({ readonly kind: "runtime" } & NativeRuntime);

/** What a program's thread can be asked to run. */
type Work =
  | {
      readonly kind: "piece";
      readonly piece: Body<"object">["piece"];
      readonly program: boolean;
      readonly object?: string;
    }
  | { readonly kind: "call"; readonly name: string; readonly texts: readonly string[] };

/** Characters of what a call prints that a compile server gets, the last ones. */
const mostOutput = 2 ** 20;
/** Milliseconds that a program may take to come to a safepoint when it is to end, and between two attempts. */
const interruptTime = 2000;
const interruptPause = 2;
const defaultUnloadAfter = 10_000;

/** See the head of this file. */
export class Device {
  readonly record = new ProgramRecord();
  readonly client: CompileClient;
  readonly #settings: DeviceSettings;
  readonly #listeners = new Set<(stream: "out" | "err", text: string) => void>();
  readonly #running = new Map<number, Running>();
  readonly #answers = new Map<number, (message: FromProgram) => void>();
  #memory: SharedArrayBuffer | null = null;
  /** What the application has registered for code to call. */
  #symbols: readonly HostDeclaration[] = [];
  #target: Target = wasmTarget;
  /** Whether the program's thread has the native runtime. */
  #isOpen = false;
  /** Pieces that were loaded by name. */
  readonly #objects = new Map<string, PieceSource>();
  #nextId = 1;
  /** The end of the last evaluation that was asked for: they come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #versions: number[] = [];
  readonly #ready: Promise<void>;
  /** Slots that are free again, of which the compile server has not been told. */
  #unloaded: string[] = [];
  /** Has modules unloaded that nobody calls; null as long as there are none. */
  #tidying: NodeJS.Timeout | null = null;
  #failed: Error | null = null;
  #stopped = false;

  constructor(settings: DeviceSettings) {
    this.#settings = settings;
    const { thread, level: _, cache: __, unloadAfter: ___, ...client } = settings;
    this.client = new CompileClient({
      ...client,
      record: this.record,
      sharedMemory: true,
      symbols: () => this.#symbols,
      target: () => this.#target,
      call: (name, texts) => this.#callFor(name, texts),
      profile: (action) => this.profile(action),
    });
    let fail: (error: Error) => void = () => {};
    this.#ready = new Promise((resolve, reject) => {
      fail = reject;
      thread.onMessage = (message) => {
        if (message.kind === "ready") {
          this.#memory = message.memory;
          this.#symbols = message.symbols;
          this.#target = message.target;
          this.client.start();
          resolve();
        } else this.#take(message);
      };
    });
    this.#ready.catch(() => {});
    thread.onExit = (error) => {
      const reason = error ?? new Error("the program's thread has ended");
      fail(reason);
      this.#exit(reason);
    };
  }

  #take(message: FromProgram): void {
    switch (message.kind) {
      case "ready":
        break;
      case "out": {
        const running = this.#running.get(message.piece ?? 0);
        if (running !== undefined) running.events.onOutput(message.stream, message.text);
        else for (const listener of this.#listeners) listener(message.stream, message.text);
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
      case "end":
        this.#running.get(message.id)?.ended(message.end);
        break;
      case "rolled-back":
      case "figures":
      case "profiled":
      case "opened":
        this.#answers.get(message.id)?.(message);
        this.#answers.delete(message.id);
        break;
    }
  }

  #exit(error: Error): void {
    this.#failed = error;
    if (this.#stopped) return;
    const failure = { code: "internal", message: error.message, help: null, trace: [], omitted: 0 };
    for (const { ended } of this.#running.values())
      ended({ outcome: "kept", exitCode: null, error: failure });
  }

  #send(message: ToProgram): void {
    this.#settings.thread.send(message);
    if (this.#memory !== null) setControlWord(this.#memory, controlAttention);
  }

  /** What the program prints outside of evaluations, until the result is called. */
  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Starts a program. The first promise settles when it runs or cannot, the second when it has ended; evaluations come in
   * between.
   */
  start(
    source: SourcePiece,
    events: ProgramEvents,
  ): { readonly started: Promise<EvaluationEnd | null>; readonly ended: Promise<EvaluationEnd> } {
    let tell: (end: EvaluationEnd | null) => void = () => {};
    const started = new Promise<EvaluationEnd | null>((resolve) => {
      tell = resolve;
    });
    let finish: (end: EvaluationEnd) => void = () => {};
    const ended = new Promise<EvaluationEnd>((resolve) => {
      finish = resolve;
    });
    this.#inTurn(async () => {
      const whole = { ...source, program: true };
      let compiled = await this.#compileProgram(whole, events.ahead ?? null);
      for (;;) {
        if ("kind" in compiled) {
          tell(compiled);
          finish(compiled);
          return;
        }
        const runs = await this.#startCompiled(whole, compiled, events, { tell, finish });
        if (runs) return;
        compiled = await this.#compile(whole, true);
      }
    }).catch((error: unknown) => {
      const end = internal(error);
      tell(end);
      finish(end);
    });
    return { started, ended };
  }

  /** Resolves when the program runs or has failed; to false if it has to be compiled anew. */
  #startCompiled(
    source: PieceSource,
    compiled: Compiled,
    events: ProgramEvents,
    settle: {
      readonly tell: (end: EvaluationEnd | null) => void;
      readonly finish: (end: EvaluationEnd) => void;
    },
  ): Promise<boolean> {
    const { piece } = compiled;
    events.onWarnings(piece.warnings);
    return new Promise((resolve) => {
      const started = (): void => {
        this.#keep(source, compiled, "kept");
        settle.tell(null);
        resolve(true);
      };
      const work = { kind: "piece", piece, program: true } as const;
      void this.#run(work, { events }, started).then((result) => {
        if (isStale(compiled, result)) {
          resolve(false);
          return;
        }
        const settled = endOf(result, piece.live);
        // It did not fit: it never started.
        if (result.outcome === "dropped") this.#keep(source, compiled, "dropped");
        settle.tell(settled);
        settle.finish(settled);
        resolve(true);
      });
    });
  }

  /** Evaluates a piece after those that were asked for before it. */
  evaluate(source: SourcePiece, events: PieceEvents, signal: AbortSignal): Promise<EvaluationEnd> {
    return this.#inTurn(async () => {
      if (signal.aborted) return { kind: "interrupted" };
      const whole = { ...source, program: false };
      for (let fresh = false; ; fresh = true) {
        const compiled = await unlessAborted(this.#compile(whole, fresh), signal);
        if (compiled === "aborted") return { kind: "interrupted" };
        if ("kind" in compiled) return compiled;
        const { piece } = compiled;
        if (piece.warnings.length > 0) events.onWarnings(piece.warnings);
        const work = { kind: "piece", piece, program: false } as const;
        const end = await this.#run(work, { events, signal });
        if (isStale(compiled, end)) continue;
        this.#keep(whole, compiled, end.outcome);
        this.#forgetSlots();
        return endOf(end, piece.live);
      }
    });
  }

  /** Takes note of what became of a piece, and tells the server if it knows the piece. */
  #keep(source: PieceSource, { piece, origin }: Compiled, outcome: PieceEnd["outcome"]): void {
    const { version, history } = this.record;
    if (origin === "server") this.client.loaded(version, outcome);
    if (outcome === "dropped") return;
    const { cache, level } = this.#settings;
    if (origin === "server" && piece.declares && cache != null) {
      const point = { history, symbols: this.#symbols, target: this.#target };
      const { files } = this.client;
      // Nobody waits for a file.
      setImmediate(() => cache.put({ ...source, level }, point, { piece, files }));
    }
    this.record.keep(source, piece, { whole: outcome === "kept" });
    this.#tidyLater(piece);
  }

  #tidyLater({ modules }: Piece): void {
    if (modules.length === 0) return;
    const time = this.#settings.unloadAfter ?? defaultUnloadAfter;
    this.#tidying ??= setInterval(() => this.#send({ kind: "tidy" }), time).unref();
  }

  #forgetSlots(): void {
    const keys = this.#unloaded.splice(0);
    if (keys.length === 0) return;
    this.record.unload(keys);
    this.client.unload(keys);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #compileProgram(
    source: PieceSource,
    ahead: AheadCode | null,
  ): Promise<Compiled | EvaluationEnd> {
    if (ahead === null) return this.#compile(source);
    await this.#ready;
    const message = targetProblem(ahead.target, this.#target);
    if (message === null) {
      if (this.#isNative) await this.#open(ahead.runtime ?? null);
      return { piece: ahead.answer.piece, origin: "ahead" };
    }
    const failure = { code: "target", message, help: null, trace: [], omitted: 0 };
    return { kind: "failed", failure, kept: false };
  }

  /** `fresh`: not one that was kept. */
  async #compile(source: PieceSource, fresh = false): Promise<Compiled | EvaluationEnd> {
    const { level, compileTime, cache } = this.#settings;
    try {
      await this.#ready;
      const request = { ...source, level };
      if (this.#isNative) await this.#open();
      const { history } = this.record;
      const point = { history, symbols: this.#symbols, target: this.#target };
      const known = fresh ? null : (cache?.find(request, point) ?? null);
      if (known !== null) return { piece: known, origin: "cache" };
      const { piece } = await this.client.compile(request, compileTime);
      return { piece, origin: "server" };
    } catch (error) {
      if (error instanceof AnswerError && error.body.diagnostics !== undefined)
        return { kind: "errors", diagnostics: error.body.diagnostics };
      const code = error instanceof AnswerError ? error.body.code : "connection";
      const message = error instanceof Error ? error.message : String(error);
      const failure = { code, message, help: null, trace: [], omitted: 0 };
      return { kind: "failed", failure, kept: false };
    }
  }

  /** Settles when the program's thread is there; rejects if it cannot be, for want of native code. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get #isNative(): boolean {
    return this.#target.triple !== wasmTarget.triple;
  }

  /** Gets the native runtime, once, from the compile server if it is not there (`ahead`) and was not kept. */
  async #open(ahead: NativeRuntime | null = null): Promise<void> {
    if (this.#isOpen) return;
    const { cache, compileTime } = this.#settings;
    const known = ahead ?? cache?.findRuntime(this.#target) ?? null;
    const { runtime, library } = known ?? (await this.client.runtime(compileTime));
    const answer = await this.#ask({ kind: "runtime", runtime, library });
    if (answer.kind === "opened" && answer.problem !== null) throw new Error(answer.problem);
    this.#isOpen = true;
    if (known === null) cache?.putRuntime(this.#target, { runtime, library });
  }

  #run(
    work: Work,
    how: { readonly events: PieceEvents; readonly signal?: AbortSignal },
    started: () => void = () => {},
  ): Promise<PieceEnd> {
    const id = this.#nextId;
    this.#nextId += 1;
    const { timeLimit } = this.#settings;
    const isProgram = work.kind === "piece" && work.program;
    if (this.#failed !== null) return Promise.reject(this.#failed);
    return new Promise((resolve) => {
      const stop = (reason: "interrupted" | "time_limit") => (): void =>
        this.#send({ kind: "stop", id, reason });
      const interrupt = stop("interrupted");
      const timer =
        timeLimit === null || isProgram ? undefined : setTimeout(stop("time_limit"), timeLimit);
      const ended = (end: PieceEnd): void => {
        clearTimeout(timer);
        how.signal?.removeEventListener("abort", interrupt);
        this.#running.delete(id);
        resolve(end);
      };
      this.#running.set(id, { id, events: how.events, started, ended });
      how.signal?.addEventListener("abort", interrupt);
      this.#send({ ...work, id });
    });
  }

  /**
   * Loads a piece that was compiled ahead for the program, in place of one of the same name. The result says why it does not fit, or how
   * it ended. No compile server is needed.
   */
  load(
    object: string,
    { piece: { base, request, answer }, target }: AheadPieceCode,
    events: PieceEvents,
  ): Promise<EvaluationEnd | string> {
    return this.#inTurn(async () => {
      await this.#ready;
      const mismatch = targetProblem(target, this.#target);
      if (mismatch !== null) return mismatch;
      const { program } = this.record;
      if (program === null || program.path !== base.path || program.text !== base.text)
        return `it was compiled for another \`${base.path}\``;
      const piece = this.record.adapt(answer.piece);
      if (typeof piece === "string") return piece;
      const work = { kind: "piece", piece, program: false, object } as const;
      const end = await this.#run(work, { events });
      if (end.outcome !== "dropped") {
        const { path, text, line, column } = request;
        const source = { path, text, line, column, program: false };
        const earlier = this.#objects.get(object);
        if (earlier !== undefined) this.record.remove(earlier, null);
        this.record.keep(source, piece, { whole: end.outcome === "kept", apart: true });
        this.#tidyLater(piece);
        this.#objects.set(object, source);
      }
      this.#forgetSlots();
      return endOf(end, true);
    });
  }

  /**
   * Takes out a piece that was loaded by name: its functions are as they were before, or gone. The result is null, or says why it
   * stays.
   */
  remove(object: string): Promise<string | null> {
    return this.#inTurn(async () => {
      await this.#ready;
      const source = this.#objects.get(object);
      if (source === undefined) return "it is not loaded";
      const user = this.record.userOf(source);
      if (user !== null) return `\`${user.path}\` uses what it declares`;
      const answer = await this.#ask({ kind: "remove", object });
      if (answer.kind !== "rolled-back" || answer.changed === null) return "it is not loaded";
      this.#objects.delete(object);
      this.record.remove(
        source,
        answer.slots.map(([key, content]): [string, string] => [key, content]),
      );
      this.#unloaded = [];
      return null;
    });
  }

  /**
   * Calls a function of the program after what was asked for before, with numbers and bools as the language writes them. No
   * compile server is needed.
   */
  call(
    name: string,
    texts: readonly string[],
    how: { readonly events: PieceEvents; readonly signal?: AbortSignal },
  ): Promise<EvaluationEnd> {
    return this.#inTurn(async () => {
      await this.#ready;
      return endOf(await this.#run({ kind: "call", name, texts }, how), true);
    });
  }

  /** Counts the calls of functions, from now on or no more; what was counted. */
  async profile(action: ProfileAction): Promise<ProgramProfile> {
    await this.#ready;
    const answer = await this.#ask({ kind: "profile", action });
    if (answer.kind !== "profiled") throw new Error("no profile");
    return answer.profile;
  }

  /** For the compile server: the value and what was printed, or what went wrong. */
  async #callFor(name: string, texts: readonly string[]): Promise<Body<"result">> {
    let output = "";
    let value: string | null = null;
    const events: PieceEvents = {
      onOutput: (_, text) => {
        output = (output + text).slice(-mostOutput);
      },
      onValue: (text) => {
        value = text;
      },
      onWarnings: () => {},
    };
    const end = await this.call(name, texts, { events });
    if (end.kind === "failed") throw new Error(end.failure.message);
    if (end.kind !== "done") throw new Error("the call was stopped");
    return { value, output };
  }

  /** Takes back the last changes, as far as they are known; the names that are declared otherwise now. */
  rollback(steps: number): Promise<{ readonly left: number; readonly changed: readonly string[] }> {
    return this.#inTurn(async () => {
      await this.#ready;
      const versions = await this.#knownVersions();
      const to = versions[Math.min(steps, versions.length) - 1];
      if (to === undefined || steps < 1) return { left: versions.length, changed: [] };
      const answer = await this.#ask({ kind: "rollback", version: to });
      if (answer.kind !== "rolled-back" || answer.changed === null)
        return { left: versions.length, changed: [] };
      const from = this.record.version;
      const slots = answer.slots.map(([key, content]): [string, string] => [key, content]);
      const changed = this.record.rollback(to, slots);
      this.client.rollback(from, to, slots);
      this.#versions = [...answer.versions];
      return { left: this.#versions.length, changed };
    });
  }

  /** Versions that the program can go back to, the newest first. */
  async #knownVersions(): Promise<readonly number[]> {
    // No version is negative: nothing changes.
    const answer = await this.#ask({ kind: "rollback", version: -1 });
    return answer.kind === "rolled-back" ? answer.versions : [];
  }

  #ask(message: Question): Promise<FromProgram> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#send({ ...message, id });
    });
  }

  /** What the program's memory holds. */
  async figures(): Promise<MemoryFigures | null> {
    await this.#ready;
    const answer = await this.#ask({ kind: "figures" });
    if (answer.kind !== "figures") return null;
    // The agent knows what the program consists of, for servers that do not.
    const known = retainedBytes([this.record.replay(), this.client.files]);
    return { ...answer.figures, metadata: answer.figures.metadata + known };
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

  /** Ends the program and the connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#tidying !== null) clearInterval(this.#tidying);
    this.client.close();
    if (this.#isNative) await this.#interruptAll();
    await this.#settings.thread.stop();
  }
}
