// What is wrong with an object, collected until everything is known.

/** Reports beyond these are counted only. */
const mostReasons = 50;

/** One line for each thing that is wrong. */
export class Reasons {
  readonly #lines: string[] = [];
  readonly #seen = new Set<string>();
  #more = 0;

  get empty(): boolean {
    return this.#lines.length === 0;
  }

  /** Whether further lines are only counted, so that costly hints can be left out. */
  get full(): boolean {
    return this.#lines.length >= mostReasons;
  }

  /** The same line is kept once. */
  add(line: string): void {
    if (this.full) {
      this.#more += 1;
    } else if (!this.#seen.has(line)) {
      this.#seen.add(line);
      this.#lines.push(line);
    }
  }

  list(): readonly string[] {
    return this.#more === 0 ? this.#lines : [...this.#lines, `and ${this.#more} more`];
  }
}
