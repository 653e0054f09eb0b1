// Memory of arrays at addresses that the test chooses, which checks what the loader does with it.
import type { NativeMemory, PageAccess } from "../../src/loader/native/index.ts";

type CommittedPage = "writable" | PageAccess;
type Page = "reserved" | CommittedPage;

/** Pages at fixed addresses; anything that real memory would fault at throws. */
export class FixedMemory implements NativeMemory {
  readonly pageSize = 4096;
  readonly base: number;
  readonly #pages = new Map<number, { state: CommittedPage; bytes: Uint8Array }>();
  flushed = 0;
  /** What `commit` and `protect` answer, for tests of a system that refuses. */
  refuses: "commit" | "protect" | null = null;

  constructor(base: number) {
    this.base = base;
  }

  reserve(): number {
    return this.base;
  }

  release(): void {
    this.#pages.clear();
  }

  commit(address: number, size: number): boolean {
    if (this.refuses === "commit") return false;
    const all = new Uint8Array(size);
    for (const at of this.#range(address, size)) {
      if (this.#pages.has(at)) throw new Error(`page ${at} is committed already`);
      const bytes = all.subarray(at - address, at - address + this.pageSize);
      this.#pages.set(at, { state: "writable", bytes });
    }
    return true;
  }

  decommit(address: number, size: number): void {
    for (const at of this.#range(address, size)) {
      if (!this.#pages.delete(at)) throw new Error(`page ${at} is not committed`);
    }
  }

  protect(address: number, size: number, access: PageAccess): boolean {
    if (this.refuses === "protect") return false;
    for (const at of this.#range(address, size)) this.#page(at).state = access;
    return true;
  }

  write(address: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length;) {
      const at = address + i;
      const page = this.#page(at - (at % this.pageSize));
      if (page.state !== "writable") throw new Error(`write to a page that is ${page.state}`);
      const part = bytes.subarray(i, i + this.pageSize - (at % this.pageSize));
      page.bytes.set(part, at % this.pageSize);
      i += part.length;
    }
  }

  flushInstructions(): void {
    this.flushed += 1;
  }

  /** Bytes in memory, which must be committed. */
  read(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i += 1) {
      const at = address + i;
      bytes[i] = this.#page(at - (at % this.pageSize)).bytes[at % this.pageSize] ?? 0;
    }
    return bytes;
  }

  /** A window on memory, which must have been committed at once. */
  view(address: number, size: number): Uint8Array {
    const at = address % this.pageSize;
    const { buffer, byteOffset } = this.#page(address - at).bytes;
    return new Uint8Array(buffer, byteOffset + at, size);
  }

  /** The access to the page of an address. */
  state(address: number): Page {
    return this.#pages.get(address - (address % this.pageSize))?.state ?? "reserved";
  }

  get committed(): number {
    return this.#pages.size * this.pageSize;
  }

  /** All committed pages. */
  *pages(): Iterable<{
    readonly address: number;
    readonly state: CommittedPage;
    readonly bytes: Uint8Array;
  }> {
    for (const [address, { state, bytes }] of this.#pages) yield { address, state, bytes };
  }

  #page(at: number): { state: CommittedPage; bytes: Uint8Array } {
    const page = this.#pages.get(at);
    if (page === undefined) throw new Error(`no page at ${at}`);
    return page;
  }

  *#range(address: number, size: number): Iterable<number> {
    if (address % this.pageSize !== 0 || size % this.pageSize !== 0) {
      throw new Error(`${address} + ${size} is not of whole pages`);
    }
    for (let at = address; at < address + size; at += this.pageSize) yield at;
  }
}
