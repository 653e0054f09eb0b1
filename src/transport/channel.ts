// Messages over a link: requests get the answer with their id, or an error; everything else goes to a listener.
import {
  decodeMessage,
  defaultFrameLimit,
  encodeMessage,
  firstFrameLimit,
  FrameReader,
  lengthSize,
  type Body,
  type Frame,
  type Message,
  type MessageKind,
} from "../protocol/index.ts";
import type { Link } from "./link.ts";

/** The connection is gone, or was given up. */
export class ConnectionError extends Error {
  /** What came in place of the answer that was expected; null if nothing did. */
  readonly answer: MessageKind | null;

  constructor(message: string, answer: MessageKind | null = null) {
    super(message);
    this.name = "ConnectionError";
    this.answer = answer;
  }
}

/** The other side has answered a request with an error. */
export class AnswerError extends Error {
  readonly body: Body<"error">;

  constructor(body: Body<"error">) {
    super(body.message);
    this.name = "AnswerError";
    this.body = body;
  }
}

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Bytes that may wait to be sent before the other side is taken to be dead. */
const mostBacklog = 64 * 2 ** 20;
/** Milliseconds from the first bytes of a frame to its last. */
const defaultFrameTime = 60_000;
/** Requests that may wait for an answer. */
const mostWaiting = 1024;

/** See the head of this file. */
export class Channel {
  /** Messages that answer nothing; with the bytes of the body. */
  onMessage: (message: Message, size: number) => void = () => {};
  /** The longest frame that the other side takes, in bytes; more once it has said so. */
  longestSent = firstFrameLimit;
  /** Called once. */
  onClose: (error: Error) => void = () => {};
  readonly #link: Link;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed: Error | null = null;
  readonly #frameTime: number;
  #frameTimer: NodeJS.Timeout | null = null;

  /** `longestFrame`: milliseconds that a frame may take from its first bytes to its last. */
  constructor(link: Link, longestFrame = defaultFrameTime) {
    this.#link = link;
    this.#frameTime = longestFrame;
    link.onData = (chunk) => this.#take(chunk);
    link.onClose = (error) =>
      this.#finish(new ConnectionError(error?.message ?? "the connection was closed"));
  }

  get peer(): string {
    return this.#link.peer;
  }

  get loopback(): boolean {
    return this.#link.loopback;
  }

  /** Why it is closed; null while it is open. */
  get closed(): Error | null {
    return this.#closed;
  }

  /** The longest frame that is taken from now on: larger once the other side is known. */
  allowFrames(limit = defaultFrameLimit): void {
    this.#reader.limit = limit;
  }

  #take(chunk: Uint8Array): void {
    if (this.#closed !== null) return;
    try {
      for (const frame of this.#reader.push(chunk)) {
        const message = this.#decode(frame);
        // A message may have closed the channel.
        if (this.#closed !== null) return;
        if (message.kind === "ping") this.send("pong", message.id, {});
        else if (!this.#answer(message)) this.onMessage(message, frame.body.length);
        this.#endFrame();
      }
      if (this.#reader.isInside) this.#beginFrame();
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
  }

  #beginFrame(): void {
    if (this.#closed !== null) return;
    this.#frameTimer ??= setTimeout(
      () => this.close("a message that does not end"),
      this.#frameTime,
    ).unref();
  }

  #endFrame(): void {
    if (this.#frameTimer === null) return;
    clearTimeout(this.#frameTimer);
    this.#frameTimer = null;
  }

  /** A request that is no message is answered before the connection ends. */
  #decode(frame: Frame): Message {
    try {
      return decodeMessage(frame);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.send("error", frame.id, { code: "request", message });
      throw error;
    }
  }

  #answer(message: Message): boolean {
    const isAnswer = answers.has(message.kind);
    if (!isAnswer || message.id === 0) return false;
    const waiting = this.#waiting.get(message.id);
    // The answer to a request that nobody waits for any more.
    if (waiting === undefined) return true;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.kind === "error") waiting.reject(new AnswerError(message.body));
    else waiting.resolve(message);
    return true;
  }

  /** Sends a message; an answer has the id of its request. Nothing happens if the channel is closed. */
  send<Kind extends MessageKind>(kind: Kind, id: number, body: Body<Kind>): void {
    if (this.#closed === null) this.sendFrame(encodeMessage(kind, id, body));
  }

  /** Sends a message that is encoded already, as `send`. */
  sendFrame(bytes: Uint8Array): void {
    if (this.#closed !== null) return;
    if (this.#link.backlog > mostBacklog) this.close("the other side takes nothing");
    else this.#link.write(bytes);
  }

  /** Why a message cannot be sent; null if it can. */
  problemWith(bytes: Uint8Array): string | null {
    const { length } = bytes;
    return length - lengthSize <= this.longestSent
      ? null
      : `a message of ${length} bytes, and the other side takes ${this.longestSent}`;
  }

  /**
   * Sends a request and waits for the answer, `timeout` milliseconds at most. Rejects with `AnswerError`, also if the request is longer
   * than the other side takes, or with `ConnectionError`.
   */
  request<Kind extends MessageKind, Answer extends MessageKind>(
    kind: Kind,
    body: Body<Kind>,
    expected: { readonly answer: Answer; readonly timeout: number },
  ): Promise<Body<Answer>> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (this.#waiting.size >= mostWaiting)
      return Promise.reject(new ConnectionError("too many requests wait for an answer"));
    const id = this.#nextId;
    const bytes = encodeMessage(kind, id, body);
    const problem = this.problemWith(bytes);
    if (problem !== null)
      return Promise.reject(new AnswerError({ code: "limit", message: problem }));
    this.#nextId = id >= 0xffff_fffe ? 1 : id + 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new ConnectionError(`no answer within ${Math.round(expected.timeout)} ms`));
      }, expected.timeout);
      const take = (message: Message): void => {
        if (isKind(message, expected.answer)) resolve(message.body);
        else {
          const { kind: found } = message;
          reject(new ConnectionError(`\`${found}\` instead of \`${expected.answer}\``, found));
          this.close("an answer of the wrong kind");
        }
      };
      this.#waiting.set(id, { resolve: take, reject, timer });
      this.sendFrame(bytes);
    });
  }

  /** Ends the connection. */
  close(reason: string): void {
    if (this.#closed !== null) return;
    this.#finish(new ConnectionError(reason));
    this.#link.destroy();
  }

  #finish(error: Error): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    this.#endFrame();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
    this.onClose(error);
  }
}

const answers: ReadonlySet<MessageKind> = new Set([
  "welcome",
  "challenge",
  "object",
  "runtime-objects",
  "done",
  "answer",
  "result",
  "profiled",
  "error",
  "pong",
]);

type OfKind<Kind extends MessageKind> = Extract<Message, { readonly kind: Kind }> & {
  readonly body: Body<Kind>;
};

function isKind<Kind extends MessageKind>(message: Message, kind: Kind): message is OfKind<Kind> {
  return message.kind === kind;
}
