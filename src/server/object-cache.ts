// Compiled pieces by what they were made from: in memory, and in a folder between two starts of the server.
//
// A file is named by its key and begins with the hash of the rest, so that one that was damaged or cut off is as good as none.
import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { decodeMessage, encodeMessage, FrameReader, type Piece } from "../protocol/index.ts";

/** Bytes that are kept in memory, and in the folder. */
const mostInMemory = 64 * 2 ** 20;
const mostOnDisk = 256 * 2 ** 20;
/** Files are counted again after so many were written. */
const writesPerSweep = 1000;
const hashSize = 32;
const suffix = ".piece";

/** See the head of this file. */
export class ObjectCache {
  readonly #folder: string | null;
  readonly #pieces = new Map<string, Uint8Array>();
  #size = 0;
  #writes = 0;
  /** Answers from memory or disk, and those that had to be compiled. */
  hits = 0;
  misses = 0;

  /** `folder` is made if it is not there; null keeps pieces in memory alone. Throws the system's error. */
  constructor(folder: string | null) {
    this.#folder = folder;
    if (folder !== null) mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The piece that was put under the key; null if there is none. */
  find(key: string): Piece | null {
    const bytes = this.#pieces.get(key) ?? this.#read(key);
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
    this.#write(key, bytes);
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

  #read(key: string): Uint8Array | null {
    if (this.#folder === null) return null;
    const file = path.join(this.#folder, key + suffix);
    try {
      const bytes = readFileSync(file);
      const content = bytes.subarray(hashSize);
      if (!hashOf(content).equals(bytes.subarray(0, hashSize))) return null;
      const now = new Date();
      utimesSync(file, now, now);
      return content;
    } catch {
      return null;
    }
  }

  /** A folder that cannot be written to is no reason not to compile. */
  #write(key: string, bytes: Uint8Array): void {
    if (this.#folder === null) return;
    const file = path.join(this.#folder, key + suffix);
    try {
      const temporary = `${file}.${process.pid}`;
      writeFileSync(temporary, Buffer.concat([hashOf(bytes), bytes]), { mode: 0o600 });
      renameSync(temporary, file);
      this.#writes += 1;
      if (this.#writes % writesPerSweep === 1) this.#sweep(this.#folder);
    } catch {
      // As above.
    }
  }

  /** Removes the files that were not used for longest. */
  #sweep(folder: string): void {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => path.join(folder, name))
      .map((file) => ({ file, ...pick(statSync(file)) }))
      .toSorted((left, right) => right.used - left.used);
    let size = 0;
    for (const { file, bytes } of files) {
      size += bytes;
      if (size > mostOnDisk) rmSync(file);
    }
  }
}

function pick({ size, mtimeMs }: { size: number; mtimeMs: number }): {
  bytes: number;
  used: number;
} {
  return { bytes: size, used: mtimeMs };
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
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
