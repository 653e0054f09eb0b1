// The runtime library from its image: an object like any other, whose exports the program calls and links against.
import { loadObject, type WasmFunction } from "../loader/index.ts";
import {
  blockSize,
  currentAbi,
  encodeTypeTable,
  heapWords,
  setUpHeap,
  type MemoryViews,
} from "../runtime/index.ts";
import type { HeapStats, LibraryEnvironment, LibraryLoader } from "./library.ts";

/** A loader of an image, which may be given when the first program that uses the heap needs it. */
export function libraryLoader(image: Uint8Array | (() => Uint8Array)): LibraryLoader {
  let bytes = typeof image === "function" ? undefined : image;
  return (environment) => {
    bytes ??= typeof image === "function" ? image() : image;
    const object = forMemory(bytes, isShared(environment.memory.buffer));
    const { name, lines, functions } = loadObject(object, {
      ...environment,
      abiHash: currentAbi(),
      allocateData: (size, align) => environment.allocateData(size, align),
      allocateTable: (count) => environment.allocateTable(count),
    });
    if (lines !== null) environment.registerLines(name, lines);
    const types = setUp(environment);
    const exports = new Map<string, WasmFunction>();
    for (const [symbol, { code }] of functions) exports.set(symbol, code);
    return {
      functions: exports,
      stats: () => heapStats(environment.views),
      setLayouts: (layouts) => types.set(layouts),
    };
  };
}

/** The table of the program's own types, which is written anew when there are more of them. */
class TypeTable {
  readonly #environment: LibraryEnvironment;
  #count = 0;
  #block = { address: 0, size: 0 };

  constructor(environment: LibraryEnvironment) {
    this.#environment = environment;
    this.set(environment.layouts);
  }

  set(layouts: LibraryEnvironment["layouts"]): void {
    if (layouts.length === this.#count) return;
    const { views } = this.#environment;
    const encode = (address: number): Uint32Array => encodeTypeTable(layouts, address);
    const before = this.#block;
    const address = tableOf(this.#environment, encode);
    this.#block = { address, size: 4 * encode(0).length };
    this.#count = layouts.length;
    views.i32[heapWords.typeTable >>> 2] = address;
    views.i32[heapWords.typeCount >>> 2] = layouts.length;
    if (before.size > 0) this.#environment.releaseData(before);
  }
}

/** Writes the tables that the collector works on and makes the heap. */
function setUp(environment: LibraryEnvironment): TypeTable {
  const { views, roots, stackEnd, stress } = environment;
  const types = new TypeTable(environment);
  const ranges = tableOf(environment, () => roots.flatMap(({ start, end }) => [start, end]));
  setUpHeap(views.memory.buffer, { ...environment.openHeap(), stackEnd, stress });
  const words = {
    rootRanges: ranges,
    rootRangeCount: roots.length,
  };
  for (const [name, value] of Object.entries(words)) {
    views.i32[heapWords[name as keyof typeof words] >>> 2] = value;
  }
  return types;
}

/** A table of words in the static data; its contents may depend on its address, its length does not. */
function tableOf(
  environment: LibraryEnvironment,
  encode: (address: number) => ArrayLike<number>,
): number {
  const { length } = encode(0);
  if (length === 0) return 0;
  const address = environment.allocateData(4 * length, 8);
  environment.views.i32.set(Int32Array.from(encode(address)), address >>> 2);
  return address;
}

function isShared(buffer: ArrayBufferLike): boolean {
  return Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

/** The import of the memory as the image is built, shared, up to its flags. */
const memoryImport = [3, ...codes("env"), 6, ...codes("memory"), 2];
const ownFlags = 1;
const sharedFlags = 3;

function codes(text: string): number[] {
  return Array.from(text).map((character) => character.charCodeAt(0));
}

/** The image with an import of a memory that is shared or not: the flags are one byte. */
function forMemory(image: Uint8Array, shared: boolean): Uint8Array {
  if (shared) return image;
  const start = image.findIndex((_, at) => memoryImport.every((byte, i) => image[at + i] === byte));
  const at = start + memoryImport.length;
  if (start < 0 || image[at] !== sharedFlags)
    throw new Error("the image of the library imports no shared memory");
  // Not `slice`: that of a Node buffer shares the bytes.
  const copy = Uint8Array.from(image);
  copy[at] = ownFlags;
  return copy;
}

function heapStats({ i32 }: MemoryViews): HeapStats {
  const word = (address: number): number => (i32[address >>> 2] ?? 0) >>> 0;
  return {
    collections: word(heapWords.collections),
    live: word(heapWords.liveBytes) + 2 ** 32 * word(heapWords.liveBytes + 4),
    peak: word(heapWords.usedBlocks) * blockSize,
  };
}
