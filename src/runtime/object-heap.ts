// What the host does with the heap itself: objects through the runtime library, texts, and references that it holds.
import type { LibrarySymbol } from "./library.ts";
import type { MemoryViews } from "./memory.ts";
import { headerSize, textLayout, typeIdOffset, typeIds } from "./object-layout.ts";
import { encodeUtf8, measureUtf8 } from "../base/index.ts";

/** A function of the library as its image exports it: numbers, and BigInt for i64, u64 and `any`. */
export type LibraryCode = { code(...args: (number | bigint)[]): unknown }["code"];

/** The heap of one program. */
export class ObjectHeap {
  readonly views: MemoryViews;
  readonly #library: (symbol: LibrarySymbol | "rt_mark_root") => LibraryCode;

  /** `library` gives the exports of the image; it is asked when one is first needed. */
  constructor(
    views: MemoryViews,
    library: (symbol: LibrarySymbol | "rt_mark_root") => LibraryCode,
  ) {
    this.views = views;
    this.#library = library;
  }

  /** The library's function; for callers that call it often. */
  library(symbol: LibrarySymbol): LibraryCode {
    return this.#library(symbol);
  }

  /** A new object; may collect. */
  allocate(typeId: number, size: number): number {
    return Number(this.#library("rt_new")(typeId, size)) >>> 0;
  }

  /** A new text; may collect. */
  newText(text: string): number {
    const { bytes, characters } = measureUtf8(text);
    if (bytes === 0) return this.allocate(typeIds.text, textLayout.size);
    const object = this.allocate(typeIds.text, textLayout.size + bytes);
    const data = object + textLayout.size;
    writeText(this.views, object, { owner: object, data });
    writeMeasures(this.views, object, bytes, characters);
    encodeUtf8(text, this.views.u8, data);
    return object;
  }

  /** Gives the collector the references that the host holds, and those that `more` marks. */
  markRoots(more: (mark: (address: number) => void) => void): void {
    const code = this.#library("rt_mark_root");
    const mark = (address: number): void => void code(address);
    more(mark);
  }
}

function writeText(
  { i32 }: MemoryViews,
  object: number,
  { owner, data }: { owner: number; data: number },
): void {
  i32[(object + textLayout.owner) >>> 2] = owner;
  i32[(object + textLayout.data) >>> 2] = data;
}

function writeMeasures(
  { i32 }: MemoryViews,
  object: number,
  bytes: number,
  characters: number,
): void {
  i32[(object + textLayout.length) >>> 2] = bytes;
  i32[(object + textLayout.count) >>> 2] = characters;
}

/**
 * Writes a text object that lies outside the heap, with its bytes behind it; the memory is zeroed. `allocate` gives room
 * for a number of bytes, aligned to 8.
 */
export function writeStaticText(
  views: MemoryViews,
  text: string,
  allocate: (size: number) => number,
): number {
  const { bytes, characters } = measureUtf8(text);
  const object = allocate(textLayout.size + bytes);
  const data = object + textLayout.size;
  writeStaticObject(views, object, typeIds.text);
  writeText(views, object, { owner: 0, data });
  writeMeasures(views, object, bytes, characters);
  encodeUtf8(text, views.u8, data);
  return object;
}

/** Writes the header of an object without fields that lies outside the heap. */
export function writeStaticObject({ i32 }: MemoryViews, object: number, typeId: number): void {
  i32[(object + typeIdOffset) >>> 2] = typeId;
}

/** Bytes of an object without fields. */
export const singletonSize = headerSize;
