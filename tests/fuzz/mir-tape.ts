// Choices read from a list of numbers, so that fast-check can shrink what is generated from them: when the list is used
// up every choice is the first one, which generators make the simplest.

export class Tape {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get used(): boolean {
    return this.#at >= this.#numbers.length;
  }

  /** An integer in 0 … bound-1. */
  below(bound: number): number {
    const number = this.#numbers[this.#at] ?? 0;
    this.#at += 1;
    return number % bound;
  }

  /** True in about `percent` of cases, never when the list is used up. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("pick from an empty list");
    return item;
  }
}
