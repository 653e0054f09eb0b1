// The models of devices' programs, and the requests about them: one after the other, on whatever thread.
import type { Diagnostic } from "../base/index.ts";
import {
  pieceProblem,
  type Body,
  type EncodedObject,
  type Message,
  type MessageKind,
} from "../protocol/index.ts";
import { Devices } from "./devices.ts";
import { ProgramModel } from "./model.ts";
import type { ObjectCache } from "./object-cache.ts";
import { plainDiagnostic } from "./plain.ts";
import type { CodeTarget, CodeTargets } from "./targets.ts";

type OfKind<Kind extends MessageKind> = Extract<Message, { readonly kind: Kind }>;

const modelKinds = [
  "compile",
  "loaded",
  "replay",
  "rollback",
  "unload",
  "query",
  "runtime",
] as const;

/** What a device says about its program once it has been greeted. */
export type ModelMessage = OfKind<(typeof modelKinds)[number]>;

/** Whether a message is one of those. */
export function isModelMessage(message: Message): message is ModelMessage {
  const kinds: readonly MessageKind[] = modelKinds;
  return kinds.includes(message.kind);
}

/** What is answered; an object is not signed and counted yet. */
export type ModelAnswer =
  | { readonly kind: "object"; readonly body: Omit<EncodedObject, "generation" | "signature"> }
  | {
      readonly kind: "runtime-objects";
      readonly body: Omit<Body<"runtime-objects">, "generation" | "signature">;
    }
  | { readonly kind: "done"; readonly body: Body<"done"> }
  | { readonly kind: "answer"; readonly body: Body<"answer"> }
  | { readonly kind: "error"; readonly body: Body<"error"> };

/** What of a device's greeting decides what its code is like. */
export type DeviceFacts = Pick<Body<"hello">, "device" | "sharedMemory" | "symbols" | "target">;

/** A device that code can be made for. */
interface KnownDevice extends DeviceFacts {
  readonly code: CodeTarget;
}

/** A request that was performed. */
export interface Performed {
  /** Null where none is wanted. */
  readonly answer: ModelAnswer | null;
  /** The version that the device's model stands at now; null if there is none. */
  readonly version: number | null;
  /** What failed inside of the compiler, for the log. */
  readonly failure: string | null;
}

const noAnswer = 0;

/** See the head of this file. */
export class ModelService {
  readonly #devices = new Devices();
  readonly #cache: ObjectCache;
  readonly #build: string;
  readonly #targets: CodeTargets;

  /** `build` identifies the compiler. */
  constructor(cache: ObjectCache, build: string, targets: CodeTargets) {
    this.#cache = cache;
    this.#build = build;
    this.#targets = targets;
  }

  /** Does what a device asks for. */
  perform(facts: DeviceFacts, message: ModelMessage): Performed {
    let answer: ModelAnswer | null = null;
    let failure: string | null = null;
    try {
      const target = this.#targets.open(facts.target);
      answer =
        typeof target === "string"
          ? refusal("target", target)
          : this.#serve({ ...facts, code: target }, message);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      failure = error instanceof Error ? (error.stack ?? text) : text;
      answer = refusal("internal", `the compile server failed: ${text}`);
    }
    const version = this.#devices.find(facts.device)?.version ?? null;
    return { answer: message.id === noAnswer ? null : answer, version, failure };
  }

  /** Does nothing about a request whose answer nobody waits for. */
  skip({ device }: DeviceFacts): Performed {
    const version = this.#devices.find(device)?.version ?? null;
    const answer = refusal("deadline", "nobody waits for the object any more");
    return { answer, version, failure: null };
  }

  /** What nobody waits for; to be called when the answer is on its way. */
  tidy(): void {
    this.#cache.write();
  }

  #serve(facts: KnownDevice, { kind, body }: ModelMessage): ModelAnswer | null {
    switch (kind) {
      case "compile":
        return this.#withModel(facts, body.version, (model) => compile(model, body));
      case "loaded":
        return this.#withModel(facts, body.version, (model) => {
          model.settle(body.outcome);
          return null;
        });
      case "replay":
        return this.#replay(facts, body);
      case "rollback":
        return this.#withModel(facts, body.version, (model) => {
          if (model.rollback(body.to, body.slots)) return done(model);
          this.#devices.forget(facts.device);
          return refusal("version", `the server does not know version ${body.to} any more`);
        });
      case "unload":
        return this.#withModel(facts, body.version, (model) => {
          model.unload(body.keys);
          return null;
        });
      case "query":
        return this.#withModel(facts, body.version, (model) => query(model, body));
      case "runtime":
        return runtimeOf(facts.code);
    }
  }

  /** Calls with the device's model if that stands at the version; otherwise the device has to replay. */
  #withModel(
    facts: KnownDevice,
    version: number,
    use: (model: ProgramModel) => ModelAnswer | null,
  ): ModelAnswer | null {
    let model = this.#devices.find(facts.device);
    if (model === undefined && version === 0) model = this.#newModel(facts);
    if (model?.version === version) return use(model);
    const found = model === undefined ? "nothing" : `version ${model.version}`;
    this.#devices.forget(facts.device);
    return refusal("version", `the server knows ${found} of the program, not version ${version}`);
  }

  #newModel({ device, sharedMemory, symbols, code }: KnownDevice): ProgramModel {
    const model = new ProgramModel({
      target: code,
      sharedMemory,
      symbols,
      cache: this.#cache,
      build: this.#build,
    });
    this.#devices.put(device, model);
    return model;
  }

  #replay(facts: KnownDevice, body: Body<"replay">): ModelAnswer {
    const model = this.#newModel(facts);
    model.files.add(body.files);
    const problems = model.replay(body);
    const missing = model.files.takeMissing();
    if (problems === null && missing.length === 0) return done(model);
    this.#devices.forget(facts.device);
    return missing.length > 0 ? filesMissing(missing) : diagnosed(problems ?? []);
  }
}

function runtimeOf({ runtime }: CodeTarget): ModelAnswer {
  if (runtime === null)
    return refusal("request", "a device that takes wasm needs no native runtime");
  return { kind: "runtime-objects", body: runtime() };
}

function compile(model: ProgramModel, body: Body<"compile">): ModelAnswer {
  model.files.add(body.files);
  const prepared = model.prepare(body, body.level, body.rehearsal === true);
  const missing = model.files.takeMissing();
  if (missing.length > 0) {
    model.settle("dropped");
    return filesMissing(missing);
  }
  if (!("piece" in prepared)) {
    // Who has been told that a module is not there may write it, and try again.
    model.files.forgetAbsent();
    return diagnosed(prepared);
  }
  const { bytes: piece, cached, times } = prepared;
  const problem = pieceProblem(prepared.piece, piece);
  if (problem !== null) {
    model.settle("dropped");
    return refusal("limit", `no device takes so large a piece: ${problem}`);
  }
  return { kind: "object", body: { piece, cached, times } };
}

function query(model: ProgramModel, { what, text }: Body<"query">): ModelAnswer {
  if (what === "type") {
    const type = model.typeOf(text);
    return typeof type === "string"
      ? { kind: "answer", body: { names: [], type } }
      : diagnosed(type);
  }
  const exact = what === "symbol";
  const fitting = model
    .names()
    .filter(({ name }) => (exact ? name === text : name.startsWith(text)));
  return { kind: "answer", body: { names: fitting.slice(0, mostNames), type: null } };
}

const mostNames = 500;

function done({ version }: ProgramModel): ModelAnswer {
  return { kind: "done", body: { version } };
}

/** An error as an answer. */
export function refusal(
  code: Body<"error">["code"],
  message: string,
  details?: readonly string[],
): ModelAnswer {
  const more = details === undefined ? {} : { details: [...details] };
  return { kind: "error", body: { code, message, ...more } };
}

function filesMissing(paths: readonly string[]): ModelAnswer {
  return refusal("files", `files are missing: ${paths.join(", ")}`, paths);
}

function diagnosed(diagnostics: readonly Diagnostic[]): ModelAnswer {
  const message = diagnostics[0]?.message ?? "the source has errors";
  return {
    kind: "error",
    body: { code: "source", message, diagnostics: diagnostics.map(plainDiagnostic) },
  };
}
