// A device: a program in a thread of its own, and beside it the agent that gets code for it from a compile server.
import {
  targetProblem,
  type AheadProgram,
  type Body,
  type Piece,
  type PieceSource,
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
import type { MemoryFigures, PieceEnd, ProfileAction } from "./messages.ts";
import { NamedPieces } from "./named-pieces.ts";
import type { PieceCache } from "./piece-cache.ts";
import { ProgramLink, type PieceEvents, type Run, type Work } from "./program-link.ts";
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

/** A program that was compiled ahead. */
export interface AheadCode extends Pick<AheadProgram, "answer" | "runtime"> {
  /** What its code is for. */
  readonly target: Target;
  /** Called when it runs. */
  readonly onStarted?: () => void;
}

/** What happens while a program runs. */
export interface ProgramEvents extends PieceEvents {
  /** The program, if it was compiled ahead. */
  readonly ahead?: AheadCode | null;
}

/** Characters of what a call prints that a compile server gets, the last ones. */
const mostOutput = 2 ** 20;
const defaultUnloadAfter = 10_000;

/** See the head of this file. */
export class Device {
  readonly record = new ProgramRecord();
  readonly client: CompileClient;
  /** Pieces that go by a name. */
  readonly named: NamedPieces;
  readonly #settings: DeviceSettings;
  readonly #link: ProgramLink;
  /** Whether the program's thread has the native runtime. */
  #isOpen = false;
  /** The end of the last evaluation that was asked for: they come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #versions: number[] = [];
  /** Has modules unloaded that nobody calls; null as long as there are none. */
  #tidying: NodeJS.Timeout | null = null;

  constructor(settings: DeviceSettings) {
    this.#settings = settings;
    const { thread, level: _, cache: __, unloadAfter: ___, ...client } = settings;
    const link = new ProgramLink(thread, () => this.client.start());
    this.#link = link;
    this.client = new CompileClient({
      ...client,
      record: this.record,
      sharedMemory: true,
      symbols: () => link.symbols,
      target: () => link.target,
      call: (name, texts) => this.#callFor(name, texts),
      profile: (action) => this.profile(action),
    });
    this.named = new NamedPieces({
      link,
      record: this.record,
      inTurn: (work) => this.#inTurn(work),
      run: (work, how) => this.#run(work, how),
      onKept: (piece) => this.#tidyLater(piece),
      forgetSlots: () => this.#forgetSlots(),
    });
  }

  /** What the program prints outside of evaluations, until the result is called. */
  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    return this.#link.watchOutput(listener);
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
        compiled = await this.#compile(whole, { fresh: true });
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
        events.ahead?.onStarted?.();
        settle.tell(null);
        resolve(true);
      };
      const work = { kind: "piece", piece, program: true } as const;
      void this.#run(work, { events, started }).then((result) => {
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
        const compiled = await unlessAborted(this.#compile(whole, { fresh, signal }), signal);
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

  /** Has a piece compiled, run and undone; false if the program runs, or there is no compile server. Rejects with what went wrong. */
  rehearse(text: string, events: PieceEvents): Promise<boolean> {
    return this.#inTurn(async () => {
      const { client } = this;
      if (this.#link.busy || !client.connected) return false;
      const { level, compileTime } = this.#settings;
      if (this.#link.isNative) await this.#open();
      const source = { path: "<rehearsal>", text, line: 1, column: 1, program: false, level };
      const { piece } = await client.compile({ ...source, rehearsal: true }, compileTime);
      const work = { kind: "piece", piece, program: false, rehearsal: true } as const;
      await this.#run(work, { events });
      client.loaded(this.record.version, "dropped");
      this.#forgetSlots();
      return true;
    });
  }

  /** Takes note of what became of a piece, and tells the server if it knows the piece. */
  #keep(source: PieceSource, { piece, origin }: Compiled, outcome: PieceEnd["outcome"]): void {
    const { version, history } = this.record;
    if (origin === "server") this.client.loaded(version, outcome);
    if (outcome === "dropped") return;
    const { cache, level } = this.#settings;
    if (origin === "server" && piece.declares && cache != null) {
      const point = { history, symbols: this.#link.symbols, target: this.#link.target };
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
    this.#tidying ??= setInterval(() => this.#link.send({ kind: "tidy" }), time).unref();
  }

  #forgetSlots(): void {
    // That of a rehearsal has never been there for anybody else.
    const keys = this.#link.takeUnloaded().filter((key) => this.record.has(key));
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
    await this.#link.ready;
    const message = targetProblem(ahead.target, this.#link.target);
    if (message === null) {
      if (this.#link.isNative) await this.#open(ahead.runtime ?? null);
      return { piece: ahead.answer.piece, origin: "ahead" };
    }
    const failure = { code: "target", message, help: null, trace: [], omitted: 0 };
    return { kind: "failed", failure, kept: false };
  }

  /** `fresh`: not one that was kept. */
  async #compile(
    source: PieceSource,
    { fresh = false, signal }: { readonly fresh?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<Compiled | EvaluationEnd> {
    const { level, compileTime, cache } = this.#settings;
    try {
      await this.#link.ready;
      const request = { ...source, level };
      if (this.#link.isNative) await this.#open();
      const { history } = this.record;
      const point = { history, symbols: this.#link.symbols, target: this.#link.target };
      const known = fresh ? null : (cache?.find(request, point) ?? null);
      if (known !== null) return { piece: known, origin: "cache" };
      const { piece } = await this.client.compile(request, compileTime, signal);
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

  #run(work: Work, how: Omit<Run, "timeLimit">): Promise<PieceEnd> {
    return this.#link.run(work, { ...how, timeLimit: this.#settings.timeLimit });
  }

  /** Settles when the program's thread is there; rejects if it cannot be, for want of native code. */
  get ready(): Promise<void> {
    return this.#link.ready;
  }

  /** Gets the native runtime, once, from the compile server if it is not there (`ahead`) and was not kept. */
  async #open(ahead: NativeRuntime | null = null): Promise<void> {
    if (this.#isOpen) return;
    const { cache, compileTime } = this.#settings;
    const known = ahead ?? cache?.findRuntime(this.#link.target) ?? null;
    const { runtime, library } = known ?? (await this.client.runtime(compileTime));
    const answer = await this.#link.ask({ kind: "runtime", runtime, library });
    if (answer.kind === "opened" && answer.problem !== null) throw new Error(answer.problem);
    this.#isOpen = true;
    if (known === null) cache?.putRuntime(this.#link.target, { runtime, library });
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
      await this.#link.ready;
      return endOf(await this.#run({ kind: "call", name, texts }, how), true);
    });
  }

  /** Counts the calls of functions, from now on or no more; what was counted. */
  async profile(action: ProfileAction): Promise<ProgramProfile> {
    await this.#link.ready;
    const answer = await this.#link.ask({ kind: "profile", action });
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
      await this.#link.ready;
      const versions = await this.#knownVersions();
      const to = versions[Math.min(steps, versions.length) - 1];
      if (to === undefined || steps < 1) return { left: versions.length, changed: [] };
      const answer = await this.#link.ask({ kind: "rollback", version: to });
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
    const answer = await this.#link.ask({ kind: "rollback", version: -1 });
    return answer.kind === "rolled-back" ? answer.versions : [];
  }

  /** What the program's memory holds. */
  async figures(): Promise<MemoryFigures | null> {
    await this.#link.ready;
    const answer = await this.#link.ask({ kind: "figures" });
    if (answer.kind !== "figures") return null;
    // The agent knows what the program consists of, for servers that do not.
    const known = retainedBytes([this.record.replay(), this.client.files]);
    return { ...answer.figures, metadata: answer.figures.metadata + known };
  }

  /** Ends the program and the connection. */
  async stop(): Promise<void> {
    if (this.#tidying !== null) clearInterval(this.#tidying);
    this.client.close();
    await this.#link.stop();
  }
}
