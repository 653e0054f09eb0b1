// A copy of everything in a program's memory, to put back if what runs next fails.
//
// Copied are the words that no other thread sets, the part of the shadow stack that is in use, the static data, the collector's table of blocks and
// the blocks that were ever used. What lies behind is zero, and is made zero again.
import {
  blockShift,
  heapWords,
  shadowStackPointerAddress,
  type MemoryViews,
} from "../runtime/index.ts";

interface Range {
  readonly start: number;
  readonly end: number;
}

const tableEntry = 8;

/** A copy of a program's memory; its host must be between two events of the program. */
export class MemoryImage {
  readonly #views: MemoryViews;
  readonly #parts: readonly (Range & { readonly bytes: Uint8Array })[];
  readonly #usedBlocks: number;

  /** `data` is the static data. */
  constructor(views: MemoryViews, data: Range) {
    this.#views = views;
    this.#usedBlocks = word(views, heapWords.usedBlocks);
    this.#parts = ranges(views, data).map(({ start, end }) => ({
      start,
      end,
      bytes: views.u8.slice(start, end),
    }));
  }

  /** Bytes that a copy would take. */
  static size(views: MemoryViews, data: Range): number {
    return ranges(views, data).reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Puts the copy back. */
  restore(): void {
    const { u8 } = this.#views;
    const used = word(this.#views, heapWords.usedBlocks);
    if (used > this.#usedBlocks) {
      const table = word(this.#views, heapWords.blockTable);
      const heap = word(this.#views, heapWords.heapStart);
      u8.fill(0, table + tableEntry * this.#usedBlocks, table + tableEntry * used);
      u8.fill(0, heap + this.#usedBlocks * 2 ** blockShift, heap + used * 2 ** blockShift);
    }
    for (const { start, bytes } of this.#parts) u8.set(bytes, start);
  }
}

function ranges(views: MemoryViews, data: Range): Range[] {
  const used = word(views, heapWords.usedBlocks);
  const table = word(views, heapWords.blockTable);
  const heap = word(views, heapWords.heapStart);
  return [
    { start: shadowStackPointerAddress, end: word(views, shadowStackPointerAddress) },
    data,
    { start: table, end: table + tableEntry * used },
    { start: heap, end: heap + used * 2 ** blockShift },
  ].filter(({ start, end }) => end > start);
}

function word({ i32 }: MemoryViews, address: number): number {
  return (i32[address >>> 2] ?? 0) >>> 0;
}
