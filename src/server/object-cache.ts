// Compiled pieces by what they were made from: in memory, and in a folder between two starts of the server.
import { decodeMessage, encodeMessage, FrameReader, type Piece } from "../protocol/index.ts";
import { FolderStore } from "../store/index.ts";

/** Bytes that are kept in memory, and in the folder. */
const mostInMemory = 64 * 2 ** 20;
const mostOnDisk = 256 * 2 ** 20;
const suffix = ".piece";

/** See the head of this file. */
export class ObjectCache {
  readonly #store: FolderStore | null;
  readonly #pieces = new Map<string, Uint8Array>();
  #size = 0;
  /** Answers from memory or disk, and those that had to be compiled. */
  hits = 0;
  misses = 0;

  /**
   * `folder` is made if it is not there; null keeps pieces in memory alone. Throws `StoreError` if others may write to it, or
   * the system's error.
   */
  constructor(folder: string | null) {
    this.#store =
      folder === null
        ? null
        : new FolderStore({ folder, suffix, mostBytes: mostOnDisk, key: null });
  }

  /** The piece that was put under the key; null if there is none. */
  find(key: string): Piece | null {
    const bytes = this.#pieces.get(key) ?? this.#store?.read(key) ?? null;
    const piece = bytes === null ? null : decode(bytes);
    if (bytes === null || piece === null) {
      this.misses += 1;
      return null;
    }
    this.hits += 1;
    this.#keep(key, bytes);
    return piece;
  }

  put(key: string, piece: Piece): void {
    const times = { frontend: 0, backend: 0 };
    const bytes = encodeMessage("object", 0, { piece, times, cached: true, generation: 0 });
    this.#keep(key, bytes);
    this.#store?.write(key, bytes);
  }

  #keep(key: string, bytes: Uint8Array): void {
    const before = this.#pieces.get(key);
    if (before !== undefined) this.#size -= before.length;
    this.#pieces.delete(key);
    this.#pieces.set(key, bytes);
    this.#size += bytes.length;
    for (const [oldest, { length }] of this.#pieces) {
      if (this.#size <= mostInMemory) break;
      this.#pieces.delete(oldest);
      this.#size -= length;
    }
  }
}

/** Null if it is not what was put there: another version of the protocol. */
function decode(bytes: Uint8Array): Piece | null {
  try {
    const [frame] = new FrameReader(bytes.length).push(bytes);
    const message = frame === undefined ? null : decodeMessage(frame);
    return message?.kind === "object" ? message.body.piece : null;
  } catch {
    return null;
  }
}
