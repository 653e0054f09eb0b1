// wasm code as text: a flat listing for each function, indented by its blocks.
import {
  formatSignature,
  wasmImportNames,
  type FunctionType,
  type ValueType,
  type WasmObject,
} from "./module.ts";
import { wasmImmediate, wasmInstructionName, wasmOpcodes } from "./instructions.ts";
import { parseObject } from "./parse.ts";
import { ByteReader } from "./reader.ts";

/** What the listing shows. */
export interface PrintWasmOptions {
  /** Whether each instruction shows its offset in the module, as stack traces do. */
  readonly offsets?: boolean;
}

/** Names of what code refers to by number. */
interface Names {
  readonly object: WasmObject;
  readonly functions: readonly string[];
  readonly globals: readonly string[];
}

/** The functions of an object as text; throws `ObjectError` if it is not well formed. */
export function printWasm(source: Uint8Array | WasmObject, options: PrintWasmOptions = {}): string {
  const object = source instanceof Uint8Array ? parseObject(source) : source;
  const names: Names = {
    object,
    functions: functionNames(object),
    globals: wasmImportNames(object, "global"),
  };
  return object.bodies.map((_, i) => printFunctionBody(names, i, options)).join("\n");
}

/** By index: the import, the name of the name section, or the number. */
export function functionNames(object: WasmObject): string[] {
  const imported = wasmImportNames(object, "function");
  return object.functions.map((_, i) => imported[i] ?? object.names?.functions.get(i) ?? String(i));
}

function printFunctionBody(names: Names, body: number, options: PrintWasmOptions): string {
  const { object } = names;
  const index = object.importedFunctions + body;
  const type = object.functions[index];
  const place = object.bodies[body];
  if (type === undefined || place === undefined) return "";
  const lines = [`func ${names.functions[index] ?? ""}${formatSignature(type)} {`];
  const reader = new ByteReader(object.bytes, place.start, place.end);
  const locals = printLocals(reader, type);
  if (locals !== "") lines.push(`  ${locals}`);
  let depth = 1;
  while (!reader.atEnd) {
    const { offset } = reader;
    const opcode = readOpcode(reader);
    if (opcode === wasmOpcodes.end || opcode === wasmOpcodes.else) depth -= 1;
    if (depth === 0 && reader.atEnd) break;
    const prefix = options.offsets === true ? `${hex(offset)}: ` : "";
    const indent = "  ".repeat(Math.max(0, Math.min(depth, maxIndent)));
    lines.push(`${indent}${prefix}${printInstruction(reader, opcode, names)}`);
    if (opensBlock(opcode)) depth += 1;
  }
  return `${[...lines, "}"].join("\n")}\n`;
}

/** Deeper nesting is not indented further, so that a listing stays linear in the code. */
const maxIndent = 40;

const maxLocals = 50_000;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function opensBlock(opcode: number): boolean {
  return (opcode >= wasmOpcodes.block && opcode <= wasmOpcodes.if) || opcode === wasmOpcodes.else;
}

/** `local 2: i64, 3: f64`, the declared locals by their numbers. */
function printLocals(reader: ByteReader, type: FunctionType): string {
  const groups = reader.count("groups of locals", maxLocals, 2);
  const locals: string[] = [];
  let next = type.params.length;
  for (let i = 0; i < groups; i += 1) {
    const count = reader.uleb();
    if (count > maxLocals - locals.length) reader.fail("too many locals");
    const name = valueTypeName(reader.u8()) ?? "unknown";
    for (let k = 0; k < count; k += 1) {
      locals.push(`${next}: ${name}`);
      next += 1;
    }
  }
  return locals.length === 0 ? "" : `local ${locals.join(", ")}`;
}

function valueTypeName(byte: number): ValueType | undefined {
  return ([undefined, "f64", "f32", "i64", "i32"] as const)[byte - 0x7b];
}

function readOpcode(reader: ByteReader): number {
  const byte = reader.u8();
  return byte === 0xfc ? 0xfc00 + (reader.uleb() & 0xff) : byte;
}

function printInstruction(reader: ByteReader, opcode: number, names: Names): string {
  const name = wasmInstructionName(opcode);
  if (name === undefined) return reader.fail(`unknown opcode ${hex(opcode)}`);
  const immediate = printImmediate(reader, opcode, names);
  return immediate === "" ? name : `${name} ${immediate}`;
}

function printImmediate(reader: ByteReader, opcode: number, names: Names): string {
  const kind = wasmImmediate(opcode);
  switch (kind) {
    case "none":
      return "";
    case "blocktype":
      return printBlockType(reader, names.object);
    case "label":
    case "local":
    case "table":
    case "memory":
      return shown(kind, reader.uleb());
    case "memories":
      return shown("memory", reader.uleb() + reader.uleb());
    case "labels":
      return printLabels(reader);
    case "function":
      return nameOf(names.functions, reader.uleb());
    case "global":
      return nameOf(names.globals, reader.uleb());
    case "indirect":
      return printIndirect(reader, names.object);
    case "memarg":
      return printMemoryArgument(reader);
    case "i32":
      return String(reader.sleb());
    case "i64":
      return String(reader.sleb64());
    case "f32":
    case "f64":
      return printFloat(reader, kind);
  }
}

/** A memory or table is named only if it is not the first. */
function shown(kind: "label" | "local" | "table" | "memory", index: number): string {
  return (kind === "memory" || kind === "table") && index === 0 ? "" : String(index);
}

function nameOf(names: readonly string[], index: number): string {
  return names[index] ?? String(index);
}

function printBlockType(reader: ByteReader, object: WasmObject): string {
  const type = reader.sleb();
  if (type === -64) return "";
  if (type < 0) return `-> ${valueTypeName(type & 0x7f) ?? "unknown"}`;
  const signature = object.types[type];
  return signature === undefined ? reader.fail(`no type ${type}`) : formatSignature(signature);
}

function printLabels(reader: ByteReader): string {
  const count = reader.count("labels", 1_000_000);
  const labels = Array.from({ length: count }, () => reader.uleb());
  return `[${labels.join(", ")}], ${reader.uleb()}`;
}

function printIndirect(reader: ByteReader, object: WasmObject): string {
  const index = reader.uleb();
  const type = object.types[index] ?? reader.fail(`no type ${index}`);
  const table = reader.uleb();
  return table === 0 ? formatSignature(type) : `${formatSignature(type)} table ${table}`;
}

function printMemoryArgument(reader: ByteReader): string {
  reader.uleb();
  const offset = reader.uleb();
  return offset === 0 ? "" : `offset=${offset}`;
}

/** A NaN shows its bits. */
function printFloat(reader: ByteReader, type: "f32" | "f64"): string {
  const size = type === "f32" ? 4 : 8;
  const start = reader.offset;
  reader.skip(size);
  const { buffer, byteOffset } = reader.bytes;
  const view = new DataView(buffer, byteOffset + start, size);
  const value = type === "f32" ? view.getFloat32(0, true) : view.getFloat64(0, true);
  if (Number.isNaN(value)) {
    const bits = type === "f32" ? view.getUint32(0, true) : view.getBigUint64(0, true);
    return `nan:0x${bits.toString(16)}`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}
