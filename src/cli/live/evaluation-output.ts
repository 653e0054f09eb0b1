// What an evaluation prints, on its way to the client that asked for it.
import type { EvaluationEvent, EvaluationOutcome } from "../../nrepl/index.ts";
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
  /** In order; what is printed to one stream without anything in between is one event. */
  #events: EvaluationEvent[] = [];
  #stream: "out" | "err" = "out";
  #text = "";
  #sent = performance.now();
  /** Whether nothing has been printed yet: the first text is sent at once, as long silence may follow. */
  #first = true;

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
    if (stream !== this.#stream) this.#endText();
    this.#stream = stream;
    this.#text += text;
    if (this.#first || this.#text.length >= capacity) this.flush();
    else this.#flushIfDue();
    this.#first = false;
  }

  value(text: string): void {
    this.event({ kind: "value", text, namespace: "user" });
  }

  /** Something that comes after what was printed before it. */
  event(event: EvaluationEvent): void {
    this.#endText();
    this.#events.push(event);
    this.#flushIfDue();
  }

  flush(): void {
    const events = this.#take();
    if (events.length === 0) return;
    this.#post({ kind: "events", id: this.id, events });
    this.#waitForClients();
  }

  /** The evaluation has ended. */
  end(outcome: EvaluationOutcome): void {
    this.#post({ kind: "finished", id: this.id, outcome, events: this.#take() });
  }

  #flushIfDue(): void {
    if (performance.now() - this.#sent >= longestWait) this.flush();
  }

  #endText(): void {
    if (this.#text === "") return;
    this.#events.push({ kind: this.#stream, text: this.#text });
    this.#text = "";
  }

  #take(): EvaluationEvent[] {
    this.#endText();
    const events = this.#events;
    this.#events = [];
    this.#sent = performance.now();
    for (const event of events)
      if (event.kind === "out" || event.kind === "err")
        Atomics.add(this.#shared, sharedWords.backlog, event.text.length);
    return events;
  }

  /** Until the backlog is small enough, the evaluation is to stop, or another one has come. */
  #waitForClients(): void {
    for (;;) {
      const backlog = Atomics.load(this.#shared, sharedWords.backlog);
      if (backlog <= mostBacklog) return;
      if (Atomics.load(this.#controlWord, 0) !== 0) return;
      Atomics.wait(this.#shared, sharedWords.backlog, backlog, pause);
    }
  }
}
