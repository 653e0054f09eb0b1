// What the program's own thread does for its tiers, in parts: so much at a poll that the program hardly stands still.

import type { Parts } from "../base/index.ts";

/** Between two of its parts the program may go on. */
export type Chore<Result = void> = Parts<Result>;

/** No part is begun when those of this poll have taken so many milliseconds. */
const enough = 0.05;

/** The chores that wait, first come, first served. */
export class Chores {
  readonly #now: () => number;
  readonly #waiting: Chore[] = [];

  /** `now` is in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(chore: Chore): void {
    this.#waiting.push(chore);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Does at least one part. What it throws ends its chore. */
  run(): void {
    const start = this.#now();
    do {
      const chore = this.#waiting.shift();
      if (chore === undefined) return;
      if (chore.next().done !== true) this.#waiting.unshift(chore);
    } while (this.#now() - start < enough);
  }
}
