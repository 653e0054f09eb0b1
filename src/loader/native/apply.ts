// Computation and storing of relocations, in images of the blocks before they are written to memory.
import {
  relocationTypes,
  sectionBytes,
  type ElfObject,
  type ElfRelocation,
  type InstructionField,
  type RelocationCheck,
  type RelocationField,
  type RelocationType,
} from "../../object/elf/index.ts";
import type { Layout, PlacedRelocations } from "./layout.ts";
import { wordSize } from "./layout.ts";
import { poolNames, type PoolName } from "./pools.ts";
import type { Reasons } from "./reasons.ts";
import { relax } from "./relax.ts";
import type { Resolved } from "./resolve.ts";
import { writeStub } from "./stubs.ts";

/** An image of one block's stored bytes. */
export class Image {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where byte 0 will be. */
  readonly address: number;

  constructor(size: number, address: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.address = address;
  }
}

/** The images of an object, by pool. */
export type Images = Readonly<Record<PoolName, Image>>;

/** What relocations are computed from. */
export interface LinkInput {
  readonly object: ElfObject;
  readonly layout: Layout;
  readonly resolved: Resolved;
  /** Addresses of the blocks; 0 for a pool that the object does not use. */
  readonly addresses: Readonly<Record<PoolName, number>>;
  /** Where the object's data in linear memory stand; 0 if it has none. */
  readonly linearAddress: number;
  readonly reasons: Reasons;
  /** Whether accesses through the table of addresses become direct where they can. */
  readonly relaxes: boolean;
}

/** What came of linking. */
export interface Linked {
  readonly images: Images;
  /** Addresses by symbol index; undefined for symbols that stand nowhere. */
  address(symbol: number): number | undefined;
  /** Stubs that some branch goes through. */
  readonly stubs: number;
  readonly relocations: number;
}

/** Fills the images of an object. What does not fit its field becomes a reason; then the images are of no use. */
export function link(input: LinkInput): Linked {
  const linker = new Linker(input);
  linker.copySections();
  linker.writeEntries();
  for (const list of input.layout.relocations) linker.relocate(list);
  return linker;
}

/** An object's handle: an address that no other object has. */
export function handleOf({ code, metadata, data }: LinkInput["addresses"]): number {
  return [code, metadata, data].find((address) => address !== 0) ?? 0;
}

const pageSize = 4096;
const nop = 0xd503_201f;

function page(address: number): number {
  return Math.floor(address / pageSize) * pageSize;
}

interface Place {
  readonly list: PlacedRelocations;
  readonly entry: ElfRelocation;
  readonly row: RelocationType;
  readonly image: Image;
  /** Offset of the field in the image. */
  readonly at: number;
}

class Linker implements Linked {
  readonly images: Images;
  relocations = 0;
  readonly #input: LinkInput;
  readonly #table: number;
  readonly #usedStubs = new Set<number>();

  constructor(input: LinkInput) {
    this.#input = input;
    const { addresses, layout } = input;
    this.#table = addresses.metadata + layout.tableOffset;
    const image = (pool: PoolName): Image =>
      new Image(layout.extents[pool].stored, addresses[pool]);
    this.images = { code: image("code"), metadata: image("metadata"), data: image("data") };
  }

  get stubs(): number {
    return this.#usedStubs.size;
  }

  copySections(): void {
    const { object, layout } = this.#input;
    for (const placed of layout.sections) {
      if (placed === undefined) continue;
      const bytes = sectionBytes(object, placed.section);
      // Zeros stand behind what is stored.
      if (bytes.length > 0) this.images[placed.pool].bytes.set(bytes, placed.offset);
    }
  }

  /** Fills the table of addresses. */
  writeEntries(): void {
    const { view } = this.images.metadata;
    const word: RelocationField = wordSize(this.#input.object.machine) === 8 ? wide : narrow;
    for (const [symbol, offset] of this.#input.layout.entries) {
      storeField(view, offset, { field: word, value: this.address(symbol) ?? 0 });
    }
  }

  address(index: number): number | undefined {
    const { object, layout, resolved, addresses, linearAddress } = this.#input;
    if (index === 0) return 0;
    const symbol = object.symbols[index];
    if (symbol === undefined) return undefined;
    const outside = resolved.outside.get(index);
    if (outside !== undefined) return outside;
    const special = resolved.special.get(index);
    if (special !== undefined) return special === "table" ? this.#table : handleOf(addresses);
    const linear = resolved.linear.get(index);
    if (linear !== undefined) return linearAddress + linear;
    const common = layout.commons.get(index);
    if (common !== undefined) return addresses.data + common;
    if (symbol.section < 0) return symbol.value;
    const placed = layout.sections[symbol.section];
    if (placed === undefined) return undefined;
    return addresses[placed.pool] + placed.offset + symbol.value;
  }

  relocate(list: PlacedRelocations): void {
    const { pool, section, offset } = list.placed;
    const image = this.images[pool];
    const types = relocationTypes[this.#input.object.machine];
    for (const entry of list.entries) {
      const row = types.get(entry.type);
      if (row === undefined || row.value === "none") continue;
      this.relocations += 1;
      const size = row.field.kind === "word" ? row.field.bits / 8 : 4;
      const place: Place = { list, entry, row, image, at: offset + entry.offset };
      if (entry.offset + size > section.size) this.#report(place, "passes the end of the section");
      else this.#apply(place);
    }
  }

  #apply(place: Place): void {
    const { entry, row, image, at, list } = place;
    const symbol = this.address(entry.symbol);
    if (symbol === undefined) return;
    const addend = list.implicit ? implicitAddend(image.view, at, row.field) : entry.addend;
    const position = image.address + at;
    if (row.relaxes === true && this.#input.relaxes && addend === -4 && symbol !== 0) {
      if (relax(image, { at, first: list.placed.offset, distance: symbol - 4 - position })) return;
    }
    if (row.value === "branch" && row.field.kind === "instruction" && this.#isNowhere(entry)) {
      image.view.setUint32(at, nop, true);
      return;
    }
    const value =
      row.value === "branch"
        ? this.#branch(place, { symbol, addend, position })
        : this.#compute(place, { symbol, addend, position });
    const wrong = misfit(row.field, value);
    if (wrong !== null) this.#report(place, `${wrong}${hint(row)}`);
    else storeField(image.view, at, { field: row.field, value });
  }

  #compute(place: Place, operands: Operands): number {
    const { symbol, addend, position } = operands;
    const entry = (): number => this.#entry(place);
    switch (place.row.value) {
      case "none":
        return 0;
      case "S+A":
        return symbol + addend;
      case "S+A-P":
      case "branch":
        return symbol + addend - position;
      case "page(S+A)-page(P)":
        return page(symbol + addend) - page(position);
      case "S+A-GOT":
        return symbol + addend - this.#table;
      case "GOT+A-P":
        return this.#table + addend - position;
      case "Z+A":
        return (this.#input.object.symbols[place.entry.symbol]?.size ?? 0) + addend;
      case "G+A":
        return entry() + addend;
      case "G+A-P":
        return entry() + addend - position;
      case "G+A-GOT":
        return entry() + addend - (this.#isAbsoluteEntry(place) ? 0 : this.#table);
      case "G+A-page(GOT)":
        return entry() + addend - page(this.#table);
      case "page(G)-page(P)":
        return page(entry() + addend) - page(position);
    }
  }

  /** Address of the symbol's entry in the table of addresses. */
  #entry(place: Place): number {
    const offset = this.#input.layout.entries.get(place.entry.symbol);
    return this.#input.addresses.metadata + (offset ?? 0);
  }

  /** On i686 an access to the table without a base register has the entry's address, not its offset. */
  #isAbsoluteEntry({ image, at, list }: Place): boolean {
    if (this.#input.object.machine !== "i686" || at <= list.placed.offset) return false;
    return ((image.bytes[at - 1] ?? 0) & 0xc7) === 5;
  }

  /** An undefined weak symbol, a branch to which does nothing on aarch64, as its ABI says. */
  #isNowhere({ symbol }: ElfRelocation): boolean {
    const { object, resolved } = this.#input;
    return resolved.outside.get(symbol) === 0 && object.symbols[symbol]?.section === 0;
  }

  /** The distance to a symbol, or to a stub that jumps there if the symbol is too far away. */
  #branch(place: Place, { symbol, addend, position }: Operands): number {
    const direct = symbol + addend - position;
    if (misfit(place.row.field, direct) === null) return direct;
    const { object, layout, addresses } = this.#input;
    const offset = layout.stubs.get(place.entry.symbol);
    // A stub takes the symbol's place, so on aarch64 it cannot lead into the middle of a function.
    if (offset === undefined || (object.machine === "aarch64" && addend !== 0)) return direct;
    if (!this.#usedStubs.has(place.entry.symbol)) {
      this.#usedStubs.add(place.entry.symbol);
      writeStub(object.machine, this.images.code.view, { offset, target: symbol });
    }
    return addresses.code + offset + addend - position;
  }

  #report({ list, entry, row }: Place, what: string): void {
    const symbol = this.#input.object.symbols[entry.symbol];
    const name = symbol === undefined || symbol.name === "" ? "" : ` to \`${symbol.name}\``;
    const section = `\`${list.placed.section.name}\`+${entry.offset}`;
    this.#input.reasons.add(`${row.name} at ${section}${name}: ${what}`);
  }
}

interface Operands {
  readonly symbol: number;
  readonly addend: number;
  readonly position: number;
}

const wide: RelocationField = { kind: "word", bits: 64, check: "any" };
const narrow: RelocationField = { kind: "word", bits: 32, check: "any" };

function hint(row: RelocationType): string {
  if (row.value === "S+A") return "; help: compile with -fPIC, or place the pools low";
  return row.value === "S+A-P" ? "; help: compile with -fPIC or for the large code model" : "";
}

/** The addend that stands in the field itself. */
function implicitAddend(view: DataView, at: number, field: RelocationField): number {
  if (field.kind !== "word") return 0;
  if (field.bits === 8) return view.getInt8(at);
  return field.bits === 16 ? view.getInt16(at, true) : view.getInt32(at, true);
}

/** Why a value cannot be stored in a field, or null. */
function misfit(field: RelocationField, value: number): string | null {
  if (field.kind === "word") return misrange(value, field.bits, field.check);
  const { multiple, bits, shift, check, form } = field;
  if (value % multiple !== 0) return `value ${value} is no multiple of ${multiple}`;
  // The sign of these is in the opcode.
  return misrange(value, bits + shift + (form === "movw" ? 1 : 0), check);
}

function misrange(value: number, bits: number, check: RelocationCheck): string | null {
  if (check === "any") return null;
  const least = check === "unsigned" ? 0 : -(2 ** (bits - 1));
  const limit = check === "signed" ? 2 ** (bits - 1) : 2 ** bits;
  if (value >= least && value < limit) return null;
  return `value ${value} does not fit in ${bits} bits (${check})`;
}

function storeField(
  view: DataView,
  at: number,
  { field, value }: { readonly field: RelocationField; readonly value: number },
): void {
  if (field.kind === "instruction") {
    view.setUint32(at, encode(field, view.getUint32(at, true), value), true);
    return;
  }
  // Conversion to 32 bits takes the value modulo 2^32, as the field wants it.
  if (field.bits === 8) view.setUint8(at, value & 0xff);
  else if (field.bits === 16) view.setUint16(at, value & 0xffff, true);
  else {
    view.setUint32(at, value >>> 0, true);
    if (field.bits === 64) view.setUint32(at + 4, Math.floor(value / 2 ** 32) >>> 0, true);
  }
}

/** An instruction with a value in its field. */
function encode(field: InstructionField, instruction: number, value: number): number {
  const { position, bits, shift, form } = field;
  const mask = 2 ** bits - 1;
  switch (form) {
    case "adr": {
      const number = Math.floor(value / 2 ** shift) & mask;
      const kept = instruction & ~((3 << 29) | (0x7ffff << 5));
      return (kept | ((number & 3) << 29) | ((number >> 2) << 5)) >>> 0;
    }
    case "low12":
    case "low15": {
      const number = ((value >>> 0) & (form === "low12" ? 0xfff : 0x7fff)) >> shift;
      return ((instruction & ~(0xfff << 10)) | (number << position)) >>> 0;
    }
    case "movw": {
      const shifted = Math.floor((value < 0 ? -value - 1 : value) / 2 ** shift);
      // movn has bit 30 clear and stores the complement.
      const kept = (instruction & ~((mask << position) | (1 << 30))) >>> 0;
      const opcode = value < 0 ? 0 : 1 << 30;
      return (kept | opcode | (((shifted >>> 0) & mask) << position)) >>> 0;
    }
    case "plain": {
      const number = (Math.floor(value / 2 ** shift) >>> 0) & mask;
      return ((instruction & ~(mask << position)) | (number << position)) >>> 0;
    }
  }
}

/** Whether any byte of a pool comes from an object. */
export function usedPools(layout: Layout): PoolName[] {
  return poolNames.filter((name) => layout.extents[name].size > 0);
}
