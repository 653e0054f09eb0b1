// Compiled pieces by what they were made from: in memory, and in a folder between two starts of the server.
import { RecentBytes } from "../base/index.ts";
import { decodePiece, type Piece } from "../protocol/index.ts";
import { FolderStore } from "../store/index.ts";

/** Bytes that are kept in memory unless it is said how many, and in the folder. */
const defaultMemory = 64 * 2 ** 20;
const mostOnDisk = 256 * 2 ** 20;
const suffix = ".piece";

/** A piece with the bytes of `encodePiece`. */
export interface CachedPiece {
  readonly piece: Piece;
  readonly bytes: Uint8Array;
}

/** See the head of this file. */
export class ObjectCache {
  readonly #store: FolderStore | null;
  readonly #pieces: RecentBytes;
  readonly #unwritten: [string, Uint8Array][] = [];
  /** Answers from memory or disk, and those that had to be compiled. */
  hits = 0;
  misses = 0;

  /**
   * `folder` is made if it is not there; null keeps pieces in memory alone, `mostInMemory` bytes of them. Throws `StoreError` if others may write to it, or
   * the system's error.
   */
  constructor(folder: string | null, mostInMemory = defaultMemory) {
    this.#pieces = new RecentBytes(mostInMemory);
    this.#store =
      folder === null
        ? null
        : new FolderStore({ folder, suffix, mostBytes: mostOnDisk, key: null });
  }

  /** The piece that was put under the key, with its bytes; null if there is none. */
  find(key: string): CachedPiece | null {
    const bytes = this.#pieces.get(key) ?? this.#store?.read(key) ?? null;
    const piece = bytes === null ? null : decodePiece(bytes);
    if (bytes === null || piece === null) {
      this.misses += 1;
      return null;
    }
    this.hits += 1;
    this.#pieces.set(key, bytes);
    return { piece, bytes };
  }

  /** Keeps the bytes of a piece in memory; `write` puts them into the folder. */
  put(key: string, bytes: Uint8Array): void {
    this.#pieces.set(key, bytes);
    if (this.#store !== null) this.#unwritten.push([key, bytes]);
  }

  /** Writes what is only in memory. Slow: for when nobody waits. */
  write(): void {
    for (const [key, bytes] of this.#unwritten.splice(0)) this.#store?.write(key, bytes);
  }
}
