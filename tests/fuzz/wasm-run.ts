// Running a MIR module through the wasm back end and the loader.
import { emitObject, functionType } from "../../src/codegen/wasm/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import {
  hostWebAssembly,
  loadObject,
  SymbolTable,
  type LoadedObject,
  type WasmFunction,
  type WasmMemory,
  type WasmTable,
} from "../../src/loader/index.ts";
import {
  dataStart,
  pageSize,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";

export interface WasmProgram {
  readonly memory: WasmMemory;
  readonly table: WasmTable;
  readonly object: LoadedObject;
  readonly bytes: Uint8Array;
  /** Calls a function; multiple results come as an array. */
  call(symbol: string, args: readonly (number | bigint)[]): (number | bigint)[];
}

export interface WasmRunOptions {
  readonly host?: Readonly<Record<string, WasmFunction>>;
  readonly dataAddresses?: Readonly<Record<string, number>>;
  /** Bytes behind the data that the test uses. */
  readonly heapSize?: number;
  /** By default a new one with a page behind the start of data, the heap, and an empty shadow stack. */
  readonly memory?: WasmMemory;
  /** First byte for the data of objects. */
  readonly dataBase?: number;
}

const abiHash = "test";

/** First byte behind the data. */
export const heapStart: number = dataStart + pageSize;

function createMemory(size: number): WasmMemory {
  const { Memory } = hostWebAssembly();
  const memory = new Memory({ initial: Math.ceil(size / pageSize) });
  const words = new Int32Array(memory.buffer);
  words[shadowStackPointerAddress >> 2] = shadowStackStart;
  words[shadowStackLimitAddress >> 2] = dataStart;
  return memory;
}

/** Emits and loads a module into a fresh program; its functions are in their slots. */
export function loadModule(module: MirModule, options: WasmRunOptions = {}): WasmProgram {
  const { Table } = hostWebAssembly();
  const memory = options.memory ?? createMemory(heapStart + (options.heapSize ?? 0));
  const table = new Table({ initial: 64, element: "anyfunc" });
  const symbols = new SymbolTable();
  let slot = 1;
  for (const [name, implementation] of Object.entries(options.host ?? {})) {
    const declared = module.declarations.find((item) => item.symbol === name);
    const known = {
      rt_poll: { params: [], results: [] },
      rt_trap: { params: ["i32"] as const, results: [] },
      rt_index_error: { params: ["i64", "i64"] as const, results: [] },
    };
    const signature =
      declared === undefined ? known[name as keyof typeof known] : functionType(declared.signature);
    symbols.define({ kind: "host", name, signature, implementation, origin: "test" });
  }
  const functions = [
    ...module.functions,
    ...module.declarations.filter((item) => item.linkage === "slot"),
  ];
  for (const { symbol: name, signature } of functions) {
    if (symbols.lookup(name) !== undefined) continue;
    const type = functionType(signature);
    symbols.define({ kind: "function", name, signature: type, slot, origin: "test" });
    slot += 1;
  }
  for (const [name, address] of Object.entries(options.dataAddresses ?? {})) {
    symbols.define({ kind: "data", name, address, origin: "test" });
  }
  let free = options.dataBase ?? dataStart + pageSize / 2;
  const bytes = emitObject(module, { name: "test", abiHash });
  const object = loadObject(bytes, {
    memory,
    table,
    symbols,
    abiHash,
    allocateData: (size, align) => {
      const address = Math.ceil(free / align) * align;
      free = address + size;
      return address;
    },
    allocateTable: (count) => table.grow(count),
  });
  for (const { symbol, code } of object.functions.values()) {
    const found = symbols.lookup(symbol);
    if (found?.kind === "function") table.set(found.slot, code);
  }
  return {
    memory,
    table,
    object,
    bytes,
    call: (symbol, args) => {
      const code = object.functions.get(symbol)?.code;
      if (code === undefined) throw new Error(`no function ${symbol}`);
      const result = code(...args);
      if (result === undefined) return [];
      return Array.isArray(result) ? result : [result];
    },
  };
}
