// A cursor over bytes from anywhere: every read is checked against the end.
import { ObjectError } from "./error.ts";
import { readUtf8 } from "../base/index.ts";

/** Reads numbers and texts from bytes; throws an `ObjectError` with the offset where they are not well formed. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.offset >= this.end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  fail(reason: string): never {
    throw new ObjectError(this.offset, reason);
  }

  u8(): number {
    if (this.offset >= this.end) this.fail("unexpected end");
    return this.bytes[this.offset++] ?? 0;
  }

  u32le(): number {
    if (this.remaining < 4) this.fail("unexpected end");
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= this.u8() << shift;
    return value >>> 0;
  }

  /** Unsigned LEB128 below 2^32, at most 5 bytes. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return this.fail("number longer than 32 bits");
  }

  /** Signed LEB128 of 32 bits, at most 5 bytes. */
  sleb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift < 28) return (byte & 0x40) === 0 ? value : value | (-1 << (shift + 7));
      if ((byte & 0x78) !== 0 && (byte & 0x78) !== 0x78) break;
      return value | 0;
    }
    return this.fail("number longer than 32 bits");
  }

  /** Signed LEB128 of 64 bits, at most 10 bytes. */
  sleb64(): bigint {
    let value = 0n;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (byte >= 0x80) continue;
      if (shift === 63 && byte !== 0 && byte !== 0x7f) break;
      return BigInt.asIntN(Math.min(64, shift + 7), value);
    }
    return this.fail("number longer than 64 bits");
  }

  /** A count of things that take at least `size` bytes each, so that it cannot promise more than there is. */
  count(what: string, limit: number, size = 1): number {
    const start = this.offset;
    const count = this.uleb();
    if (count > limit) throw new ObjectError(start, `${count} ${what}, at most ${limit} allowed`);
    if (count * size > this.remaining) {
      throw new ObjectError(start, `${count} ${what} do not fit in ${this.remaining} bytes`);
    }
    return count;
  }

  /** A length-prefixed UTF-8 text. */
  text(limit = 100_000): string {
    const start = this.offset;
    const size = this.uleb();
    if (size > limit)
      throw new ObjectError(start, `text of ${size} bytes, at most ${limit} allowed`);
    if (size > this.remaining) throw new ObjectError(start, `text of ${size} bytes passes the end`);
    const text = readUtf8(this.bytes, this.offset, this.offset + size);
    if (typeof text === "number") throw new ObjectError(text, "text is not UTF-8");
    this.offset += size;
    return text;
  }

  skip(size: number): void {
    if (size > this.remaining) this.fail(`${size} bytes pass the end`);
    this.offset += size;
  }

  /** A reader of the next `size` bytes, which this one skips. */
  sub(size: number): ByteReader {
    const start = this.offset;
    this.skip(size);
    return new ByteReader(this.bytes, start, start + size);
  }

  /** Refuses bytes that nothing has read. */
  expectEnd(what: string): void {
    if (this.offset !== this.end) this.fail(`${this.remaining} bytes too many in ${what}`);
  }
}
