// What an nREPL server asks of a device.
import { typesChangedNote } from "../engine/index.ts";
import type {
  CallProfile,
  Completion,
  EvaluationEvent,
  EvaluationOutcome,
  EvaluationRequest,
  Evaluator,
  NameQuery,
  RehearsalEnd,
  RollbackResult,
  SymbolDescription,
  Versions,
} from "../nrepl/index.ts";
import type { Body } from "../protocol/index.ts";
import type { Device } from "./device.ts";
import type { EvaluationEnd } from "./evaluation-end.ts";
import { renderFailure, renderPlain, type Sources } from "./render.ts";

const namespace = "user";
/** After so many V8 has compiled what evaluations need. */
const mostRehearsals = 1200;
/** Characters of a path that a compile server takes. */
const longestPath = 4096;
/** Milliseconds for what editors ask while one types. */
const queryTime = 2000;

/** Evaluates on a device, with its compile server. There is one namespace, and all sessions share the program. */
export class DeviceEvaluator implements Evaluator {
  readonly versions: Versions;
  readonly initialNamespace = namespace;
  readonly #device: Device;
  readonly #sources: Sources;
  #count = 0;

  constructor(device: Device, sources: Sources, version: string) {
    this.#device = device;
    this.#sources = sources;
    this.versions = { simple: version, anneal: version };
  }

  openSession(): void {}

  closeSession(): void {}

  input(): void {}

  async evaluate(
    request: EvaluationRequest,
    emit: (event: EvaluationEvent) => void,
  ): Promise<EvaluationOutcome> {
    if (request.namespace !== null && request.namespace !== namespace) return "no-namespace";
    const { place, code, signal } = request;
    const { file } = place;
    const named = file !== null && file.length <= longestPath;
    // The same text again has the same name, so that the server finds its object in the cache.
    const path = named ? file : (this.#sources.inputOf(code) ?? `<input ${(this.#count += 1)}>`);
    const source = { path, text: code, line: place.line, column: place.column };
    this.#sources.add(source);
    const values: string[] = [];
    const events = {
      onOutput: (stream: "out" | "err", piece: string) => emit({ kind: stream, text: piece }),
      onValue: (text: string) => {
        values.push(text);
        if (!request.wholeFile) emit({ kind: "value", text, namespace });
      },
      onWarnings: (warnings: Parameters<typeof renderPlain>[0]) =>
        emit({ kind: "err", text: renderPlain(warnings) }),
      backlog: () => request.backlog(),
    };
    const end = await this.#device.evaluate(source, events, signal);
    // What declares has no value; editors wait for one.
    if (end.kind === "done" && (request.wholeFile || values.length === 0))
      emit({ kind: "value", text: values.at(-1) ?? "nil", namespace });
    return this.#report(end, emit);
  }

  async rehearse(turn: number, emit: (event: EvaluationEvent) => void): Promise<RehearsalEnd> {
    if (turn >= mostRehearsals) return "over";
    const text =
      turn % 2 === 0 ? `${turn} + 1` : `fn rehearsal(n: i64) -> i64: n * ${turn}\nrehearsal(2)`;
    const onValue = (value: string): void => emit({ kind: "value", text: value, namespace });
    const events = { onOutput: () => {}, onValue, onWarnings: () => {} };
    return (await this.#device.rehearse(text, events)) ? "done" : "busy";
  }

  #report(end: EvaluationEnd, emit: (event: EvaluationEvent) => void): EvaluationOutcome {
    switch (end.kind) {
      case "done":
        if (!end.live) emit({ kind: "err", text: typesChangedNote });
        return "done";
      case "interrupted":
        return "interrupted";
      case "errors": {
        const first = end.diagnostics.find(({ severity }) => severity === "error");
        const name = first?.code ?? "error";
        emit({ kind: "error", message: renderPlain(end.diagnostics), name, root: name });
        return "done";
      }
      case "failed": {
        const { failure } = end;
        const undone = end.kept
          ? "  its functions stay: the memory was too large to be copied\n"
          : "";
        const message = renderFailure(failure, this.#sources) + undone;
        emit({ kind: "error", message, name: failure.code, root: failure.code });
        return "done";
      }
    }
  }

  async call(
    { name, texts, signal }: Parameters<NonNullable<Evaluator["call"]>>[0],
    emit: (event: EvaluationEvent) => void,
  ): Promise<EvaluationOutcome> {
    const events = {
      onOutput: (stream: "out" | "err", text: string) => emit({ kind: stream, text }),
      onValue: (text: string) => emit({ kind: "value", text, namespace }),
      onWarnings: () => {},
    };
    return this.#report(await this.#device.call(name, texts, { events, signal }), emit);
  }

  profile(action: "start" | "stop" | "read"): Promise<CallProfile> {
    return this.#device.profile(action);
  }

  async completions({ text }: NameQuery): Promise<readonly Completion[]> {
    const names = await this.#names("names", text);
    return names.map(({ name, kind }) => ({
      candidate: name,
      type: kind === "variable" ? "var" : kind,
      namespace,
    }));
  }

  async lookup({ text }: NameQuery): Promise<SymbolDescription | null> {
    const [found] = await this.#names("symbol", text);
    if (found === undefined) return null;
    const { path, line, column } = found;
    const known = path !== undefined && line !== undefined;
    return {
      name: found.name,
      namespace,
      signature: found.signature ?? found.name,
      parameters: found.parameters === undefined ? [] : [found.parameters],
      documentation: found.documentation ?? null,
      place: known ? { file: path, line, column: column ?? 1 } : null,
    };
  }

  /** Nothing if the server cannot be asked: an editor goes on without. */
  async #names(what: "names" | "symbol", text: string): Promise<Body<"answer">["names"]> {
    try {
      return (await this.#device.client.query(what, text, queryTime)).names;
    } catch {
      return [];
    }
  }

  namespaces(): Promise<readonly string[]> {
    return Promise.resolve([namespace]);
  }

  rollback(steps: number): Promise<RollbackResult> {
    return this.#device.rollback(steps);
  }

  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    return this.#device.watchOutput(listener);
  }
}
