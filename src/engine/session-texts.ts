// The texts of the source of a session. They lie in the heap, so that those of functions that were replaced are freed as
// soon as no value refers to them either; a table keeps those alive that code refers to.
import { bufferLayout, typeIds, type ObjectHeap } from "../runtime/index.ts";

const entrySize = 4;
const leastEntries = 16;
const leastDue = 256;

/** Texts by value, kept alive until `keepOnly` is called without them. */
export class SessionTexts {
  readonly #heap: ObjectHeap;
  /** Address of a word that the collector scans: the table, a buffer of references. */
  readonly #root: number;
  readonly #entries = new Map<string, { readonly object: number; readonly index: number }>();
  readonly #free: number[] = [];
  #capacity = 0;
  #due = leastDue;

  constructor(heap: ObjectHeap, root: number) {
    this.#heap = heap;
    this.#root = root;
  }

  /** The text's object, made at the first call; may collect. */
  object(text: string): number {
    const known = this.#entries.get(text);
    if (known !== undefined) return known.object;
    if (this.#free.length === 0) this.#grow();
    const object = this.#heap.newText(text);
    const index = this.#free.pop() ?? 0;
    this.#set(index, object);
    this.#entries.set(text, { object, index });
    return object;
  }

  /** Whether it is time to look for those that are not needed any more. */
  get due(): boolean {
    return this.#entries.size >= this.#due;
  }

  /** Lets go of the texts that are not among these. */
  keepOnly(texts: ReadonlySet<string>): void {
    for (const [text, { index }] of this.#entries) {
      if (texts.has(text)) continue;
      this.#set(index, 0);
      this.#free.push(index);
      this.#entries.delete(text);
    }
    this.#due = Math.max(leastDue, 2 * this.#entries.size);
  }

  #grow(): void {
    const { i32, u8 } = this.#heap.views;
    const before = (i32[this.#root >>> 2] ?? 0) >>> 0;
    const capacity = Math.max(leastEntries, 2 * this.#capacity);
    const size = bufferLayout.data + entrySize * capacity;
    const table = this.#heap.allocate(typeIds.buffer_ref, size);
    i32[(table + bufferLayout.capacity) >>> 2] = capacity;
    const start = before + bufferLayout.data;
    u8.copyWithin(table + bufferLayout.data, start, start + entrySize * this.#capacity);
    i32[this.#root >>> 2] = table;
    for (let index = capacity - 1; index >= this.#capacity; index -= 1) this.#free.push(index);
    this.#capacity = capacity;
  }

  #set(index: number, object: number): void {
    const { i32 } = this.#heap.views;
    const table = (i32[this.#root >>> 2] ?? 0) >>> 0;
    i32[(table + bufferLayout.data + entrySize * index) >>> 2] = object;
  }
}
