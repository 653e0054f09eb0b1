// Compilations that wait until the program sleeps: one that draws at fixed times would be late for them anywhere else.

/** Milliseconds that a sleep must have left for one of them. */
const enough = 8;
/** Milliseconds after a sleep of that length in which the next one is expected. */
const soon = 50;

/** What is to be done in the next sleep that is long enough. */
export class SleepWork {
  readonly #waiting = new Map<object, () => void>();
  #slept = Number.NEGATIVE_INFINITY;

  /**
   * Has `work` done in place of what waited for `key`. False if the program does not sleep regularly: then nothing waits, and it is to be
   * done at once. `now` is in milliseconds, as everywhere here.
   */
  defer(key: object, now: number, work: () => void): boolean {
    if (now - this.#slept > soon) {
      this.#waiting.delete(key);
      return false;
    }
    this.#waiting.set(key, work);
    return true;
  }

  /** At the beginning of a sleep: does what there is time for. `left` says how much of it is left. */
  beginSleep(left: () => number): void {
    for (const [key, work] of this.#waiting) {
      if (left() < enough) return;
      this.#waiting.delete(key);
      work();
    }
  }

  /** A sleep of so many milliseconds has ended. */
  endSleep(length: number, now: number): void {
    if (length >= enough) this.#slept = now;
  }
}
