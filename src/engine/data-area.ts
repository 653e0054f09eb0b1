// The part of linear memory behind the shadow stack: module-level variables and the data of loaded objects.
import { pageSize, type MemoryViews } from "../runtime/index.ts";
import type { WasmMemory } from "../loader/index.ts";

/** Alignment of what lies behind a closed area. */
const pageAlign = 16;

/** A piece of the data area. */
export interface DataBlock {
  readonly address: number;
  readonly size: number;
}

/** Bump allocation, with released blocks used again; grows the memory as needed unless it has been closed. */
export class DataArea {
  readonly #free: DataBlock[] = [];
  readonly #memory: WasmMemory;
  readonly #views: MemoryViews;
  #top: number;
  #end = Number.POSITIVE_INFINITY;

  constructor(memory: WasmMemory, views: MemoryViews, start: number) {
    this.#memory = memory;
    this.#views = views;
    this.#top = start;
  }

  /** Leaves room for `size` more bytes at most; the address behind them, which is not in the area any more. */
  close(size: number): number {
    this.#end = Math.ceil((this.#top + size) / pageAlign) * pageAlign;
    return this.#end;
  }

  /** Zeroed room for `size` bytes, aligned to `align`, a power of two, and to 8. */
  allocate(size: number, align: number): number {
    const unit = Math.max(8, align);
    const used = this.#takeFree(size, unit);
    if (used !== null) return used;
    const start = Math.ceil(this.#top / unit) * unit;
    const end = start + size;
    if (end > this.#end) throw new RangeError(`no room for ${size} bytes of static data`);
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / pageSize));
      this.#views.refresh();
    }
    this.#top = end;
    return start;
  }

  /** Gives back a block that nothing refers to any more. */
  release(block: DataBlock): void {
    this.#views.u8.fill(0, block.address, block.address + block.size);
    this.#free.push(block);
  }

  /** The first released block that is large enough; what it has too much is released again. */
  #takeFree(size: number, unit: number): number | null {
    const fits = ({ address, size: room }: DataBlock): boolean =>
      address % unit === 0 && room >= size;
    const index = this.#free.findIndex(fits);
    const [block] = index < 0 ? [] : this.#free.splice(index, 1);
    if (block === undefined) return null;
    const rest = Math.ceil((block.address + size) / 8) * 8;
    const end = block.address + block.size;
    if (rest < end) this.#free.push({ address: rest, size: end - rest });
    return block.address;
  }
}
