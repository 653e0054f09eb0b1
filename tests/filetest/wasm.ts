// The target `wasm`: emits the object and loads it through the program's loader, with fresh memory for each call.
import { emitObject, functionType } from "../../src/codegen/wasm/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import {
  hostWebAssembly,
  loadObject,
  SymbolTable,
  type LoadedObject,
  type WasmFunction,
} from "../../src/loader/index.ts";
import { lookupLine, type ValueType } from "../../src/object/index.ts";
import {
  abiHash,
  dataStart,
  hostFunctions,
  type ProgramError,
  runtimeError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  trapCodes,
  type HostType,
} from "../../src/runtime/index.ts";
import { implSymbol, slotSymbols, testHost, type Target } from "./targets.ts";

const memoryPages = 8;

export const wasm: Target = {
  name: "wasm",
  prepare: (module) => {
    const bytes = emitObject(module, { name: "filetest", abiHash: abiHash() });
    return (symbol, args) => {
      const object = load(module, bytes);
      const code = object.functions.get(symbol)?.code;
      if (code === undefined) throw new Error(`the object does not export ${symbol}`);
      return callWasm(object, code, args);
    };
  },
};

function load(module: MirModule, bytes: Uint8Array): LoadedObject {
  const { Memory, Table } = hostWebAssembly();
  const memory = new Memory({ initial: memoryPages });
  const words = new Int32Array(memory.buffer);
  words[shadowStackPointerAddress >> 2] = shadowStackStart;
  words[shadowStackLimitAddress >> 2] = dataStart;
  const slots = slotSymbols(module);
  const table = new Table({ initial: slots.length, element: "anyfunc" });
  let dataEnd = dataStart;
  const allocateData = (size: number, align: number): number => {
    const address = Math.ceil(dataEnd / align) * align;
    dataEnd = address + size;
    return address;
  };
  const object = loadObject(bytes, {
    memory,
    table,
    symbols: programSymbols(module, allocateData),
    abiHash: abiHash(),
    allocateData,
    allocateTable: (count) => table.grow(count),
  });
  slots.forEach((symbol, slot) => {
    table.set(slot, object.functions.get(implSymbol(symbol))?.code ?? null);
  });
  return object;
}

function programSymbols(
  module: MirModule,
  allocateData: (size: number, align: number) => number,
): SymbolTable {
  const symbols = new SymbolTable();
  const origin = "filetest";
  for (const name of module.externalData) {
    symbols.define({ kind: "data", name, origin, address: allocateData(8, 8) });
  }
  slotSymbols(module).forEach((name, slot) => {
    const fn = module.functions.find((each) => each.symbol === implSymbol(name));
    if (fn !== undefined)
      symbols.define({
        kind: "function",
        name,
        origin,
        slot,
        signature: functionType(fn.signature),
      });
  });
  for (const [name, { params, result }] of Object.entries(hostFunctions)) {
    const signature = {
      params: params.map(valueType),
      results: result === "unit" ? [] : [valueType(result)],
    };
    const found =
      testHost[name] ??
      (() => {
        throw new Error(`the test host has no ${name}`);
      });
    // The object's imports are checked against the signature.
    symbols.define({
      kind: "host",
      name,
      origin,
      signature,
      implementation: found as WasmFunction,
    });
  }
  return symbols;
}

function valueType(type: HostType): ValueType {
  switch (type) {
    case "i64":
    case "u64":
    case "any":
      return "i64";
    case "f32":
    case "f64":
      return type;
    case "i32":
    case "u32":
    case "ref":
    case "bool":
    case "unit":
      return "i32";
  }
}

function callWasm(
  object: LoadedObject,
  code: WasmFunction,
  args: readonly MirValue[],
): readonly MirValue[] {
  try {
    const result = code(...args);
    if (result === undefined) return [];
    return Array.isArray(result) ? result : [result];
  } catch (error) {
    throw programError(object, error) ?? error;
  }
}

/** The runtime error that a wasm trap stands for, by the line table. */
function programError(object: LoadedObject, error: unknown): ProgramError | undefined {
  if (error instanceof RangeError) return runtimeError("stack_overflow");
  if (!(error instanceof hostWebAssembly().RuntimeError)) return undefined;
  const offset = /wasm-function\[\d+\]:0x([0-9a-f]+)/.exec(error.stack ?? "")?.[1];
  if (offset === undefined || object.lines === null) return undefined;
  const code = trapCodes[lookupLine(object.lines, Number.parseInt(offset, 16))?.trap ?? -1];
  return code === undefined ? undefined : runtimeError(code);
}
