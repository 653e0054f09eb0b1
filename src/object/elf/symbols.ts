// The symbol table of an ELF relocatable.
import { ObjectError } from "../error.ts";
import {
  sectionTypes,
  symbolPlaces,
  type ElfSection,
  type ElfSymbol,
  type SymbolBinding,
  type SymbolType,
} from "./format.ts";
import type { TextReader } from "./texts.ts";
import type { ElfView } from "./view.ts";

const reservedPlaces = { first: 0xff00, absolute: 0xfff1, common: 0xfff2, extended: 0xffff };

/** Unique symbols of C++ (10) are weak ones of which a process has one. */
const bindings: readonly (SymbolBinding | undefined)[] = ["local", "global", "weak"];
const uniqueBinding = 10;

/** Internal and hidden; protected symbols are seen from outside. */
const hidden: ReadonlySet<number> = new Set([1, 2]);

const types: readonly (SymbolType | undefined)[] = [
  "none",
  "object",
  "function",
  "section",
  "file",
  "object",
  "tls",
];

interface SymbolTable {
  readonly view: ElfView;
  readonly sections: readonly ElfSection[];
  readonly texts: TextReader;
  readonly names: ElfSection;
  /** Section indices of symbols for which 16 bits are too narrow. */
  readonly indices: ElfSection | undefined;
}

/** The symbols of an object in their order, the empty one with index 0 included. */
export function parseSymbols(
  view: ElfView,
  texts: TextReader,
  sections: readonly ElfSection[],
): ElfSymbol[] {
  const tables = sections.filter(({ type }) => type === sectionTypes.symbols);
  const [table] = tables;
  if (table === undefined) return [];
  if (tables.length > 1) throw new ObjectError(table.offset, `${tables.length} symbol tables`);
  const size = view.wide ? 24 : 16;
  if (table.entrySize !== size || table.size % size !== 0) {
    throw new ObjectError(table.offset, `symbol table has no entries of ${size} bytes`);
  }
  const names = sections[table.link];
  if (names === undefined || names.type !== sectionTypes.texts) {
    throw new ObjectError(table.offset, "symbol table has no string table");
  }
  const indices = sections.find(
    ({ type, link }) => type === sectionTypes.symbolIndices && link === table.index,
  );
  const context: SymbolTable = { view, sections, texts, names, indices };
  const symbols: ElfSymbol[] = [];
  for (let at = table.offset; at < table.offset + table.size; at += size) {
    symbols.push(parseSymbol(context, at, symbols.length));
  }
  return symbols;
}

function parseSymbol(context: SymbolTable, at: number, index: number): ElfSymbol {
  const { view, names } = context;
  const wide = view.wide;
  const info = view.u8(at + (wide ? 4 : 12));
  const visibility = view.u8(at + (wide ? 5 : 13)) & 3;
  const bindingNumber = info >> 4;
  const binding = bindingNumber === uniqueBinding ? "weak" : bindings[bindingNumber];
  if (binding === undefined) {
    throw new ObjectError(at, `symbol ${index} has the unknown binding ${bindingNumber}`);
  }
  const type = types[info & 15] ?? "other";
  const section = parsePlace(context, view.u16(at + (wide ? 6 : 14)), { at, index });
  const valueAt = at + (wide ? 8 : 4);
  const value = section === symbolPlaces.absolute ? view.signedWord(valueAt) : view.word(valueAt);
  let size = view.word(at + (wide ? 16 : 8));
  const name = context.texts.read(view.u32(at), names.offset, names.offset + names.size);
  const target = context.sections[section];
  if (section > 0 && type !== "file" && target !== undefined) {
    if (value > target.size) {
      throw new ObjectError(
        at,
        `symbol \`${name}\` is at ${value} of \`${target.name}\`, which has ${target.size} bytes`,
      );
    }
    size = Math.min(size, target.size - value);
  }
  return { index, name, binding, type, section, value, size, hidden: hidden.has(visibility) };
}

function parsePlace(
  context: SymbolTable,
  place: number,
  symbol: { readonly at: number; readonly index: number },
): number {
  if (place === reservedPlaces.absolute) return symbolPlaces.absolute;
  if (place === reservedPlaces.common) return symbolPlaces.common;
  let section = place;
  if (place === reservedPlaces.extended) {
    const { indices, view } = context;
    if (indices === undefined || symbol.index * 4 + 4 > indices.size) {
      throw new ObjectError(symbol.at, `symbol ${symbol.index} has no section index`);
    }
    section = view.u32(indices.offset + 4 * symbol.index);
  } else if (place >= reservedPlaces.first) {
    throw new ObjectError(symbol.at, `symbol ${symbol.index} has the unknown place ${place}`);
  }
  if (section >= context.sections.length) {
    throw new ObjectError(symbol.at, `symbol ${symbol.index} is in section ${section}, unknown`);
  }
  return section;
}
