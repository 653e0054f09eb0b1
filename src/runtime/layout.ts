// The layout of linear memory that all tiers and all back ends share. Part of the ABI: see docs/architecture.md.

// Bytes 0–15 are never valid: address 0 is null.

/** i32, set by another thread. Not 0: the program is to do at its next safepoint what the bits say. */
export const controlWordAddress = 16;
/** Bits of the control word. */
export const controlInterrupt = 1;
/** Bit of the control word: the time of the program is up. */
export const controlTimeLimit = 2;
/** Bit of the control word: the host wants to be called, and the program to go on afterwards. */
export const controlAttention = 4;

/** Sets bits of the control word of a program on another thread, and wakes the program if it sleeps. */
export function setControlWord(memory: SharedArrayBuffer, bits: number): void {
  const word = new Int32Array(memory, controlWordAddress, 1);
  Atomics.or(word, 0, bits);
  Atomics.notify(word, 0);
}

/** i32. Top of the shadow stack, which grows up; `call` frames that must live in memory are taken from it. */
export const shadowStackPointerAddress = 20;

/** i32. End of the shadow stack: a frame that would pass it is a stack overflow. */
export const shadowStackLimitAddress = 24;

/** i32, set by another thread. Not 0: it has finished compilations for the program to take. */
export const resultsWordAddress = 28;

/** A pointer of the machine: native code whose frame would lie below it is a stack overflow. Wasm does not look at it. */
export const nativeStackLimitAddress = 2040;

/** First byte of the shadow stack; the words of the heap lie below it. */
export const shadowStackStart = 2048;

/** Size in bytes of the shadow stack of a program that does not use the heap. */
export const shadowStackSize = 256 * 1024;

/** First byte that the loader may give to data of objects and to module-level variables of such a program. */
export const dataStart = shadowStackStart + shadowStackSize;

/** Size of a wasm page in bytes. */
export const pageSize = 65536;

/** Bytes of the memory of a program that uses the heap, unless it is told otherwise. */
export const defaultHeapBudget = 256 * 2 ** 20;
/** The least that it may be told. */
export const leastHeapBudget = 2 ** 20;
/** The most that it may be told. */
export const mostHeapBudget = 2 ** 31;

const leastShadowStack = 64 * 1024;
const mostShadowStack = 8 * 2 ** 20;

/** The parts of the memory of a program that uses the heap: words, shadow stack, static data, then the heap. */
export interface MemoryLayout {
  /** All of the memory, which never grows. */
  readonly pages: number;
  /** End of the shadow stack. */
  readonly dataStart: number;
}

/** The layout for a budget in bytes, which is rounded down to whole pages. */
export function memoryLayout(budget: number): MemoryLayout {
  const stack = Math.min(Math.max(budget / 8, leastShadowStack), mostShadowStack);
  return {
    pages: Math.floor(budget / pageSize),
    dataStart: shadowStackStart + Math.floor(stack / 16) * 16,
  };
}

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
