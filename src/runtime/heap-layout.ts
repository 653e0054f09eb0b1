// The words of linear memory that the collector works on, and the size classes. Part of the ABI: compiled code may
// allocate inline by them.
//
// Allocation of a size known at compile time: `record = sizeClassRecord(size)`; cell = load(record + bump); next = cell +
// cellSize; if next > load(record + limit), unsigned, call `rt_new` instead; else store(record + bump, next) and
// store(cell, type id). The cell is zero already.

/** Addresses of u32 words unless said otherwise. */
export const heapWords = {
  /** First byte of the first block, aligned to `blockSize`. */
  heapStart: 32,
  /** Bytes of all blocks. */
  heapSize: 36,
  /** Two u32 per block: what it holds, and the next block of its class. */
  blockTable: 40,
  blockCount: 44,
  markStackStart: 48,
  markStackEnd: 52,
  markStackTop: 56,
  /** Not 0: an object could not be pushed and has bit 1 of its collector's word. */
  markOverflow: 60,
  /** Table of the addresses of the program's type descriptors, from `firstProgramType`; how many. */
  typeTable: 64,
  typeCount: 68,
  /** Pairs of start and end address of memory with roots; how many pairs. */
  rootRanges: 72,
  rootRangeCount: 76,
  /** Not 0: every allocation collects. */
  stress: 80,
  /** The texts of the characters 0 to 127, 32 bytes each, then the empty text. */
  characterTexts: 84,
  /** Bytes of cells given to the allocator since the last collection (u64). */
  allocatedSince: 88,
  /** Bytes that the last collection found alive (u64). */
  liveBytes: 96,
  /** A collection is due when `allocatedSince` passes this (u64). */
  trigger: 104,
  /** Collections so far. */
  collections: 112,
  /** Blocks from this number on were never used, and are zero. */
  usedBlocks: 116,
  /** No block below this number is free. */
  freeHint: 120,
  /** Least value of `trigger`. */
  leastTrigger: 124,
  /** 16 bytes for conversions between integers and floats. */
  scratch: 128,
} as const;

/** Log2 of the bytes of a block. */
export const blockShift = 14;
/** Bytes of a block, which is what the heap is divided into. */
export const blockSize = 1 << blockShift;

/** In the first word of a block's entry; 0 is a free block. */
export const blockKinds = {
  /** The cell size in the low 16 bits. */
  small: 0x1_0000,
  /** With `small`: the sweep has passed it, so that a cell is free if its type id is 0. */
  clean: 0x2_0000,
  /** The first block of a large object: how many blocks in the low 24 bits. */
  large: 0x1000_0000,
  /** Another block of it: the number of the first in the low 24 bits. */
  rest: 0x2000_0000,
  /** Belongs to the host for good. */
  reserved: 0x4000_0000,
} as const;

/** Number of the size class by granules of 16 bytes, one byte each, for sizes up to `mostTableSize`. */
export const sizeClassTable = 256;
/** The largest size whose class is in the table. */
export const mostTableSize = 2048;
/** Larger objects have blocks of their own. */
export const mostCellSize = 8192;

/** Address of the first class's record; see `sizeClassFields`. */
export const sizeClassRecords = 512;
/** Bytes of a record. */
export const sizeClassRecordSize = 32;
/** The fields of a size class, u32 each. */
export const sizeClassFields = {
  /** Next cell to give away, up to `limit`. */
  bump: 0,
  limit: 4,
  /** Size of a cell. */
  cell: 8,
  /** The part of a block that was not looked through yet. */
  position: 12,
  end: 16,
  /** Number + 1 of the first block that was not looked through yet. */
  unswept: 20,
  /** The block of `position` is clean. */
  clean: 24,
} as const;

function* classSizes(): Iterable<number> {
  for (let size = 16; size <= 256; size += 16) yield size;
  for (let size = 288; size <= 512; size += 32) yield size;
  for (let size = 576; size <= 1024; size += 64) yield size;
  for (let size = 1152; size <= mostTableSize; size += 128) yield size;
  // As many as fit a block, no waste at its end.
  for (let count = 7; count >= 2; count -= 1) yield Math.floor(blockSize / count / 16) * 16;
}

/** Cell sizes of the classes, ascending. */
export const sizeClasses: readonly number[] = [...classSizes()];

/** The class of objects of a size in bytes; `sizeClasses.length` if they are large. */
export function sizeClass(size: number): number {
  const found = sizeClasses.findIndex((cell) => size <= cell);
  return found < 0 ? sizeClasses.length : found;
}

/** Address of the record of a class. */
export function sizeClassRecord(index: number): number {
  return sizeClassRecords + index * sizeClassRecordSize;
}

/** Bytes below the shadow stack's end that only the library uses: it does not check for an overflow. */
export const libraryStackReserve = 1024;
