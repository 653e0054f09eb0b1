// The layout of linear memory that all tiers and all back ends share. Part of the ABI: see docs/architecture.md.

// Bytes 0–15 are never valid: address 0 is null.

/** i32, set by another thread. Not 0: the program is to stop at its next safepoint, for the reasons of the bits. */
export const controlWordAddress = 16;
/** Bits of the control word. */
export const controlInterrupt = 1;
export const controlTimeLimit = 2;

/** i32. Top of the shadow stack, which grows up; `call` frames that must live in memory are taken from it. */
export const shadowStackPointerAddress = 20;

/** i32. End of the shadow stack: a frame that would pass it is a stack overflow. */
export const shadowStackLimitAddress = 24;

/** i32, set by another thread. Not 0: it has finished compilations for the program to take. */
export const resultsWordAddress = 28;

/** First byte of the shadow stack. */
export const shadowStackStart = 64;

/** Size of the shadow stack in bytes. */
export const shadowStackSize = 256 * 1024;

/** First byte that the loader may give to data of objects and to module-level variables. */
export const dataStart = shadowStackStart + shadowStackSize;

/** Size of a wasm page in bytes. */
export const pageSize = 65536;

// A loop function (see docs/architecture.md, "Loop functions") has the signature (frame, entry, fuel) -> code.

/** Frame offset of the enclosing function's result when a loop function returns `loopReturned`. */
export const frameResultOffset = 0;

/** Frame offset of a local. */
export function frameLocalOffset(local: number): number {
  return 8 + 8 * local;
}

/** Bytes of a frame for a function with this many locals. */
export function frameSize(localCount: number): number {
  return 8 + 8 * localCount;
}

/** Back-edges that the first call of a loop function may take unless told otherwise; each next call may take twice as many. */
export const firstLoopFuel = 1 << 12;
/** The most that doubling may reach: some 1 to 100 ms of work. */
export const mostLoopFuel = 1 << 22;

/** The loop ended; execution goes on behind it with the locals in the frame. */
export const loopFinished = 0;
/** A `return` left the enclosing function from inside the loop. */
export const loopReturned = 1;
/** Fuel ran out at the header of loop `code - loopSuspended`; call again with that loop as the entry. */
export const loopSuspended = 2;
