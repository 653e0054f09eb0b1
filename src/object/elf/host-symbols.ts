// The symbols of any ELF file: executables and shared libraries, whose table may be the dynamic one alone, and relocatables.
import { ObjectError } from "../error.ts";
import { readUtf8 } from "../../base/index.ts";
import { ElfView } from "./view.ts";

/** A symbol that a file defines or needs. */
export interface HostSymbolEntry {
  readonly name: string;
  readonly kind: "function" | "data" | "other";
  /** Otherwise another file has to have it. */
  readonly defined: boolean;
  /** Bytes. */
  readonly size: number;
}

const magic = 0x46_4c_45_7f;
const wide = 2;
const littleEndian = 1;
const fullTable = 2;
const dynamicTable = 11;
const mostSymbols = 1_000_000;
const longestName = 4096;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** The symbols with names that other files can see. Throws `ObjectError` if it is no ELF file of this byte order. */
export function readHostSymbols(bytes: Uint8Array): HostSymbolEntry[] {
  const head = new ElfView(bytes, true);
  if (head.u32(0) !== magic) throw new ObjectError(0, "not ELF");
  if (head.u8(5) !== littleEndian) throw new ObjectError(5, "big-endian");
  const view = new ElfView(bytes, head.u8(4) === wide);
  const sections = readSections(view);
  const table =
    sections.find(({ type }) => type === fullTable) ??
    sections.find(({ type }) => type === dynamicTable);
  const names = sections[table?.link ?? -1];
  if (table === undefined || names === undefined)
    throw new ObjectError(0, "there is no table of symbols");
  view.expectRange(table.offset, table.size, "the table of symbols");
  view.expectRange(names.offset, names.size, "the names of the symbols");
  return readTable(view, table, names);
}

function readSections(view: ElfView): Section[] {
  const start = view.word(view.wide ? 40 : 32);
  const size = view.u16(view.wide ? 58 : 46);
  const count = view.u16(view.wide ? 60 : 48);
  const [offset, length, link] = view.wide ? [24, 32, 40] : [16, 20, 24];
  return Array.from({ length: count }, (_, index): Section => {
    const at = start + index * size;
    return {
      type: view.u32(at + 4),
      offset: view.word(at + offset),
      size: view.word(at + length),
      link: view.u32(at + link),
    };
  });
}

function readTable(view: ElfView, table: Section, names: Section): HostSymbolEntry[] {
  const { wide: is64 } = view;
  const entrySize = is64 ? 24 : 16;
  const count = Math.floor(table.size / entrySize);
  if (count > mostSymbols) throw new ObjectError(table.offset, `${count} symbols`);
  const found: HostSymbolEntry[] = [];
  for (let index = 1; index < count; index += 1) {
    const at = table.offset + index * entrySize;
    const info = view.u8(at + (is64 ? 4 : 12));
    const name = textAt(view.bytes, names.offset + view.u32(at), names.offset + names.size);
    const isLocal = info >> 4 === 0;
    if (isLocal || name === "") continue;
    found.push({
      name,
      kind: kinds[info & 15] ?? "other",
      defined: view.u16(at + (is64 ? 6 : 14)) !== 0,
      size: view.word(at + (is64 ? 16 : 8)),
    });
  }
  return found;
}

/** A text that ends with a zero byte. */
function textAt(bytes: Uint8Array, start: number, end: number): string {
  const limit = Math.min(end, start + longestName);
  const zero = bytes.indexOf(0, start);
  const stop = zero < 0 || zero > limit ? limit : zero;
  if (start >= stop) return "";
  const text = readUtf8(bytes, start, stop);
  if (typeof text === "number") throw new ObjectError(text, "a name that is not UTF-8");
  return text;
}

/** By the number of a symbol's type; 10 are functions that are chosen at load time. */
const kinds: Readonly<Record<number, HostSymbolEntry["kind"]>> = {
  1: "data",
  2: "function",
  10: "function",
};
