// The header of a DWARF line program: its opcodes and its files.
import type { ByteReader } from "../reader.ts";
import { readUtf8 } from "../../base/index.ts";
import type { TextReader } from "./texts.ts";

/** What a line program needs of its header. */
export interface LineHeader {
  readonly opcodeBase: number;
  readonly lineBase: number;
  readonly lineRange: number;
  /** Least length of an instruction. */
  readonly step: number;
  /** Number of operands of the standard opcodes, from opcode 1. */
  readonly operands: readonly number[];
  readonly files: readonly string[];
  /** Number of the first file: 1 up to DWARF 4, then 0. */
  readonly firstFile: number;
}

/** The sections that names may stand in. */
export interface LineNames {
  readonly lineTexts: TextReader;
  readonly lineTextsEnd: number;
  readonly texts: TextReader;
  readonly textsEnd: number;
}

/** Reads a header and leaves the reader at the first opcode. */
export function readLineHeader(reader: ByteReader, names: LineNames): LineHeader {
  const version = reader.u8() + reader.u8() * 256;
  if (version < 2 || version > 5) reader.fail(`line table of DWARF ${version}`);
  if (version === 5) {
    reader.skip(1);
    if (reader.u8() !== 0) reader.fail("line table with segments");
  }
  const length = reader.u32le();
  const header = reader.sub(length);
  const step = header.u8();
  if (version >= 4) header.skip(1);
  header.skip(1);
  const lineBase = (header.u8() << 24) >> 24;
  const lineRange = header.u8();
  if (lineRange === 0) header.fail("lines advance in steps of 0");
  const opcodeBase = header.u8();
  if (opcodeBase === 0) header.fail("no standard opcodes");
  const operands = Array.from({ length: opcodeBase - 1 }, () => header.u8());
  const files = version === 5 ? readEntries(header, names) : readOldFiles(header);
  return { opcodeBase, lineBase, lineRange, step, operands, files, firstFile: version < 5 ? 1 : 0 };
}

/** A path; those in the folder of the compilation stay relative to it. */
function joinPath(folder: string | undefined, name: string): string {
  if (folder === undefined || folder === "" || name.startsWith("/")) return name;
  return `${folder}/${name}`;
}

function readInlineText(reader: ByteReader): string {
  const start = reader.offset;
  let end = start;
  while (reader.u8() !== 0) end += 1;
  const text = readUtf8(reader.bytes, start, end);
  return typeof text === "number" ? reader.fail("name is not UTF-8") : text;
}

function readOldFiles(header: ByteReader): string[] {
  const folders = [""];
  for (let name = readInlineText(header); name !== ""; name = readInlineText(header)) {
    folders.push(name);
  }
  const files: string[] = [];
  for (let name = readInlineText(header); name !== ""; name = readInlineText(header)) {
    files.push(joinPath(folders[header.uleb()], name));
    header.uleb();
    header.uleb();
  }
  return files;
}

const contents = { path: 1, folder: 2 };

interface Entry {
  path: string;
  folder: number;
}

/** DWARF 5: folders, then files, each with a description of its fields. */
function readEntries(header: ByteReader, names: LineNames): string[] {
  const folders = readTable(header, names);
  const files = readTable(header, names);
  return files.map(({ path, folder }) =>
    joinPath(folder === 0 ? undefined : folders[folder]?.path, path),
  );
}

function readTable(header: ByteReader, names: LineNames): Entry[] {
  const formats = Array.from({ length: header.u8() }, () => ({
    content: header.uleb(),
    form: header.uleb(),
  }));
  const count = header.count("names of files", 1_000_000, Math.max(1, formats.length));
  if (count > 0 && formats.length === 0) header.fail("names without fields");
  return Array.from({ length: count }, () => {
    const entry: Entry = { path: "", folder: 0 };
    for (const { content, form } of formats) {
      const value = readForm(header, form, names);
      if (content === contents.path && typeof value === "string") entry.path = value;
      if (content === contents.folder && typeof value === "number") entry.folder = value;
    }
    return entry;
  });
}

/** A field's value; null if it is none that matters here. */
function readForm(reader: ByteReader, form: number, names: LineNames): string | number | null {
  switch (form) {
    case 0x08:
      return readInlineText(reader);
    case 0x0e:
      return names.texts.read(reader.u32le(), 0, names.textsEnd);
    case 0x1f:
      return names.lineTexts.read(reader.u32le(), 0, names.lineTextsEnd);
    case 0x0b:
      return reader.u8();
    case 0x05:
      return reader.u8() + reader.u8() * 256;
    case 0x06:
      return reader.u32le();
    case 0x0f:
      return reader.uleb();
    case 0x07:
      reader.skip(8);
      return null;
    case 0x1e:
      reader.skip(16);
      return null;
    case 0x09:
      reader.skip(reader.uleb());
      return null;
    default:
      return reader.fail(`field of the unknown form ${form} in a line table`);
  }
}
