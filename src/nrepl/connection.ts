// One client: bytes in, messages out.
import type { Socket } from "node:net";
import {
  BencodeDecoder,
  BencodeError,
  encode,
  type DecoderLimits,
  type EncodableDict,
} from "./bencode.ts";
import { Request } from "./request.ts";
import { JobQueue, type QueueBudget } from "./sessions.ts";

/** Bytes that a client may leave unread before it is dropped. */
const mostBacklog = 64 * 2 ** 20;

/** What the server does with its clients. */
export interface ConnectionOwner {
  readonly limits: DecoderLimits;
  readonly budget: QueueBudget;
  /** Performs a request; never throws. */
  request(connection: Connection, request: Request): void;
  /** The client is gone; called once. */
  closed(connection: Connection): void;
  /** Bytes of messages begun have come or gone; false if all clients together hold too many. */
  hold(bytes: number): boolean;
}

/** A connected client. */
export class Connection {
  /** The session that answers to requests without one carry. */
  readonly ownSession = crypto.randomUUID();
  /** Evaluations without a session. */
  readonly queue: JobQueue;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #decoder: BencodeDecoder;
  #held = 0;
  #endWatching: () => void = () => {};
  #closed = false;
  #refused = false;
  #corked = false;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.queue = new JobQueue(owner.budget);
    this.#decoder = new BencodeDecoder(owner.limits);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    // What is wrong with a socket is followed by its close.
    socket.on("error", () => {});
    socket.on("close", () => this.#close());
  }

  /** The client sees the output of the program until it is gone, or asks again: then `end` is called. */
  watchOutput(end: () => void): void {
    this.#endWatching();
    this.#endWatching = end;
  }

  /** Bytes that the client has not taken yet. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  /** Sends a message, in one piece with what else is sent before the events at hand have been dealt with. Messages to a client that is gone are dropped. */
  send(message: EncodableDict): void {
    if (this.#closed) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(encode(message));
    if (this.#socket.writableLength > mostBacklog) this.destroy();
  }

  destroy(): void {
    this.#socket.uncork();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#refused) return;
    try {
      for (const value of this.#decoder.push(chunk)) {
        if (this.#closed) return;
        this.#owner.request(this, new Request(value));
      }
    } catch (error) {
      if (!(error instanceof BencodeError)) throw error;
      this.#refuse(`not a message: ${error.message}`);
      return;
    }
    const waiting = this.#decoder.waiting;
    const grown = waiting - this.#held;
    this.#held = waiting;
    if (!this.#owner.hold(grown)) this.#refuse("too many messages are begun and not ended");
  }

  /** Says what is wrong, then ends the connection: where the next message begins is not known. */
  #refuse(reason: string): void {
    this.#refused = true;
    this.send({ err: `${reason}\n`, status: ["error", "done"] });
    this.#socket.destroySoon();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.hold(-this.#held);
    this.queue.abortAll();
    this.#endWatching();
    this.#owner.closed(this);
  }
}
