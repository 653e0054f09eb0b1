// Safepoints of a program: what other threads want of it is looked at, in the two words that they set.
import {
  controlAttention,
  controlWordAddress,
  resultsWordAddress,
  runtimeError,
  stopCode,
  type MemoryViews,
} from "../runtime/index.ts";
import { nextAttendTime, sleep } from "./sleep.ts";
import type { SleepWork } from "./sleep-work.ts";

/** What safepoints depend on. */
export interface PollerParts {
  readonly views: MemoryViews;
  /** In milliseconds. */
  readonly now: () => number;
  /** Where it is kept how long a call of `attend` is expected to take, and what waits for a sleep. */
  readonly world: { attendTime: number; readonly sleepWork: SleepWork };
  /** Does some of what the tiers need of this thread; whether there is more. */
  readonly doChores: () => boolean;
  /** Looks at samples of native code, if it is time to. */
  readonly watchShares: () => void;
  readonly attend: ((open: boolean) => void) | undefined;
  readonly onSleep: (() => void) | undefined;
}

/** See the head of this file. */
export class Poller {
  readonly views: MemoryViews;
  readonly #parts: PollerParts;

  constructor(parts: PollerParts) {
    this.views = parts.views;
    this.#parts = parts;
  }

  /** Works for the tiers, and lets the host do what it wants to; throws if the program is to stop. */
  poll(): void {
    this.lookAround();
    const { i32 } = this.views;
    const word = i32[controlWordAddress >> 2] ?? 0;
    if (word === 0) return;
    if ((word & ~controlAttention) !== 0) throw runtimeError(this.stopCode());
    Atomics.and(i32, controlWordAddress >> 2, ~controlAttention);
    const { now, attend, world } = this.#parts;
    const start = now();
    attend?.(true);
    world.attendTime = nextAttendTime(world.attendTime, now() - start);
  }

  /** Works for the tiers, and looks at samples. */
  lookAround(): void {
    this.doChores();
    this.#parts.watchShares();
  }

  /** Lets time pass, at safepoints. */
  sleep(micros: number): void {
    const { now, onSleep, world } = this.#parts;
    onSleep?.();
    const length = micros / 1000;
    sleep(this, length, { now, attendTime: world.attendTime });
    world.sleepWork.endSleep(length, now());
  }

  beginSleep(left: () => number): void {
    this.#parts.world.sleepWork.beginSleep(left);
  }

  /** Whether the next poll has something to do, or the other thread has finished something. */
  get hasChores(): boolean {
    return this.views.i32[resultsWordAddress >> 2] !== 0;
  }

  /** There is something to do at the next poll. */
  remind(): void {
    Atomics.store(this.views.i32, resultsWordAddress >> 2, 1);
  }

  /** Does some of what the tiers need of this thread, as the installation of what was compiled on another. */
  doChores(): void {
    const { i32 } = this.views;
    if (!this.hasChores) return;
    // Cleared first: a result that arrives while these are taken sets it again.
    Atomics.store(i32, resultsWordAddress >> 2, 0);
    if (this.#parts.doChores()) this.remind();
  }

  /** Why the program is to stop; the bits for that are free again afterwards. */
  stopCode(): "interrupted" | "time_limit" {
    return stopCode(Atomics.and(this.views.i32, controlWordAddress >> 2, controlAttention));
  }
}
