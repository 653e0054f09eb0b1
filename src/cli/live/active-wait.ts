// Waiting for requests that come one right after the other.
import { availableParallelism } from "node:os";

/** Milliseconds: what a client on this machine takes to send its next request. */
const longest = 0.5;
/** Waits without this after one that was in vain; twice as many after each further one. */
const firstSkipped = 1;
const mostSkipped = 1024;

/**
 * Waits until a word of shared memory is not zero. A thread that sleeps is woken late, by a tenth of a millisecond and more on virtual machines, so it keeps looking for a
 * moment where that has found something before.
 */
export class ActiveWait {
  readonly #word: Int32Array;
  /** Waits until the next try; Infinity where the one who is waited for has no processor of its own. */
  #skip = availableParallelism() > 1 ? 0 : Infinity;
  #skipped = firstSkipped;

  constructor(word: Int32Array) {
    this.#word = word;
  }

  wait(): void {
    if (this.#skip > 0) this.#skip -= 1;
    else this.#look();
    Atomics.wait(this.#word, 0, 0);
  }

  #look(): void {
    const end = performance.now() + longest;
    do {
      if (Atomics.load(this.#word, 0) !== 0) {
        this.#skipped = firstSkipped;
        return;
      }
    } while (performance.now() < end);
    this.#skip = this.#skipped;
    this.#skipped = Math.min(mostSkipped, 2 * this.#skipped);
  }
}
