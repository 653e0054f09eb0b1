// Where the parts of an object stand in its blocks: sections, common symbols, stubs and the table of addresses.
import {
  isThreadLocal,
  relocationTypes,
  sectionFlags,
  sectionTypes,
  symbolPlaces,
  type ElfMachine,
  type ElfObject,
  type ElfRelocation,
  type ElfRelocations,
  type ElfSection,
  type ElfSymbol,
  type RelocationType,
} from "../../object/elf/index.ts";
import type { PoolName } from "./pools.ts";
import type { Reasons } from "./reasons.ts";

/** A section that is loaded. */
export interface PlacedSection {
  readonly section: ElfSection;
  readonly pool: PoolName;
  /** In the block. */
  readonly offset: number;
}

/** The relocations of a section that is loaded. */
export interface PlacedRelocations {
  readonly placed: PlacedSection;
  readonly implicit: boolean;
  readonly entries: readonly ElfRelocation[];
}

/** Bytes of a block: `stored` of them at its start come from the file or are computed, the rest is zero. */
export interface Extent {
  size: number;
  stored: number;
}

/** Offsets in the blocks of everything that an object brings. */
export interface Layout {
  /** By section index; undefined if the section is not loaded. */
  readonly sections: readonly (PlacedSection | undefined)[];
  readonly relocations: readonly PlacedRelocations[];
  readonly extents: Readonly<Record<PoolName, Extent>>;
  /** Offsets in `data` by symbol index. */
  readonly commons: ReadonlyMap<number, number>;
  /** Symbols that loaded relocations refer to, in the order of their first use. */
  readonly used: ReadonlySet<number>;
  /** Offset in `code` of the jump that reaches a symbol anywhere, by symbol index. */
  readonly stubs: ReadonlyMap<number, number>;
  /** Offset in `metadata` of the word that holds a symbol's address, by symbol index. */
  readonly entries: ReadonlyMap<number, number>;
  /** Offset in `metadata` of the table of addresses. */
  readonly tableOffset: number;
  readonly initializers: readonly PlacedSection[];
  readonly finalizers: readonly PlacedSection[];
}

/** Sections of our own objects. */
export const ownSections = {
  /** Bytes that belong into linear memory. */
  linear: ".anneal.data",
  /** The locations that lines of `.debug_line` number. */
  locations: ".anneal.lines",
  /** The ABI hash. */
  abi: ".anneal.abi",
} as const;

/** Size of a stub: an indirect jump and the address that it jumps to. */
export const stubSize = 16;

/** Addresses of 32-bit objects take 4 bytes. */
export function wordSize(machine: ElfMachine): 4 | 8 {
  return machine === "i686" ? 4 : 8;
}

/** Unwinding needs these, and nothing unwinds native frames; or the loader itself. */
function isIgnored({ name, type }: ElfSection): boolean {
  return (
    type === sectionTypes.note ||
    type === sectionTypes.unwind ||
    name === ".eh_frame" ||
    name.includes(".DW.ref.") ||
    name.startsWith(".anneal.") ||
    name.startsWith(".gcc_except_table")
  );
}

function poolOf(section: ElfSection, reasons: Reasons): PoolName {
  const { name, flags } = section;
  if ((flags & sectionFlags.execute) !== 0) {
    if ((flags & sectionFlags.write) !== 0) {
      reasons.add(`section \`${name}\` is both written and executed`);
    }
    return "code";
  }
  if ((flags & sectionFlags.write) === 0) return "metadata";
  return name.startsWith(".data.rel.ro") || isInitializer(section) || isFinalizer(section)
    ? "metadata"
    : "data";
}

function isInitializer({ type }: ElfSection): boolean {
  return type === sectionTypes.initArray || type === sectionTypes.preinitArray;
}

function isOldInitializer({ name }: ElfSection): boolean {
  return name.startsWith(".ctors") || name.startsWith(".dtors");
}

function isFinalizer({ type }: ElfSection): boolean {
  return type === sectionTypes.finiArray;
}

/** Place in the order of running: `.init_array.100` is before `.init_array.200`, those without a number are last. */
function priority({ section }: PlacedSection): number {
  if (section.type === sectionTypes.preinitArray) return -1;
  const number = /\.(\d{1,9})$/.exec(section.name);
  return number === null ? 2 ** 31 : Number(number[1]);
}

/** Gives each part of an object its place; what cannot be loaded becomes a reason. */
export function layOut(object: ElfObject, pageSize: number, reasons: Reasons): Layout {
  const planner = new Planner(pageSize, reasons);
  planner.placeSections(object, false);
  const sections = planner.sections;
  const relocations: PlacedRelocations[] = [];
  for (const list of object.relocations) {
    const placed = sections[list.section];
    if (placed !== undefined) relocations.push(planner.scan(object, list, placed));
  }
  const { extents } = planner;
  const stubsAt = alignUp(extents.code.size, 16);
  const stubs = new Map([...planner.branches].map((symbol, i) => [symbol, stubsAt + i * stubSize]));
  if (stubs.size > 0) extents.code.size = stubsAt + stubs.size * stubSize;
  extents.code.stored = extents.code.size;
  const word = wordSize(object.machine);
  const tableOffset = alignUp(extents.metadata.size, word);
  const entries = new Map(
    [...planner.entries].map((symbol, i) => [symbol, tableOffset + i * word]),
  );
  if (planner.usesTable) extents.metadata.size = tableOffset + Math.max(1, entries.size) * word;
  extents.metadata.stored = extents.metadata.size;
  extents.data.stored = extents.data.size;
  planner.placeSections(object, true);
  const commons = planner.placeCommons(object);
  const placedOf = (match: (section: ElfSection) => boolean): PlacedSection[] =>
    sections
      .filter((placed) => placed !== undefined)
      .filter(({ section }) => match(section))
      .toSorted((left, right) => priority(left) - priority(right));
  return {
    sections,
    relocations,
    extents,
    commons,
    used: planner.used,
    stubs,
    entries,
    tableOffset,
    initializers: placedOf(isInitializer),
    finalizers: placedOf(isFinalizer),
  };
}

/** The next multiple of a power of two. */
export function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

class Planner {
  readonly sections: (PlacedSection | undefined)[] = [];
  readonly extents: Record<PoolName, Extent> = {
    code: { size: 0, stored: 0 },
    metadata: { size: 0, stored: 0 },
    data: { size: 0, stored: 0 },
  };
  readonly used = new Set<number>();
  readonly branches = new Set<number>();
  readonly entries = new Set<number>();
  usesTable = false;
  readonly #pageSize: number;
  readonly #reasons: Reasons;

  constructor(pageSize: number, reasons: Reasons) {
    this.#pageSize = pageSize;
    this.#reasons = reasons;
  }

  /** Places sections with bytes, or those that are zero: of these, the writable ones stand behind all others. */
  placeSections(object: ElfObject, zero: boolean): void {
    for (const section of object.sections) {
      if ((section.flags & sectionFlags.alloc) === 0 || isIgnored(section)) continue;
      const pool = poolOf(section, this.#reasons);
      const isZero = section.type === sectionTypes.noBits && pool === "data";
      if (isZero !== zero) continue;
      if ((section.flags & sectionFlags.tls) !== 0) {
        this.#reasons.add(`section \`${section.name}\` is thread-local`);
      } else if (isOldInitializer(section) && section.size > 0) {
        this.#reasons.add(`section \`${section.name}\` holds initialisers of an old kind`);
      } else if ((section.flags & sectionFlags.compressed) !== 0) {
        this.#reasons.add(`section \`${section.name}\` is compressed`);
      } else {
        const offset = this.#place(pool, section.size, section);
        this.sections[section.index] = { section, pool, offset };
      }
    }
  }

  /** Commons stand behind the other zeros. */
  placeCommons(object: ElfObject): Map<number, number> {
    const commons = new Map<number, number>();
    for (const { section, index, value, size, name } of object.symbols) {
      if (section !== symbolPlaces.common) continue;
      const align = Math.max(1, value);
      if (align > 2 ** 30 || (align & (align - 1)) !== 0) {
        this.#reasons.add(`common symbol \`${name}\` is aligned to ${align}`);
      } else commons.set(index, this.#place("data", size, { name, align }));
    }
    return commons;
  }

  #place(
    pool: PoolName,
    size: number,
    { name, align }: { readonly name: string; readonly align: number },
  ): number {
    if (align > this.#pageSize) {
      this.#reasons.add(`\`${name}\` is aligned to ${align}, at most ${this.#pageSize} can be had`);
    }
    const extent = this.extents[pool];
    const offset = alignUp(extent.size, align);
    extent.size = offset + size;
    return offset;
  }

  /** Finds out which symbols, stubs and entries a section needs. */
  scan(object: ElfObject, list: ElfRelocations, placed: PlacedSection): PlacedRelocations {
    if (placed.section.type === sectionTypes.noBits && list.entries.length > 0) {
      this.#reasons.add(`section \`${placed.section.name}\` has relocations and no bytes`);
    }
    const types = relocationTypes[object.machine];
    for (const { type, symbol } of list.entries) {
      const row = types.get(type);
      if (row === undefined) {
        const named = object.symbols[symbol];
        const isLocal = isThreadLocal(object.machine, type);
        const what = isLocal ? "thread-local storage" : "unknown";
        const place = `relocation of type ${type} in \`${placed.section.name}\`: ${what}`;
        // The resolver says it of symbols.
        if (isLocal && named?.type === "tls") this.used.add(named.index);
        else this.#reasons.add(place);
      } else if (row.value !== "none") this.#note(row, object.symbols[symbol], object.machine);
    }
    return { placed, implicit: list.implicit, entries: list.entries };
  }

  #note(row: RelocationType, symbol: ElfSymbol | undefined, machine: ElfMachine): void {
    if (symbol !== undefined && symbol.index !== 0) this.used.add(symbol.index);
    const { value } = row;
    if (value.includes("G")) this.usesTable = true;
    if (symbol === undefined) return;
    if (value.includes("G+A") || value.includes("page(G)")) this.entries.add(symbol.index);
    // Weak definitions count: they may give way to one that is far away. In 32 bits nothing is.
    const near = symbol.binding === "local" || machine === "i686";
    const own = symbol.binding === "global" && symbol.section > 0;
    if (value === "branch" && !near && !own) this.branches.add(symbol.index);
  }
}
