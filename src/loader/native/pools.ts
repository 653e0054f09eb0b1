// Memory for native code, in three pools of one reserved range, so that code reaches its data and other code by 32-bit
// distances. Blocks are whole pages: a page is never written while code in it may run.
import type { NativeMemory } from "./memory.ts";

/**
 * `code`: instructions, read and executed. `metadata`: constants, jump tables, tables of addresses; read only once they
 * are loaded. `data`: variables.
 */
export type PoolName = "code" | "metadata" | "data";

/** In the order of their addresses. */
export const poolNames: readonly PoolName[] = ["code", "metadata", "data"];

/** Pages of a pool that are in use. */
export interface PoolBlock {
  readonly pool: PoolName;
  readonly address: number;
  /** A multiple of the page size. */
  readonly size: number;
  /** Bytes that were asked for. */
  readonly requested: number;
}

/** In bytes, but `blocks`. */
export interface PoolFigures {
  readonly capacity: number;
  /** Pages in use. */
  readonly used: number;
  /** What was asked for; less than `used`, since blocks are whole pages. */
  readonly requested: number;
  /** The most that `used` has been. */
  readonly peak: number;
  readonly largestFree: number;
  readonly blocks: number;
}

/** Sizes of the pools in bytes, rounded up to pages. */
export interface PoolOptions {
  readonly code?: number;
  readonly metadata?: number;
  readonly data?: number;
  /** `low` is for objects that are not position-independent. */
  readonly where?: "anywhere" | "low";
}

/** All three together stay below the 128 MiB that a call reaches on aarch64. */
const defaultSize = 40 << 20;

interface FreeRange {
  address: number;
  size: number;
}

interface Pool {
  readonly capacity: number;
  /** In ascending order, never adjacent. */
  readonly free: FreeRange[];
  readonly blocks: Set<PoolBlock>;
  used: number;
  requested: number;
  peak: number;
}

/** The memory of a program's native code. */
export class NativePools {
  readonly memory: NativeMemory;
  readonly #pools: Readonly<Record<PoolName, Pool>>;
  readonly #address: number;
  readonly #size: number;
  #closed = false;

  /** Reserves the address space; throws if there is none. */
  constructor(memory: NativeMemory, options: PoolOptions = {}) {
    this.memory = memory;
    const sizes = poolNames.map((name) => this.#roundUp(options[name] ?? defaultSize));
    this.#size = sizes.reduce((sum, size) => sum + size, 0);
    const where = options.where ?? "anywhere";
    const address = memory.reserve(this.#size, where);
    if (address === null) {
      throw new Error(`cannot reserve ${this.#size} bytes of address space (${where})`);
    }
    this.#address = address;
    const [code = 0, metadata = 0, data = 0] = sizes;
    this.#pools = {
      code: newPool(address, code),
      metadata: newPool(address + code, metadata),
      data: newPool(address + code + metadata, data),
    };
  }

  /** Zeroed, writable pages for so many bytes; null if the pool has no such range or the system no memory. */
  allocate(name: PoolName, requested: number): PoolBlock | null {
    if (this.#closed) throw new Error("the pools are closed");
    const pool = this.#pools[name];
    const size = this.#roundUp(Math.max(1, requested));
    const index = pool.free.findIndex((range) => range.size >= size);
    const range = pool.free[index];
    if (range === undefined || !this.memory.commit(range.address, size)) return null;
    const block: PoolBlock = { pool: name, address: range.address, size, requested };
    range.address += size;
    range.size -= size;
    if (range.size === 0) pool.free.splice(index, 1);
    pool.blocks.add(block);
    pool.used += size;
    pool.requested += requested;
    pool.peak = Math.max(pool.peak, pool.used);
    return block;
  }

  /** Returns a block's pages. Throws if it is not in use: then something else may stand there. */
  free(block: PoolBlock): void {
    const pool = this.#pools[block.pool];
    if (!pool.blocks.delete(block)) {
      throw new Error(`block at 0x${block.address.toString(16)} is not in use`);
    }
    this.memory.decommit(block.address, block.size);
    pool.used -= block.size;
    pool.requested -= block.requested;
    insertFree(pool.free, { address: block.address, size: block.size });
  }

  /** Whether a block of so many bytes can be had. */
  fits(name: PoolName, requested: number): boolean {
    return this.#pools[name].free.some((range) => range.size >= requested);
  }

  /** Where the pools are: `end` is behind the last byte. */
  get ranges(): Readonly<Record<PoolName, { readonly start: number; readonly end: number }>> {
    const { code, metadata, data } = this.#pools;
    const start = this.#address;
    const second = start + code.capacity;
    const third = second + metadata.capacity;
    return {
      code: { start, end: second },
      metadata: { start: second, end: third },
      data: { start: third, end: third + data.capacity },
    };
  }

  figures(): Readonly<Record<PoolName, PoolFigures>> {
    const { code, metadata, data } = this.#pools;
    return { code: figuresOf(code), metadata: figuresOf(metadata), data: figuresOf(data) };
  }

  /** Returns everything; nothing of it may run or be used any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.memory.release(this.#address, this.#size);
  }

  #roundUp(size: number): number {
    const page = this.memory.pageSize;
    return Math.ceil(size / page) * page;
  }
}

function newPool(address: number, capacity: number): Pool {
  const free = capacity === 0 ? [] : [{ address, size: capacity }];
  return { capacity, free, blocks: new Set(), used: 0, requested: 0, peak: 0 };
}

/** Puts a range back, joined with its neighbours. */
function insertFree(free: FreeRange[], range: FreeRange): void {
  let at = free.findIndex((other) => other.address > range.address);
  if (at < 0) at = free.length;
  const before = free[at - 1];
  const after = free[at];
  const joinsAfter = after !== undefined && range.address + range.size === after.address;
  if (before !== undefined && before.address + before.size === range.address) {
    before.size += range.size + (joinsAfter ? after.size : 0);
    if (joinsAfter) free.splice(at, 1);
  } else if (joinsAfter) {
    after.address = range.address;
    after.size += range.size;
  } else free.splice(at, 0, range);
}

function figuresOf(pool: Pool): PoolFigures {
  return {
    capacity: pool.capacity,
    used: pool.used,
    requested: pool.requested,
    peak: pool.peak,
    largestFree: pool.free.reduce((most, { size }) => Math.max(most, size), 0),
    blocks: pool.blocks.size,
  };
}
