// Loading of an object into a program: check, place, resolve, instantiate; or refuse the whole of it.
import {
  formatSignature,
  parseObject,
  sameSignature,
  withFunctionValues,
  type FunctionType,
  type LineTable,
  type WasmImport,
  type WasmObject,
} from "../object/index.ts";
import type { HostCode } from "./host-code.ts";
import { slotCallOf, type SlotCalls } from "./slot-calls.ts";
import type { ProgramSymbol, SymbolTable } from "./symbols.ts";
import {
  hostWebAssembly,
  type WasmFunction,
  type WasmImports,
  type WasmImportValue,
  type WasmMemory,
  type WasmModule,
  type WasmTable,
} from "./webassembly.ts";

/** Why an object cannot become part of a program. */
export class LoadError extends Error {
  /** One line for each thing that is wrong. */
  readonly reasons: readonly string[];

  constructor(module: string, reasons: readonly string[]) {
    super(`cannot load \`${module}\`: ${reasons.join("; ")}`);
    this.name = "LoadError";
    this.reasons = reasons;
  }
}

/** What a program gives to its objects. */
export interface LoadEnvironment {
  readonly memory: WasmMemory;
  readonly table: WasmTable;
  readonly symbols: SymbolTable;
  /** The hash of the program's ABI; an object made for another one is refused. */
  readonly abiHash: string;
  /** Address of `size` zeroed bytes for an object's data, aligned to `align`, which is a power of two. */
  allocateData(size: number, align: number): number;
  /** What objects without the table call slots by. Default: there is nothing, and they are refused. */
  readonly slotCalls?: SlotCalls;
  /** What objects import for functions of the host. Default: their implementations. */
  readonly hostCode?: HostCode;
  /** Index of the first of `count` fresh table elements. */
  allocateTable(count: number): number;
}

/** A function of an object that was placed. */
export interface LoadedFunction {
  readonly symbol: string;
  readonly signature: FunctionType;
  /** The compiled code, to be stored in the function's slot. */
  readonly code: WasmFunction;
}

/** An object that was placed: its code, and what the engine must know to free or to trace it. */
export interface LoadedObject {
  /** Name of the module, as it is in the object and in V8's stack traces. */
  readonly name: string;
  /** By symbol. */
  readonly functions: ReadonlyMap<string, LoadedFunction>;
  /** Code offsets to source locations; null if the object has none. */
  readonly lines: LineTable | null;
  /** Symbols of the functions that it calls through their slots. */
  readonly slotImports: readonly string[];
  /** Size of the code section. */
  readonly codeBytes: number;
  /** Linear memory that it took. */
  readonly dataBytes: number;
  /** Where its data stand; 0 if it has none. */
  readonly dataAddress: number;
}

const codeSection = 10;
/** Bytes of an object that gets functions as values. */
const mostWithValues = 4096;
const maxDataSize = 1 << 28;
const maxDataAlign = 16;
const maxTableSize = 1_000_000;

/**
 * Loads an object. Throws `ObjectError` if the bytes are not a well-formed object and `LoadError` if they are, but do
 * not fit the program; then nothing of it stays but, in rare cases, the memory that it was given.
 */
export function loadObject(bytes: Uint8Array, environment: LoadEnvironment): LoadedObject {
  const object = parseObject(bytes);
  const name = object.names?.module ?? "object";
  checkObject(object, name, environment);
  const values = prefersValues(object, environment) ? withFunctionValues(object) : null;
  const module = compile(values?.bytes ?? bytes, name);
  const { memorySize, memoryAlign, tableSize } = object.dylink ?? emptyDylink;
  const dataAddress = memorySize === 0 ? 0 : environment.allocateData(memorySize, 1 << memoryAlign);
  const tableBase = tableSize === 0 ? 0 : environment.allocateTable(tableSize);
  const imports = resolveImports(object, environment, { dataAddress, tableBase });
  const exports = instantiate(module, imports, name);
  const code = object.sections.find((section) => section.id === codeSection);
  return {
    name,
    functions: collectFunctions(object, exports, name),
    lines: values === null ? object.lines : shifted(object.lines, values.shift),
    slotImports: slotImports(object),
    codeBytes: code === undefined ? 0 : code.end - code.start,
    dataBytes: memorySize,
    dataAddress,
  };
}

/** Reports beyond these are counted only. */
const mostReasons = 50;

const emptyDylink = { memorySize: 0, memoryAlign: 0, tableSize: 0 };

function slotImports(object: WasmObject): string[] {
  return object.imports.filter((item) => item.module === "GOT.func").map((item) => item.field);
}

/** Everything that can be known before the code is compiled; collects what is wrong. */
function checkObject(object: WasmObject, name: string, environment: LoadEnvironment): void {
  const reasons: string[] = [];
  if (object.dylink === null) reasons.push("no `dylink.0` section");
  else reasons.push(...checkPlacement(object.dylink));
  const hash = object.abi?.hash;
  if (hash === undefined) reasons.push("no `anneal.abi` section");
  else if (hash !== environment.abiHash) {
    reasons.push(`made for ABI \`${hash}\`, the program has \`${environment.abiHash}\``);
  }
  if (object.hasStart)
    reasons.push("it has a start function, which would run before it is installed");
  let more = 0;
  for (const item of object.imports) {
    // Similar names are looked for in each report, which a hostile object must not make slow.
    const full = reasons.length >= mostReasons;
    if (environment.slotCalls !== undefined && slotCallOf(item) !== null) continue;
    const reason = checkImport(item, environment.symbols, full);
    if (reason === null) continue;
    if (full) more += 1;
    else reasons.push(reason);
  }
  if (more > 0) reasons.push(`and ${more} more`);
  for (const use of object.abi?.slots ?? []) {
    const symbol = environment.symbols.lookup(use.symbol);
    if (symbol?.kind !== "function" || sameSignature(symbol.signature, use.type)) continue;
    reasons.push(differentSignature(symbol, use.type));
  }
  if (reasons.length > 0) throw new LoadError(name, reasons);
}

function checkPlacement(dylink: NonNullable<WasmObject["dylink"]>): string[] {
  const reasons: string[] = [];
  if (dylink.memorySize > maxDataSize) reasons.push(`${dylink.memorySize} bytes of data`);
  if (dylink.memoryAlign > maxDataAlign) reasons.push(`data aligned to 2^${dylink.memoryAlign}`);
  if (dylink.tableSize > maxTableSize) reasons.push(`${dylink.tableSize} table elements`);
  if (dylink.needed.length > 0) reasons.push(`it needs the objects ${dylink.needed.join(", ")}`);
  return reasons;
}

function differentSignature(symbol: ProgramSymbol, wanted: FunctionType): string {
  const actual = symbol.kind === "data" ? "" : formatSignature(symbol.signature);
  const { name, origin } = symbol;
  return `\`${name}\` is ${actual} in ${origin}, the object takes it for ${formatSignature(wanted)}`;
}

/** What is wrong with an import, or null. */
function checkImport(item: WasmImport, symbols: SymbolTable, brief: boolean): string | null {
  const name = `\`${item.module}.${item.field}\``;
  if (item.module === "env") {
    const kind = environmentKinds.get(item.field);
    if (kind === item.kind && item.kind !== "global") return null;
    if (kind === "global") return checkGlobal(item, name);
    if (kind !== undefined) return `${name} is a ${kind}, the object takes it for a ${item.kind}`;
    return item.kind === "function"
      ? checkSymbol(item.field, { kind: "host", signature: item.type, brief }, symbols)
      : `${name} is not a ${item.kind} of the program`;
  }
  const wanted = gotKinds.get(item.module);
  if (wanted === undefined) return `${name}: no such module to import from`;
  return (
    checkGlobal(item, name) ??
    checkSymbol(item.field, { kind: wanted, signature: null, brief }, symbols)
  );
}

const environmentKinds: ReadonlyMap<string, WasmImport["kind"]> = new Map([
  ["memory", "memory"],
  ["__indirect_function_table", "table"],
  ["__memory_base", "global"],
  ["__table_base", "global"],
]);

const gotKinds: ReadonlyMap<string, "function" | "data"> = new Map([
  ["GOT.func", "function"],
  ["GOT.mem", "data"],
]);

function checkGlobal(item: WasmImport, name: string): string | null {
  if (item.kind === "global" && item.type === "i32" && !item.mutable) return null;
  return `${name} must be imported as an immutable i32 global`;
}

const kindNames = { function: "function", data: "data symbol", host: "host function" } as const;

interface WantedSymbol {
  readonly kind: ProgramSymbol["kind"];
  /** Null if the import does not say. */
  readonly signature: FunctionType | null;
  /** Whether similar names are of no interest. */
  readonly brief: boolean;
}

function checkSymbol(name: string, wanted: WantedSymbol, symbols: SymbolTable): string | null {
  const { kind, signature } = wanted;
  const symbol = symbols.lookup(name);
  if (symbol === undefined) {
    if (wanted.brief) return `no ${kindNames[kind]} \`${name}\``;
    const nearest = symbols.nearest(name).map((near) => `\`${near}\``);
    const hint = nearest.length === 0 ? "" : ` (defined: ${nearest.join(", ")})`;
    return `no ${kindNames[kind]} \`${name}\`${hint}`;
  }
  if (symbol.kind !== kind) {
    return `\`${name}\` is a ${kindNames[symbol.kind]}, the object takes it for a ${kindNames[kind]}`;
  }
  if (signature === null || symbol.kind === "data") return null;
  return sameSignature(symbol.signature, signature) ? null : differentSignature(symbol, signature);
}

interface Placement {
  readonly dataAddress: number;
  readonly tableBase: number;
}

function resolveImports(
  object: WasmObject,
  environment: LoadEnvironment,
  placement: Placement,
): WasmImports {
  const modules: WasmImports = {};
  for (const item of object.imports) {
    const value = resolveImport(item, environment, placement);
    if (value !== null) (modules[item.module] ??= {})[item.field] = value;
  }
  return modules;
}

/** The value of an import that `checkImport` has passed. */
function resolveImport(
  item: WasmImport,
  environment: LoadEnvironment,
  placement: Placement,
): WasmImportValue | null {
  if (item.module === "env") {
    if (item.field === "memory") return environment.memory;
    if (item.field === "__indirect_function_table") return environment.table;
    if (item.field === "__memory_base") return placement.dataAddress;
    if (item.field === "__table_base") return placement.tableBase;
    const called = slotCallOf(item);
    if (called !== null) return environment.slotCalls?.of(called) ?? null;
  }
  const symbol = environment.symbols.lookup(item.field);
  if (symbol === undefined) return null;
  if (symbol.kind === "host") return environment.hostCode?.of(symbol) ?? symbol.implementation;
  return symbol.kind === "function" ? symbol.slot : symbol.address;
}

/** Whether functions, which must all be of wasm then, are imported as values: calls take a nanosecond longer. */
function prefersValues({ bytes }: WasmObject, { hostCode }: LoadEnvironment): boolean {
  return bytes.length <= mostWithValues && hostCode !== undefined;
}

/** The table for code that stands further back. */
function shifted(lines: LineTable | null, shift: number): LineTable | null {
  if (lines === null) return null;
  const entries = lines.entries.map((entry) => ({ ...entry, offset: entry.offset + shift }));
  return { ...lines, entries };
}

function compile(bytes: Uint8Array, name: string): WasmModule {
  const { Module } = hostWebAssembly();
  try {
    return new Module(bytes);
  } catch (error) {
    throw refusal(name, "invalid code", error);
  }
}

function instantiate(
  module: WasmModule,
  imports: WasmImports,
  name: string,
): Readonly<Record<string, unknown>> {
  const { Instance } = hostWebAssembly();
  try {
    return new Instance(module, imports).exports;
  } catch (error) {
    throw refusal(name, "cannot be instantiated", error);
  }
}

function refusal(name: string, what: string, error: unknown): LoadError {
  return new LoadError(name, [
    `${what}: ${error instanceof Error ? error.message : String(error)}`,
  ]);
}

function collectFunctions(
  object: WasmObject,
  exports: Readonly<Record<string, unknown>>,
  name: string,
): Map<string, LoadedFunction> {
  const functions = new Map<string, LoadedFunction>();
  for (const item of object.exports) {
    if (item.kind !== "function") continue;
    const signature = object.functions[item.index];
    const code = exports[item.name];
    if (signature === undefined || typeof code !== "function") {
      throw new LoadError(name, [`export \`${item.name}\` is not a function`]);
    }
    functions.set(item.name, { symbol: item.name, signature, code: code as WasmFunction });
  }
  return functions;
}
