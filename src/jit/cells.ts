// The cells of a module's functions, beside each other: the address of the code that is in force, and two counters that
// native code counts down. An entry jumps through each address.
import { entrySize, writeEntry, type NativePools, type PoolBlock } from "../loader/native/index.ts";
import type { NativeHost } from "../native-host/index.ts";
import { JitError } from "./error.ts";

const word = 8;
const kinds = { slot: 0, calls: 1, loops: 2 } as const;
/** Which of a function's counters. */
export type CounterKind = Exclude<keyof typeof kinds, "slot">;

/** Cells and entries for so many functions. */
export class Cells {
  readonly #pools: NativePools;
  readonly #blocks: readonly PoolBlock[];
  readonly #cells: BigInt64Array;
  readonly #address: number;
  readonly #entries: number;
  readonly #count: number;

  /** Throws `JitError` if there is no room. */
  constructor(host: NativeHost, pools: NativePools, count: number) {
    this.#pools = pools;
    this.#count = count;
    const cells = pools.allocate("data", Math.max(1, 3 * count) * word);
    const entries = cells === null ? null : pools.allocate("code", Math.max(1, count) * entrySize);
    if (cells === null || entries === null) {
      if (cells !== null) pools.free(cells);
      throw new JitError(`no room for the entries of ${count} functions`);
    }
    this.#blocks = [cells, entries];
    this.#address = cells.address;
    this.#entries = entries.address;
    const view = host.view(cells.address, Math.max(1, 3 * count) * word);
    this.#cells = new BigInt64Array(view.buffer, view.byteOffset, view.length / word);
    const bytes = new Uint8Array(Math.max(1, count) * entrySize);
    const code = new DataView(bytes.buffer);
    for (let index = 0; index < count; index += 1) {
      const offset = index * entrySize;
      const cell = this.#address + index * word;
      writeEntry(host.machine, code, { offset, address: this.#entries + offset, cell });
    }
    const { memory } = pools;
    memory.write(entries.address, bytes);
    memory.flushInstructions(entries.address, entries.size);
    if (!memory.protect(entries.address, entries.size, "read-execute")) {
      this.free();
      throw new JitError("the system does not let pages be executed");
    }
  }

  /** An address that is the module's alone. */
  get address(): number {
    return this.#address;
  }

  /** Where callers of a function go. */
  entry(index: number): number {
    return this.#entries + index * entrySize;
  }

  /** The address of a counter. */
  counter(kind: CounterKind, index: number): number {
    return this.#address + (kinds[kind] * this.#count + index) * word;
  }

  /** Which counter stands at an address. */
  counterAt(address: number): { readonly kind: CounterKind; readonly index: number } | undefined {
    const at = (address - this.#address) / word;
    const index = at % this.#count;
    if (at >= this.#count && at < 2 * this.#count) return { kind: "calls", index };
    if (at >= 2 * this.#count && at < 3 * this.#count) return { kind: "loops", index };
    return undefined;
  }

  /** Puts code in force: one store, which calls that are under way do not see. */
  setCode(index: number, address: number): void {
    Atomics.store(this.#cells, index, BigInt(address));
  }

  code(index: number): number {
    return Number(this.#cells[index] ?? 0n);
  }

  /** What is left of a counter; -1 when it has run out. */
  left(kind: CounterKind, index: number): number {
    return Number(this.#cells[kinds[kind] * this.#count + index] ?? 0n);
  }

  setLeft(kind: CounterKind, index: number, left: number): void {
    this.#cells[kinds[kind] * this.#count + index] = BigInt(left);
  }

  free(): void {
    for (const block of this.#blocks) this.#pools.free(block);
  }
}
