// LLVM's bitstream: bits from the lowest on, in blocks that know their length, of records that may be abbreviated.
// https://llvm.org/docs/BitCodeFormat.html
import { BitcodeError } from "./error.ts";

/** A record: what it is, and its numbers. `blob` is where its bytes stand, if it has any. */
export interface BitRecord {
  readonly code: number;
  readonly values: readonly number[];
  readonly blob: { readonly start: number; readonly size: number } | undefined;
}

/** A block, not looked into. */
export interface BitBlock {
  readonly id: number;
  /** Bits of what introduces an entry. */
  readonly width: number;
  /** Offsets in bytes of what is in it. */
  readonly start: number;
  readonly end: number;
}

type Operand =
  | { readonly kind: "literal"; readonly value: number }
  | { readonly kind: "fixed" | "vbr"; readonly width: number }
  | { readonly kind: "array" | "char6" | "blob" };

const entries = { end: 0, block: 1, abbreviation: 2, record: 3 } as const;
const widest = 32;
const char6 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";

/** Visits what is directly in a block. Throws `BitcodeError` for what is not well formed. */
export function readBlock(
  bytes: Uint8Array,
  block: Pick<BitBlock, "width" | "start" | "end">,
  visit: {
    readonly block?: (block: BitBlock) => void;
    readonly record?: (record: BitRecord) => void;
  },
): void {
  const reader = new BitReader(bytes, block.start, block.end);
  const abbreviations: Operand[][] = [];
  while (!reader.atEnd) {
    const entry = reader.fixed(block.width);
    switch (entry) {
      case entries.end:
        return;
      case entries.block: {
        const inner = readHeader(reader);
        visit.block?.(inner);
        reader.moveTo(inner.end);
        break;
      }
      case entries.abbreviation:
        abbreviations.push(readAbbreviation(reader));
        break;
      case entries.record:
        visit.record?.(readPlain(reader));
        break;
      default: {
        const abbreviation = abbreviations[entry - 4];
        if (abbreviation === undefined)
          throw new BitcodeError(`bitcode uses abbreviation ${entry}, which nothing defines`);
        visit.record?.(readAbbreviated(reader, abbreviation));
      }
    }
  }
}

function readHeader(reader: BitReader): BitBlock {
  const id = reader.vbr(8);
  const width = reader.vbr(4);
  if (width < 2 || width > widest)
    throw new BitcodeError(`a block of bitcode has entries of ${width} bits`);
  reader.align();
  const words = reader.fixed(32);
  const start = reader.byte;
  return { id, width, start, end: start + 4 * words };
}

function readAbbreviation(reader: BitReader): Operand[] {
  const count = reader.vbr(5);
  const operands: Operand[] = [];
  for (let i = 0; i < count; i += 1) {
    if (reader.fixed(1) === 1) {
      operands.push({ kind: "literal", value: reader.vbr(8) });
      continue;
    }
    const encoding = reader.fixed(3);
    if (encoding === 1 || encoding === 2) {
      const width = reader.vbr(5);
      if (width > widest) throw new BitcodeError(`bitcode has numbers of ${width} bits`);
      operands.push({ kind: encoding === 1 ? "fixed" : "vbr", width });
    } else if (encoding === 3) operands.push({ kind: "array" });
    else if (encoding === 4) operands.push({ kind: "char6" });
    else if (encoding === 5) operands.push({ kind: "blob" });
    else throw new BitcodeError(`bitcode has an encoding ${encoding}, which there is not`);
  }
  return operands;
}

function readPlain(reader: BitReader): BitRecord {
  const code = reader.vbr(6);
  const count = reader.vbr(6);
  const values: number[] = [];
  for (let i = 0; i < count; i += 1) values.push(reader.vbr(6));
  return { code, values, blob: undefined };
}

function readAbbreviated(reader: BitReader, abbreviation: readonly Operand[]): BitRecord {
  const values: number[] = [];
  let blob: BitRecord["blob"];
  for (let i = 0; i < abbreviation.length; i += 1) {
    const operand = abbreviation[i];
    if (operand?.kind === "blob") {
      const size = reader.vbr(6);
      reader.align();
      blob = { start: reader.byte, size };
      reader.moveTo(reader.byte + size);
      reader.align();
    } else if (operand?.kind === "array") {
      const element = abbreviation[(i += 1)];
      if (element === undefined) throw new BitcodeError("bitcode has a list of nothing");
      const count = reader.vbr(6);
      // Elements of no bits would make a short file a long list.
      if (count > reader.bitsLeft)
        throw new BitcodeError(`bitcode has a list of ${count} elements`);
      for (let k = 0; k < count; k += 1) values.push(readScalar(reader, element));
    } else if (operand !== undefined) values.push(readScalar(reader, operand));
  }
  const [code, ...rest] = values;
  if (code === undefined) throw new BitcodeError("bitcode has a record of nothing");
  return { code, values: rest, blob };
}

function readScalar(reader: BitReader, operand: Operand): number {
  switch (operand.kind) {
    case "literal":
      return operand.value;
    case "fixed":
      return operand.width === 0 ? 0 : reader.fixed(operand.width);
    case "vbr":
      return operand.width === 0 ? 0 : reader.vbr(operand.width);
    case "char6":
      return char6.charCodeAt(reader.fixed(6));
    case "array":
    case "blob":
      throw new BitcodeError("bitcode has a list of lists");
  }
}

/** Reads bits of a range of bytes. */
class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #bit: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    if (start > end || end > bytes.length)
      throw new BitcodeError("a block of bitcode ends behind the end");
    this.#bytes = bytes;
    this.#bit = start * 8;
    this.#end = end * 8;
  }

  get atEnd(): boolean {
    return this.#bit >= this.#end;
  }

  get bitsLeft(): number {
    return this.#end - this.#bit;
  }

  /** Offset of the byte that comes next, when aligned. */
  get byte(): number {
    return this.#bit / 8;
  }

  /** Up to 32 bits. */
  fixed(width: number): number {
    if (this.#bit + width > this.#end)
      throw new BitcodeError("bitcode ends in the middle of a number");
    let value = 0;
    for (let have = 0; have < width;) {
      const offset = this.#bit % 8;
      const taken = Math.min(8 - offset, width - have);
      const byte = this.#bytes[(this.#bit - offset) / 8] ?? 0;
      value += ((byte >> offset) & ((1 << taken) - 1)) * 2 ** have;
      have += taken;
      this.#bit += taken;
    }
    return value;
  }

  /** A number in groups of so many bits; what has more than 53 bits is not exact. */
  vbr(width: number): number {
    if (width < 2) throw new BitcodeError(`bitcode has numbers in groups of ${width} bits`);
    const high = 2 ** (width - 1);
    let value = 0;
    for (let shift = 0; ; shift += width - 1) {
      const group = this.fixed(width);
      value += (group % high) * 2 ** shift;
      if (group < high) return value;
      if (shift > 64) throw new BitcodeError("bitcode has a number of more than 64 bits");
    }
  }

  /** To the next word of 32 bits, counted from the start of all bytes. */
  align(): void {
    this.#bit = Math.ceil(this.#bit / 32) * 32;
    if (this.#bit > this.#end) throw new BitcodeError("bitcode ends in the middle of a word");
  }

  /** To an offset in bytes. */
  moveTo(byte: number): void {
    if (byte * 8 > this.#end) throw new BitcodeError("a block of bitcode ends behind the end");
    this.#bit = byte * 8;
  }
}
