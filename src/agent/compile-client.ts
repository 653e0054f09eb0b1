// What a device asks of its compile server; tells what the program consists of when the server does not know.
import {
  canonicalBytes,
  type Body,
  type HostDeclaration,
  type Message,
  type PieceSource,
  type SourceText,
  type Target,
} from "../protocol/index.ts";
import type { ProgramProfile } from "../device/index.ts";
import { currentAbi } from "../runtime/index.ts";
import { AnswerError, ConnectionError, sha256 } from "../transport/index.ts";
import type { Session } from "./greeting.ts";
import type { ProgramRecord } from "./record.ts";
import { ServerConnection, type ServerAddress } from "./server-connection.ts";

/** How a device reaches its compile server. */
export interface CompileClientOptions {
  /** Null: there will be one later. */
  readonly address: ServerAddress | null;
  /** Null where the server wants none. */
  readonly secret: Uint8Array | null;
  /** Name and version of the agent. */
  readonly agent: string;
  readonly sharedMemory: boolean;
  /** What the application has registered for code to call. */
  readonly symbols: () => readonly HostDeclaration[];
  /** What code must be made for. */
  readonly target: () => Target;
  readonly record: ProgramRecord;
  /** Calls a function of the program for the server; rejects with what went wrong. Default: the server cannot call any. */
  readonly call?: (name: string, texts: readonly string[]) => Promise<Body<"result">>;
  /** Counts calls for the server; rejects where they cannot be counted. */
  readonly profile?: (action: Body<"profile">["action"]) => Promise<ProgramProfile>;
  /** The text of a module `a/b` that a piece imports; null if there is none. */
  readonly readModule: (path: string) => string | null;
  /** Receives a line when the server is gone, and when it is back. */
  readonly log: (line: string) => void;
}

/** What is to be compiled. */
export type CompileRequest = PieceSource & Pick<Body<"compile">, "level" | "rehearsal">;

/** Milliseconds for the server to say that it was not done in time. */
const answerTime = 1000;
/** Milliseconds that what became of an object may wait for another message. */
const tellTime = 20;
const replayTime = 60_000;
/** Functions of a profile that are sent. */
const mostProfiled = 1000;
const nothing = new Uint8Array(0);
/** Answers about files that are missing, before something must be wrong. */
const mostRounds = 100;
/** Connections that may be lost in a row while they compile. */
const mostLosses = 5;

/** See the head of this file. */
export class CompileClient {
  readonly #options: CompileClientOptions;
  readonly #server: ServerConnection;
  /** What became of the last object, of which the server has not been told. */
  #untold: { readonly session: Session; readonly body: Body<"loaded"> } | null = null;
  /** Connections that were lost under the last request. */
  #losses = 0;
  readonly #files = new Map<string, string | null>();

  constructor(options: CompileClientOptions) {
    this.#options = options;
    const { agent, sharedMemory, symbols, target } = options;
    this.#server = new ServerConnection({
      ...options,
      greeting: () => ({ agent, sharedMemory, symbols: symbols(), target: target() }),
      serve: (session, message) => void this.#serve(session, message),
    });
  }

  /** Random id of the device. */
  get device(): string {
    return this.#server.device;
  }

  /** Whether there is a connection. */
  get connected(): boolean {
    return this.#server.session !== null;
  }

  /** Takes another server from now on. */
  connectTo(address: ServerAddress): void {
    this.#server.connectTo(address);
  }

  /** The modules that compile servers have asked for. */
  get files(): SourceText[] {
    return [...this.#files].map(([path, text]) => ({ path, text }));
  }

  /** Begins to connect, and goes on trying. */
  start(): void {
    this.#server.start();
  }

  /**
   * An object for a piece. Waits for the server `timeout` milliseconds in all. Rejects with `AnswerError` if the source has
   * errors, with `ConnectionError` if there is no server. What was aborted is not sent again: the server takes the last piece that it was
   * asked for as the one that it is told about.
   */
  async compile(
    request: CompileRequest,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<Body<"object">> {
    const end = performance.now() + timeout;
    let files: string[] = [];
    this.#losses = 0;
    for (let round = 0; round < mostRounds; round += 1) {
      const left = Math.max(1, end - performance.now());
      const session = await this.#server.ready(left);
      if (signal?.aborted === true) throw new ConnectionError("nobody waits for the object");
      this.#tellLoaded();
      const body: Body<"compile"> = {
        ...request,
        version: this.#options.record.version,
        files: this.#texts(files),
        deadline: Math.ceil(left),
      };
      const { version } = body;
      const drop = (): void => session.channel.send("loaded", 0, { version, outcome: "dropped" });
      signal?.addEventListener("abort", drop);
      try {
        const answer = await session.channel.request("compile", body, {
          answer: "object",
          timeout: left + answerTime,
        });
        const { signature: _, ...content } = answer;
        this.#verify(session, answer, () => [
          canonicalBytes("compile", body),
          canonicalBytes("object", content),
        ]);
        return answer;
      } catch (error) {
        files = await this.#recover(error, session, end);
      } finally {
        signal?.removeEventListener("abort", drop);
      }
    }
    throw new ConnectionError("the compile server asks again and again");
  }

  /** What every program on a machine needs of native code. Waits and rejects as `compile`. */
  async runtime(timeout: number): Promise<Body<"runtime-objects">> {
    const end = performance.now() + timeout;
    this.#losses = 0;
    for (;;) {
      const left = Math.max(1, end - performance.now());
      const session = await this.#server.ready(left);
      const how = { answer: "runtime-objects", timeout: left } as const;
      try {
        const answer = await session.channel.request("runtime", {}, how);
        const { signature: _, ...content } = answer;
        this.#verify(session, answer, () => [
          canonicalBytes("runtime", {}),
          canonicalBytes("runtime-objects", content),
        ]);
        return answer;
      } catch (error) {
        await this.#recover(error, session, end);
      }
    }
  }

  /** Does what the server asks for. */
  async #serve(session: Session, message: Message): Promise<void> {
    const { channel } = session;
    const { call, profile } = this.#options;
    if (
      (message.kind !== "call" && message.kind !== "profile") ||
      call === undefined ||
      profile === undefined
    ) {
      channel.close(`\`${message.kind}\` is not expected here`);
      return;
    }
    const { id } = message;
    try {
      if (message.kind === "call") {
        const { signature: _, ...content } = message.body;
        this.#verifyRequest(session, message.body, () => canonicalBytes("call", content));
        const { function: name, arguments: texts } = content;
        channel.send("result", id, await call(name, texts));
      } else {
        const { signature: _, ...content } = message.body;
        this.#verifyRequest(session, message.body, () => canonicalBytes("profile", content));
        const { time, functions } = await profile(content.action);
        channel.send("profiled", id, { time, functions: functions.slice(0, mostProfiled) });
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      channel.send("error", id, { code: "program", message: text });
    }
  }

  /** Requests of the server are signed and numbered on their own: answers may be checked later than they come. */
  #verifyRequest(
    session: Session,
    signed: Pick<Body<"call">, "signature" | "generation">,
    bytes: () => Uint8Array,
  ): void {
    this.#verify({ ...session, generation: session.requests }, signed, () => [bytes(), nothing]);
    session.requests = signed.generation;
  }

  /** What to do before the request is sent again: the result is the files that the server wants. */
  async #recover(error: unknown, session: Session, end: number): Promise<string[]> {
    if (error instanceof AnswerError) {
      const { code, details = [] } = error.body;
      if (code === "files") return details;
      if (code === "version") {
        await this.#replay(session);
        return [];
      }
      if (code !== "stopping") throw error;
      session.channel.close("the server goes down");
      return [];
    }
    // The server died under the request, which has changed nothing; a request that kills servers is not sent for ever.
    if (session.channel.closed === null || performance.now() >= end) throw error;
    this.#losses += 1;
    if (this.#losses > mostLosses) throw error;
    return [];
  }

  /** `hashed` are the request and the answer without its signature. */
  #verify(
    session: Session,
    { signature, generation }: Pick<Body<"object">, "signature" | "generation">,
    hashed: () => readonly [Uint8Array, Uint8Array],
  ): void {
    const { check } = session;
    if (check === null) return;
    const [request, answer] = hashed();
    const accepted =
      signature !== undefined &&
      generation > session.generation &&
      check.accepts(
        {
          device: this.device,
          abi: currentAbi(),
          generation,
          request: sha256(request),
          answer: sha256(answer),
        },
        signature,
      );
    if (!accepted) {
      session.channel.close("a wrong signature");
      throw new AnswerError({
        code: "secret",
        message: "the object is not signed by the compile server for this request",
      });
    }
    session.generation = generation;
  }

  /**
   * Tells the server what became of the object of the last request, made for this version: with the next message, or soon. Each message of
   * its own wakes two threads there.
   */
  loaded(version: number, outcome: Body<"loaded">["outcome"]): void {
    const session = this.#server.session;
    if (session === null) return;
    this.#tellLoaded();
    this.#untold = { session, body: { version, outcome } };
    setTimeout(() => this.#tellLoaded(), tellTime).unref();
  }

  #tellLoaded(): void {
    const untold = this.#untold;
    this.#untold = null;
    untold?.session.channel.send("loaded", 0, untold.body);
  }

  /** Tells the server which slots are free again. */
  unload(keys: readonly string[]): void {
    this.#tellLoaded();
    const { version } = this.#options.record;
    this.#server.session?.channel.send("unload", 0, { version, keys: [...keys] });
  }

  /** Tells the server that the program, which stood at `from`, has gone back to an earlier version. */
  rollback(from: number, to: number, slots: Body<"rollback">["slots"]): void {
    const session = this.#server.session;
    if (session === null) return;
    this.#tellLoaded();
    // If the server cannot follow, it will not know the version, and is told everything.
    session.channel
      .request("rollback", { version: from, to, slots }, { answer: "done", timeout: replayTime })
      .catch(() => {});
  }

  /** What the server knows of a name or an expression. */
  async query(what: Body<"query">["what"], text: string, timeout: number): Promise<Body<"answer">> {
    const session = await this.#server.ready(timeout);
    this.#tellLoaded();
    const ask = (): Promise<Body<"answer">> => {
      const { version } = this.#options.record;
      return session.channel.request(
        "query",
        { version, what, text },
        { answer: "answer", timeout },
      );
    };
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AnswerError) || error.body.code !== "version") throw error;
      await this.#replay(session);
      return ask();
    }
  }

  async #replay(session: Session): Promise<void> {
    const { record } = this.#options;
    for (let round = 0; round < mostRounds; round += 1) {
      const body = { ...record.replay(), files: this.#texts([...this.#files.keys()]) };
      try {
        await session.channel.request("replay", body, { answer: "done", timeout: replayTime });
        return;
      } catch (error) {
        if (!(error instanceof AnswerError) || error.body.code !== "files") throw error;
        for (const path of error.body.details ?? []) this.#files.delete(path);
        this.#texts(error.body.details ?? []);
      }
    }
  }

  /** Modules by their paths, read anew. */
  #texts(paths: readonly string[]): Body<"compile">["files"] {
    return paths.map((path) => {
      const text = this.#files.get(path) ?? this.#options.readModule(path);
      this.#files.set(path, text);
      return { path, text };
    });
  }

  /** Ends the connection and does not connect again. */
  close(): void {
    this.#tellLoaded();
    this.#server.close();
  }
}
