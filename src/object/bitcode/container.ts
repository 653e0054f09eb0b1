// The container `LLBC`: a name, and where to start, in front of a module of bitcode. In C, little-endian:
//
//     typedef struct {
//         uint32_t magic;         // "LLBC"
//         char name[32];          // ends with a zero
//         uint32_t bitcode_size;
//         uint32_t entry_offset;  // of the entry function's block in the bitcode; 0 is none
//         uint8_t bitcode[];
//     } bitcode_module_t;
import { BitcodeError } from "./error.ts";
import { encodeUtf8, readUtf8, utf8Bytes } from "../../base/index.ts";
import { bitcodeFunctions, isBitcode } from "./functions.ts";

/** What is in a container. */
export interface BitcodeContainer {
  /** 1 to 31 bytes of UTF-8 without a zero. */
  readonly name: string;
  /** The function to start with. */
  readonly entry: string | undefined;
  readonly bitcode: Uint8Array;
}

const magic = "LLBC";
const nameAt = 4;
const nameSize = 32;
const sizeAt = nameAt + nameSize;
const entryAt = sizeAt + 4;
const headerSize = entryAt + 4;

/** Whether bytes start as a container does. */
export function isContainer(bytes: Uint8Array): boolean {
  return readUtf8(bytes, 0, Math.min(magic.length, bytes.length)) === magic;
}

/** Throws `BitcodeError` if the name does not fit, the bitcode is none, or it does not define the entry. */
export function encodeContainer({ name, entry, bitcode }: BitcodeContainer): Uint8Array {
  const written = utf8Bytes(name);
  if (written.length === 0 || written.length >= nameSize || written.includes(0)) {
    throw new BitcodeError(
      `a module's name has 1 to ${nameSize - 1} bytes and no zero, found ${written.length}`,
    );
  }
  if (!isBitcode(bitcode)) throw new BitcodeError("it is no bitcode, which starts with `BC`");
  if (bitcode.length >= 2 ** 32) throw new BitcodeError("bitcode of 4 GiB or more");
  const bytes = new Uint8Array(headerSize + bitcode.length);
  const view = new DataView(bytes.buffer);
  encodeUtf8(magic, bytes, 0);
  bytes.set(written, nameAt);
  view.setUint32(sizeAt, bitcode.length, true);
  view.setUint32(entryAt, entry === undefined ? 0 : offsetOf(bitcode, entry), true);
  bytes.set(bitcode, headerSize);
  return bytes;
}

function offsetOf(bitcode: Uint8Array, entry: string): number {
  const found = bitcodeFunctions(bitcode).find(({ name }) => name === entry);
  if (found === undefined) throw new BitcodeError(`bitcode does not define \`${entry}\``);
  return found.offset;
}

/** Throws `BitcodeError` for what is not well formed. */
export function decodeContainer(bytes: Uint8Array): BitcodeContainer {
  if (!isContainer(bytes))
    throw new BitcodeError(`it is no container, which starts with \`${magic}\``);
  if (bytes.length < headerSize) throw new BitcodeError("a container ends in its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const nameField = bytes.subarray(nameAt, nameAt + nameSize);
  const nameEnd = nameField.indexOf(0);
  if (nameEnd < 1) throw new BitcodeError("the name in a container is empty, or does not end");
  const name = readUtf8(nameField, 0, nameEnd);
  if (typeof name !== "string") throw new BitcodeError("the name in a container is not UTF-8");
  const size = view.getUint32(sizeAt, true);
  const held = bytes.length - headerSize;
  if (size !== held)
    throw new BitcodeError(`a container says ${size} bytes of bitcode and holds ${held}`);
  const bitcode = bytes.subarray(headerSize);
  if (!isBitcode(bitcode)) throw new BitcodeError("a container holds no bitcode");
  const offset = view.getUint32(entryAt, true);
  if (offset === 0) return { name, entry: undefined, bitcode };
  const entry = bitcodeFunctions(bitcode).find((each) => each.offset === offset);
  if (entry === undefined)
    throw new BitcodeError(`no function starts at ${offset} in the bitcode of a container`);
  return { name, entry: entry.name, bitcode };
}
