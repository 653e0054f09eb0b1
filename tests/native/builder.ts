// A writer of small ELF64 relocatables for tests: exactly the sections, symbols and relocations that a test is about.

/** A section with bytes, or with a size alone if its type is 8. */
export interface BuiltSection {
  readonly name: string;
  /** 1 (bytes) if absent. */
  readonly type?: number;
  readonly flags: number;
  readonly bytes: readonly number[];
  /** For sections without bytes. */
  readonly size?: number;
  readonly align?: number;
  /** `sh_info`; of a group the index of its signature in the symbol table, from 1. */
  readonly info?: number;
  readonly relocations?: readonly BuiltRelocation[];
}

export interface BuiltRelocation {
  readonly offset: number;
  readonly type: number;
  /** Name of a symbol. */
  readonly symbol: string;
  readonly addend?: number;
}

export interface BuiltSymbol {
  readonly name: string;
  /** Index in `sections`; undefined symbols have none. `absolute` and `common` are places, too. */
  readonly section?: number | "absolute" | "common";
  readonly value?: number;
  readonly size?: number;
  /** 1 (global) if absent; 0 local, 2 weak. */
  readonly binding?: number;
  /** 0 (none) if absent; 1 data, 2 function, 6 thread-local, 10 chosen at load time. */
  readonly type?: number;
}

export interface BuiltObject {
  readonly machine?: number;
  readonly sections: readonly BuiltSection[];
  readonly symbols: readonly BuiltSymbol[];
}

interface Header {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entry: number;
}

const places = { absolute: 0xfff1, common: 0xfff2 };

/** The bytes of an object. */
export function buildObject({ machine = 62, sections, symbols }: BuiltObject): Uint8Array {
  const texts: number[] = [0];
  const text = (name: string): number => {
    texts.push(...Buffer.from(name), 0);
    return texts.length - name.length - 1;
  };
  const symbolBytes = new Uint8Array(24 * (symbols.length + 1));
  const view = new DataView(symbolBytes.buffer);
  symbols.forEach((symbol, i) => {
    const at = 24 * (i + 1);
    const { section } = symbol;
    view.setUint32(at, text(symbol.name), true);
    view.setUint8(at + 4, ((symbol.binding ?? 1) << 4) | (symbol.type ?? 0));
    const place =
      typeof section === "number" ? section + 1 : section === undefined ? 0 : places[section];
    view.setUint16(at + 6, place, true);
    view.setBigUint64(at + 8, BigInt.asUintN(64, BigInt(symbol.value ?? 0)), true);
    view.setBigUint64(at + 16, BigInt(symbol.size ?? 0), true);
  });
  const tables = sections.length + 1;
  const headers: Header[] = sections.map((section) => ({
    name: text(section.name),
    type: section.type ?? 1,
    flags: section.flags,
    bytes: Uint8Array.from(section.bytes),
    size: section.size ?? section.bytes.length,
    link: 0,
    info: section.info ?? 0,
    align: section.align ?? 1,
    entry: 0,
  }));
  const plain = { flags: 0, info: 0, align: 1, entry: 0, link: 0 };
  const symbolTable = { ...plain, name: text(".symtab"), type: 2, bytes: symbolBytes, entry: 24 };
  headers.push({ ...symbolTable, size: symbolBytes.length, link: tables + 1, info: 1 });
  const textName = text(".strtab");
  const relocationNames = sections.map(({ name }) => text(`.rela${name}`));
  const textBytes = Uint8Array.from(texts);
  headers.push({ ...plain, name: textName, type: 3, bytes: textBytes, size: textBytes.length });
  sections.forEach((section, i) => {
    if (section.relocations === undefined) return;
    const bytes = relocationBytes(section.relocations, symbols);
    const name = relocationNames[i] ?? 0;
    const shape = { ...plain, type: 4, entry: 24, link: tables, info: i + 1 };
    headers.push({ ...shape, name, bytes, size: bytes.length });
  });
  return assemble(machine, headers, tables + 1);
}

function relocationBytes(
  relocations: readonly BuiltRelocation[],
  symbols: readonly BuiltSymbol[],
): Uint8Array {
  const bytes = new Uint8Array(24 * relocations.length);
  const view = new DataView(bytes.buffer);
  relocations.forEach(({ offset, type, symbol, addend = 0 }, i) => {
    view.setBigUint64(24 * i, BigInt(offset), true);
    view.setUint32(24 * i + 8, type, true);
    view.setUint32(24 * i + 12, symbols.findIndex(({ name }) => name === symbol) + 1, true);
    view.setBigInt64(24 * i + 16, BigInt(addend), true);
  });
  return bytes;
}

function assemble(machine: number, headers: readonly Header[], names: number): Uint8Array {
  const start =
    64 + headers.reduce((sum, { type, bytes }) => sum + (type === 8 ? 0 : bytes.length), 0);
  const out = new Uint8Array(start + 64 * (headers.length + 1));
  const view = new DataView(out.buffer);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(0x28, BigInt(start), true);
  view.setUint16(0x34, 64, true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, headers.length + 1, true);
  view.setUint16(0x3e, names, true);
  let offset = 64;
  headers.forEach((header, i) => {
    const at = start + 64 * (i + 1);
    view.setUint32(at, header.name, true);
    view.setUint32(at + 4, header.type, true);
    view.setBigUint64(at + 8, BigInt(header.flags), true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(header.size), true);
    view.setUint32(at + 40, header.link, true);
    view.setUint32(at + 44, header.info, true);
    view.setBigUint64(at + 48, BigInt(header.align), true);
    view.setBigUint64(at + 56, BigInt(header.entry), true);
    if (header.type === 8) return;
    out.set(header.bytes, offset);
    offset += header.bytes.length;
  });
  return out;
}
