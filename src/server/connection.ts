// One device's connection to a compile server.
import { abiDifferences, abiFields, currentAbi } from "../runtime/index.ts";
import {
  canonicalBytes,
  canonicalObject,
  defaultFrameLimit,
  encodeObject,
  machineOf,
  wasmTarget,
  type Body,
  type EncodedObject,
  type Message,
} from "../protocol/index.ts";
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
import { isModelMessage, type ModelAnswer, type ModelMessage } from "./model-service.ts";
import type { ModelClient, Workers } from "./workers.ts";

/** What all connections of a server share. */
export interface ServerState {
  readonly name: string;
  readonly workers: Workers;
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
const nothing = new Uint8Array(0);
/** Requests of one device that may be under way, and the bytes of all of them. */
const mostUnderWay = 64;
const mostBytesUnderWay = 32 * 2 ** 20;

type Phase =
  | { readonly kind: "hello" }
  | { readonly kind: "proof"; readonly hello: Body<"hello">; readonly context: ProofContext }
  | { readonly kind: "open"; readonly hello: Body<"hello">; readonly model: ModelClient };

/** See the head of this file. */
export class DeviceConnection {
  readonly #server: ServerState;
  readonly #channel: Channel;
  readonly #timer: NodeJS.Timeout;
  #phase: Phase = { kind: "hello" };
  #generation = 0;
  /** Requests to the device. */
  #requests = 0;
  #underWay = 0;
  #bytesUnderWay = 0;

  constructor(server: ServerState, link: Link, onClose: (connection: DeviceConnection) => void) {
    this.#server = server;
    this.#channel = new Channel(link);
    this.#timer = setTimeout(() => this.#channel.close("no greeting in time"), handshakeTime);
    this.#channel.onMessage = (message, size) => this.#take(message, size);
    this.#channel.onClose = (error) => {
      clearTimeout(this.#timer);
      if (this.#phase.kind === "open") this.#phase.model.close();
      server.log(`${this.#channel.peer} left: ${error.message}`);
      onClose(this);
    };
  }

  /** Ends the connection. */
  close(reason: string): void {
    this.#channel.close(reason);
  }

  /** The id of the device; null before it has greeted. */
  get device(): string | null {
    return this.#phase.kind === "open" ? this.#phase.hello.device : null;
  }

  /** Calls a function of the device's program. Rejects with `AnswerError` or `ConnectionError`. */
  call(name: string, texts: readonly string[], timeout: number): Promise<Body<"result">> {
    const generation = this.#nextRequest();
    const body: Body<"call"> = { function: name, arguments: [...texts], generation };
    const signature = this.#signature(generation, () => [canonicalBytes("call", body), nothing]);
    return this.#channel.request("call", { ...body, ...signature }, { answer: "result", timeout });
  }

  /** Counts the calls of functions of the device's program. Rejects as `call`. */
  profile(action: Body<"profile">["action"], timeout: number): Promise<Body<"profiled">> {
    const generation = this.#nextRequest();
    const body: Body<"profile"> = { action, generation };
    const signature = this.#signature(generation, () => [canonicalBytes("profile", body), nothing]);
    const expected = { answer: "profiled", timeout } as const;
    return this.#channel.request("profile", { ...body, ...signature }, expected);
  }

  #nextRequest(): number {
    this.#requests += 1;
    return this.#requests;
  }

  #take(message: Message, size: number): void {
    try {
      if (this.#phase.kind === "open") this.#serve(message, size, this.#phase);
      else if (this.#phase.kind === "hello" && message.kind === "hello") this.#greet(message);
      else if (this.#phase.kind === "proof" && message.kind === "proof")
        this.#prove(message, this.#phase);
      else this.#channel.close(`\`${message.kind}\` is not expected here`);
    } catch (error) {
      this.#fail(message.id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const trace = error instanceof Error ? error.stack : undefined;
    this.#server.log(`${this.#channel.peer}: internal error: ${trace ?? text}`);
    this.#refuse(id, "internal", `the compile server failed: ${text}`);
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
    const { triple } = hello.target;
    if (triple !== wasmTarget.triple && machineOf(triple) === null)
      return { code: "target", message: `no code can be made for \`${triple}\`` };
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
    const { workers, name } = this.#server;
    this.#phase = { kind: "open", hello, model: workers.open(hello) };
    this.#channel.allowFrames();
    this.#channel.longestSent = hello.frameLimit;
    this.#server.log(
      `${this.#channel.peer}: device ${hello.device}, ${hello.target.triple}, ${hello.agent}`,
    );
    this.#channel.send("welcome", id, {
      server: name,
      frameLimit: defaultFrameLimit,
      version: workers.version(hello.device),
    });
  }

  #serve(message: Message, size: number, { model }: Extract<Phase, { kind: "open" }>): void {
    if (this.#server.stopping && message.id !== noAnswer) {
      this.#refuse(message.id, "stopping", "the compile server is going down");
      return;
    }
    if (isModelMessage(message)) void this.#perform(message, size, model);
    else this.#channel.close(`\`${message.kind}\` is not expected here`);
  }

  async #perform(message: ModelMessage, size: number, model: ModelClient): Promise<void> {
    if (this.#underWay >= mostUnderWay || this.#bytesUnderWay + size > mostBytesUnderWay) {
      const problem = "too many requests at the same time";
      if (message.id === noAnswer) this.#channel.close(problem);
      else this.#refuse(message.id, "limit", problem);
      return;
    }
    this.#underWay += 1;
    this.#bytesUnderWay += size;
    let late = false;
    const timer = this.#deadline(message, () => {
      late = true;
    });
    const answer = await model.perform(message);
    clearTimeout(timer);
    this.#underWay -= 1;
    this.#bytesUnderWay -= size;
    if (answer === null || late) return;
    try {
      this.#answer(message, answer);
    } catch (error) {
      this.#fail(message.id, error);
    }
  }

  /** Who asks for an object says how long he waits. */
  #deadline(message: ModelMessage, onLate: () => void): NodeJS.Timeout | undefined {
    if (message.kind !== "compile") return undefined;
    const { deadline } = message.body;
    return setTimeout(() => {
      onLate();
      const text = `no object within the ${deadline} ms that the device waits`;
      this.#refuse(message.id, "deadline", text);
    }, deadline);
  }

  #answer(request: ModelMessage, answer: ModelAnswer): void {
    const { id } = request;
    switch (answer.kind) {
      case "object":
        if (request.kind === "compile") this.#sendObject(id, request.body, answer.body);
        break;
      case "runtime-objects":
        this.#sendRuntime(id, answer.body);
        break;
      case "done":
        this.#channel.send("done", id, answer.body);
        break;
      case "answer":
        this.#channel.send("answer", id, answer.body);
        break;
      case "error":
        this.#channel.send("error", id, answer.body);
    }
  }

  #sendObject(
    id: number,
    request: Body<"compile">,
    answer: Omit<EncodedObject, "generation" | "signature">,
  ): void {
    this.#generation += 1;
    const generation = this.#generation;
    const object: EncodedObject = { ...answer, generation };
    const signature = this.#signature(generation, () => [
      canonicalBytes("compile", request),
      canonicalObject(object),
    ]);
    const bytes = encodeObject(id, { ...object, ...signature });
    const problem = this.#channel.problemWith(bytes);
    if (problem === null) this.#channel.sendFrame(bytes);
    else this.#refuse(id, "limit", problem);
  }

  #sendRuntime(
    id: number,
    { runtime, library }: Omit<Body<"runtime-objects">, "generation" | "signature">,
  ): void {
    this.#generation += 1;
    const generation = this.#generation;
    const body: Body<"runtime-objects"> = { runtime, library, generation };
    const signature = this.#signature(generation, () => [
      canonicalBytes("runtime", {}),
      canonicalBytes("runtime-objects", body),
    ]);
    this.#channel.send("runtime-objects", id, { ...body, ...signature });
  }

  /** Of a request and the answer to it, if there is a secret. */
  #signature(
    generation: number,
    content: () => readonly [Uint8Array, Uint8Array],
  ): { signature?: Uint8Array } {
    const { secret, key } = this.#server;
    if (secret === null || this.#phase.kind !== "open") return {};
    const [request, answer] = content();
    const { device, abi } = this.#phase.hello;
    const signature = signContent(key, {
      device,
      abi: abi.hash,
      generation,
      request: sha256(request),
      answer: sha256(answer),
    });
    return { signature };
  }
}
