// Entries in a folder between two starts of a process.
//
// A file begins with a tag over its name and its content: a SHA-256, which shows damage, or with a key an HMAC-SHA-256, which nobody can make
// who does not have the key. What does not fit its tag is as good as not there.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/** Where entries are, and how much they may take. */
export interface FolderStoreOptions {
  /** Made if it is not there, for its owner alone. */
  readonly folder: string;
  /** How the names of the files end. */
  readonly suffix: string;
  /** Bytes of all files; those that were not used for longest go. */
  readonly mostBytes: number;
  /** Null: tags show damage alone. */
  readonly key: Uint8Array | null;
}

/** A folder cannot be used. */
export class StoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StoreError";
  }
}

/** Throws `StoreError` if others may write to a folder or have made it, or the system's error if there is none. */
export function checkFolder(folder: string): void {
  if (process.platform === "win32") return;
  const { mode, uid } = statSync(folder);
  if ((mode & othersMayWrite) !== 0) throw new StoreError(`others may write to \`${folder}\``);
  if (process.getuid !== undefined && uid !== process.getuid())
    throw new StoreError(`\`${folder}\` is somebody else's`);
}

/**
 * Makes a folder and those that it is in, for its owner alone. The system's own way to make them in a row never ends where it is told that
 * there is no folder to make one in, as in `/proc`.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it just now.
    if (!existsSync(folder)) throw error;
  }
}

/** Files are counted again after so many were written. */
const writesPerSweep = 1000;
const tagSize = 32;
const othersMayWrite = 0o022;

/** See the head of this file. */
export class FolderStore {
  readonly #options: FolderStoreOptions;
  #writes = 0;

  /** Throws `StoreError` if others may write to the folder, or the system's error; also if it cannot be written. */
  constructor(options: FolderStoreOptions) {
    this.#options = options;
    const { folder } = options;
    makeFolder(folder);
    checkFolder(folder);
    rmSync(mkdtempSync(path.join(folder, "probe-")), { recursive: true });
  }

  /** The content of an entry; null if there is none that fits its tag. */
  read(name: string): Uint8Array | null {
    const file = this.#file(name);
    try {
      if (statSync(file).size > this.#options.mostBytes) return null;
      const bytes = readFileSync(file);
      const content = bytes.subarray(tagSize);
      const tag = bytes.subarray(0, tagSize);
      if (tag.length !== tagSize || !timingSafeEqual(this.#tag(name, content), tag)) return null;
      const now = new Date();
      utimesSync(file, now, now);
      return content;
    } catch {
      return null;
    }
  }

  /** Writes an entry; false if it cannot be written, which is as good as no folder. */
  write(name: string, content: Uint8Array): boolean {
    const file = this.#file(name);
    try {
      const temporary = `${file}.${process.pid}`;
      writeFileSync(temporary, Buffer.concat([this.#tag(name, content), content]), { mode: 0o600 });
      renameSync(temporary, file);
      this.#writes += 1;
      if (this.#writes % writesPerSweep === 1) this.#sweep();
      return true;
    } catch {
      return false;
    }
  }

  #file(name: string): string {
    return path.join(this.#options.folder, name + this.#options.suffix);
  }

  #tag(name: string, content: Uint8Array): Buffer {
    const { key } = this.#options;
    const hash = key === null ? createHash("sha256") : createHmac("sha256", key);
    return hash.update(`${name}\n`).update(content).digest();
  }

  /** Removes the files that were not used for longest. */
  #sweep(): void {
    const { folder, suffix, mostBytes } = this.#options;
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => path.join(folder, name))
      .map((file) => ({ file, stats: statSync(file) }))
      .toSorted((left, right) => right.stats.mtimeMs - left.stats.mtimeMs);
    let size = 0;
    for (const { file, stats } of files) {
      size += stats.size;
      if (size > mostBytes) rmSync(file);
    }
  }
}
