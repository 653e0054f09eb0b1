// One device's connection to a compile server.
import { abiDifferences, abiFields, currentAbi } from "../runtime/index.ts";
import type { Diagnostic } from "../base/index.ts";
import { canonicalBytes, defaultFrameLimit, type Body, type Message } from "../protocol/index.ts";
import {
  Channel,
  newChallenge,
  proofOf,
  sameProof,
  sha256,
  signContent,
  type Link,
  type ProofContext,
  type SigningKey,
} from "../transport/index.ts";
import type { Devices } from "./devices.ts";
import type { ObjectCache } from "./object-cache.ts";
import { ProgramModel } from "./model.ts";
import { plainDiagnostic } from "./plain.ts";

/** What all connections of a server share. */
export interface ServerState {
  readonly name: string;
  readonly devices: Devices;
  readonly cache: ObjectCache;
  /** Hash of the compiler. */
  readonly build: string;
  /** Null: devices on this machine need none. */
  readonly secret: Uint8Array | null;
  readonly key: SigningKey;
  readonly log: (line: string) => void;
  /** No new work is taken. */
  stopping: boolean;
}

/** Milliseconds for the first messages. */
const handshakeTime = 5000;
const noAnswer = 0;

type Phase =
  | { readonly kind: "hello" }
  | { readonly kind: "proof"; readonly hello: Body<"hello">; readonly context: ProofContext }
  | { readonly kind: "open"; readonly hello: Body<"hello"> };

/** See the head of this file. */
export class DeviceConnection {
  readonly #server: ServerState;
  readonly #channel: Channel;
  readonly #timer: NodeJS.Timeout;
  #phase: Phase = { kind: "hello" };
  #generation = 0;

  constructor(server: ServerState, link: Link, onClose: (connection: DeviceConnection) => void) {
    this.#server = server;
    this.#channel = new Channel(link);
    this.#timer = setTimeout(() => this.#channel.close("no greeting in time"), handshakeTime);
    this.#channel.onMessage = (message) => this.#take(message);
    this.#channel.onClose = (error) => {
      clearTimeout(this.#timer);
      server.log(`${this.#channel.peer} left: ${error.message}`);
      onClose(this);
    };
  }

  /** Ends the connection. */
  close(reason: string): void {
    this.#channel.close(reason);
  }

  #take(message: Message): void {
    try {
      if (this.#phase.kind === "open") this.#serve(message, this.#phase);
      else if (this.#phase.kind === "hello" && message.kind === "hello") this.#greet(message);
      else if (this.#phase.kind === "proof" && message.kind === "proof")
        this.#prove(message, this.#phase);
      else this.#channel.close(`\`${message.kind}\` is not expected here`);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#server.log(
        `${this.#channel.peer}: internal error: ${error instanceof Error ? (error.stack ?? text) : text}`,
      );
      this.#refuse(message.id, "internal", `the compile server failed: ${text}`);
    }
  }

  #refuse(id: number, code: Body<"error">["code"], message: string, details?: string[]): void {
    this.#channel.send("error", id, {
      code,
      message,
      ...(details === undefined ? {} : { details }),
    });
  }

  #greet({ id, body: hello }: { id: number; body: Body<"hello"> }): void {
    const problem = this.#problemWith(hello);
    if (problem !== null) {
      this.#channel.send("error", id, problem);
      this.#channel.close(problem.message);
      return;
    }
    const { secret, key } = this.#server;
    if (secret === null) {
      this.#open(id, hello);
      return;
    }
    const context: ProofContext = {
      device: hello.device,
      deviceChallenge: hello.challenge,
      serverChallenge: newChallenge(),
      publicKey: key.publicKey,
    };
    this.#phase = { kind: "proof", hello, context };
    this.#channel.send("challenge", id, {
      challenge: context.serverChallenge,
      proof: proofOf(secret, "server", context),
      publicKey: key.publicKey,
    });
  }

  #problemWith(hello: Body<"hello">): Body<"error"> | null {
    if (hello.target.triple !== "wasm32-unknown-unknown")
      return { code: "target", message: `no code can be made for \`${hello.target.triple}\`` };
    if (hello.abi.hash === currentAbi()) return null;
    const details = abiDifferences(abiFields(), hello.abi.fields).slice(0, 100);
    const [first = "the hash alone"] = details;
    const more = details.length > 1 ? `, and ${details.length - 1} more` : "";
    return {
      code: "abi",
      message: `device and compile server differ in ${first}${more}; use the same version of both`,
      details,
    };
  }

  #prove(
    { id, body }: { id: number; body: Body<"proof"> },
    { hello, context }: Extract<Phase, { kind: "proof" }>,
  ): void {
    const { secret } = this.#server;
    if (secret === null || !sameProof(body.proof, proofOf(secret, "device", context))) {
      this.#refuse(id, "secret", "the device does not have the server's secret");
      this.#channel.close("wrong secret");
      return;
    }
    this.#open(id, hello);
  }

  #open(id: number, hello: Body<"hello">): void {
    clearTimeout(this.#timer);
    this.#phase = { kind: "open", hello };
    this.#channel.allowFrames();
    const { devices, name } = this.#server;
    this.#server.log(
      `${this.#channel.peer}: device ${hello.device}, ${hello.target.triple}, ${hello.agent}`,
    );
    this.#channel.send("welcome", id, {
      server: name,
      frameLimit: defaultFrameLimit,
      version: devices.find(hello.device)?.version ?? null,
    });
  }

  #serve(message: Message, open: Extract<Phase, { kind: "open" }>): void {
    const { id } = message;
    if (this.#server.stopping && id !== noAnswer) {
      this.#refuse(id, "stopping", "the compile server is going down");
      return;
    }
    switch (message.kind) {
      case "compile":
        this.#compile(id, message.body, open);
        break;
      case "loaded":
        this.#withModel(id, message.body.version, open, (model) =>
          model.settle(message.body.outcome),
        );
        break;
      case "replay":
        this.#replay(id, message.body, open);
        break;
      case "rollback":
        this.#rollback(id, message.body, open);
        break;
      case "unload":
        this.#withModel(id, message.body.version, open, (model) => model.unload(message.body.keys));
        break;
      case "query":
        this.#query(id, message.body, open);
        break;
      case "profile":
        break;
      case "hello":
      case "welcome":
      case "challenge":
      case "proof":
      case "object":
      case "done":
      case "answer":
      case "error":
      case "ping":
      case "pong":
        this.#channel.close(`\`${message.kind}\` is not expected here`);
    }
  }

  /** Calls with the device's model if that stands at the version; otherwise the device has to replay. */
  #withModel(
    id: number,
    version: number,
    { hello }: Extract<Phase, { kind: "open" }>,
    use: (model: ProgramModel) => void,
  ): void {
    const { devices } = this.#server;
    let model = devices.find(hello.device);
    if (model === undefined && version === 0) model = this.#newModel(hello);
    if (model?.version === version) {
      use(model);
      return;
    }
    const found = model === undefined ? "nothing" : `version ${model.version}`;
    devices.forget(hello.device);
    if (id !== noAnswer)
      this.#refuse(
        id,
        "version",
        `the server knows ${found} of the program, not version ${version}`,
      );
  }

  #newModel(hello: Body<"hello">): ProgramModel {
    const model = new ProgramModel({
      sharedMemory: hello.sharedMemory,
      symbols: hello.symbols,
      cache: this.#server.cache,
      build: this.#server.build,
    });
    this.#server.devices.put(hello.device, model);
    return model;
  }

  #compile(id: number, body: Body<"compile">, open: Extract<Phase, { kind: "open" }>): void {
    this.#withModel(id, body.version, open, (model) => {
      model.files.add(body.files);
      const prepared = model.prepare(body, body.level);
      const missing = model.files.takeMissing();
      if (missing.length > 0) {
        model.settle("dropped");
        this.#refuse(id, "files", `files are missing: ${missing.join(", ")}`, missing);
      } else if ("piece" in prepared) this.#sendObject(id, body, prepared);
      else this.#sendDiagnostics(id, prepared);
    });
  }

  #sendDiagnostics(id: number, diagnostics: readonly Diagnostic[]): void {
    this.#channel.send("error", id, {
      code: "source",
      message: diagnostics[0]?.message ?? "the source has errors",
      diagnostics: diagnostics.map(plainDiagnostic),
    });
  }

  #sendObject(
    id: number,
    request: Body<"compile">,
    { piece, times, cached }: Pick<Body<"object">, "piece" | "times" | "cached">,
  ): void {
    this.#generation += 1;
    const generation = this.#generation;
    const body: Body<"object"> = { piece, times, cached, generation };
    this.#channel.send("object", id, { ...body, ...this.#signature(request, body) });
  }

  #signature(request: Body<"compile">, body: Body<"object">): { signature?: Uint8Array } {
    const { secret, key } = this.#server;
    if (secret === null || this.#phase.kind !== "open") return {};
    const { device, abi } = this.#phase.hello;
    const signature = signContent(key, {
      device,
      abi: abi.hash,
      generation: body.generation,
      request: sha256(canonicalBytes("compile", request)),
      answer: sha256(canonicalBytes("object", body)),
    });
    return { signature };
  }

  #replay(id: number, body: Body<"replay">, open: Extract<Phase, { kind: "open" }>): void {
    const model = this.#newModel(open.hello);
    model.files.add(body.files);
    const problems = model.replay(body);
    const missing = model.files.takeMissing();
    if (problems === null && missing.length === 0) {
      this.#channel.send("done", id, { version: model.version });
      return;
    }
    this.#server.devices.forget(open.hello.device);
    if (missing.length > 0)
      this.#refuse(id, "files", `files are missing: ${missing.join(", ")}`, missing);
    else this.#sendDiagnostics(id, problems ?? []);
  }

  #rollback(id: number, body: Body<"rollback">, open: Extract<Phase, { kind: "open" }>): void {
    this.#withModel(id, body.version, open, (model) => {
      if (model.rollback(body.to, body.slots))
        this.#channel.send("done", id, { version: model.version });
      else {
        this.#server.devices.forget(open.hello.device);
        this.#refuse(id, "version", `the server does not know version ${body.to} any more`);
      }
    });
  }

  #query(id: number, body: Body<"query">, open: Extract<Phase, { kind: "open" }>): void {
    this.#withModel(id, body.version, open, (model) => {
      if (body.what === "type") {
        const type = model.typeOf(body.text);
        if (typeof type === "string") this.#channel.send("answer", id, { names: [], type });
        else this.#sendDiagnostics(id, type);
        return;
      }
      const exact = body.what === "symbol";
      const fitting = model
        .names()
        .filter(({ name }) => (exact ? name === body.text : name.startsWith(body.text)));
      this.#channel.send("answer", id, { names: fitting.slice(0, 500), type: null });
    });
  }
}
