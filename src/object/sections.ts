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
import type { ByteWriter } from "./writer.ts";

// The whole table of opcodes is too large for a device.
const [localGet, end] = [0x20, 0x0b];

export const externalKindBytes = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Begins a module: magic number and version. */
export function writeHeader(out: ByteWriter): void {
  out.u32le(wasmMagic);
  out.u32le(wasmVersion);
}

/** Appends a section: id, size, and what `write` appends; gives the offset of its content. */
export function writeSection(out: ByteWriter, id: number, write: () => void): number {
  out.u8(id);
  return out.sized(write);
}

/** Appends a custom section. */
export function writeCustomSection(out: ByteWriter, name: string, write: () => void): void {
  writeSection(out, sectionIds.custom, () => {
    out.text(name);
    write();
  });
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
  writeSection(out, sectionIds.type, () => {
    out.uleb(types.length);
    for (const type of types) {
      out.u8(0x60);
      out.uleb(type.params.length);
      for (const param of type.params) out.u8(typeBytes[param]);
      out.uleb(type.results.length);
      for (const result of type.results) out.u8(typeBytes[result]);
    }
  });
}

/** Imports of functions refer to `types`, which gets the types that it lacks. */
export function writeImportSection(
  out: ByteWriter,
  imports: readonly WasmImport[],
  types: TypeTable,
): void {
  if (imports.length === 0) return;
  writeSection(out, sectionIds.import, () => {
    out.uleb(imports.length);
    for (const item of imports) writeImport(out, item, types);
  });
}

/** Appends an import; that of a function refers to `types`, as those of `writeImportSection`. */
export function writeImport(out: ByteWriter, item: WasmImport, types: TypeTable): void {
  out.text(item.module);
  out.text(item.field);
  out.u8(externalKindBytes[item.kind]);
  if (item.kind === "function") {
    out.uleb(types.index(item.type));
  } else if (item.kind === "global") {
    out.u8(typeBytes[item.type]);
    out.u8(item.mutable ? 1 : 0);
  } else {
    if (item.kind === "table") out.u8(0x70);
    const shared = item.kind === "memory" && item.shared;
    out.u8(shared ? 3 : item.limits.maximum === null ? 0 : 1);
    out.uleb(item.limits.minimum);
    if (item.limits.maximum !== null) out.uleb(item.limits.maximum);
  }
}

/** Appends the body of a function that calls another one with all of its parameters; `writeCall` appends the call. */
export function writeForward(out: ByteWriter, params: number, writeCall: () => void): void {
  out.sized(() => {
    out.uleb(0);
    for (let param = 0; param < params; param += 1) {
      out.u8(localGet);
      out.uleb(param);
    }
    writeCall();
    out.u8(end);
  });
}

/** Appends the export section. */
export function writeExportSection(out: ByteWriter, exports: readonly WasmExport[]): void {
  writeSection(out, sectionIds.export, () => {
    out.uleb(exports.length);
    for (const item of exports) {
      out.text(item.name);
      out.u8(externalKindBytes[item.kind]);
      out.uleb(item.index);
    }
  });
}

const moduleName = 0;
const functionNames = 1;
const maxNames = 1_000_000;

/** The `name` section, which V8 takes names for stack traces from. Functions in ascending order of index. */
export function writeNameSection(out: ByteWriter, names: NameSection): void {
  const module = names.module;
  writeCustomSection(out, customSections.name, () => {
    if (module !== null) writeSection(out, moduleName, () => out.text(module));
    writeSection(out, functionNames, () => {
      out.uleb(names.functions.size);
      for (const [index, name] of names.functions) {
        out.uleb(index);
        out.text(name);
      }
    });
  });
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
  writeCustomSection(out, customSections.abi, () => {
    out.text(abi.hash);
    out.uleb(abi.slots.length);
    for (const use of abi.slots) {
      out.text(use.symbol);
      out.uleb(types.index(use.type));
    }
  });
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
