// What an evaluation prints, on its way to the client that asked for it.
import { controlAttention } from "../../runtime/index.ts";
import type { EvaluationEvent } from "../../nrepl/index.ts";
import { sharedWords, type LiveReply } from "./messages.ts";

/** Characters kept before they are sent. */
const capacity = 8 * 1024;
/** Output older than this many milliseconds is sent with the next piece. */
const longestWait = 5;
/** Characters that may be on their way to clients; the program waits when there are more. */
const mostBacklog = 4 * 2 ** 20;
/** Milliseconds between two looks at the backlog. */
const pause = 5;

/** The output of one evaluation. */
export class EvaluationOutput {
  readonly id: number;
  readonly #shared: Int32Array;
  readonly #controlWord: Int32Array;
  readonly #post: (reply: LiveReply) => void;
  #stream: "out" | "err" = "out";
  #pending = "";
  #sent = -longestWait;

  constructor(
    id: number,
    shared: Int32Array,
    controlWord: Int32Array,
    post: (reply: LiveReply) => void,
  ) {
    this.id = id;
    this.#shared = shared;
    this.#controlWord = controlWord;
    this.#post = post;
  }

  write(stream: "out" | "err", text: string): void {
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    this.#pending += text;
    const due = performance.now() - this.#sent >= longestWait;
    if (due || this.#pending.length >= capacity) this.flush();
  }

  value(text: string): void {
    this.end({ kind: "value", text, namespace: "user" });
  }

  /** Sends an event after what was printed before it. */
  end(event: EvaluationEvent): void {
    this.flush();
    this.#post({ kind: "event", id: this.id, event });
  }

  flush(): void {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    Atomics.add(this.#shared, sharedWords.backlog, text.length);
    this.#post({ kind: "event", id: this.id, event: { kind: this.#stream, text } });
    this.#waitForClients();
    this.#sent = performance.now();
  }

  /** Until the backlog is small enough, or the evaluation is to stop. */
  #waitForClients(): void {
    for (;;) {
      const backlog = Atomics.load(this.#shared, sharedWords.backlog);
      if (backlog <= mostBacklog) return;
      if ((Atomics.load(this.#controlWord, 0) & ~controlAttention) !== 0) return;
      Atomics.wait(this.#shared, sharedWords.backlog, backlog, pause);
    }
  }
}
