// The runtime library from its image: an object like any other, whose exports the program calls and links against.
import { currentAbi } from "../compiler/index.ts";
import { loadObject, type WasmFunction } from "../loader/index.ts";
import {
  blockSize,
  encodeTypeTable,
  heapWords,
  setUpHeap,
  type MemoryViews,
} from "../runtime/index.ts";
import type { HeapStats, LibraryEnvironment, LibraryLoader } from "./library.ts";

/** A loader of the image; `image` is asked for its bytes by the first program that uses the heap. */
export function libraryFrom(image: () => Uint8Array): LibraryLoader {
  let bytes: Uint8Array | undefined;
  return (environment) => {
    bytes ??= image();
    const { name, lines, functions } = loadObject(bytes, {
      ...environment,
      abiHash: currentAbi(),
      allocateData: (size, align) => environment.allocateData(size, align),
      allocateTable: (count) => environment.allocateTable(count),
    });
    if (lines !== null) environment.registerLines(name, lines);
    setUp(environment);
    const exports = new Map<string, WasmFunction>();
    for (const [symbol, { code }] of functions) exports.set(symbol, code);
    return { functions: exports, stats: () => heapStats(environment.views) };
  };
}

/** Writes the tables that the collector works on and makes the heap. */
function setUp(environment: LibraryEnvironment): void {
  const { views, layouts, roots, stackEnd, stress } = environment;
  const types = tableOf(environment, (address) => encodeTypeTable(layouts, address));
  const ranges = tableOf(environment, () => roots.flatMap(({ start, end }) => [start, end]));
  setUpHeap(views.memory.buffer, { ...environment.openHeap(), stackEnd, stress });
  const words = {
    typeTable: types,
    typeCount: layouts.length,
    rootRanges: ranges,
    rootRangeCount: roots.length,
  };
  for (const [name, value] of Object.entries(words)) {
    views.i32[heapWords[name as keyof typeof words] >>> 2] = value;
  }
}

/** A table of words in the static data; its contents may depend on its address, its length does not. */
function tableOf(
  { views, allocateData }: LibraryEnvironment,
  encode: (address: number) => ArrayLike<number>,
): number {
  const { length } = encode(0);
  if (length === 0) return 0;
  const address = allocateData(4 * length, 8);
  views.i32.set(Int32Array.from(encode(address)), address >>> 2);
  return address;
}

function heapStats({ i32 }: MemoryViews): HeapStats {
  const word = (address: number): number => (i32[address >>> 2] ?? 0) >>> 0;
  return {
    collections: word(heapWords.collections),
    live: word(heapWords.liveBytes) + 2 ** 32 * word(heapWords.liveBytes + 4),
    peak: word(heapWords.usedBlocks) * blockSize,
  };
}
