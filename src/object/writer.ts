// Bytes under construction: a growable buffer with the encodings that objects are made of.
import { encodeUtf8, measureUtf8 } from "../base/index.ts";

const shortCopy = 64;

/** Bytes that an unsigned LEB128 takes. */
function ulebLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) length += 1;
  return length;
}

/** Appends little-endian values, LEB128 numbers and texts to a buffer that grows by doubling. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** A host engine makes arrays of up to 64 bytes much faster than larger ones, and most sections are short. */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** The byte at an offset that was written. */
  at(offset: number): number {
    if (offset < 0 || offset >= this.#length) throw new RangeError(`no byte at ${offset}`);
    return this.#bytes[offset] ?? 0;
  }

  /** Replaces the byte at an offset that was written. */
  patch(offset: number, byte: number): void {
    if (offset < 0 || offset >= this.#length) throw new RangeError(`no byte at ${offset}`);
    this.#bytes[offset] = byte;
  }

  u8(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  u32le(value: number): void {
    this.#reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >>> shift;
  }

  /** Unsigned LEB128 of an integer below 2^32. */
  uleb(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Signed LEB128 of a 32-bit integer. */
  sleb(value: number): void {
    this.#reserve(5);
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.#bytes[this.#length++] = rest & 0x7f;
  }

  /** Signed LEB128 of a 64-bit integer. */
  sleb64(value: bigint): void {
    if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) {
      this.sleb(Number(value));
      return;
    }
    this.#reserve(10);
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest & 0x7fn);
  }

  /** A float by value, or by raw bits for a NaN with a payload. */
  f32(value: number | bigint): void {
    this.#reserve(4);
    const view = new DataView(this.#bytes.buffer);
    if (typeof value === "number") view.setFloat32(this.#length, value, true);
    else view.setUint32(this.#length, Number(BigInt.asUintN(32, value)), true);
    this.#length += 4;
  }

  /** A float by value, or by raw bits for a NaN with a payload. */
  f64(value: number | bigint): void {
    this.#reserve(8);
    const view = new DataView(this.#bytes.buffer);
    if (typeof value === "number") view.setFloat64(this.#length, value, true);
    else view.setBigUint64(this.#length, BigInt.asUintN(64, value), true);
    this.#length += 8;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What another writer holds. A view of a few bytes takes longer to make than to copy them. */
  append(other: ByteWriter): void {
    const length = other.#length;
    this.#reserve(length);
    if (length > shortCopy) this.#bytes.set(other.#bytes.subarray(0, length), this.#length);
    else {
      for (let at = 0; at < length; at += 1) this.#bytes[this.#length + at] = other.#bytes[at] ?? 0;
    }
    this.#length += length;
  }

  /** What `write` appends, with its length in bytes in front; gives the offset of its first byte. */
  sized(write: () => void): number {
    const at = this.#length;
    this.u8(0);
    write();
    const size = this.#length - at - 1;
    const prefix = ulebLength(size);
    if (prefix > 1) {
      this.#reserve(prefix - 1);
      this.#bytes.copyWithin(at + prefix, at + 1, this.#length);
    }
    this.#length = at;
    this.uleb(size);
    this.#length = at + prefix + size;
    return at + prefix;
  }

  /** Length in bytes, then the text in UTF-8. */
  text(text: string): void {
    const size = measureUtf8(text).bytes;
    this.uleb(size);
    this.#reserve(size);
    this.#length = encodeUtf8(text, this.#bytes, this.#length);
  }

  #reserve(size: number): void {
    if (this.#length + size > this.#bytes.length) this.#grow(size);
  }

  #grow(size: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
