// The part of linear memory behind the shadow stack: module-level variables and the data of loaded objects.
import { pageSize, type MemoryViews } from "../runtime/index.ts";
import type { WasmMemory } from "../loader/index.ts";

/** Bump allocation; grows the memory as needed. */
export class DataArea {
  readonly #memory: WasmMemory;
  readonly #views: MemoryViews;
  #top: number;

  constructor(memory: WasmMemory, views: MemoryViews, start: number) {
    this.#memory = memory;
    this.#views = views;
    this.#top = start;
  }

  /** Zeroed room for `size` bytes, aligned to `align`, a power of two, and to 8. */
  allocate(size: number, align: number): number {
    const unit = Math.max(8, align);
    const start = Math.ceil(this.#top / unit) * unit;
    const end = start + size;
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / pageSize));
      this.#views.refresh();
    }
    this.#top = end;
    return start;
  }
}
