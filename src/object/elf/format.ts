// ELF relocatables as records: what a reader of `.o` files finds. The numbers are those of the gABI
// (https://gabi.xinuos.com) and of the processor supplements.

/** The processors whose objects are understood. */
export type ElfMachine = "x86_64" | "aarch64" | "i686";

/** `e_machine`. */
export const machineNumbers: Readonly<Record<ElfMachine, number>> = {
  x86_64: 62,
  aarch64: 183,
  i686: 3,
};

/** `sh_type`. */
export const sectionTypes = {
  unused: 0,
  bits: 1,
  symbols: 2,
  texts: 3,
  rela: 4,
  note: 7,
  noBits: 8,
  rel: 9,
  initArray: 14,
  finiArray: 15,
  preinitArray: 16,
  group: 17,
  symbolIndices: 18,
  relr: 19,
  unwind: 0x7000_0001,
} as const;

/** `sh_flags`. */
export const sectionFlags = {
  write: 0x1,
  alloc: 0x2,
  execute: 0x4,
  tls: 0x400,
  compressed: 0x800,
} as const;

/** Places of symbols that are no section: `st_shndx` as `ElfSymbol.section` holds it. */
export const symbolPlaces = { undefined: 0, absolute: -1, common: -2 } as const;

/** A section: a range of the file, or only a size if its type is `noBits`. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** One of `sectionTypes`, or a number that we do not know. */
  readonly type: number;
  /** Bits of `sectionFlags`; the upper 32 bits are dropped. */
  readonly flags: number;
  /** Where its bytes start in the file. */
  readonly offset: number;
  readonly size: number;
  /** A power of two. */
  readonly align: number;
  readonly entrySize: number;
  readonly link: number;
  readonly info: number;
}

/** `local` is not seen outside the object; `weak` gives way to another definition, and may stay undefined. */
export type SymbolBinding = "local" | "global" | "weak";

/** What a symbol names; `other` are types that the loader does not accept. */
export type SymbolType = "none" | "object" | "function" | "section" | "file" | "tls" | "other";

/** An entry of the symbol table. */
export interface ElfSymbol {
  readonly index: number;
  /** Empty for section symbols. */
  readonly name: string;
  readonly binding: SymbolBinding;
  readonly type: SymbolType;
  /** Index of the section that defines it, or one of `symbolPlaces`. */
  readonly section: number;
  /** Offset in its section; the value if absolute, signed; the alignment if common. */
  readonly value: number;
  readonly size: number;
  /** Hidden symbols are not for other objects. */
  readonly hidden: boolean;
}

/** Says how a field of a section depends on a symbol. */
export interface ElfRelocation {
  /** In the section. */
  readonly offset: number;
  /** Number of the relocation type, by machine. */
  readonly type: number;
  /** Index in the symbol table; 0 is none. */
  readonly symbol: number;
  /** 0 if the addend is in the field itself. */
  readonly addend: number;
}

/** The relocations of one section. */
export interface ElfRelocations {
  /** Index of the section that they change. */
  readonly section: number;
  /** Whether the addends stand in the fields (`SHT_REL`). */
  readonly implicit: boolean;
  readonly entries: readonly ElfRelocation[];
}

/** A relocatable that was read: every index and range in it has been checked. */
export interface ElfObject {
  readonly machine: ElfMachine;
  readonly bytes: Uint8Array;
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  readonly relocations: readonly ElfRelocations[];
}

/** The bytes of a section: a view, not a copy; empty if it has none in the file. */
export function sectionBytes(object: ElfObject, section: ElfSection): Uint8Array {
  if (section.type === sectionTypes.noBits) return new Uint8Array(0);
  return object.bytes.subarray(section.offset, section.offset + section.size);
}

/** Name of the source file that the object was made from, or null. */
export function sourceName(object: ElfObject): string | null {
  return object.symbols.find(({ type, name }) => type === "file" && name !== "")?.name ?? null;
}

/** The section with a name, or null. */
export function findSection(object: ElfObject, name: string): ElfSection | null {
  return object.sections.find((section) => section.name === name) ?? null;
}
