// Sleeping: a safepoint where other code of the program may run, which ends at its time.
import { controlWordAddress, type MemoryViews } from "../runtime/index.ts";

/**
 * Milliseconds at the end of a sleep in which no piece is evaluated: about as many as the last ones took, within these. The least is
 * what a piece takes during which V8 ends a collection of its old generation, one of some hundred.
 */
const margins = { least: 5, most: 8 };
/** A shorter sleep has no margin: nobody would come to evaluate. */
const shortest = 3.75;
/** Milliseconds that waking up may take of the margin; later nothing is evaluated any more. */
const wakeTime = 1;
/** Most of a sleep that is margin. */
const mostShare = 2 / 3;

/** Who sleeps. */
interface Sleeper {
  readonly views: MemoryViews;
  poll(): void;
  /** Does what can be done in the time that `left` gives, in milliseconds. */
  beginSleep?(left: () => number): void;
}

/** What the end of a sleep depends on, in milliseconds. */
interface Timing {
  readonly now: () => number;
  /** What a call of `attend` is expected to take. */
  readonly attendTime: number;
}

/** How much of the expectation is left after each shorter piece. */
const decay = 0.99;

/** What a call of `attend` is expected to take, after one that took `took` milliseconds. */
export function nextAttendTime(expected: number, took: number): number {
  return Math.max(decay * expected, took);
}

/** The margin of a sleep of `length` milliseconds where `attend` takes `attendTime`. */
export function marginOf(length: number, attendTime: number): number {
  if (length <= shortest) return 0;
  const wanted = Math.min(Math.max(1.5 * attendTime, margins.least), margins.most);
  return Math.min(wanted, mostShare * length);
}

/**
 * Lets milliseconds pass, at safepoints, but not at the end of a long sleep: what a piece does there would let a program that
 * draws at fixed times be late, and it can as well wait for the next safepoint.
 */
export function sleep(sleeper: Sleeper, length: number, { now, attendTime }: Timing): void {
  const end = now() + length;
  const margin = marginOf(length, attendTime);
  const { i32 } = sleeper.views;
  const shared = i32.buffer instanceof SharedArrayBuffer;
  sleeper.beginSleep?.(() => end - now());
  sleeper.poll();
  for (;;) {
    const left = end - now();
    if (left <= margin) break;
    if (shared) Atomics.wait(i32, controlWordAddress >> 2, 0, left - margin);
    else pause(left);
    // The system may wake a thread late.
    if (end - now() < margin - wakeTime) break;
    sleeper.poll();
  }
  const rest = end - now();
  if (rest > 0) pause(rest);
}

function pause(millis: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
}
