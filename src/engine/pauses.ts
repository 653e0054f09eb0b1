// How long a program stands still for the sake of its tiers: whatever its own thread does to have code compiled and to install it.

/** What takes less (ms) is no pause: most often nothing is to be done. */
const shortest = 0.02;

/** Pauses of a program, in milliseconds. */
export interface PauseFigures {
  readonly count: number;
  readonly longest: number;
  readonly total: number;
}

/** Measures pauses; those within one belong to it. */
export class Pauses {
  readonly #now: () => number;
  #depth = 0;
  #count = 0;
  #longest = 0;
  #total = 0;

  /** `now` is in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Does what the program waits for. */
  during<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.#depth = 1;
    const start = this.#now();
    try {
      return work();
    } finally {
      const time = this.#now() - start;
      this.#depth = 0;
      if (time >= shortest) this.#add(time);
    }
  }

  #add(time: number): void {
    this.#count += 1;
    this.#longest = Math.max(this.#longest, time);
    this.#total += time;
  }

  figures(): PauseFigures {
    return { count: this.#count, longest: this.#longest, total: this.#total };
  }
}
