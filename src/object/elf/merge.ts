// Several relocatables as one, as a linker's partial link makes it: names that one defines and others use are one symbol.
import {
  sectionBytes,
  sectionTypes,
  sourceName,
  symbolPlaces,
  type ElfObject,
  type ElfRelocations,
  type ElfSection,
  type ElfSymbol,
} from "./format.ts";

/** A name with more than one strong definition, and the source files that define it. */
export interface NameClash {
  readonly name: string;
  readonly files: readonly string[];
}

/** What comes of merging; with clashes the object is of no use. */
export interface MergedElf {
  readonly object: ElfObject;
  readonly clashes: readonly NameClash[];
}

/** Line tables are a sequence of units, and texts are found by offset: both may be joined. */
const joined: ReadonlySet<string> = new Set([".debug_line", ".debug_line_str", ".debug_str"]);

/** Merges objects for the same machine, at least one. The bytes of all files are copied once. */
export function mergeElf(objects: readonly ElfObject[]): MergedElf {
  const [first] = objects;
  if (first === undefined) throw new Error("no objects to merge");
  if (objects.length === 1) return { object: first, clashes: [] };
  const merger = new Merger(objects);
  objects.forEach((object, i) => merger.add(object, i));
  return { object: merger.finish(first), clashes: merger.clashes() };
}

/** Where a section of one object is in the merged one: its index, and how far its bytes have moved in it. */
interface NewPlace {
  readonly section: number;
  readonly base: number;
}

interface JoinedSection {
  readonly index: number;
  readonly parts: Uint8Array[];
  size: number;
}

/** Relocations whose symbols have not been decided. */
interface Pending {
  readonly lists: readonly ElfRelocations[];
  readonly places: readonly NewPlace[];
  readonly firstSymbol: number;
}

interface NamedSymbol {
  symbol: ElfSymbol;
  readonly strong: string[];
}

class Merger {
  readonly #bytes: Uint8Array;
  readonly #sections: ElfSection[] = [];
  readonly #symbols: ElfSymbol[] = [];
  readonly #pending: Pending[] = [];
  readonly #names = new Map<string, NamedSymbol>();
  readonly #joined = new Map<string, JoinedSection>();
  /** Names of the symbols that others may define, by new index. */
  readonly #aliases = new Map<number, string>();
  /** Signatures of the groups of which one is in the merged object already. */
  readonly #groups = new Set<string>();
  #end = 0;

  constructor(objects: readonly ElfObject[]) {
    // Joined sections stand behind the files.
    const room = objects.flatMap((object) => [
      object.bytes.length,
      ...object.sections.filter(({ name }) => joined.has(name)).map(({ size }) => size),
    ]);
    this.#bytes = new Uint8Array(room.reduce((sum, size) => sum + size, 0));
  }

  add(object: ElfObject, number: number): void {
    const dropped = droppedSections(object, this.#groups);
    const places = this.#addSections(object, dropped);
    const firstSymbol = this.#symbols.length;
    for (const symbol of object.symbols) {
      const index = firstSymbol + symbol.index;
      const place = places[symbol.section];
      const moved =
        symbol.section > 0 && place !== undefined
          ? { section: place.section, value: symbol.value + place.base }
          : {};
      const own: ElfSymbol = { ...symbol, index, ...moved };
      if (symbol.binding === "local" || symbol.name === "") this.#symbols.push(own);
      else {
        this.#aliases.set(index, symbol.name);
        const file = sourceName(object) ?? `object ${number + 1}`;
        this.#note(dropped.has(symbol.section) ? { ...own, ...nothing } : own, file);
        this.#symbols.push(emptySymbol(index));
      }
    }
    this.#pending.push({ lists: object.relocations, places, firstSymbol });
  }

  #addSections(object: ElfObject, dropped: ReadonlySet<number>): NewPlace[] {
    const start = this.#end;
    const first = this.#sections.length;
    this.#bytes.set(object.bytes, start);
    this.#end += object.bytes.length;
    return object.sections.map((section) => {
      const index = first + section.index;
      const moved = { ...section, index, offset: section.offset + start };
      const empty = { ...moved, name: "", type: sectionTypes.unused, flags: 0, size: 0 };
      if (dropped.has(section.index)) {
        this.#sections.push(empty);
        return { section: index, base: 0 };
      }
      if (!joined.has(section.name) || section.type === sectionTypes.noBits) {
        this.#sections.push(moved);
        return { section: index, base: 0 };
      }
      const known = this.#joined.get(section.name);
      const part = sectionBytes(object, section);
      if (known === undefined) {
        this.#sections.push(moved);
        this.#joined.set(section.name, { index, parts: [part], size: part.length });
        return { section: index, base: 0 };
      }
      this.#sections.push(empty);
      const base = known.size;
      known.parts.push(part);
      known.size += part.length;
      return { section: known.index, base };
    });
  }

  #note(symbol: ElfSymbol, file: string): void {
    const known = this.#names.get(symbol.name);
    const strong = rank(symbol) === strongRank ? [file] : [];
    if (known === undefined) this.#names.set(symbol.name, { symbol, strong });
    else {
      known.symbol = prevailing(known.symbol, symbol);
      known.strong.push(...strong);
    }
  }

  clashes(): NameClash[] {
    return [...this.#names]
      .filter(([, { strong }]) => strong.length > 1)
      .map(([name, { strong }]) => ({ name, files: strong }));
  }

  finish({ machine }: ElfObject): ElfObject {
    for (const { index, parts, size } of this.#joined.values()) {
      const offset = this.#end;
      for (const part of parts) {
        this.#bytes.set(part, this.#end);
        this.#end += part.length;
      }
      const section = this.#sections[index];
      if (section !== undefined) this.#sections[index] = { ...section, offset, size };
    }
    for (const { symbol } of this.#names.values()) this.#symbols[symbol.index] = symbol;
    return {
      machine,
      bytes: this.#bytes,
      sections: this.#sections,
      symbols: this.#symbols,
      relocations: this.#pending.flatMap((each) => this.#relocationsOf(each)),
    };
  }

  #relocationsOf({ lists, places, firstSymbol }: Pending): ElfRelocations[] {
    const symbolOf = (old: number): number => {
      if (old === 0) return 0;
      const name = this.#aliases.get(firstSymbol + old);
      const chosen = name === undefined ? undefined : this.#names.get(name);
      return chosen?.symbol.index ?? firstSymbol + old;
    };
    return lists.map(({ section, implicit, entries }) => {
      const place = places[section] ?? { section: 0, base: 0 };
      const moved = entries.map((entry) => ({
        ...entry,
        offset: entry.offset + place.base,
        symbol: symbolOf(entry.symbol),
      }));
      return { section: place.section, implicit, entries: moved };
    });
  }
}

const comdat = 1;

/**
 * Sections of an object that stand in another one already: compilers put what each object needs and a program has once
 * in groups with the same signature (`SHT_GROUP` with `GRP_COMDAT`). `known` gets the signatures that are new.
 */
function droppedSections(object: ElfObject, known: Set<string>): ReadonlySet<number> {
  const dropped = new Set<number>();
  for (const section of object.sections) {
    if (section.type !== sectionTypes.group || section.size < 4) continue;
    const bytes = sectionBytes(object, section);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if ((view.getUint32(0, true) & comdat) === 0) continue;
    const symbol = object.symbols[section.info];
    const place = object.sections[symbol?.section ?? 0];
    const signature = symbol?.type === "section" ? place?.name : symbol?.name;
    if (signature === undefined || signature === "") continue;
    if (!known.has(signature)) known.add(signature);
    else for (let at = 4; at + 4 <= bytes.length; at += 4) dropped.add(view.getUint32(at, true));
  }
  dropped.delete(symbolPlaces.undefined);
  return dropped;
}

const nothing = { type: "none", value: 0, size: 0, section: symbolPlaces.undefined } as const;

function emptySymbol(index: number): ElfSymbol {
  return { ...nothing, index, name: "", binding: "local", hidden: false };
}

const strongRank = 4;

/** A strong definition is before a common symbol, that before a weak definition, and definitions before uses. */
function rank({ binding, section }: ElfSymbol): number {
  if (section === symbolPlaces.undefined) return binding === "weak" ? 0 : 1;
  if (binding === "weak") return 2;
  return section === symbolPlaces.common ? 3 : strongRank;
}

/** The one of two symbols that a name stands for. Of two common ones the larger, with the stricter alignment. */
function prevailing(known: ElfSymbol, other: ElfSymbol): ElfSymbol {
  const hidden = known.hidden || other.hidden;
  const winner = rank(other) > rank(known) ? other : known;
  if (winner.section !== symbolPlaces.common || rank(known) !== rank(other)) {
    return { ...winner, hidden };
  }
  const value = Math.max(known.value, other.value);
  return { ...winner, hidden, value, size: Math.max(known.size, other.size) };
}
