// `anneal live`, in the program's thread: the program, and the pieces that are evaluated while it runs.
//
// Requests come through a port. Where the program is at a safepoint (`Session` with `attend`), or has ended, they are taken
// from it; so evaluations nest, and the newest ends first.
import { receiveMessageOnPort } from "node:worker_threads";
import { DiagnosticError, DiagnosticSink, SourceFile } from "../../base/index.ts";
import { changedDefinitions, type SavedDefinitions } from "../../compiler/index.ts";
import { Session, typesChangedNote } from "../../engine/index.ts";
import {
  controlInterrupt,
  controlWordAddress,
  ProgramError,
  runtimeError,
} from "../../runtime/index.ts";
import { OutputError, writeText } from "../output.ts";
import { exitCodes, type LiveJob } from "../protocol.ts";
import { renderDiagnostics, renderInternalError, renderProgramError } from "../render.ts";
import { announce, engineOptions, noticeWriter } from "../run.ts";
import { ActiveWait } from "./active-wait.ts";
import { EvaluationOutput } from "./evaluation-output.ts";
import { WarmUp } from "./warm-up.ts";
import { sharedWords, type LiveReply, type LiveRequest } from "./messages.ts";

/** Evaluations inside each other; more have to wait. */
const deepest = 16;
/** Milliseconds that the main thread may take from claiming an interrupt to setting the control word. */
const longestClaim = 1000;

type EvaluateRequest = Extract<LiveRequest, { kind: "evaluate" }>;

/** Runs the program and serves evaluations until the main thread ends. */
export function serveLive(job: LiveJob): void {
  new LiveProgram(job).start();
}

class LiveProgram {
  readonly #job: LiveJob;
  readonly #session: Session;
  readonly #shared: Int32Array;
  /** Null when there is nothing more to gain from it. */
  #warmUp: WarmUp | null;
  /** Whether nothing runs, not even the program. */
  #idle = false;
  /** Evaluations under way, the outermost first. */
  readonly #stack: EvaluationOutput[] = [];
  readonly #later: EvaluateRequest[] = [];
  /** Evaluations to stop as soon as they are the innermost. */
  readonly #interrupted = new Set<number>();
  /** Of the program's file, as it was evaluated last. */
  #saved: SavedDefinitions | SourceFile = new SourceFile("", "");
  /** Whether the file has been evaluated without an error. */
  #loaded = false;
  #watched = false;

  constructor(job: LiveJob) {
    this.#job = job;
    this.#shared = new Int32Array(job.shared);
    const options = engineOptions(job, {
      main: job.source.path,
      write: (stream, text) => this.#write(stream, text),
      notice: noticeWriter((text) => this.#report(text)),
    });
    this.#warmUp = new WarmUp(options, (text) => this.#stack.at(-1)?.value(text));
    this.#warmUp.start();
    this.#session = new Session({
      ...options,
      onValue: (text) => this.#stack.at(-1)?.value(text),
      attend: (open) => this.#attend(open),
    });
  }

  start(): void {
    // Makes the memory, which the main thread needs.
    announce(this.#session.evaluate(new SourceFile("<start>", "\n")).program);
    this.#load(this.#job.source.text);
    const word = this.#controlWord();
    const wait = new ActiveWait(word);
    // Waiting for the word is faster than waiting for a message. The main thread ends this one.
    for (;;) {
      // Nothing runs that could be stopped.
      Atomics.store(word, 0, 0);
      this.#idle = true;
      this.#serveWaiting();
      this.#idle = false;
      wait.wait();
    }
  }

  /** Runs the program from its beginning. */
  #load(text: string): void {
    const { path } = this.#job.source;
    const file = new SourceFile(path, text);
    this.#saved = file;
    this.#loaded = this.#runOwn(() => this.#session.evaluate(file, "nothing"));
    // A rollback takes back what editors did, not the program.
    this.#session.settle();
    if (this.#loaded && this.#session.names().includes("main"))
      this.#runOwn(() => this.#session.evaluate(new SourceFile("<start>", "main()\n"), "nothing"));
  }

  /** Runs what is not an evaluation; false if it failed, which is said on the terminal. */
  #runOwn(run: () => { readonly warnings: DiagnosticError["diagnostics"] }): boolean {
    try {
      const { warnings } = run();
      if (warnings.length > 0) this.#report(renderDiagnostics(warnings, this.#job.terminal.colour));
      return true;
    } catch (error) {
      // Nobody is left to print for.
      if (error instanceof OutputError) process.exit(exitCodes.brokenPipe);
      this.#report(this.#render(error, this.#job.terminal.colour));
      return false;
    }
  }

  #report(text: string): void {
    writeText(2, text);
    if (this.#watched) this.#post({ kind: "output", stream: "err", text });
  }

  #post(reply: LiveReply): void {
    this.#job.port.postMessage(reply);
  }

  #write(stream: "out" | "err", text: string): void {
    const output = this.#stack.at(-1);
    if (output !== undefined) {
      output.write(stream, text);
      return;
    }
    writeText(stream === "out" ? 1 : 2, text);
    if (this.#watched) this.#post({ kind: "output", stream, text });
  }

  /** At a safepoint. Throws if the evaluation that is stopped there is to end. */
  #attend(open: boolean): void {
    if (open) this.#serveWaiting();
    this.#stack.at(-1)?.flush();
    const current = this.#stack.at(-1);
    if (current !== undefined && this.#interrupted.delete(current.id))
      throw runtimeError("interrupted");
  }

  #serveWaiting(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#job.port);
      if (received === undefined) break;
      // oxlint-disable-next-line typescript/no-unsafe-argument -- what the main thread sends
      this.#take(received.message);
    }
    while (this.#stack.length < deepest) {
      const request = this.#later.shift();
      if (request === undefined) return;
      this.#evaluate(request);
    }
  }

  #take(request: LiveRequest): void {
    switch (request.kind) {
      case "evaluate":
        if (this.#stack.length < deepest) this.#evaluate(request);
        else this.#later.push(request);
        return;
      case "rehearse":
        this.#rehearse(request);
        return;
      case "interrupt":
        this.#interrupt(request.id);
        return;
      case "query":
        this.#answer(request);
        return;
      case "rollback":
        this.#post({
          kind: "rolled-back",
          id: request.id,
          ...this.#session.rollback(request.steps),
        });
        return;
      case "reload":
        this.#reload(request.text);
        return;
      case "watch":
        this.#watched = request.on;
    }
  }

  #evaluate({ id, code, path, line, column }: EvaluateRequest): void {
    if (this.#interrupted.delete(id)) {
      this.#post({ kind: "finished", id, outcome: "interrupted", events: [] });
      return;
    }
    const output = new EvaluationOutput(id, this.#shared, this.#controlWord(), (reply) =>
      this.#post(reply),
    );
    this.#within(output, () => {
      const file = new SourceFile(path, `${code}\n`, { line, column });
      const { warnings, changesTypes } = this.#session.evaluate(file, "values");
      if (warnings.length > 0) output.write("err", renderDiagnostics(warnings, false));
      const alone = this.#idle && this.#stack.length === 1;
      if (changesTypes && !alone) output.write("err", typesChangedNote);
    });
  }

  #rehearse({ id, turn }: Extract<LiveRequest, { kind: "rehearse" }>): void {
    if (WarmUp.isOver(turn)) this.#warmUp = null;
    const warmUp = this.#warmUp;
    if (warmUp === null || !this.#idle || this.#stack.length > 0) {
      this.#post({ kind: "unrehearsed", id, end: warmUp === null ? "over" : "busy" });
      return;
    }
    const output = new EvaluationOutput(id, this.#shared, this.#controlWord(), (reply) =>
      this.#post(reply),
    );
    this.#within(output, () => warmUp.evaluate(turn));
  }

  /** Runs an evaluation as the innermost one. */
  #within(output: EvaluationOutput, run: () => void): void {
    const outer = this.#stack.at(-1)?.id ?? 0;
    this.#claimInner(output.id, outer);
    this.#stack.push(output);
    let stopped = false;
    try {
      run();
    } catch (error) {
      stopped = error instanceof ProgramError && error.code === "interrupted";
      const [name, root] = errorNames(error);
      output.event({ kind: "error", message: this.#render(error, false), name, root });
    }
    this.#stack.pop();
    const claimed = Atomics.exchange(this.#shared, sharedWords.running, outer) < 0;
    if (claimed && !stopped) this.#dropStop();
    this.#interrupted.delete(output.id);
    output.end(stopped ? "interrupted" : "done");
  }

  /** An interrupt of the outer evaluation that was claimed just now is kept until that goes on. */
  #claimInner(id: number, outer: number): void {
    const before = Atomics.exchange(this.#shared, sharedWords.running, id);
    if (before >= 0) return;
    this.#dropStop();
    this.#interrupted.add(outer);
  }

  /** Waits for the control word of an interrupt that is not to stop anything any more, and clears it. */
  #dropStop(): void {
    const word = this.#controlWord();
    const end = performance.now() + longestClaim;
    while ((Atomics.and(word, 0, ~controlInterrupt) & controlInterrupt) === 0) {
      if (performance.now() > end) return;
    }
  }

  #controlWord(): Int32Array {
    const { views } = this.#session.program ?? {};
    if (views === undefined) throw new Error("there is no program");
    return new Int32Array(views.i32.buffer, controlWordAddress, 1);
  }

  #interrupt(id: number): void {
    const innermost = this.#stack.at(-1);
    const waits = this.#later.some((request) => request.id === id);
    const stops = Atomics.load(this.#shared, sharedWords.running) === -id;
    const runs = this.#stack.some((output) => output.id === id) && !(innermost?.id === id && stops);
    if (waits || runs) this.#interrupted.add(id);
  }

  #answer({ id, query, text }: Extract<LiveRequest, { kind: "query" }>): void {
    if (query === "type") {
      this.#post({ kind: "type", id, type: this.#typeOf(text) });
      return;
    }
    const names = this.#session.outline().map(({ span, ...entry }) => ({
      ...entry,
      path: span.file.path,
      ...span.file.position(span.start),
    }));
    this.#post({ kind: "outline", id, names });
  }

  #typeOf(text: string): string | null {
    try {
      return this.#session.typeOf(new SourceFile("<type>", `${text}\n`));
    } catch {
      return null;
    }
  }

  /** Evaluates what has changed in the program's file; all of it if it had an error. */
  #reload(text: string): void {
    if (!this.#loaded) {
      this.#load(text);
      return;
    }
    const { path } = this.#job.source;
    const sink = new DiagnosticSink();
    const changed = changedDefinitions(this.#saved, new SourceFile(path, text), sink);
    const { colour } = this.#job.terminal;
    if (changed === null) {
      this.#report(renderDiagnostics(sink.all, colour));
      return;
    }
    if (changed.names.length > 0) {
      let changesTypes = false;
      const done = this.#runOwn(() => {
        const result = this.#session.evaluate(changed.file, "nothing");
        ({ changesTypes } = result);
        return result;
      });
      if (!done) return;
      this.#report(`${path}: ${changed.names.join(", ")} changed\n`);
      if (changesTypes && !this.#idle) this.#report(typesChangedNote);
    }
    this.#saved = changed.saved;
  }

  #render(error: unknown, colour: boolean): string {
    if (error instanceof DiagnosticError) return renderDiagnostics(error.diagnostics, colour);
    if (error instanceof ProgramError) {
      return renderProgramError(
        error,
        (path, line) => this.#session.sourceFile(path, line),
        colour,
      );
    }
    return renderInternalError(error, this.#job.version, this.#job.settings.verbose);
  }
}

/** Short names of an error and of its cause. */
function errorNames(error: unknown): [name: string, root: string] {
  if (error instanceof ProgramError) return [error.code, error.code];
  const code =
    error instanceof DiagnosticError
      ? error.diagnostics.find(({ severity }) => severity === "error")?.code
      : undefined;
  return [code ?? "internal-error", code ?? "internal-error"];
}
