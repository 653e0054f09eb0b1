// Evaluations that leave no trace, while no client asks for anything: V8 compiles what evaluations need while they run, so the
// first thousand that are asked for would take twice as long as those after them.
import { encode } from "./bencode.ts";
import { Replies } from "./evaluation.ts";
import type { EvaluationEvent, Evaluator, RehearsalEnd } from "./evaluator.ts";

/** Milliseconds without a request after which there is time for this, and until the next try where the program is busy. */
const idleTime = 50;
const busyTime = 1000;
/** Rehearsals, and milliseconds that they may take together, which are not more even where they are slow. */
const mostRehearsals = 2500;
const longest = 4000;

/** See the head of this file. */
export class Rehearsals {
  readonly #evaluator: Evaluator;
  #asked = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #turn = 0;
  #spent = 0;

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
    if (evaluator.rehearse !== undefined) this.#goOnAfter(idleTime);
  }

  /** A client has sent something. */
  asked(): void {
    this.#asked = performance.now();
  }

  /** There are no more. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#turn = mostRehearsals;
  }

  #goOnAfter(time: number): void {
    this.#timer = setTimeout(() => void this.#goOn(), time).unref();
  }

  async #goOn(): Promise<void> {
    while (this.#turn < mostRehearsals && this.#spent < longest) {
      const start = performance.now();
      const pause = idleTime - (start - this.#asked);
      if (pause > 0) {
        this.#goOnAfter(Math.ceil(pause));
        return;
      }
      const end = await this.#one().catch(() => "over");
      if (end === "over") return;
      if (end === "busy") {
        this.#goOnAfter(busyTime);
        return;
      }
      this.#turn += 1;
      this.#spent += performance.now() - start;
    }
  }

  /** The answers are made, and go nowhere. */
  async #one(): Promise<RehearsalEnd> {
    const replies = new Replies(false, (message) => void encode(message));
    const emit = (event: EvaluationEvent): void => replies.take(event);
    const end = await this.#evaluator.rehearse?.(this.#turn, emit);
    replies.end();
    return end ?? "over";
  }
}
