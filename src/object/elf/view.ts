// Little-endian fields of an ELF file, read only inside the file.
import { ObjectError } from "../error.ts";

/**
 * Numbers of 64 bits beyond this are refused: sums of an address, an addend and another address stay exact, and no
 * address of a process is larger.
 */
export const maxMagnitude = 2 ** 51;

/** Reads fields at offsets; throws an `ObjectError` outside the bytes. */
export class ElfView {
  readonly bytes: Uint8Array;
  /** 32-bit objects have narrower addresses. */
  readonly wide: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, wide: boolean) {
    this.bytes = bytes;
    this.wide = wide;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Refuses a range that is not inside the file. */
  expectRange(offset: number, size: number, what: string): void {
    if (offset + size <= this.bytes.length) return;
    throw new ObjectError(
      Math.min(offset, this.bytes.length),
      `${what} of ${size} bytes at ${offset} passes the end of the file at ${this.bytes.length}`,
    );
  }

  u8(offset: number): number {
    this.#check(offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.#check(offset, 2);
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.#check(offset, 4);
    return this.#view.getUint32(offset, true);
  }

  /** An address, offset or size: 64 bits, or 32 in 32-bit objects. */
  word(offset: number): number {
    const value = this.u32(offset);
    if (!this.wide) return value;
    const high = this.u32(offset + 4);
    if (high * 2 ** 32 >= maxMagnitude) {
      throw new ObjectError(offset, `number of more than 51 bits`);
    }
    return high * 2 ** 32 + value;
  }

  /** As `word`, signed. */
  signedWord(offset: number): number {
    const low = this.u32(offset);
    if (!this.wide) return low | 0;
    const value = (this.u32(offset + 4) | 0) * 2 ** 32 + low;
    if (Math.abs(value) >= maxMagnitude) {
      throw new ObjectError(offset, `number of more than 51 bits`);
    }
    return value;
  }

  #check(offset: number, size: number): void {
    if (offset + size > this.bytes.length) {
      throw new ObjectError(Math.min(offset, this.bytes.length), "unexpected end");
    }
  }
}
