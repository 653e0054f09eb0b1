// The native function table: a cell for each slot, with the address of native code or of a thunk that calls the host; and
// thunks for host functions.
import { encodeThunk, thunkSize } from "../../runtime/index.ts";
import type { NativeHost, NativePools, PoolBlock } from "../../loader/native/index.ts";
import { NativePlaces } from "./values.ts";

/** Address space is reserved for so many slots; pages are taken when they are used. */
const mostSlots = 1 << 18;
/** Thunks of host functions have the numbers behind those of slots. */
export const firstHostNumber = mostSlots;
const cellSize = 8;

/** Cells by slot; each slot that was ever taken holds code, so any of them can be called. */
export class NativeCells {
  readonly #host: NativeHost;
  readonly #pools: NativePools;
  readonly #stub: number;
  readonly #cells: NativePlaces;
  /** Thunks, by blocks of a page. */
  readonly #thunks: PoolBlock[] = [];
  readonly #perBlock: number;

  /** `stub` is the address that thunks jump to. */
  constructor(host: NativeHost, pools: NativePools, stub: number, table: PoolBlock) {
    this.#host = host;
    this.#pools = pools;
    this.#stub = stub;
    this.#cells = new NativePlaces(host, table.address, table.size);
    this.#perBlock = host.memory.pageSize / thunkSize;
  }

  /** The memory of the table. Throws if there is none. */
  static reserve(pools: NativePools): PoolBlock {
    const table = pools.allocate("data", cellSize * mostSlots);
    if (table === null) throw new Error("no memory for the native function table");
    return table;
  }

  /** The address of a slot's cell. */
  cell(slot: number): number {
    return this.#cells.address + cellSize * slot;
  }

  /** Makes the first `count` slots callable. Throws if there are too many. */
  ensure(count: number): void {
    if (count > mostSlots) throw new RangeError(`more than ${mostSlots} functions`);
    while (this.#thunks.length * this.#perBlock < count) this.#addThunks();
  }

  #addThunks(): void {
    const first = this.#thunks.length * this.#perBlock;
    const block = this.#thunkBlock(first, this.#perBlock);
    for (let i = 0; i < this.#perBlock; i += 1) {
      this.#cells.setPointer(first + i, block.address + thunkSize * i);
    }
    this.#thunks.push(block);
  }

  #thunkBlock(first: number, count: number): PoolBlock {
    const { memory, machine } = this.#host;
    const block = this.#pools.allocate("code", thunkSize * count);
    if (block === null) throw new Error("no memory for thunks");
    const bytes = new Uint8Array(thunkSize * count);
    for (let i = 0; i < count; i += 1) {
      const address = block.address + thunkSize * i;
      const thunk = encodeThunk(machine, { slot: first + i, address, stub: this.#stub });
      bytes.set(thunk, thunkSize * i);
    }
    memory.write(block.address, bytes);
    if (!memory.protect(block.address, block.size, "read-execute")) {
      throw new Error("the system refuses executable memory");
    }
    memory.flushInstructions(block.address, block.size);
    return block;
  }

  /** The addresses of thunks for so many host functions, with the numbers from `firstHostNumber` on. */
  addHosts(count: number): number[] {
    const { address } = this.#thunkBlock(firstHostNumber, count);
    return Array.from({ length: count }, (_, i) => address + thunkSize * i);
  }

  /** Puts native code into a slot: one store. */
  set(slot: number, code: number): void {
    this.#cells.setPointer(slot, code);
  }

  /** Takes native code out of a slot: calls go to the host from now on. */
  clear(slot: number): void {
    const block = this.#thunks[Math.floor(slot / this.#perBlock)];
    if (block === undefined) return;
    this.#cells.setPointer(slot, block.address + thunkSize * (slot % this.#perBlock));
  }
}
