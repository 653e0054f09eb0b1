// Running a MIR module as native code of this machine: objects of the LLVM back end in the program's own loader.
import * as koffi from "koffi";
import {
  LlvmCompiler,
  machineOptions,
  printRuntimeModule,
  type LlvmCompileOptions,
  type LlvmLibrary,
  type LlvmTarget,
  type NativeHostFunction,
} from "../../src/codegen/llvm/index.ts";
import type { MirModule, MirType, Signature } from "../../src/ir/mir/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
  type LinearMemory,
  type LoadedNative,
} from "../../src/loader/native/index.ts";
import type { NativeHost } from "../../src/loader/native/index.ts";
import { openNativeHost } from "../../src/native-host/index.ts";
import { lookupLine, type LineFrame } from "../../src/object/index.ts";
import {
  runtimeError,
  ProgramError,
  trapCodes,
  firstHostFailure,
  runtimeNames,
  symbolNames,
} from "../../src/runtime/index.ts";

const opened = openNativeHost(import.meta.url);
/** This process as a host of native code, or undefined. */
export const nativeHost: NativeHost | undefined = opened.kind === "host" ? opened : undefined;

/** This machine as a target. */
export function hostTarget(library: LlvmLibrary): LlvmTarget {
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  return { architecture, cpu: library.host.cpu, features: library.host.features };
}

export type HostFunction = (...args: never[]) => unknown;

export interface NativeRunOptions {
  readonly compile: LlvmCompileOptions;
  readonly host: Readonly<Record<string, HostFunction>>;
  readonly memory: { readonly buffer: ArrayBufferLike };
  readonly dataAddresses?: Readonly<Record<string, number>>;
  /** First byte for the data of the module. */
  readonly dataBase?: number;
  /** The slot of a declared function holds this one of the module; by default that of the same name. */
  readonly slotFunction?: (symbol: string) => string;
}

export interface NativeProgram {
  /** Throws `ProgramError` for a trap, with its trace, and whatever a host function threw. */
  call(symbol: string, args: readonly MirValue[]): readonly MirValue[];
  readonly object: Uint8Array;
  /** Writes the module's data to memory; done once when it is loaded. */
  writeData(): void;
  dispose(): void;
}

const koffiTypes: Readonly<Record<MirType, string>> = {
  i32: "int32_t",
  i64: "int64_t",
  f32: "float",
  f64: "double",
  ref: "uint32_t",
  any: "int64_t",
};

const builtin: readonly NativeHostFunction[] = [
  { symbol: "rt_index_error", signature: { params: ["i64", "i64"], results: [] } },
];

/** Compiles and loads modules; keeps what they share. */
export class NativeLinker {
  readonly #library: LlvmLibrary;
  readonly #host: NativeHost;
  readonly #compiler: LlvmCompiler;
  readonly #pools: NativePools;
  /** Runtimes by the host functions that they were made for. */
  readonly #runtimes = new Map<string, Uint8Array>();

  constructor(library: LlvmLibrary, host: NativeHost) {
    this.#library = library;
    this.#host = host;
    this.#compiler = new LlvmCompiler(library, hostTarget(library));
    this.#pools = new NativePools(host.memory);
  }

  load(module: MirModule, options: NativeRunOptions): NativeProgram {
    const hosts = hostFunctions(module);
    const object = this.#compiler.compile(module, options.compile);
    const symbols = new NativeSymbolTable();
    const data = new LinearData(options);
    const define = (name: string, address: number): void =>
      symbols.define({ name, kind: "data", address, size: 0, origin: "test" });
    for (const symbol of module.externalData) {
      const address = options.dataAddresses?.[symbol] ?? data.allocate(8, 8);
      define(symbolNames.address(symbol), address);
    }
    const table = new SlotTable(module, options);
    const cells = this.#pools.allocate("data", 8 * table.size);
    if (cells === null) throw new Error("no memory for slots");
    define(symbolNames.slots, cells.address);
    for (const [symbol, slot] of table.slots) {
      define(symbolNames.slot(symbol), cells.address + 8 * slot);
    }
    const loaded = [this.#runtime(hosts), object].map((bytes) => this.#load(bytes, symbols, data));
    const addressOf = (name: string): number => {
      const found = symbols.lookup(name);
      if (found === undefined) throw new Error(`no symbol ${name}`);
      return found.address;
    };
    const view = this.#host.view(cells.address, 8 * table.size);
    const slots = new BigUint64Array(view.buffer, view.byteOffset, table.size);
    slots.set(table.addresses(addressOf).map(BigInt));
    const program = openProgram(module, { host: this.#host, hosts, options, addressOf, loaded });
    return {
      object,
      call: program.call,
      writeData: () => data.writeAgain(),
      dispose: () => {
        program.release();
        for (const each of loaded) unloadNative(each, this.#pools);
        this.#pools.free(cells);
      },
    };
  }

  dispose(): void {
    this.#compiler.dispose();
    this.#pools.close();
  }

  #load(bytes: Uint8Array, symbols: NativeSymbolTable, linear: LinearMemory): LoadedNative {
    const { machine, process } = this.#host;
    const result = loadNative(bytes, { machine, pools: this.#pools, symbols, process, linear });
    if (result.kind === "refused") throw new Error(result.message);
    for (const symbol of result.symbols.values()) symbols.define(symbol);
    return result;
  }

  #runtime(hosts: readonly NativeHostFunction[]): Uint8Array {
    const { target } = this.#compiler;
    const key = hosts.map(({ symbol, signature }) => symbol + JSON.stringify(signature)).join();
    const object = this.#runtimes.get(key) ?? compileRuntime(this.#library, target, hosts);
    this.#runtimes.set(key, object);
    return object;
  }
}

/** The object of the native runtime for a target. */
export function compileRuntime(
  library: LlvmLibrary,
  target: LlvmTarget,
  hosts: readonly NativeHostFunction[],
): Uint8Array {
  if (target.architecture === "wasm32") throw new Error("wasm32 has no native runtime");
  const text = printRuntimeModule(target.architecture, hosts);
  const context = library.createContext();
  const machine = library.createMachine(machineOptions(target, 1));
  try {
    const module = context.parseIr(text, "runtime");
    try {
      const wrong = module.verify();
      if (wrong !== undefined) throw new Error(wrong);
      return module.emitObject(machine);
    } finally {
      module.dispose();
    }
  } finally {
    machine.dispose();
    context.dispose();
  }
}

/** What a module declares, and what its code may call besides. */
export function hostFunctions(module: MirModule): NativeHostFunction[] {
  const declared = module.declarations.filter(({ linkage }) => linkage === "host");
  const names = new Set(declared.map(({ symbol }) => symbol));
  return [...declared, ...builtin.filter(({ symbol }) => !names.has(symbol))];
}

/** Cell 0 is empty; then the functions of the module, then the declared ones. */
export class SlotTable {
  readonly slots = new Map<string, number>();
  readonly #own: ReadonlySet<string>;
  readonly #slotFunction: (symbol: string) => string;

  constructor(
    module: MirModule,
    { slotFunction = (symbol) => symbol }: Pick<NativeRunOptions, "slotFunction"> = {},
  ) {
    this.#slotFunction = slotFunction;
    this.#own = new Set(module.functions.map(({ symbol }) => symbol));
    const declared = module.declarations.filter(({ linkage }) => linkage === "slot");
    for (const symbol of [...this.#own, ...declared.map((each) => each.symbol)]) {
      if (!this.slots.has(symbol)) this.slots.set(symbol, this.size);
    }
  }

  get size(): number {
    return this.slots.size + 1;
  }

  /** What the cell of each slot holds. */
  addresses(addressOf: (name: string) => number): number[] {
    const cells = Array.from({ length: this.size }, () => 0);
    for (const [symbol, slot] of this.slots) {
      const target = this.#own.has(symbol) ? symbol : this.#slotFunction(symbol);
      if (this.#own.has(target)) cells[slot] = addressOf(symbolNames.code(target));
    }
    return cells;
  }
}

/** The linear memory of a program: data of the module go where there is room, again and again. */
class LinearData implements LinearMemory {
  readonly #memory: Uint8Array;
  readonly #written: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  #free: number;

  constructor({ memory, dataBase = 0 }: NativeRunOptions) {
    this.#memory = new Uint8Array(memory.buffer);
    this.#free = dataBase;
  }

  allocate(size: number, align: number): number {
    const address = Math.ceil(this.#free / align) * align;
    this.#free = address + size;
    return address;
  }

  write(address: number, bytes: Uint8Array): void {
    this.#written.push({ address, bytes: bytes.slice() });
    this.#memory.set(bytes, address);
  }

  writeAgain(): void {
    for (const { address, bytes } of this.#written) this.#memory.set(bytes, address);
  }
}

interface Linked {
  readonly host: NativeHost;
  readonly hosts: readonly NativeHostFunction[];
  readonly options: NativeRunOptions;
  readonly addressOf: (name: string) => number;
  readonly loaded: readonly LoadedNative[];
}

interface OpenProgram {
  readonly call: NativeProgram["call"];
  release(): void;
}

function openProgram(module: MirModule, linked: Linked): OpenProgram {
  const { host, hosts, options, addressOf } = linked;
  const memory = new Uint8Array(options.memory.buffer);
  const words = (name: string, size: number): DataView => {
    const { buffer, byteOffset, length } = host.view(addressOf(name), size);
    return new DataView(buffer, byteOffset, length);
  };
  const pending = words(runtimeNames.pending, 4);
  const cells = words(runtimeNames.hosts, 8 * hosts.length);
  const trace = words(runtimeNames.trace, 8 + 8 * 1000);
  let failure: unknown;
  const callbacks = hosts.map(({ symbol, signature }, i) => {
    const call = (...args: never[]): unknown => {
      try {
        const found = options.host[symbol];
        if (found === undefined) throw new Error(`the test host has no ${symbol}`);
        return hostResult(found(...convertArguments(args, signature)), signature);
      } catch (error) {
        failure = error;
        pending.setInt32(0, firstHostFailure, true);
        return hostResult(0, signature);
      }
    };
    const pointer = koffi.register(call, koffi.pointer(hostPrototype(signature)));
    cells.setBigUint64(8 * i, pointer, true);
    return pointer;
  });
  const enterTypes = ["uintptr_t", "void *", "void *"];
  const enter = host.callable(addressOf(runtimeNames.enter), "int", enterTypes);
  const frame = new DataView(new ArrayBuffer(256));
  return {
    call: (symbol, args) => {
      const fn = module.functions.find((each) => each.symbol === symbol);
      if (fn === undefined) throw new Error(`no function ${symbol}`);
      const entry = addressOf(symbolNames.enter(symbol));
      fn.signature.params.forEach((type, i) => writeValue(frame, 8 * i, type, args[i] ?? 0));
      const why = enter(entry, memory, new Uint8Array(frame.buffer));
      if (why === 0) return fn.signature.results.map((type, i) => readValue(frame, 8 * i, type));
      const isHost = why === firstHostFailure;
      const error = isHost ? failure : runtimeError(trapCodes[Number(why) - 1] ?? "unreachable");
      if (error instanceof ProgramError) addTrace(error, trace, linked.loaded);
      throw error;
    },
    release: () => {
      for (const pointer of callbacks) koffi.unregister(pointer);
    },
  };
}

/** The frames of return addresses, which stand behind the calls. */
function addTrace(error: ProgramError, trace: DataView, loaded: readonly LoadedNative[]): void {
  const count = Math.min(trace.getInt32(0, true), 1000);
  for (let i = 0; i < count; i += 1) {
    const address = Number(trace.getBigUint64(8 + 8 * i, true)) - 1;
    for (const frame of framesAt(address, loaded)) error.addFrame(frame);
  }
}

/** The frames of source code at an address, innermost first. */
export function framesAt(address: number, loaded: readonly LoadedNative[]): readonly LineFrame[] {
  for (const { lines, codeAddress, figures } of loaded) {
    if (lines === null || address < codeAddress) continue;
    if (address < codeAddress + figures.code)
      return lookupLine(lines, address - codeAddress)?.frames ?? [];
  }
  return [];
}

function hostPrototype({ params, results }: Signature): ReturnType<typeof koffi.proto> {
  const [result] = results;
  return koffi.proto(
    result === undefined ? "void" : koffiTypes[result],
    params.map((type) => koffiTypes[type]),
  );
}

/** 64-bit integers come as numbers where they are small. */
function convertArguments(args: readonly never[], { params }: Signature): never[] {
  return args.map((arg, i) => {
    const isWide = params[i] === "i64" || params[i] === "any";
    return (isWide ? BigInt(arg) : arg) as never;
  });
}

function hostResult(value: unknown, { results }: Signature): unknown {
  const [type] = results;
  if (type === undefined) return undefined;
  return type === "ref" ? Number(value) >>> 0 : value;
}

/** Puts a value into an 8-byte place. */
export function writeValue(view: DataView, at: number, type: MirType, value: MirValue): void {
  if (type === "f64") view.setFloat64(at, Number(value), true);
  else if (type === "f32") view.setFloat32(at, Number(value), true);
  else if (type === "i64" || type === "any") view.setBigInt64(at, BigInt(value), true);
  else view.setInt32(at, Number(value), true);
}

/** Takes a value from an 8-byte place. */
export function readValue(view: DataView, at: number, type: MirType): MirValue {
  if (type === "f64") return view.getFloat64(at, true);
  if (type === "f32") return view.getFloat32(at, true);
  if (type === "i64" || type === "any") return view.getBigInt64(at, true);
  return view.getInt32(at, true);
}
