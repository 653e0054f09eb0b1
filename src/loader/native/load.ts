// Loading of native objects: read, lay out, resolve, place, relocate, write, protect; or refuse the whole of it.
import { doAll, type Parts } from "../../base/index.ts";
import { ByteReader, decodeLines, ObjectError, type LineTable } from "../../object/index.ts";
import {
  findSection,
  readDebugLines,
  sectionBytes,
  symbolPlaces,
  type ElfMachine,
  type ElfObject,
} from "../../object/elf/index.ts";
import { handleOf, link, type Image, type LinkInput, type Linked } from "./apply.ts";
import { layOut, ownSections, wordSize, type Layout, type PlacedSection } from "./layout.ts";
import { lineSections } from "./line-sections.ts";
import { poolNames, type NativePools, type PoolBlock, type PoolName } from "./pools.ts";
import { readObjects, type ReadObject } from "./read.ts";
import { Reasons } from "./reasons.ts";
import { linearNames, resolve, type Resolution, type Resolved } from "./resolve.ts";
import type { NativeSymbol } from "./symbols.ts";

/** Linear memory, for the data of objects of our own compiler. */
export interface LinearMemory {
  /** Address of `size` bytes, aligned to a power of two; null if there are none. */
  allocate(size: number, align: number): number | null;
  write(address: number, bytes: Uint8Array): void;
}

/** What a program gives to its native objects. */
export interface NativeEnvironment extends Resolution {
  /** The machine that the code will run on. */
  readonly machine: ElfMachine;
  readonly pools: NativePools;
  /** An object with another hash in its section `.anneal.abi` is refused; one without the section is not. */
  readonly abiHash?: string;
  /** Objects with data for linear memory are refused if it is absent. */
  readonly linear?: LinearMemory;
  /** Whether objects with initialisers are refused, or their addresses listed for the caller to run; `refuse` if absent. */
  readonly initializers?: "refuse" | "list";
  /** Whether accesses through the table of addresses become direct where they can; true if absent. */
  readonly relaxes?: boolean;
  /**
   * Whether the line table is read when it is first looked at, which is a third of the time of loading; one that is not well formed is
   * then as good as none. Else it refuses the object.
   */
  readonly lazyLines?: boolean;
}

/** An object that was not loaded, and of which nothing is left in the program's memory. */
export interface NativeRefusal {
  readonly kind: "refused";
  /** Name of the object, or `object` if it could not be read. */
  readonly name: string;
  /** One line for each thing that is wrong. */
  readonly reasons: readonly string[];
  /** All of it in one line. */
  readonly message: string;
}

/** A range of code, for traces and profiles. */
export interface NativeFunction {
  readonly name: string;
  readonly address: number;
  /** In bytes; 0 if the object does not say. */
  readonly size: number;
}

/** In bytes, but counts as named. */
export interface NativeFigures {
  readonly code: number;
  readonly metadata: number;
  readonly data: number;
  /** Stubs in use. */
  readonly stubs: number;
  /** Entries of the table of addresses. */
  readonly entries: number;
  readonly relocations: number;
}

/** An object in memory, ready to run. */
export interface LoadedNative {
  readonly kind: "loaded";
  /** Name of its source file, or `object`; of several, the first and how many there are. */
  readonly name: string;
  /**
   * Its definitions for other objects, by name; `addr:D` is the address of its data `D` in linear memory. The caller enters
   * them in the program's table, or in slots.
   */
  readonly symbols: ReadonlyMap<string, NativeSymbol>;
  /** All functions, local ones as well, in ascending order of addresses. */
  readonly functions: readonly NativeFunction[];
  /** Names of the program and the process that it uses. */
  readonly imports: readonly string[];
  /** Offsets from `codeAddress` to source locations; null if it has none. */
  readonly lines: LineTable | null;
  /** Where its code starts; 0 if it has none. */
  readonly codeAddress: number;
  /** Functions without parameters that must run once before others, in order. */
  readonly initializers: readonly number[];
  /** Functions without parameters that must run before it is unloaded, in order. */
  readonly finalizers: readonly number[];
  /**
   * What its `__dso_handle` is; 0 if it does not use it. Code that uses it registers destructors (`__cxa_atexit`), so the
   * caller calls `__cxa_finalize` with it before the object is unloaded.
   */
  readonly handle: number;
  readonly figures: NativeFigures;
  readonly blocks: readonly PoolBlock[];
  /** What is kept of it for its line table: until that is read all of the object, then the table. For figures. */
  readonly kept: object | null;
}

/**
 * Loads an ELF relocatable, or several that refer to each other and become one, or what `readNative` has made of one. Bytes of
 * any kind give a result: an object that cannot be a part of the program as it is is refused with everything that is wrong, and
 * leaves nothing behind.
 */
export function loadNative(
  input: Uint8Array | readonly Uint8Array[] | ReadObject,
  environment: NativeEnvironment,
): LoadedNative | NativeRefusal {
  return doAll(loadingNative(input, environment));
}

/** As `loadNative`, in parts. What the object is resolved against must stay as it is in between. */
export function* loadingNative(
  input: Uint8Array | readonly Uint8Array[] | ReadObject,
  environment: NativeEnvironment,
): Parts<LoadedNative | NativeRefusal> {
  const reasons = new Reasons();
  const read =
    "object" in input ? input : readObjects(input instanceof Uint8Array ? [input] : input, reasons);
  if (read === null) return refusal("object", reasons.list());
  const { object, name } = read;
  checkObject(object, environment, reasons);
  const layout = read.layout ?? layOut(object, environment.pools.memory.pageSize, reasons);
  checkLayout(layout, environment, reasons);
  const resolved = resolve(object, layout, { resolution: environment, reasons });
  if (!reasons.empty) return refusal(name, reasons.list());
  yield;
  return place({ name, object, layout, resolved, reasons }, environment);
}

/**
 * Returns an object's memory. The caller vouches that no frame is in its code and nothing refers to its data. Throws if
 * it was unloaded before.
 */
export function unloadNative(loaded: LoadedNative, pools: NativePools): void {
  for (const block of loaded.blocks) pools.free(block);
}

function refusal(name: string, reasons: readonly string[]): NativeRefusal {
  const message = `cannot load \`${name}\`: ${reasons.join("; ")}`;
  return { kind: "refused", name, reasons, message };
}

function checkObject(object: ElfObject, environment: NativeEnvironment, reasons: Reasons): void {
  const { machine, abiHash } = environment;
  if (object.machine !== machine) {
    reasons.add(`made for ${object.machine}, the program runs on ${machine}`);
  }
  const section = findSection(object, ownSections.abi);
  const linear = findSection(object, ownSections.linear);
  if (linear !== null) {
    if (environment.linear === undefined) {
      reasons.add("it has data for linear memory, and the program has no place for them");
    }
    if (object.relocations.some((list) => list.section === linear.index)) {
      reasons.add("its data for linear memory have relocations");
    }
  }
  if (abiHash === undefined || section === null) return;
  const hash = textOf(sectionBytes(object, section));
  if (hash !== abiHash) reasons.add(`made for ABI \`${hash}\`, the program has \`${abiHash}\``);
}

/** What a section says in ASCII, up to a zero. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 100)));
}

function checkLayout(layout: Layout, environment: NativeEnvironment, reasons: Reasons): void {
  if (environment.initializers !== "list") {
    for (const { section } of [...layout.initializers, ...layout.finalizers]) {
      if (section.size > 0) {
        reasons.add(`it has initialisers or finalisers in \`${section.name}\`, which nothing runs`);
      }
    }
  }
  for (const pool of poolNames) {
    const { size } = layout.extents[pool];
    if (size > 0 && !environment.pools.fits(pool, size)) reasons.add(fullPool(pool, size));
  }
}

function fullPool(pool: PoolName, size: number): string {
  return `no room for ${size} bytes in the pool \`${pool}\``;
}

interface Plan {
  readonly name: string;
  readonly object: ElfObject;
  readonly layout: Layout;
  readonly resolved: Resolved;
  readonly reasons: Reasons;
}

/** Takes blocks, links and writes; gives the blocks back if anything does not fit. */
function place(plan: Plan, environment: NativeEnvironment): LoadedNative | NativeRefusal {
  const { layout, reasons, name } = plan;
  const { pools } = environment;
  const blocks: PoolBlock[] = [];
  const addresses: Record<PoolName, number> = { code: 0, metadata: 0, data: 0 };
  for (const pool of poolNames) {
    const { size } = layout.extents[pool];
    const block = size === 0 ? undefined : pools.allocate(pool, size);
    if (block === null) reasons.add(fullPool(pool, size));
    else if (block !== undefined) {
      blocks.push(block);
      addresses[pool] = block.address;
    }
  }
  const linearAddress = reasons.empty ? placeLinear(plan, environment) : 0;
  if (reasons.empty) {
    const relaxes = environment.relaxes ?? true;
    const input: LinkInput = { ...plan, addresses, linearAddress, relaxes };
    const linked = link(input);
    if (plan.object.machine === "i686") checkNarrow(input, reasons);
    const functions = functionsOf(input, linked);
    const read = (): LineTable | null => readLines(input, { linked, functions });
    const lines =
      environment.lazyLines === true ? once(read, plan) : always(reasons.empty ? read() : null);
    if (reasons.empty && !write(linked, blocks, pools)) {
      reasons.add("the system does not let its pages be executed");
    }
    if (reasons.empty) return describe(input, { name, linked, blocks, functions, ...lines });
  }
  for (const block of blocks) pools.free(block);
  return refusal(name, reasons.list());
}

/** A line table, and what is kept for it. */
interface Lines {
  readonly lines: () => LineTable | null;
  readonly kept: () => object | null;
}

function always(table: LineTable | null): Lines {
  return { lines: () => table, kept: () => table };
}

/** The same table each time, made at the first. */
function once(make: () => LineTable | null, from: object): Lines {
  let table: LineTable | null = null;
  let source: { readonly make: () => LineTable | null; readonly from: object } | null;
  // Closures share what they refer to, so the parameters themselves must not be among that.
  source = { make, from };
  const lines = (): LineTable | null => {
    if (source !== null) table = source.make();
    source = null;
    return table;
  };
  return { lines, kept: () => source?.from ?? table };
}

/** Copies data to linear memory; their address, or 0 if there are none. */
function placeLinear({ object, reasons }: Plan, { linear }: NativeEnvironment): number {
  const section = findSection(object, ownSections.linear);
  if (section === null || linear === undefined || section.size === 0) return 0;
  const bytes = sectionBytes(object, section);
  const address = linear.allocate(bytes.length, section.align);
  if (address === null) {
    reasons.add(`no room for ${bytes.length} bytes in linear memory`);
    return 0;
  }
  linear.write(address, bytes);
  return address;
}

/** The line table; one that is not well formed is a reason. */
function readLines(
  input: LinkInput,
  { linked, functions }: { readonly linked: Linked; readonly functions: readonly NativeFunction[] },
): LineTable | null {
  const sections = lineSections(input, linked);
  if (sections === null) return null;
  const { addresses, layout, reasons } = input;
  const numbered = findSection(input.object, ownSections.locations);
  const address = addresses.code;
  const { size } = layout.extents.code;
  try {
    const locations =
      numbered === null
        ? undefined
        : decodeLines(new ByteReader(sectionBytes(input.object, numbered))).locations;
    return readDebugLines(sections, { address, size, functions, locations });
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    reasons.add(`in its line table: ${error.message}`);
    return null;
  }
}

/** Addresses of 32-bit code have 32 bits. */
function checkNarrow({ addresses, resolved }: LinkInput, reasons: Reasons): void {
  const limit = 2 ** 32;
  if ([...Object.values(addresses), ...resolved.outside.values()].some((at) => at >= limit)) {
    reasons.add("an address has more than 32 bits");
  }
}

function write(linked: Linked, blocks: readonly PoolBlock[], pools: NativePools): boolean {
  const { memory } = pools;
  for (const block of blocks) {
    const { bytes } = linked.images[block.pool];
    if (bytes.length > 0) memory.write(block.address, bytes);
    if (block.pool === "code") memory.flushInstructions(block.address, block.size);
    if (block.pool === "data") continue;
    const access = block.pool === "code" ? "read-execute" : "read";
    if (!memory.protect(block.address, block.size, access)) return false;
  }
  return true;
}

interface Written extends Lines {
  readonly name: string;
  readonly linked: Linked;
  readonly blocks: readonly PoolBlock[];
  readonly functions: readonly NativeFunction[];
}

function describe(input: LinkInput, written: Written): LoadedNative {
  const { object, layout, resolved, addresses } = input;
  const { name, linked, blocks, functions, lines, kept } = written;
  const { code, metadata, data } = layout.extents;
  return {
    kind: "loaded",
    name,
    symbols: symbolsOf(input, { name, linked }),
    functions,
    imports: resolved.imports,
    get lines() {
      return lines();
    },
    codeAddress: addresses.code,
    initializers: pointers(object, linked, layout.initializers),
    finalizers: pointers(object, linked, layout.finalizers).toReversed(),
    handle: [...resolved.special.values()].includes("handle") ? handleOf(addresses) : 0,
    figures: {
      code: code.size,
      metadata: metadata.size,
      data: data.size,
      stubs: linked.stubs,
      entries: layout.entries.size,
      relocations: linked.relocations,
    },
    blocks,
    get kept() {
      return kept();
    },
  };
}

function symbolsOf(
  { object, resolved, layout, linearAddress }: LinkInput,
  { name: origin, linked }: { readonly name: string; readonly linked: Linked },
): Map<string, NativeSymbol> {
  const symbols = new Map<string, NativeSymbol>();
  for (const { name, index, section, size, type } of resolved.defined) {
    const address = linked.address(index);
    if (address === undefined) continue;
    const isCode = section > 0 && layout.sections[section]?.pool === "code";
    const kind = isCode || type === "function" ? "function" : "data";
    symbols.set(name, { name, kind, address, size, origin });
  }
  const section = findSection(object, ownSections.linear);
  for (const { name: bytes, section: index, value, size } of object.symbols) {
    if (index !== section?.index || !bytes.startsWith(linearNames.bytes)) continue;
    const name = linearNames.address + bytes.slice(linearNames.bytes.length);
    symbols.set(name, { name, kind: "data", address: linearAddress + value, size, origin });
  }
  return symbols;
}

function functionsOf({ object, layout, resolved }: LinkInput, linked: Linked): NativeFunction[] {
  const functions: NativeFunction[] = [];
  for (const { type, name, section, size, index } of object.symbols) {
    if (type !== "function" || section === symbolPlaces.undefined) continue;
    // A weak definition that gave way stands elsewhere.
    if (layout.sections[section] === undefined || resolved.outside.has(index)) continue;
    const address = linked.address(index);
    if (address === undefined) continue;
    functions.push({ name, address, size });
  }
  return functions.toSorted((left, right) => left.address - right.address);
}

/** The words of sections that hold addresses of functions. */
function pointers(object: ElfObject, linked: Linked, sections: readonly PlacedSection[]): number[] {
  const word = wordSize(object.machine);
  const addresses: number[] = [];
  for (const { pool, offset, section } of sections) {
    const image: Image = linked.images[pool];
    for (let at = offset; at + word <= offset + section.size; at += word) {
      const low = image.view.getUint32(at, true);
      const high = word === 4 ? 0 : image.view.getUint32(at + 4, true);
      addresses.push(high * 2 ** 32 + low);
    }
  }
  return addresses;
}
