// The GNU linker as the oracle: an object is linked with every section at the address where our loader has put it, and
// the bytes are compared.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  parseElf,
  relocationTypes,
  sectionTypes,
  type ElfMachine,
  type ElfObject,
} from "../../src/object/elf/index.ts";
import { layOut, type Layout } from "../../src/loader/native/layout.ts";
import { loadNative, NativePools, NativeSymbolTable } from "../../src/loader/native/index.ts";
import { Reasons } from "../../src/loader/native/reasons.ts";
import { FixedMemory } from "./fixed-memory.ts";

/** The binutils of a machine. */
export interface Binutils {
  readonly machine: ElfMachine;
  readonly ld: string;
  readonly as: string;
  readonly flags: readonly string[];
}

export const binutils: Readonly<Record<ElfMachine, Binutils>> = {
  x86_64: { machine: "x86_64", ld: "ld", as: "as", flags: ["-m", "elf_x86_64", "--no-relax"] },
  i686: { machine: "i686", ld: "ld", as: "as", flags: ["-m", "elf_i386", "--no-relax"] },
  aarch64: {
    machine: "aarch64",
    ld: "aarch64-linux-gnu-ld",
    as: "aarch64-linux-gnu-as",
    flags: ["--no-relax"],
  },
};

/** Whether a program can be started. */
export function hasTool(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What was compared. */
export interface Comparison {
  readonly sections: number;
  readonly bytes: number;
  readonly relocations: number;
  /** Relocations through the table of addresses, compared by what the entry holds. */
  readonly entries: number;
  /** One line for each difference. */
  readonly differences: readonly string[];
}

const outsideBase = 0x0100_0000;

function undefinedNames(object: ElfObject): { strong: string[]; all: string[] } {
  const found = object.symbols.filter(
    ({ section, name, binding }) =>
      section === 0 && name !== "" && binding !== "local" && name !== "_GLOBAL_OFFSET_TABLE_",
  );
  const strong = found.filter(({ binding }) => binding === "global").map(({ name }) => name);
  return { strong, all: found.map(({ name }) => name) };
}

/** Loads an object at a base address and links it with the GNU linker at the same addresses. */
export function compareWithLinker(bytes: Uint8Array, base: number): Comparison {
  const object = parseElf(bytes);
  const names = undefinedNames(object);
  // The linker cannot branch to address 0 from far away.
  const defined = base < 2 ** 31 ? names.strong : names.all;
  const outside = new Map(defined.map((name, i) => [name, base + outsideBase + 64 * i]));
  const memory = new FixedMemory(base);
  const pools = new NativePools(memory, { code: 1 << 18, metadata: 1 << 18, data: 1 << 18 });
  const symbols = new NativeSymbolTable();
  for (const [name, address] of outside) {
    symbols.define({ name, address, kind: "function", size: 0, origin: "test" });
  }
  const loaded = loadNative(bytes, {
    machine: object.machine,
    pools,
    symbols,
    initializers: "list",
    relaxes: false,
  });
  if (loaded.kind === "refused") throw new Error(loaded.message);
  const layout = layOut(object, memory.pageSize, new Reasons());
  const addresses = Object.fromEntries(loaded.blocks.map(({ pool, address }) => [pool, address]));
  const linked = linkAt({ object, bytes, layout, addresses, outside });
  return compare({ object, layout, addresses, memory, linked });
}

interface LinkRequest {
  readonly object: ElfObject;
  readonly bytes: Uint8Array;
  readonly layout: Layout;
  readonly addresses: Readonly<Record<string, number>>;
  readonly outside: ReadonlyMap<string, number>;
}

/** The linker must not merge constants, since it would put them elsewhere. */
function withoutMerging(object: ElfObject, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const wide = object.machine !== "i686";
  const table = wide ? Number(view.getBigUint64(0x28, true)) : view.getUint32(0x20, true);
  for (const { index } of object.sections) {
    const at = table + index * (wide ? 64 : 40) + 8;
    view.setUint32(at, view.getUint32(at, true) & ~0x30, true);
  }
  return copy;
}

function linkAt({ object, bytes, layout, addresses, outside }: LinkRequest): LinkedFile {
  const { ld, as, flags } = binutils[object.machine];
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-oracle-"));
  const file = (name: string): string => path.join(folder, name);
  try {
    writeFileSync(file("in.o"), withoutMerging(object, bytes));
    const first = Math.min(...outside.values(), Number.MAX_SAFE_INTEGER);
    const names = [...outside].map(
      ([name, at]) => `.globl ${name}\n.set ${name}, . + ${at - first}\n`,
    );
    writeFileSync(
      file("out.s"),
      `.section .outside,"awx"\n${names.join("").replaceAll("., .", ".")}.skip ${64 * outside.size + 1}\n`
        .replace(/\. \+/g, "outside_start +")
        .replace("\n", "\noutside_start:\n"),
    );
    const asFlags = object.machine === "i686" ? ["--32"] : [];
    execFileSync(as, [...asFlags, "-o", file("out.o"), file("out.s")]);
    writeFileSync(file("script"), script(layout, addresses, first));
    execFileSync(
      ld,
      [...flags, "-static", "-nostdlib", "-e", "0", "-z", "noexecstack", "-z", "norelro"].concat([
        "--no-warn-rwx-segments",
        "-T",
        file("script"),
        "-o",
        file("linked"),
        file("in.o"),
        file("out.o"),
      ]),
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    return readLinked(Uint8Array.from(readFileSync(file("linked"))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;

function script(
  layout: Layout,
  addresses: Readonly<Record<string, number>>,
  outside: number,
): string {
  const placed: { at: number; line: string }[] = [];
  const add = (at: number, name: string, input: string): void => {
    placed.push({ at, line: `${name} ${hex(at)} : SUBALIGN(1) { ${input} }` });
  };
  for (const item of layout.sections) {
    if (item === undefined || item.section.size === 0) continue;
    const { section, pool, offset } = item;
    add((addresses[pool] ?? 0) + offset, `.at${section.index}`, `KEEP(*in.o(${section.name}))`);
  }
  const [common] = layout.commons.values();
  if (common !== undefined) add((addresses["data"] ?? 0) + common, ".commons", "*in.o(COMMON)");
  if (addresses["metadata"] !== undefined) {
    // The linker's own entries stand behind the table's start, apart from ours.
    add(addresses["metadata"] + layout.tableOffset, ".got.plt", "*(.got.plt)");
    add(addresses["metadata"] + layout.extents.metadata.size + 4096, ".got", "*(.got)");
  }
  if (outside < Number.MAX_SAFE_INTEGER) add(outside, ".outside", "*(.outside)");
  placed.sort((left, right) => left.at - right.at);
  return `SECTIONS {\n${placed.map(({ line }) => line).join("\n")}\n/DISCARD/ : { *(*) }\n}\n`;
}

interface LinkedFile {
  /** Bytes at an address, or null where nothing was linked. */
  read(address: number, size: number): Uint8Array | null;
}

function readLinked(bytes: Uint8Array): LinkedFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = view.getUint8(4) === 2;
  const word = (at: number): number =>
    wide ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
  const table = word(wide ? 0x28 : 0x20);
  const count = view.getUint16(wide ? 0x3c : 0x30, true);
  const sections = Array.from({ length: count }, (_, i) => {
    const at = table + i * (wide ? 64 : 40);
    const [type, flags] = [view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
    const address = word(at + (wide ? 16 : 12));
    const offset = word(at + (wide ? 24 : 16));
    const size = word(at + (wide ? 32 : 20));
    return { type, flags, address, offset, size };
  }).filter(({ type, flags }) => type !== sectionTypes.noBits && (flags & 2) !== 0);
  return {
    read: (address, size) => {
      const found = sections.find(
        (s) => address >= s.address && address + size <= s.address + s.size,
      );
      if (found === undefined) return null;
      const start = found.offset + address - found.address;
      return bytes.slice(start, start + size);
    },
  };
}

interface CompareInput {
  readonly object: ElfObject;
  readonly layout: Layout;
  readonly addresses: Readonly<Record<string, number>>;
  readonly memory: FixedMemory;
  readonly linked: LinkedFile;
}

function compare(input: CompareInput): Comparison {
  const { layout, addresses, memory, linked, object } = input;
  const differences: string[] = [];
  let [sections, bytes, relocations, entries] = [0, 0, 0, 0];
  for (const placed of layout.sections) {
    if (placed === undefined || placed.section.type === sectionTypes.noBits) continue;
    if (placed.section.size === 0) continue;
    const { section, pool, offset } = placed;
    const address = (addresses[pool] ?? 0) + offset;
    const ours = memory.read(address, section.size);
    const theirs = linked.read(address, section.size);
    if (theirs === null) throw new Error(`the linker left out ${section.name}`);
    const list = layout.relocations.find((other) => other.placed === placed)?.entries ?? [];
    relocations += list.length;
    const table = (addresses["metadata"] ?? 0) + layout.tableOffset;
    const through = new EntryMeaning(object, { memory, linked, table });
    for (const entry of list) {
      if (through.differs(entry, address, [ours, theirs])) {
        entries += 1;
      }
    }
    differences.push(...through.differences());
    sections += 1;
    bytes += section.size;
    for (let i = 0; i < section.size; i += 1) {
      if (ours[i] === theirs[i]) continue;
      differences.push(`${section.name}+${i}: ${ours[i]}, the linker has ${theirs[i]}`);
      break;
    }
  }
  return { sections, bytes, relocations, entries, differences };
}

/** Fields that hold the place of an entry in the table of addresses: the entries must hold the same address. */
class EntryMeaning {
  readonly #object: ElfObject;
  readonly #readers: readonly ((address: number) => number | null)[];
  /** By side and symbol: the page and the offset of aarch64. */
  readonly #pages = [new Map<number, number>(), new Map<number, number>()];
  readonly #offsets = [new Map<number, number>(), new Map<number, number>()];
  readonly #wrong: string[] = [];

  readonly #table: number;

  constructor(
    object: ElfObject,
    { memory, linked, table }: Pick<CompareInput, "memory" | "linked"> & { table: number },
  ) {
    this.#object = object;
    this.#table = table;
    const size = object.machine === "i686" ? 4 : 8;
    const number = (bytes: Uint8Array | null): number | null => {
      if (bytes === null) return null;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return size === 4 ? view.getUint32(0, true) : Number(view.getBigUint64(0, true));
    };
    this.#readers = [(at) => number(memory.read(at, size)), (at) => number(linked.read(at, size))];
  }

  /** Whether the field is of an entry; then it is checked, and made equal on both sides. */
  differs(
    { offset, type, symbol, addend }: ElfObject["relocations"][number]["entries"][number],
    address: number,
    sides: readonly Uint8Array[],
  ): boolean {
    const row = relocationTypes[this.#object.machine].get(type);
    if (row === undefined || !/G\+A|page\(G\)/.test(row.value)) return false;
    const size = row.field.kind === "word" ? row.field.bits / 8 : 4;
    const found = sides.map((bytes, side) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + offset, size);
      const low = view.getInt32(0, true);
      const whole = size === 8 ? Number(view.getBigInt64(0, true)) : low;
      for (let i = 0; i < size; i += 1) view.setUint8(i, 0);
      if (row.value === "page(G)-page(P)") {
        const pages = (((low >> 5) & 0x7ffff) << 2) | ((low >> 29) & 3);
        const here = Math.floor((address + offset) / 4096);
        this.#pages[side]?.set(symbol, (here + ((pages << 11) >> 11)) * 4096);
      } else if (row.field.kind === "instruction") {
        this.#offsets[side]?.set(symbol, ((low >> 10) & 0xfff) * 8);
      } else {
        const origin = row.value === "G+A-P" ? address + offset : this.#table;
        return this.#readers[side]?.(origin + whole - addend);
      }
      return null;
    });
    if (found[0] !== found[1])
      this.#wrong.push(`entry of symbol ${symbol} holds ${found.join(", ")}`);
    return true;
  }

  differences(): string[] {
    for (const [symbol, page] of this.#pages[0] ?? []) {
      const held = [0, 1].map((side) => {
        const at = (side === 0 ? page : this.#pages[1]?.get(symbol)) ?? 0;
        return this.#readers[side]?.(at + (this.#offsets[side]?.get(symbol) ?? 0));
      });
      if (held[0] !== held[1])
        this.#wrong.push(`entry of symbol ${symbol} holds ${held.join(", ")}`);
    }
    return this.#wrong;
  }
}
