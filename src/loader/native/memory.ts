// The machine's memory as the loader needs it; a host layer implements it.

/** What may be done with pages; none are ever written and executed. */
export type PageAccess = "read" | "read-execute";

/** Address space and pages. Addresses and sizes are multiples of `pageSize`, except where bytes are written. */
export interface NativeMemory {
  /** A power of two. */
  readonly pageSize: number;
  /**
   * Address space without pages behind it, any access to which faults; null if there is none. `low` is below 2^31, for
   * code that takes addresses for 32-bit numbers.
   */
  reserve(size: number, where: "anywhere" | "low"): number | null;
  /** Returns what `reserve` gave, the whole of it. */
  release(address: number, size: number): void;
  /** Makes reserved pages readable and writable; they hold zeros. False if there is no memory. */
  commit(address: number, size: number): boolean;
  /** Returns committed pages; the address space stays reserved. */
  decommit(address: number, size: number): void;
  /** Takes the write access from committed pages. False if the system refuses. */
  protect(address: number, size: number, access: PageAccess): boolean;
  /** Writes to committed pages that are not protected. */
  write(address: number, bytes: Uint8Array): void;
  /** Makes the processor see code that was just written. */
  flushInstructions(address: number, size: number): void;
}
