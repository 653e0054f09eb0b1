// The reader of ELF relocatables, for bytes of unknown origin: every offset, size, count and index is checked before
// it is used, and the sum of all sections is bounded by the file, so that work and memory are as well.
import { ObjectError } from "../error.ts";
import {
  machineNumbers,
  sectionTypes,
  type ElfMachine,
  type ElfObject,
  type ElfRelocation,
  type ElfRelocations,
  type ElfSection,
} from "./format.ts";
import { parseSymbols } from "./symbols.ts";
import { TextReader } from "./texts.ts";
import { ElfView } from "./view.ts";

/** Larger files are refused unread. */
const maxFile = 1 << 28;
const maxSections = 1_000_000;
const relocatable = 1;
const extendedIndex = 0xffff;

/** Reads an ELF relocatable (`.o`); throws an `ObjectError` that says where it is not well formed, or not for us. */
export function parseElf(input: Uint8Array): ElfObject {
  // Node's buffers are byte arrays whose `slice` does not copy.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length > maxFile) {
    throw new ObjectError(0, `file of ${bytes.length} bytes, at most ${maxFile} allowed`);
  }
  const { view, machine } = parseIdentity(bytes);
  const texts = new TextReader(bytes);
  const sections = parseSections(view, texts);
  const symbols = parseSymbols(view, texts, sections);
  const relocations = parseRelocations(view, sections, symbols.length);
  return { machine, bytes, sections, symbols, relocations };
}

function parseIdentity(bytes: Uint8Array): { view: ElfView; machine: ElfMachine } {
  const narrow = new ElfView(bytes, false);
  if (bytes.length < 4 || narrow.u32(0) !== 0x464c_457f) {
    throw new ObjectError(0, "no ELF file: it does not start with 7f 45 4c 46");
  }
  const width = narrow.u8(4);
  if (width !== 1 && width !== 2) throw new ObjectError(4, `unknown ELF class ${width}`);
  if (narrow.u8(5) !== 1) throw new ObjectError(5, "not little-endian");
  if (narrow.u8(6) !== 1) throw new ObjectError(6, `unknown ELF version ${narrow.u8(6)}`);
  const type = narrow.u16(16);
  if (type !== relocatable) {
    throw new ObjectError(16, `ELF file of type ${type}, expected a relocatable (type 1)`);
  }
  const number = narrow.u16(18);
  const machine = machines.find((name) => machineNumbers[name] === number);
  if (machine === undefined) {
    throw new ObjectError(18, `for machine ${number}, expected ${machines.join(", ")}`);
  }
  const wide = width === 2;
  if (wide === (machine === "i686")) {
    throw new ObjectError(4, `ELF class ${width} does not fit the machine ${machine}`);
  }
  return { view: new ElfView(bytes, wide), machine };
}

const machines: readonly ElfMachine[] = ["x86_64", "aarch64", "i686"];

interface SectionTable {
  readonly offset: number;
  readonly count: number;
  readonly names: number;
}

function parseSectionTable(view: ElfView): SectionTable {
  const entry = view.wide ? 64 : 40;
  const offset = view.word(view.wide ? 0x28 : 0x20);
  const tail = view.wide ? 0x3a : 0x2e;
  const entrySize = view.u16(tail);
  let count = view.u16(tail + 2);
  let names = view.u16(tail + 4);
  if (offset === 0) throw new ObjectError(0, "no section table");
  if (entrySize !== entry) {
    throw new ObjectError(tail, `section headers of ${entrySize} bytes, expected ${entry}`);
  }
  view.expectRange(offset, entry, "section table");
  if (count === 0) count = view.word(offset + (view.wide ? 32 : 20));
  if (names === extendedIndex) names = view.u32(offset + (view.wide ? 40 : 24));
  if (count === 0 || count > maxSections) throw new ObjectError(tail + 2, `${count} sections`);
  view.expectRange(offset, count * entry, "section table");
  return { offset, count, names };
}

type RawSection = Omit<ElfSection, "name"> & { readonly nameIndex: number };

function parseSections(view: ElfView, texts: TextReader): ElfSection[] {
  const table = parseSectionTable(view);
  const raw: RawSection[] = [];
  let total = 0;
  for (let index = 0; index < table.count; index += 1) {
    const section = parseSection(view, table.offset, index);
    raw.push(section);
    if (section.type === sectionTypes.noBits) continue;
    total += section.size;
    if (total > view.bytes.length) {
      throw new ObjectError(section.offset, `sections of more bytes than the file: they overlap`);
    }
  }
  const names = raw[table.names];
  if (names === undefined || names.type !== sectionTypes.texts) {
    throw new ObjectError(table.offset, `section ${table.names} has no section names`);
  }
  return raw.map(({ nameIndex, ...section }) => {
    const name =
      section.index === 0 ? "" : texts.read(nameIndex, names.offset, names.offset + names.size);
    return { ...section, name };
  });
}

function parseSection(view: ElfView, table: number, index: number): RawSection {
  const wide = view.wide;
  const at = table + index * (wide ? 64 : 40);
  const type = view.u32(at + 4);
  // Header 0 holds the extended counts, and no section.
  const empty = index === 0 || type === sectionTypes.unused;
  const offset = empty ? 0 : view.word(at + (wide ? 24 : 16));
  const size = empty ? 0 : view.word(at + (wide ? 32 : 20));
  const align = Math.max(1, view.word(at + (wide ? 48 : 32)));
  if (!empty && (align > 2 ** 30 || (align & (align - 1)) !== 0)) {
    throw new ObjectError(
      at,
      `section ${index} is aligned to ${align}, expected a power of two up to 2^30`,
    );
  }
  if (!empty && type !== sectionTypes.noBits) view.expectRange(offset, size, `section ${index}`);
  return {
    index,
    nameIndex: view.u32(at),
    type: empty ? sectionTypes.unused : type,
    // Flags above the lower 32 bits are not defined.
    flags: view.u32(at + 8),
    offset,
    size,
    align,
    link: view.u32(at + (wide ? 40 : 24)),
    info: view.u32(at + (wide ? 44 : 28)),
    entrySize: view.word(at + (wide ? 56 : 36)),
  };
}

function parseRelocations(
  view: ElfView,
  sections: readonly ElfSection[],
  symbolCount: number,
): ElfRelocations[] {
  const found: ElfRelocations[] = [];
  for (const section of sections) {
    if (section.type === sectionTypes.relr) {
      throw new ObjectError(section.offset, `relocations of type RELR in \`${section.name}\``);
    }
    const implicit = section.type === sectionTypes.rel;
    if (!implicit && section.type !== sectionTypes.rela) continue;
    const target = sections[section.info];
    if (target === undefined || section.info === 0) {
      throw new ObjectError(section.offset, `\`${section.name}\` is for no section`);
    }
    if (sections[section.link]?.type !== sectionTypes.symbols) {
      throw new ObjectError(section.offset, `\`${section.name}\` has no symbol table`);
    }
    const entries = parseEntries(view, section, { target, symbolCount, implicit });
    found.push({ section: section.info, implicit, entries });
  }
  return found;
}

interface EntryContext {
  readonly target: ElfSection;
  readonly symbolCount: number;
  readonly implicit: boolean;
}

function parseEntries(view: ElfView, section: ElfSection, context: EntryContext): ElfRelocation[] {
  const { target, symbolCount, implicit } = context;
  const word = view.wide ? 8 : 4;
  const size = word * (implicit ? 2 : 3);
  if (section.entrySize !== size || section.size % size !== 0) {
    throw new ObjectError(section.offset, `\`${section.name}\` has no entries of ${size} bytes`);
  }
  const entries: ElfRelocation[] = [];
  for (let at = section.offset; at < section.offset + section.size; at += size) {
    const offset = view.word(at);
    const info = view.u32(at + word);
    const type = view.wide ? info : info & 0xff;
    const symbol = view.wide ? view.u32(at + 12) : info >>> 8;
    if (offset >= target.size) {
      throw new ObjectError(at, `relocation at ${offset}, \`${target.name}\` has ${target.size}`);
    }
    if (symbol >= symbolCount && symbol !== 0) {
      throw new ObjectError(at, `relocation by symbol ${symbol}, there are ${symbolCount}`);
    }
    const addend = implicit ? 0 : view.signedWord(at + 2 * word);
    entries.push({ offset, type, symbol, addend });
  }
  return entries;
}
