// Writing the sections of a wasm object, and the custom sections that have no file of their own.
import type { ByteReader } from "./reader.ts";
import {
  customSections,
  sectionIds,
  typeBytes,
  wasmMagic,
  wasmVersion,
  type AbiSection,
  type FunctionType,
  type NameSection,
  type WasmExport,
  type WasmImport,
} from "./module.ts";
import { ByteWriter } from "./writer.ts";

export const externalKindBytes = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Begins a module: magic number and version. */
export function writeHeader(out: ByteWriter): void {
  out.u32le(wasmMagic);
  out.u32le(wasmVersion);
}

/** Appends a section: id, size, content. */
export function writeSection(out: ByteWriter, id: number, content: ByteWriter): void {
  out.u8(id);
  out.uleb(content.length);
  out.append(content);
}

/** Appends a custom section. */
export function writeCustomSection(out: ByteWriter, name: string, content: ByteWriter): void {
  const body = new ByteWriter(content.length + name.length + 8);
  body.text(name);
  body.append(content);
  writeSection(out, sectionIds.custom, body);
}

/** The types of a module, each once. */
export class TypeTable {
  readonly types: FunctionType[] = [];
  readonly #indices = new Map<string, number>();

  /** The index of a type, which is added if it is new. */
  index(type: FunctionType): number {
    const key = `${type.params.join(" ")}>${type.results.join(" ")}`;
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.types.length);
    return this.types.push(type) - 1;
  }
}

/** Appends the type section. */
export function writeTypeSection(out: ByteWriter, types: readonly FunctionType[]): void {
  const body = new ByteWriter();
  body.uleb(types.length);
  for (const type of types) {
    body.u8(0x60);
    body.uleb(type.params.length);
    for (const param of type.params) body.u8(typeBytes[param]);
    body.uleb(type.results.length);
    for (const result of type.results) body.u8(typeBytes[result]);
  }
  writeSection(out, sectionIds.type, body);
}

/** Imports of functions refer to `types`, which gets the types that it lacks. */
export function writeImportSection(
  out: ByteWriter,
  imports: readonly WasmImport[],
  types: TypeTable,
): void {
  if (imports.length === 0) return;
  const body = new ByteWriter();
  body.uleb(imports.length);
  for (const item of imports) {
    body.text(item.module);
    body.text(item.field);
    body.u8(externalKindBytes[item.kind]);
    if (item.kind === "function") {
      body.uleb(types.index(item.type));
    } else if (item.kind === "global") {
      body.u8(typeBytes[item.type]);
      body.u8(item.mutable ? 1 : 0);
    } else {
      if (item.kind === "table") body.u8(0x70);
      const shared = item.kind === "memory" && item.shared;
      body.u8(shared ? 3 : item.limits.maximum === null ? 0 : 1);
      body.uleb(item.limits.minimum);
      if (item.limits.maximum !== null) body.uleb(item.limits.maximum);
    }
  }
  writeSection(out, sectionIds.import, body);
}

/** Appends the export section. */
export function writeExportSection(out: ByteWriter, exports: readonly WasmExport[]): void {
  const body = new ByteWriter();
  body.uleb(exports.length);
  for (const item of exports) {
    body.text(item.name);
    body.u8(externalKindBytes[item.kind]);
    body.uleb(item.index);
  }
  writeSection(out, sectionIds.export, body);
}

const moduleName = 0;
const functionNames = 1;
const maxNames = 1_000_000;

/** The `name` section, which V8 takes names for stack traces from. Functions in ascending order of index. */
export function writeNameSection(out: ByteWriter, names: NameSection): void {
  const body = new ByteWriter();
  const part = new ByteWriter();
  if (names.module !== null) {
    part.text(names.module);
    writeSection(body, moduleName, part);
    part.clear();
  }
  part.uleb(names.functions.size);
  for (const [index, name] of names.functions) {
    part.uleb(index);
    part.text(name);
  }
  writeSection(body, functionNames, part);
  writeCustomSection(out, customSections.name, body);
}

export function decodeNames(reader: ByteReader): NameSection {
  let module: string | null = null;
  const functions = new Map<number, string>();
  while (!reader.atEnd) {
    const kind = reader.u8();
    const part = reader.sub(reader.uleb());
    if (kind === moduleName) {
      module = part.text();
    } else if (kind === functionNames) {
      const count = part.count("function names", maxNames, 2);
      for (let i = 0; i < count; i += 1) {
        const index = part.uleb();
        functions.set(index, part.text());
      }
    }
  }
  return { module, functions };
}

/** `anneal.abi`: the hash, then the count of slot uses and for each its symbol and type index. */
export function writeAbiSection(out: ByteWriter, abi: AbiSection, types: TypeTable): void {
  const body = new ByteWriter();
  body.text(abi.hash);
  body.uleb(abi.slots.length);
  for (const use of abi.slots) {
    body.text(use.symbol);
    body.uleb(types.index(use.type));
  }
  writeCustomSection(out, customSections.abi, body);
}

export function decodeAbi(reader: ByteReader, types: readonly FunctionType[]): AbiSection {
  const hash = reader.text(1000);
  const count = reader.count("slot uses", maxNames, 2);
  const slots = Array.from({ length: count }, () => {
    const symbol = reader.text();
    const type = types[reader.uleb()];
    if (type === undefined) return reader.fail("no type with this number");
    return { symbol, type };
  });
  reader.expectEnd("`anneal.abi`");
  return { hash, slots };
}
