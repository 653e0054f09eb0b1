// The evaluator of `anneal live`: what the nREPL server asks for goes to the program's thread.
import type { MessagePort } from "node:worker_threads";
import type {
  Completion,
  EvaluationEvent,
  EvaluationOutcome,
  EvaluationRequest,
  Evaluator,
  NameQuery,
  RehearsalEnd,
  RollbackResult,
  SymbolDescription,
} from "../../nrepl/index.ts";
import { controlAttention, controlInterrupt, setControlWord } from "../../runtime/index.ts";
import { sharedWords, type DeclaredName, type LiveReply, type LiveRequest } from "./messages.ts";

/** Simple has one namespace. */
const namespace = "user";
/** Milliseconds between two looks of a long evaluation at what waits for it. */
const attentionInterval = 50;
/** Milliseconds until editors are told that nothing is known: the program does not come to a safepoint. */
const longestQuery = 8000;
/** Milliseconds for an evaluation to stop. */
const longestStop = 1000;
/** Bytes that a client may leave unread before the program waits for it. */
const mostBacklog = 2 ** 20;
/** Names of a completion. */
const mostCompletions = 500;
/** The furthest column of a piece of a line. */
const lastColumn = 1000;

const keywords = [
  "and", "break", "case", "class", "continue", "elif", "else", "enum", "extern", "false", "fn", "for", "if", "impl", "in",
  "loop", "match", "me", "nil", "not", "or", "pass", "print", "return", "self", "static", "struct", "trait", "true", "use",
  "val", "var", "while",
]; // prettier-ignore

interface Pending {
  /** Null for a rehearsal. */
  readonly request: EvaluationRequest | null;
  readonly emit: (event: EvaluationEvent) => void;
  readonly resolve: (outcome: EvaluationOutcome) => void;
}

type Answer = Extract<LiveReply, { kind: "outline" | "type" | "rolled-back" }>;

/** Evaluates in the thread at the other end of a port. */
export class LiveEvaluator implements Evaluator {
  readonly versions: Evaluator["versions"];
  readonly initialNamespace = namespace;
  readonly #port: MessagePort;
  readonly #shared: Int32Array;
  readonly #pending = new Map<number, Pending>();
  readonly #answers = new Map<number, (answer: Answer | null) => void>();
  readonly #watchers = new Set<(stream: "out" | "err", text: string) => void>();
  #memory: SharedArrayBuffer | null = null;
  #evaluations = 0;
  /** Those of clients. */
  #inputs = 0;
  #questions = 0;
  #timer: NodeJS.Timeout | null = null;
  /** What is told that the rehearsal under way was none. */
  #unrehearsed: (end: RehearsalEnd) => void = () => {};

  constructor(port: MessagePort, shared: SharedArrayBuffer, version: string) {
    this.versions = { simple: version, node: process.versions.node };
    this.#port = port;
    this.#shared = new Int32Array(shared);
    port.on("message", (reply: LiveReply) => this.#take(reply));
  }

  /** The program's memory, from the moment that there is one. */
  attach(memory: SharedArrayBuffer): void {
    this.#memory = memory;
    this.#callFor();
  }

  /** All that waits fails: the program's thread is gone. */
  end(message: string): void {
    for (const { emit, resolve } of this.#pending.values()) {
      emit({
        kind: "error",
        message: `${message}\n`,
        name: "program-ended",
        root: "program-ended",
      });
      resolve("done");
    }
    this.#pending.clear();
    for (const answer of this.#answers.values()) answer(null);
    this.#answers.clear();
  }

  /** The program's file has another text. */
  reload(text: string): void {
    this.#send({ kind: "reload", text });
  }

  openSession(): void {}

  closeSession(): void {}

  input(): void {
    // Programs do not read.
  }

  evaluate(
    request: EvaluationRequest,
    emit: (event: EvaluationEvent) => void,
  ): Promise<EvaluationOutcome> {
    if (request.namespace !== null && request.namespace !== namespace)
      return Promise.resolve("no-namespace");
    this.#evaluations += 1;
    this.#inputs += 1;
    const [id, input] = [this.#evaluations, this.#inputs];
    const { code, place, signal } = request;
    return new Promise((resolve) => {
      this.#pending.set(id, { request, emit, resolve });
      signal.addEventListener("abort", () => this.#interrupt(id), { once: true });
      this.#send({
        kind: "evaluate",
        id,
        code,
        path: place.file ?? `<input ${input}>`,
        line: place.line,
        column: Math.min(place.column, lastColumn),
      });
      this.#timer ??= setInterval(() => this.#callFor(), attentionInterval).unref();
    });
  }

  rehearse(turn: number, emit: (event: EvaluationEvent) => void): Promise<RehearsalEnd> {
    if (this.#memory === null) return Promise.resolve("busy");
    this.#evaluations += 1;
    const id = this.#evaluations;
    return new Promise((resolve) => {
      this.#pending.set(id, { request: null, emit, resolve: () => resolve("done") });
      this.#unrehearsed = resolve;
      this.#send({ kind: "rehearse", id, turn });
    });
  }

  async completions({ text }: NameQuery): Promise<readonly Completion[]> {
    const names = (await this.#outline()).filter(({ name }) => name.startsWith(text));
    const declared = names.map(({ name, kind }) => ({
      candidate: name,
      type: kind === "variable" ? "var" : kind,
      namespace,
    }));
    const words = keywords
      .filter((word) => word.startsWith(text))
      .map((candidate) => ({ candidate, type: "keyword" }));
    return [...declared.toSorted(byCandidate), ...words].slice(0, mostCompletions);
  }

  async lookup({ text }: NameQuery): Promise<SymbolDescription | null> {
    const found = (await this.#outline()).findLast(({ name }) => name === text);
    if (found === undefined) return null;
    const { name, kind, parameters, documentation, path, line, column } = found;
    let { signature } = found;
    if (kind === "variable") {
      const answer = await this.#ask({ kind: "query", id: 0, query: "type", text: name });
      if (answer?.kind === "type" && answer.type !== null) signature += `: ${answer.type}`;
    }
    return {
      name,
      namespace,
      signature,
      parameters: parameters === null ? [] : [parameters],
      documentation,
      place: path.startsWith("<") ? null : { file: path, line, column },
    };
  }

  namespaces(): Promise<readonly string[]> {
    return Promise.resolve([namespace]);
  }

  async rollback(steps: number): Promise<RollbackResult> {
    const answer = await this.#ask({ kind: "rollback", id: 0, steps });
    return answer?.kind === "rolled-back" ? answer : { left: 0, changed: [] };
  }

  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    this.#watchers.add(listener);
    this.#send({ kind: "watch", on: true });
    return () => {
      this.#watchers.delete(listener);
      if (this.#watchers.size === 0) this.#send({ kind: "watch", on: false });
    };
  }

  #send(request: LiveRequest): void {
    this.#port.postMessage(request);
    this.#callFor();
  }

  /** Has the program look at its port at its next safepoint. */
  #callFor(): void {
    if (this.#memory !== null) setControlWord(this.#memory, controlAttention);
    if (this.#pending.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #interrupt(id: number): void {
    if (!this.#pending.has(id)) return;
    const { running } = sharedWords;
    const claimed = Atomics.compareExchange(this.#shared, running, id, -id) === id;
    if (claimed && this.#memory !== null) setControlWord(this.#memory, controlInterrupt);
    this.#send({ kind: "interrupt", id });
    setTimeout(() => this.#giveUp(id), longestStop).unref();
  }

  /** The client gets its answer; the evaluation ends when it comes to a safepoint. */
  #giveUp(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.emit({ kind: "err", text: "it goes on until it reaches a safepoint\n" });
    this.#finish(id, "interrupted");
  }

  #finish(id: number, outcome: EvaluationOutcome): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.resolve(outcome);
  }

  #take(reply: LiveReply): void {
    switch (reply.kind) {
      case "events":
        for (const event of reply.events) this.#event(reply.id, event);
        return;
      case "finished":
        for (const event of reply.events) this.#event(reply.id, event);
        this.#finish(reply.id, reply.outcome);
        return;
      case "unrehearsed":
        this.#pending.delete(reply.id);
        this.#unrehearsed(reply.end);
        return;
      case "output":
        for (const listener of this.#watchers) listener(reply.stream, reply.text);
        return;
      case "outline":
      case "type":
      case "rolled-back":
        this.#answers.get(reply.id)?.(reply);
        this.#answers.delete(reply.id);
    }
  }

  #event(id: number, event: EvaluationEvent): void {
    const pending = this.#pending.get(id);
    pending?.emit(event);
    if (event.kind === "out" || event.kind === "err")
      this.#delivered(pending?.request ?? null, event.text.length);
  }

  /** Lets the program go on printing once the client has taken enough. */
  #delivered(request: EvaluationRequest | null, length: number): void {
    if (request !== null && request.backlog() > mostBacklog && !request.signal.aborted) {
      setTimeout(() => this.#delivered(request, length), 5);
      return;
    }
    Atomics.sub(this.#shared, sharedWords.backlog, length);
    Atomics.notify(this.#shared, sharedWords.backlog);
  }

  async #outline(): Promise<readonly DeclaredName[]> {
    const answer = await this.#ask({ kind: "query", id: 0, query: "outline", text: "" });
    return answer?.kind === "outline" ? answer.names : [];
  }

  /** Null if there is no answer in time. */
  #ask(request: Extract<LiveRequest, { kind: "query" | "rollback" }>): Promise<Answer | null> {
    this.#questions += 1;
    const id = this.#questions;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#answers.delete(id);
        resolve(null);
      }, longestQuery);
      this.#answers.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#send({ ...request, id });
    });
  }
}

function byCandidate(left: Completion, right: Completion): number {
  return left.candidate < right.candidate ? -1 : 1;
}
