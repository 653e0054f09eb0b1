// String tables. Names may share bytes, so a small file can claim many long names: the sum is bounded.
import { ObjectError } from "../error.ts";
import { readUtf8 } from "../../base/index.ts";

const maxName = 65_536;

/** Reads names of string tables, and bounds the work for all of them. */
export class TextReader {
  readonly #bytes: Uint8Array;
  readonly #known = new Map<number, string>();
  /** Bytes that may still be decoded. */
  #budget: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#budget = 8 * bytes.length + maxName;
  }

  /** The name at an index of a table that takes `start` to `end` of the file. */
  read(index: number, start: number, end: number): string {
    const from = start + index;
    const known = this.#known.get(from);
    if (known !== undefined) return known;
    if (from >= end) throw new ObjectError(start, `name ${index} is behind its string table`);
    const stop = this.#bytes.subarray(from, Math.min(end, from + maxName)).indexOf(0);
    if (stop < 0) {
      throw new ObjectError(from, `name does not end in ${Math.min(end - from, maxName)} bytes`);
    }
    this.#budget -= stop;
    if (this.#budget < 0) throw new ObjectError(from, "names overlap too much");
    const text = readUtf8(this.#bytes, from, from + stop);
    if (typeof text === "number") throw new ObjectError(text, "name is not UTF-8");
    this.#known.set(from, text);
    return text;
  }
}
