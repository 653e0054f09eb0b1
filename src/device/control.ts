// The control word, by which other threads stop a program or ask for its attention, and the time that passes at safepoints.
import { nextAttendTime, sleep, type Space } from "../engine/index.ts";
import {
  controlAttention,
  controlWordAddress,
  runtimeError,
  stopCode,
  type MemoryViews,
} from "../runtime/index.ts";

/** See the head of this file. */
export class Control {
  readonly #space: Space;
  /** In milliseconds. */
  readonly #now: () => number;
  readonly #attend: () => void;
  /** Milliseconds that a call of it is expected to take. */
  #attendTime = 0;

  /** `attend` is called at a safepoint when somebody has asked for it; what it throws stops what runs. */
  constructor(space: Space, monotonicNanos: () => bigint, attend: () => void) {
    this.#space = space;
    this.#now = () => Number(monotonicNanos()) / 1e6;
    this.#attend = attend;
  }

  get views(): MemoryViews {
    return this.#space.views;
  }

  #take(): number {
    return Atomics.exchange(this.#space.views.i32, controlWordAddress >> 2, 0);
  }

  /** Why the program is to stop; nobody asks for it any more. */
  takeReason(): "interrupted" | "time_limit" {
    return stopCode(this.#take());
  }

  /** Where the control word is set, and where the host polls. */
  poll(): void {
    const word = this.#take();
    if ((word & controlAttention) !== 0) {
      const start = this.#now();
      this.#attend();
      this.#attendTime = nextAttendTime(this.#attendTime, this.#now() - start);
    }
    if ((word & ~controlAttention) !== 0) throw runtimeError(stopCode(word));
  }

  /** Lets microseconds pass, at safepoints. */
  sleep(micros: number): void {
    sleep(this, micros / 1000, { now: this.#now, attendTime: this.#attendTime });
  }

  /** Asks for a call of `attend` at the next safepoint. */
  requestAttention(): void {
    Atomics.or(this.#space.views.i32, controlWordAddress >> 2, controlAttention);
  }
}
