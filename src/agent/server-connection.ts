// The way to a compile server: greets, and connects again when the server was gone.
import { randomBytes } from "node:crypto";
import type { Message } from "../protocol/index.ts";
import { AnswerError, Channel, connectTcp, ConnectionError } from "../transport/index.ts";
import { greet, type Greeting, type Session } from "./greeting.ts";

/** Where a compile server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** What the way to a server needs of its device. */
export interface ServerConnectionOptions {
  /** Null: there will be one later. */
  readonly address: ServerAddress | null;
  /** Null where the server wants none. */
  readonly secret: Uint8Array | null;
  readonly greeting: () => Omit<Greeting, "device">;
  /** Takes what the server asks for. */
  readonly serve: (session: Session, message: Message) => void;
  /** Receives a line when the server is gone, and when it is back. */
  readonly log: (line: string) => void;
}

/** Milliseconds. */
const connectTime = 3000;
const firstPause = 100;
const longestPause = 5000;
/** Requests of a server that come with its greeting. */
const mostEarly = 16;

/** See the head of this file. */
export class ServerConnection {
  /** Random id of the device. */
  readonly device = randomBytes(16).toString("hex");
  readonly #options: ServerConnectionOptions;
  #address: ServerAddress | null;
  #session: Session | null = null;
  #connecting: Promise<Session> | null = null;
  #pause = firstPause;
  #retry: NodeJS.Timeout | null = null;
  #warned = false;
  #closed = false;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    this.#address = options.address;
  }

  /** The connection; null if there is none now. */
  get session(): Session | null {
    return this.#session;
  }

  /** Takes another server from now on. */
  connectTo(address: ServerAddress): void {
    this.#address = address;
    this.#pause = firstPause;
    const before = this.#session;
    this.#session = null;
    before?.channel.close("there is another server");
    this.start();
  }

  /** Begins to connect, and goes on trying. */
  start(): void {
    if (this.#address === null) return;
    this.#connect().catch(() => {});
  }

  /** The connection, waited for `timeout` milliseconds. Rejects with `AnswerError` or `ConnectionError`. */
  async ready(timeout: number): Promise<Session> {
    if (this.#session !== null) return this.#session;
    if (this.#address === null)
      throw new AnswerError({ code: "request", message: "there is no compile server yet" });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ConnectionError(`there is no compile server at ${this.#place}`)),
        timeout,
      );
    });
    let pause: NodeJS.Timeout | undefined;
    try {
      for (;;) {
        try {
          return await Promise.race([this.#connect(), late]);
        } catch (error) {
          if (!(error instanceof ConnectionError) || this.#retry === null) throw error;
          const paused = new Promise((resolve) => {
            pause = setTimeout(resolve, this.#pause);
          });
          await Promise.race([paused, late]);
        }
      }
    } finally {
      clearTimeout(timer);
      clearTimeout(pause);
    }
  }

  get #place(): string {
    return this.#address === null ? "nowhere" : `${this.#address.host}:${this.#address.port}`;
  }

  #connect(): Promise<Session> {
    if (this.#session !== null) return Promise.resolve(this.#session);
    if (this.#closed)
      return Promise.reject(new AnswerError({ code: "stopping", message: "the agent has ended" }));
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<Session> {
    const { log } = this.#options;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    for (;;) {
      const address = this.#address ?? { host: "nowhere", port: 0 };
      try {
        const session = await this.#greeted(address);
        if (this.#address !== address) {
          session.channel.close("there is another server");
          continue;
        }
        if (this.#warned) log(`the compile server at ${this.#place} is back`);
        this.#warned = false;
        this.#pause = firstPause;
        this.#session = session;
        return session;
      } catch (error) {
        if (this.#address !== address && !this.#closed) continue;
        const problem = error instanceof Error ? error : new Error(String(error));
        this.#tryLater(problem);
        throw problem instanceof AnswerError ? problem : new ConnectionError(problem.message);
      }
    }
  }

  /** A connection whose greeting is done and which is still there; what fails leaves none open. */
  async #greeted({ host, port }: ServerAddress): Promise<Session> {
    const channel = new Channel(await connectTcp(host, port, connectTime));
    const early: Message[] = [];
    channel.onMessage = (message) => {
      if (early.push(message) > mostEarly) channel.close("too many requests");
    };
    try {
      const session = await this.#greet(channel);
      if (this.#closed) throw new AnswerError({ code: "stopping", message: "the agent has ended" });
      if (channel.closed !== null) throw channel.closed;
      channel.onClose = (error) => this.#lost(session, error);
      channel.onMessage = (message) => this.#options.serve(session, message);
      for (const message of early) this.#options.serve(session, message);
      return session;
    } catch (error) {
      channel.close("the greeting has failed");
      throw error;
    }
  }

  #greet(channel: Channel): Promise<Session> {
    const { secret, greeting } = this.#options;
    if (secret === null && !channel.loopback) {
      const message = "the compile server is on another machine: both sides need a secret";
      return Promise.reject(new AnswerError({ code: "secret", message }));
    }
    return greet(channel, { ...greeting(), device: this.device }, secret);
  }

  #lost(session: Session, error: Error): void {
    if (this.#session !== session) return;
    this.#session = null;
    if (!this.#closed) this.#tryLater(error);
  }

  #tryLater(error: Error): void {
    if (this.#closed) return;
    if (!this.#warned)
      this.#options.log(
        `no compile server at ${this.#place} (${error.message}); the program goes on, trying again`,
      );
    this.#warned = true;
    this.#retry ??= setTimeout(
      () => {
        this.#retry = null;
        this.start();
      },
      this.#pause * (0.5 + Math.random()),
    );
    this.#retry.unref();
    this.#pause = Math.min(longestPause, 2 * this.#pause);
  }

  /** Ends the connection and does not connect again. */
  close(): void {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#session?.channel.close("the agent ends");
  }
}
