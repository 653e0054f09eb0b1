// Objects that were made lately, by the text that they were made from: what is evaluated again needs no LLVM.

/** Bytes of all objects and texts. */
const mostBytes = 2 ** 20;
/** Characters and bytes of one: what is longer takes so long to compile that nobody evaluates it every second. */
export const longestRecent = 2 ** 15;

/** See the head of this file. The one that was not asked for the longest is forgotten first. */
export class RecentObjects {
  readonly #objects = new Map<string, Uint8Array>();
  #size = 0;

  /** The object of a text; undefined if it is not there. */
  find(text: string): Uint8Array | undefined {
    const object = this.#objects.get(text);
    if (object === undefined) return undefined;
    this.#objects.delete(text);
    this.#objects.set(text, object);
    return object;
  }

  /** Keeps the object of a text that is not there. */
  add(text: string, object: Uint8Array): void {
    if (text.length + object.length > longestRecent) return;
    this.#objects.set(text, object);
    this.#size += text.length + object.length;
    for (const [oldest, { length }] of this.#objects) {
      if (this.#size <= mostBytes) break;
      this.#objects.delete(oldest);
      this.#size -= oldest.length + length;
    }
  }
}
