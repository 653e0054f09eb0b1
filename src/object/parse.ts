// Reading a wasm object of unknown origin: structure, index ranges and counts are checked, code is not.
import { decodeDylink, type Dylink } from "./dylink.ts";
import { ObjectError } from "./error.ts";
import { decodeLines, type LineTable } from "./lines.ts";
import {
  customSections,
  sectionIds,
  wasmMagic,
  wasmVersion,
  type AbiSection,
  type DataSegment,
  type ExternalKind,
  type FunctionBody,
  type FunctionType,
  type Limits,
  type NameSection,
  type ValueType,
  type WasmExport,
  type WasmImport,
  type WasmObject,
  type WasmSection,
} from "./module.ts";
import { ByteReader } from "./reader.ts";
import { decodeAbi, decodeNames } from "./sections.ts";

/** Bounds of the JavaScript interface of WebAssembly, which engines enforce too. */
const limits = {
  types: 1_000_000,
  functions: 1_000_000,
  imports: 1_000_000,
  exports: 1_000_000,
  globals: 1_000_000,
  segments: 100_000,
  params: 1000,
  bodySize: 7_654_321,
  size: 1 << 30,
} as const;

/** The index spaces under construction. */
interface Draft {
  readonly bytes: Uint8Array;
  readonly sections: WasmSection[];
  readonly types: FunctionType[];
  readonly imports: WasmImport[];
  readonly functions: FunctionType[];
  importedFunctions: number;
  tables: number;
  memories: number;
  globals: number;
  exports: WasmExport[];
  hasStart: boolean;
  bodies: FunctionBody[];
  data: DataSegment[];
  dylink: Dylink | null;
  names: NameSection | null;
  lines: LineTable | null;
  abi: AbiSection | null;
}

/** Parses an object; throws `ObjectError` if it is not well formed. */
export function parseObject(bytes: Uint8Array): WasmObject {
  const reader = new ByteReader(bytes);
  if (bytes.length > limits.size) reader.fail(`object of ${bytes.length} bytes`);
  if (bytes.length < 8 || reader.u32le() !== wasmMagic) {
    throw new ObjectError(0, "not a wasm module");
  }
  if (reader.u32le() !== wasmVersion) throw new ObjectError(4, "unknown version of wasm");
  const draft: Draft = {
    bytes,
    sections: [],
    types: [],
    imports: [],
    functions: [],
    importedFunctions: 0,
    tables: 0,
    memories: 0,
    globals: 0,
    exports: [],
    hasStart: false,
    bodies: [],
    data: [],
    dylink: null,
    names: null,
    lines: null,
    abi: null,
  };
  let last = 0;
  while (!reader.atEnd) last = parseSection(reader, draft, last);
  if (draft.bodies.length !== draft.functions.length - draft.importedFunctions) {
    reader.fail(
      `${draft.functions.length - draft.importedFunctions} functions, ${draft.bodies.length} bodies`,
    );
  }
  return draft;
}

/** Place of a section in the order that the standard asks for. */
function sectionRank(id: number): number {
  if (id === sectionIds.datacount) return sectionIds.element + 0.5;
  return id;
}

/** Parses one section behind the one of rank `last` and returns the new rank. */
function parseSection(reader: ByteReader, draft: Draft, last: number): number {
  const at = reader.offset;
  const id = reader.u8();
  const content = reader.sub(reader.uleb());
  if (id === sectionIds.custom) {
    parseCustom(content, draft, at);
    return last;
  }
  const parse = sectionParsers.get(id);
  if (parse === undefined) throw new ObjectError(at, `unknown section ${id}`);
  if (sectionRank(id) <= last) throw new ObjectError(at, `section ${id} out of order`);
  const name = sectionNames.get(id) ?? "";
  draft.sections.push({ id, name, start: content.offset, end: content.end });
  parse(content, draft);
  content.expectEnd(`section \`${name}\``);
  return sectionRank(id);
}

function parseCustom(content: ByteReader, draft: Draft, at: number): void {
  const name = content.text();
  const first = draft.sections.length === 0;
  draft.sections.push({ id: 0, name, start: content.offset, end: content.end });
  if (name === customSections.dylink) {
    if (!first) throw new ObjectError(at, "`dylink.0` is not the first section");
    draft.dylink = decodeDylink(content);
  } else if (name === customSections.name) {
    draft.names = decodeNames(content);
  } else if (name === customSections.lines) {
    if (draft.lines !== null) throw new ObjectError(at, "second line table");
    draft.lines = decodeLines(content);
  } else if (name === customSections.abi) {
    if (draft.abi !== null) throw new ObjectError(at, "second ABI section");
    draft.abi = decodeAbi(content, draft.types);
  }
}

type SectionParser = (content: ByteReader, draft: Draft) => void;

const sectionNames: ReadonlyMap<number, string> = new Map(
  Object.entries(sectionIds).map(([name, id]) => [id, name]),
);

const sectionParsers: ReadonlyMap<number, SectionParser> = new Map([
  [sectionIds.type, parseTypes],
  [sectionIds.import, parseImports],
  [sectionIds.function, parseFunctions],
  [sectionIds.table, parseTables],
  [sectionIds.memory, parseMemories],
  [sectionIds.global, parseGlobals],
  [sectionIds.export, parseExports],
  [sectionIds.start, parseStart],
  [sectionIds.element, parseElements],
  [sectionIds.code, parseCode],
  [sectionIds.data, parseData],
  [sectionIds.datacount, (content: ByteReader) => void content.uleb()],
]);

const valueTypes: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
]);

function valueType(reader: ByteReader): ValueType {
  const byte = reader.u8();
  return valueTypes.get(byte) ?? reader.fail(`unknown value type 0x${byte.toString(16)}`);
}

function valueTypeList(reader: ByteReader): ValueType[] {
  const count = reader.count("values", limits.params);
  return Array.from({ length: count }, () => valueType(reader));
}

function functionType(reader: ByteReader, draft: Draft): FunctionType {
  const index = reader.uleb();
  return draft.types[index] ?? reader.fail(`no type ${index}`);
}

function parseTypes(reader: ByteReader, draft: Draft): void {
  const count = reader.count("types", limits.types, 3);
  for (let i = 0; i < count; i += 1) {
    if (reader.u8() !== 0x60) reader.fail("unknown form of type");
    const params = valueTypeList(reader);
    draft.types.push({ params, results: valueTypeList(reader) });
  }
}

function parseLimits(reader: ByteReader): Limits {
  const flags = reader.u8();
  if (flags > 1) reader.fail(`unknown flags of limits ${flags}`);
  const minimum = reader.uleb();
  return { minimum, maximum: flags === 1 ? reader.uleb() : null };
}

/** A shared memory must have a maximum (threads proposal). */
function parseMemoryType(reader: ByteReader): { limits: Limits; shared: boolean } {
  const flags = reader.u8();
  if (flags !== 0 && flags !== 1 && flags !== 3) reader.fail(`unknown flags of a memory ${flags}`);
  const minimum = reader.uleb();
  return { limits: { minimum, maximum: flags === 0 ? null : reader.uleb() }, shared: flags === 3 };
}

function parseTableType(reader: ByteReader): Limits {
  if (reader.u8() !== 0x70) reader.fail("a table of something else than functions");
  return parseLimits(reader);
}

function parseMutability(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) reader.fail("unknown mutability");
  return byte === 1;
}

function parseImports(reader: ByteReader, draft: Draft): void {
  const count = reader.count("imports", limits.imports, 4);
  for (let i = 0; i < count; i += 1) draft.imports.push(parseImport(reader, draft));
  draft.importedFunctions = draft.functions.length;
}

function parseImport(reader: ByteReader, draft: Draft): WasmImport {
  const name = { module: reader.text(), field: reader.text() };
  switch (reader.u8()) {
    case 0: {
      const type = functionType(reader, draft);
      draft.functions.push(type);
      return { ...name, kind: "function", type };
    }
    case 1:
      draft.tables += 1;
      return { ...name, kind: "table", limits: parseTableType(reader) };
    case 2:
      draft.memories += 1;
      return { ...name, kind: "memory", ...parseMemoryType(reader) };
    case 3: {
      draft.globals += 1;
      const type = valueType(reader);
      return { ...name, kind: "global", type, mutable: parseMutability(reader) };
    }
    default:
      return reader.fail("unknown kind of import");
  }
}

function parseFunctions(reader: ByteReader, draft: Draft): void {
  const count = reader.count("functions", limits.functions);
  for (let i = 0; i < count; i += 1) draft.functions.push(functionType(reader, draft));
}

function parseTables(reader: ByteReader, draft: Draft): void {
  const count = reader.count("tables", limits.segments, 3);
  for (let i = 0; i < count; i += 1) parseTableType(reader);
  draft.tables += count;
}

function parseMemories(reader: ByteReader, draft: Draft): void {
  const count = reader.count("memories", 1, 2);
  for (let i = 0; i < count; i += 1) parseLimits(reader);
  draft.memories += count;
}

function parseGlobals(reader: ByteReader, draft: Draft): void {
  const count = reader.count("globals", limits.globals, 4);
  for (let i = 0; i < count; i += 1) {
    valueType(reader);
    parseMutability(reader);
    skipConstantExpression(reader);
    draft.globals += 1;
  }
}

const externalKinds: readonly ExternalKind[] = ["function", "table", "memory", "global"];

function parseExports(reader: ByteReader, draft: Draft): void {
  const count = reader.count("exports", limits.exports, 3);
  const sizes = {
    function: draft.functions.length,
    table: draft.tables,
    memory: draft.memories,
    global: draft.globals,
  };
  const seen = new Set<string>();
  for (let i = 0; i < count; i += 1) {
    const name = reader.text();
    if (seen.has(name)) reader.fail(`second export \`${name}\``);
    seen.add(name);
    const kind = externalKinds[reader.u8()] ?? reader.fail("unknown kind of export");
    const index = reader.uleb();
    if (index >= sizes[kind])
      reader.fail(`export \`${name}\` of ${kind} ${index}, which is not there`);
    draft.exports.push({ name, kind, index });
  }
}

function parseStart(reader: ByteReader, draft: Draft): void {
  const index = reader.uleb();
  if (index >= draft.functions.length) reader.fail(`no function ${index}`);
  draft.hasStart = true;
}

/** A sequence of constant instructions up to `end`. */
function skipConstantExpression(reader: ByteReader): void {
  for (;;) {
    const opcode = reader.u8();
    switch (opcode) {
      case 0x0b:
        return;
      case 0x23:
      case 0xd2:
        reader.uleb();
        break;
      case 0x41:
        reader.sleb();
        break;
      case 0x42:
        reader.sleb64();
        break;
      case 0x43:
        reader.skip(4);
        break;
      case 0x44:
        reader.skip(8);
        break;
      case 0xd0:
        reader.u8();
        break;
      default:
        // i32 and i64 addition, subtraction, multiplication
        if ((opcode < 0x6a || opcode > 0x6c) && (opcode < 0x7c || opcode > 0x7e)) {
          reader.fail(`opcode 0x${opcode.toString(16)} in a constant expression`);
        }
    }
  }
}

function parseElements(reader: ByteReader, draft: Draft): void {
  const count = reader.count("element segments", limits.segments, 2);
  for (let i = 0; i < count; i += 1) {
    const flags = reader.uleb();
    if (flags > 7) reader.fail(`unknown flags of an element segment ${flags}`);
    const active = (flags & 1) === 0;
    const explicit = (flags & 2) !== 0;
    const expressions = (flags & 4) !== 0;
    if (active && explicit) reader.uleb();
    if (active) skipConstantExpression(reader);
    if (!active || explicit) reader.u8();
    const elements = reader.count("elements", limits.functions);
    for (let at = 0; at < elements; at += 1) {
      if (expressions) skipConstantExpression(reader);
      else if (reader.uleb() >= draft.functions.length) reader.fail("element without a function");
    }
  }
}

function parseCode(reader: ByteReader, draft: Draft): void {
  const count = reader.count("function bodies", limits.functions, 2);
  for (let i = 0; i < count; i += 1) {
    const size = reader.uleb();
    if (size > limits.bodySize) reader.fail(`function body of ${size} bytes`);
    const body = reader.sub(size);
    draft.bodies.push({ start: body.offset, end: body.end });
  }
}

function parseData(reader: ByteReader, draft: Draft): void {
  const count = reader.count("data segments", limits.segments, 2);
  for (let i = 0; i < count; i += 1) {
    const flags = reader.uleb();
    if (flags > 2) reader.fail(`unknown flags of a data segment ${flags}`);
    if (flags === 2) reader.uleb();
    if (flags !== 1) skipConstantExpression(reader);
    const size = reader.uleb();
    draft.data.push({ active: flags !== 1, start: reader.offset, size });
    reader.skip(size);
  }
}
