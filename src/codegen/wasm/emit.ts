// A MIR module to a wasm object; see docs/architecture.md, "Objects for wasm".
import {
  ByteWriter,
  customSections,
  encodeDylink,
  encodeLines,
  sectionIds,
  wasmOpcodes,
  writeAbiSection,
  writeCustomSection,
  writeExportSection,
  writeHeader,
  writeImportSection,
  writeNameSection,
  writeSection,
  writeTypeSection,
  type LineEntry,
  type LineLocation,
} from "../../object/index.ts";
import type { LocationId, MirFunction, MirModule } from "../../ir/mir/index.ts";
import { emitFunction, type EmittedBody } from "./function.ts";
import { functionType, ModuleScope } from "./scope.ts";

/** What an object says of itself besides its code. */
export interface EmitOptions {
  /** Name of the module, for stack traces. */
  readonly name: string;
  /** Hash of the ABI that the code was made for; the loader compares it. */
  readonly abiHash: string;
  /** Whether to write the line table; by default yes. Without it traps cannot be told apart. */
  readonly lines?: boolean;
  /** Whether the memory that the object is for is shared: the import must say so. Default no. */
  readonly sharedMemory?: boolean;
  /** Whether slots are called by functions of the program (`slotCallName`), so that the table is not imported. Default no. */
  readonly forwardCalls?: boolean;
}

/** Emits a verified module. */
export function emitObject(module: MirModule, options: EmitOptions): Uint8Array {
  const scope = new ModuleScope(module, options);
  const bodies = module.functions.map((fn) => emitFunction(fn, scope));
  const out = new ByteWriter(1024);
  writeHeader(out);
  writeDylink(out, scope);
  writeInterface(out, module, scope);
  const marks = writeCode(out, bodies);
  writeData(out, module, scope);
  writeNames(out, module, scope, options.name);
  if (options.lines !== false) writeLines(out, module, marks);
  writeAbiSection(out, { hash: options.abiHash, slots: scope.slots }, scope.types);
  return out.finish();
}

function writeDylink(out: ByteWriter, scope: ModuleScope): void {
  const dylink = encodeDylink({
    memorySize: scope.dataSize,
    memoryAlign: Math.ceil(Math.log2(scope.dataAlign)),
    tableSize: 0,
    tableAlign: 0,
    needed: [],
  });
  writeCustomSection(out, customSections.dylink, () => out.append(dylink));
}

/** Types, imports, function types and exports. */
function writeInterface(out: ByteWriter, module: MirModule, scope: ModuleScope): void {
  const { imports, types } = scope;
  for (const item of imports) if (item.kind === "function") types.index(item.type);
  const functions = module.functions.map((fn) => types.index(functionType(fn.signature)));
  writeTypeSection(out, types.types);
  writeImportSection(out, imports, types);
  writeSection(out, sectionIds.function, () => {
    out.uleb(functions.length);
    for (const type of functions) out.uleb(type);
  });
  const exports = module.functions.map((fn, i) => ({
    name: fn.symbol,
    kind: "function" as const,
    index: scope.importedFunctions + i,
  }));
  writeExportSection(out, exports);
}

interface PlacedBody {
  readonly body: EmittedBody;
  /** Of the body's first byte in the module. */
  readonly offset: number;
}

/** Writes the code section. */
function writeCode(out: ByteWriter, bodies: readonly EmittedBody[]): PlacedBody[] {
  const places: number[] = [];
  const start = out.length;
  const content = writeSection(out, sectionIds.code, () => {
    out.uleb(bodies.length);
    for (const body of bodies) {
      out.uleb(body.bytes.length);
      places.push(out.length);
      out.append(body.bytes);
    }
  });
  // The bodies were written behind the id and one byte for the size.
  const moved = content - start - 2;
  return bodies.map((body, i) => ({ body, offset: moved + (places[i] ?? 0) }));
}

/** One segment at the memory base, so that its place is the value of a global. */
function writeData(out: ByteWriter, module: MirModule, scope: ModuleScope): void {
  if (scope.dataSize === 0) return;
  const image = new Uint8Array(scope.dataSize);
  for (const item of module.data) image.set(item.bytes, scope.dataOffset(item.symbol));
  writeSection(out, sectionIds.data, () => {
    out.uleb(1);
    out.uleb(0);
    out.u8(wasmOpcodes["global.get"]);
    out.uleb(scope.memoryBase());
    out.u8(wasmOpcodes.end);
    out.uleb(image.length);
    out.bytes(image);
  });
}

function writeNames(out: ByteWriter, module: MirModule, scope: ModuleScope, name: string): void {
  const functions = new Map<number, string>();
  module.functions.forEach((fn, i) => functions.set(scope.importedFunctions + i, fn.symbol));
  writeNameSection(out, { module: name, functions });
}

function writeLines(out: ByteWriter, module: MirModule, placed: readonly PlacedBody[]): void {
  const table = new LocationTable();
  const entries: LineEntry[] = [];
  module.functions.forEach((fn, i) => {
    const place = placed[i];
    if (place === undefined) return;
    table.enter(fn);
    for (const mark of place.body.marks) {
      entries.push({
        offset: place.offset + mark.offset,
        location: table.index(mark.location),
        trap: mark.trap,
      });
    }
  });
  const lines = encodeLines({ locations: table.locations, entries });
  writeCustomSection(out, customSections.lines, () => out.append(lines));
}

/** The locations of a module's functions that are used, callers first. */
class LocationTable {
  readonly locations: LineLocation[] = [];
  #fn: MirFunction | null = null;
  #indices = new Int32Array(0);

  enter(fn: MirFunction): void {
    this.#fn = fn;
    this.#indices = new Int32Array(fn.locations.length).fill(-1);
  }

  /** The index of a location of the current function, which is added with its chain if it is new; -1 for none. */
  index(location: LocationId): number {
    const chain: LocationId[] = [];
    let caller = -1;
    for (let at = location; this.#fn !== null;) {
      const found = this.#fn.locations[at];
      if (found === undefined) break;
      const known = this.#indices[at] ?? -1;
      if (known >= 0) {
        caller = known;
        break;
      }
      if (chain.length > this.#fn.locations.length) throw new Error("inline chain without an end");
      chain.push(at);
      at = found.caller;
    }
    for (let at = chain.pop(); at !== undefined; at = chain.pop()) {
      const found = this.#fn?.locations[at];
      if (found === undefined) continue;
      const { file, line, column, function: name } = found;
      this.#indices[at] = this.locations.length;
      this.locations.push({ file, line, column, function: name, caller });
      caller = this.locations.length - 1;
    }
    return caller;
  }
}
