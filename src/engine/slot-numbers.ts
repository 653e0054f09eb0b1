// Numbers of slots in a function table.

/** Gives out the numbers. Slot 0 stays empty, so that 0 is never a function. */
export class SlotNumbers {
  #next = 1;
  readonly #byKey = new Map<string, number>();
  readonly #free: number[] = [];

  /** How many there are, with slot 0. */
  get count(): number {
    return this.#next;
  }

  /** The slot that goes by this key, a new one the first time. */
  take(key: string): number {
    let slot = this.#byKey.get(key);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.reserve(1);
      this.#byKey.set(key, slot);
    }
    return slot;
  }

  /** The slot of the key; undefined if it has none any more. */
  find(key: string): number | undefined {
    return this.#byKey.get(key);
  }

  /** Gives the key's slot back. */
  release(key: string): void {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return;
    this.#byKey.delete(key);
    this.#free.push(slot);
  }

  /** The first of so many new slots without a key. */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }
}
