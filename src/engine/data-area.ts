// The part of linear memory behind the shadow stack: module-level variables and the data of loaded objects.
import { pageSize, type MemoryViews } from "../runtime/index.ts";
import type { WasmMemory } from "../loader/index.ts";

/** Alignment of what lies behind a closed area. */
const pageAlign = 16;
const blockAlign = 8;

/** A piece of the data area. */
export interface DataBlock {
  readonly address: number;
  readonly size: number;
}

/** Bump allocation, with released blocks used again; grows the memory as needed unless it has been closed. */
export class DataArea {
  /** By address; no two of them touch. */
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

  /** Address behind the last byte that was ever given out. */
  get top(): number {
    return this.#top;
  }

  /** Bytes that are left; some of them in small pieces. Infinite before the area is closed. */
  get room(): number {
    return this.#free.reduce((sum, { size }) => sum + size, this.#end - this.#top);
  }

  /** Zeroed room for `size` bytes, aligned to `align`, a power of two, and to 8. */
  allocate(size: number, align: number): number {
    const unit = Math.max(blockAlign, align);
    const used = this.#takeFree(size, unit);
    if (used !== null) return used;
    const start = Math.ceil(this.#top / unit) * unit;
    const end = start + roundedUp(size);
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
  release({ address, size }: DataBlock): void {
    this.#views.u8.fill(0, address, address + size);
    const at = this.#free.findIndex((block) => block.address > address);
    this.#free.splice(at < 0 ? this.#free.length : at, 0, { address, size: roundedUp(size) });
    this.#merge(at < 0 ? this.#free.length - 1 : at);
  }

  /** Joins a free block with its neighbours. */
  #merge(index: number): void {
    for (const at of [index, index - 1]) {
      const [block, next] = [this.#free[at], this.#free[at + 1]];
      if (block === undefined || next === undefined) continue;
      if (block.address + block.size !== next.address) continue;
      this.#free.splice(at, 2, { address: block.address, size: block.size + next.size });
    }
  }

  /** The first released block that is large enough; what it has too much stays free. */
  #takeFree(size: number, unit: number): number | null {
    const fits = ({ address, size: room }: DataBlock): boolean =>
      address % unit === 0 && room >= size;
    const index = this.#free.findIndex(fits);
    const block = this.#free[index];
    if (block === undefined) return null;
    const used = roundedUp(size);
    const rest = { address: block.address + used, size: block.size - used };
    this.#free.splice(index, 1, ...(rest.size > 0 ? [rest] : []));
    return block.address;
  }
}

/** Blocks take whole words of eight bytes. */
function roundedUp(size: number): number {
  return Math.ceil(size / blockAlign) * blockAlign;
}
