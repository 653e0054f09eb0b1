// Bytes by keys, within a bound: what was not asked for the longest is forgotten first.

/** See the head of this file. */
export class RecentBytes {
  readonly #entries = new Map<string, Uint8Array>();
  readonly #most: number;
  #size = 0;

  /** `most` bytes are kept, with the characters of the keys. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The bytes of a key; undefined if they are not there. */
  get(key: string): Uint8Array | undefined {
    const bytes = this.#entries.get(key);
    if (bytes === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, bytes);
    return bytes;
  }

  /** Keeps bytes in place of those that the key had. */
  set(key: string, bytes: Uint8Array): void {
    this.#forget(key);
    this.#entries.set(key, bytes);
    this.#size += key.length + bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#most) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const bytes = this.#entries.get(key);
    if (bytes === undefined) return;
    this.#entries.delete(key);
    this.#size -= key.length + bytes.length;
  }
}
