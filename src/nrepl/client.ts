// A client: sends requests, and gives each the answers with its id.
import { connect, type Socket } from "node:net";
import {
  BencodeDecoder,
  encode,
  type BencodeDict,
  type BencodeValue,
  type EncodableDict,
} from "./bencode.ts";

/** A message of a server, its fields as they are needed. */
export class Answer {
  readonly fields: BencodeDict;

  constructor(fields: BencodeDict) {
    this.fields = fields;
  }

  /** A text; undefined if the message has none of this name. */
  text(key: string): string | undefined {
    const value = this.fields.get(key);
    return typeof value === "string" ? value : undefined;
  }

  /** A list; empty if the message has none of this name. */
  list(key: string): readonly BencodeValue[] {
    const value = this.fields.get(key);
    return Array.isArray(value) ? value : [];
  }

  /** The texts of a list. */
  texts(key: string): string[] {
    return this.list(key).filter((value) => typeof value === "string");
  }

  /** A dictionary, as an answer of its own; undefined if the message has none of this name. */
  part(key: string): Answer | undefined {
    const value = this.fields.get(key);
    return value instanceof Map ? new Answer(value) : undefined;
  }

  /** Whether the status has this word. */
  hasStatus(word: string): boolean {
    return this.list("status").includes(word);
  }
}

interface Waiting {
  readonly answers: Answer[];
  readonly onAnswer: (answer: Answer) => void;
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a server. */
export class NreplClient {
  readonly #socket: Socket;
  readonly #decoder = new BencodeDecoder();
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #closed = false;

  /** Connects. Rejects with the system's error. */
  static async open(host: string, port: number): Promise<NreplClient> {
    const socket = connect(port, host);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new NreplClient(socket);
  }

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.#end());
  }

  /**
   * Sends a request; resolves with all answers up to the one with `done`. `onAnswer` gets each as it comes. Rejects if the
   * connection ends before.
   */
  request(
    message: EncodableDict,
    onAnswer: (answer: Answer) => void = () => {},
  ): Promise<readonly Answer[]> {
    this.#count += 1;
    const id = String(this.#count);
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error("the connection has ended"));
        return;
      }
      this.#waiting.set(id, { answers: [], onAnswer, resolve, reject });
      this.#socket.write(encode({ ...message, id }));
    });
  }

  close(): void {
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    let values: BencodeValue[];
    try {
      values = this.#decoder.push(chunk);
    } catch {
      this.#socket.destroy();
      return;
    }
    for (const value of values) if (value instanceof Map) this.#take(new Answer(value));
  }

  #take(answer: Answer): void {
    const id = answer.text("id") ?? "";
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.answers.push(answer);
    waiting.onAnswer(answer);
    if (!answer.hasStatus("done")) return;
    this.#waiting.delete(id);
    waiting.resolve(waiting.answers);
  }

  #end(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error("the connection has ended"));
    this.#waiting.clear();
  }
}
