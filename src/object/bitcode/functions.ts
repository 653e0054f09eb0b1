// Where the functions of a module of bitcode stand. Only the outline is read; LLVM reads the rest.
import { BitcodeError } from "./error.ts";
import { readUtf8 } from "../../base/index.ts";
import { readBlock, type BitBlock, type BitRecord } from "./bitstream.ts";

/** A function that a module defines. */
export interface BitcodeFunction {
  readonly name: string;
  /** Of its block's first entry, in bytes from the start of the bitcode. */
  readonly offset: number;
}

const blockIds = { module: 8, function: 12, strings: 23 } as const;
const moduleCodes = { version: 1, function: 8 } as const;
const stringsCode = 1;
/** The version in which names stand in a table of strings. */
const versionWithStrings = 2;
const wrapper = { magic: 0x0b17_c0de, size: 20, offset: 8 } as const;
const magic = 0xdec0_4342;

/** Whether bytes start as bitcode does, with or without a wrapper of LLVM's. */
export function isBitcode(bytes: Uint8Array): boolean {
  const first = wordAt(bytes, 0);
  return first === magic || first === wrapper.magic;
}

function wordAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

/** The functions that a module defines, in its order. Throws `BitcodeError` if the bytes are not well formed. */
export function bitcodeFunctions(bytes: Uint8Array): BitcodeFunction[] {
  const { start, end } = bitcodeRange(bytes);
  const modules: BitBlock[] = [];
  let strings = new Uint8Array(0);
  // Blocks are aligned to words of the bitcode itself.
  const bitcode = bytes.subarray(start, end);
  readBlock(
    bitcode,
    { width: 2, start: 4, end: bitcode.length },
    {
      block: (block) => {
        if (block.id === blockIds.module) modules.push(block);
        else if (block.id === blockIds.strings) strings = readStrings(bitcode, block);
      },
    },
  );
  const [module, ...others] = modules;
  if (module === undefined) throw new BitcodeError("bitcode without a module");
  if (others.length > 0) throw new BitcodeError(`bitcode of ${modules.length} modules`);
  return readModule(bitcode, module, strings).map(({ name, offset }) => ({
    name,
    offset: offset + start,
  }));
}

/** Where the bitcode itself is. */
function bitcodeRange(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  if (wordAt(bytes, 0) !== wrapper.magic) {
    if (wordAt(bytes, 0) !== magic)
      throw new BitcodeError("it is no bitcode, which starts with `BC`");
    return { start: 0, end: bytes.length };
  }
  const start = wordAt(bytes, wrapper.offset) ?? 0;
  const end = start + (wordAt(bytes, wrapper.offset + 4) ?? 0);
  if (start < wrapper.size || end > bytes.length || wordAt(bytes, start) !== magic) {
    throw new BitcodeError("the wrapper of bitcode holds none");
  }
  return { start, end };
}

function readStrings(bitcode: Uint8Array, block: BitBlock): Uint8Array<ArrayBuffer> {
  let found = new Uint8Array(0);
  readBlock(bitcode, block, {
    record: ({ code, blob }) => {
      if (code !== stringsCode || blob === undefined) return;
      found = Uint8Array.from(bitcode.subarray(blob.start, blob.start + blob.size));
    },
  });
  return found;
}

function readModule(bitcode: Uint8Array, module: BitBlock, strings: Uint8Array): BitcodeFunction[] {
  const names: string[] = [];
  const offsets: number[] = [];
  let version = 0;
  readBlock(bitcode, module, {
    block: ({ id, start }) => {
      if (id === blockIds.function) offsets.push(start);
    },
    record: (record) => {
      if (record.code === moduleCodes.version) version = record.values[0] ?? 0;
      if (record.code !== moduleCodes.function) return;
      const name = definedName(record, strings);
      if (name !== undefined) names.push(name);
    },
  });
  if (version < versionWithStrings) {
    throw new BitcodeError(`bitcode of version ${version}, from LLVM 4 or older`);
  }
  if (names.length !== offsets.length) {
    throw new BitcodeError(`bitcode defines ${names.length} functions and holds ${offsets.length}`);
  }
  return names.map((name, i) => ({ name, offset: offsets[i] ?? 0 }));
}

/** The name of a function that is not only declared. */
function definedName({ values }: BitRecord, strings: Uint8Array): string | undefined {
  const [start = 0, size = 0, , , declared = 1] = values;
  if (declared !== 0) return undefined;
  if (start + size > strings.length)
    throw new BitcodeError("a name of bitcode is behind all names");
  const name = readUtf8(strings, start, start + size);
  // LLVM takes any bytes for a name; nobody can ask for such a one.
  return typeof name === "string" ? name : "";
}
