// The control word, by which other threads stop a program or ask for its attention, and the time that passes at safepoints.
import type { Space } from "../engine/index.ts";
import { controlAttention, controlWordAddress, runtimeError, stopCode } from "../runtime/index.ts";

/** See the head of this file. */
export class Control {
  readonly #space: Space;
  readonly #monotonicNanos: () => bigint;
  readonly #attend: () => void;

  /** `attend` is called at a safepoint when somebody has asked for it; what it throws stops what runs. */
  constructor(space: Space, monotonicNanos: () => bigint, attend: () => void) {
    this.#space = space;
    this.#monotonicNanos = monotonicNanos;
    this.#attend = attend;
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
    if ((word & controlAttention) !== 0) this.#attend();
    if ((word & ~controlAttention) !== 0) throw runtimeError(stopCode(word));
  }

  /** Lets microseconds pass, at safepoints. */
  sleep(micros: number): void {
    const { i32 } = this.#space.views;
    const now = (): number => Number(this.#monotonicNanos()) / 1e6;
    const end = now() + micros / 1000;
    for (;;) {
      this.poll();
      const left = end - now();
      if (left <= 0) return;
      const shared = i32.buffer instanceof SharedArrayBuffer;
      if (shared) Atomics.wait(i32, controlWordAddress >> 2, 0, left);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
    }
  }

  /** Asks for a call of `attend` at the next safepoint. */
  requestAttention(): void {
    Atomics.or(this.#space.views.i32, controlWordAddress >> 2, controlAttention);
  }
}
