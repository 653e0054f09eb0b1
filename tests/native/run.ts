// Running a MIR module as native code of this machine: objects of the LLVM back end, linked by the system's linker to a
// shared library.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as koffi from "koffi";
import {
  LlvmCompiler,
  firstHostFailure,
  machineOptions,
  printRuntimeModule,
  runtimeNames,
  symbolNames,
  tripleOf,
  type LlvmCompileOptions,
  type LlvmLibrary,
  type LlvmTarget,
  type NativeHostFunction,
} from "../../src/codegen/llvm/index.ts";
import type { MirModule, MirType, Signature } from "../../src/ir/mir/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import { runtimeError, trapCodes } from "../../src/runtime/index.ts";
import { ElfObject } from "./elf.ts";

/** Whether objects of this machine can be linked. */
export const canLink: boolean =
  process.platform === "linux" && spawnSync("ld", ["--version"]).status === 0;

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
  /** Throws `ProgramError` for a trap, and whatever a host function threw. */
  call(symbol: string, args: readonly MirValue[]): readonly MirValue[];
  /** Return addresses of the last trap, innermost first, from the start of the library. */
  readonly object: Uint8Array;
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

/** Compiles and links modules; keeps what they share. */
export class NativeLinker {
  readonly #library: LlvmLibrary;
  readonly #compiler: LlvmCompiler;
  readonly #folder = mkdtempSync(join(tmpdir(), "anneal-native-"));
  #count = 0;

  constructor(library: LlvmLibrary) {
    this.#library = library;
    this.#compiler = new LlvmCompiler(library, hostTarget(library));
  }

  load(module: MirModule, options: NativeRunOptions): NativeProgram {
    this.#count += 1;
    const base = join(this.#folder, String(this.#count));
    const hosts = hostFunctions(module);
    const object = this.#compiler.compile(module, options.compile);
    writeFileSync(`${base}.o`, withAddresses(object, module, options));
    writeFileSync(`${base}r.o`, this.#object(this.#runtime(hosts)));
    writeFileSync(`${base}s.o`, this.#object(slotTable(module, this.#compiler.target, options)));
    writeFileSync(`${base}.ld`, addresses(module, options));
    const files = [`${base}.o`, `${base}r.o`, `${base}s.o`, `${base}.ld`];
    execFileSync("ld", ["-shared", "-z", "noexecstack", "-o", `${base}.so`, ...files]);
    return openProgram(`${base}.so`, module, { hosts, object, options });
  }

  dispose(): void {
    this.#compiler.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #runtime(hosts: readonly NativeHostFunction[]): string {
    const { architecture } = this.#compiler.target;
    if (architecture === "wasm32") throw new Error("this machine is not native");
    return printRuntimeModule(architecture, hosts);
  }

  #object(text: string): Uint8Array {
    const context = this.#library.createContext();
    const machine = this.#library.createMachine(machineOptions(this.#compiler.target, 1));
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
}

function hostFunctions(module: MirModule): NativeHostFunction[] {
  const declared = module.declarations.filter(({ linkage }) => linkage === "host");
  const names = new Set(declared.map(({ symbol }) => symbol));
  return [...declared, ...builtin.filter(({ symbol }) => !names.has(symbol))];
}

/** Cell 0 is empty; then the functions of the module, then the declared ones. */
function slotTable(
  module: MirModule,
  { architecture }: LlvmTarget,
  { slotFunction = (symbol) => symbol }: NativeRunOptions,
): string {
  const own = new Set(module.functions.map(({ symbol }) => symbol));
  const slots = [
    ...own,
    ...module.declarations.filter(({ linkage }) => linkage === "slot").map(({ symbol }) => symbol),
  ];
  const cells = ["ptr null"];
  const lines = [`target triple = "${tripleOf(architecture)}"`];
  for (const symbol of own) lines.push(`declare void @"${symbolNames.code(symbol)}"()`);
  const table = `@"${symbolNames.slots}"`;
  for (const symbol of new Set(slots)) {
    const cell = `getelementptr (ptr, ptr ${table}, i32 ${cells.length})`;
    lines.push(`@"${symbolNames.slot(symbol)}" = alias ptr, ptr ${cell}`);
    const target = own.has(symbol) ? symbol : slotFunction(symbol);
    cells.push(own.has(target) ? `ptr @"${symbolNames.code(target)}"` : "ptr null");
  }
  lines.push(`${table} = global [${cells.length} x ptr] [${cells.join(", ")}]`);
  return `${lines.join("\n")}\n`;
}

/** Where each data symbol is in linear memory. */
function placeData(module: MirModule, options: NativeRunOptions): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  let free = options.dataBase ?? 0;
  const place = (symbol: string, size: number, align: number): void => {
    const given = options.dataAddresses?.[symbol];
    const address = given ?? Math.ceil(free / align) * align;
    if (given === undefined) free = address + size;
    places.set(symbol, address);
  };
  for (const { symbol, bytes, align } of module.data)
    place(symbol, bytes.length, Math.max(1, align));
  for (const symbol of module.externalData) place(symbol, 8, 8);
  return places;
}

function addresses(module: MirModule, options: NativeRunOptions): string {
  const lines = [...placeData(module, options)].map(
    ([symbol, address]) => `"${symbolNames.address(symbol)}" = ${address};`,
  );
  return `${lines.join("\n")}\n`;
}

const absoluteRelocations: ReadonlySet<number> = new Set([10, 11]);

/** The object with addresses of data in place: the linker takes no 32-bit addresses in shared libraries. */
function withAddresses(
  object: Uint8Array,
  module: MirModule,
  options: NativeRunOptions,
): Uint8Array {
  const places = new Map(
    [...placeData(module, options)].map(([symbol, at]) => [symbolNames.address(symbol), at]),
  );
  const elf = new ElfObject(object.slice());
  if (process.arch === "x64") elf.resolve((symbol) => places.get(symbol), absoluteRelocations);
  return elf.bytes;
}

interface Linked {
  readonly hosts: readonly NativeHostFunction[];
  readonly object: Uint8Array;
  readonly options: NativeRunOptions;
}

function openProgram(path: string, module: MirModule, linked: Linked): NativeProgram {
  const { hosts, object, options } = linked;
  const library = koffi.load(path);
  const memory = new Uint8Array(options.memory.buffer);
  const places = placeData(module, options);
  for (const { symbol, bytes } of module.data) memory.set(bytes, places.get(symbol) ?? 0);
  const pending = new Int32Array(koffi.view(library.symbol(runtimeNames.pending), 4));
  const cells = new BigInt64Array(koffi.view(library.symbol(runtimeNames.hosts), 8 * hosts.length));
  let failure: unknown;
  const callbacks = hosts.map(({ symbol, signature }, i) => {
    const call = (...args: never[]): unknown => {
      try {
        const found = options.host[symbol];
        if (found === undefined) throw new Error(`the test host has no ${symbol}`);
        return hostResult(found(...convertArguments(args, signature)), signature);
      } catch (error) {
        failure = error;
        pending[0] = firstHostFailure;
        return hostResult(0, signature);
      }
    };
    const pointer = koffi.register(call, koffi.pointer(hostPrototype(signature)));
    cells[i] = pointer;
    return pointer;
  });
  const enter = library.func(runtimeNames.enter, "int", ["uintptr_t", "void *", "void *"]);
  const frame = new DataView(new ArrayBuffer(256));
  const entries = new Map<string, bigint>();
  return {
    object,
    call: (symbol, args) => {
      const fn = module.functions.find((each) => each.symbol === symbol);
      if (fn === undefined) throw new Error(`no function ${symbol}`);
      const entry = entries.get(symbol) ?? koffi.address(library.symbol(symbolNames.enter(symbol)));
      entries.set(symbol, entry);
      fn.signature.params.forEach((type, i) => writeValue(frame, 8 * i, type, args[i] ?? 0));
      const why: unknown = enter(entry, memory, new Uint8Array(frame.buffer));
      if (why === firstHostFailure) throw failure;
      if (why !== 0) throw runtimeError(trapCodes[Number(why) - 1] ?? "unreachable");
      return fn.signature.results.map((type, i) => readValue(frame, 8 * i, type));
    },
    dispose: () => {
      for (const pointer of callbacks) koffi.unregister(pointer);
      library.unload();
    },
  };
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

function writeValue(view: DataView, at: number, type: MirType, value: MirValue): void {
  if (type === "f64") view.setFloat64(at, Number(value), true);
  else if (type === "f32") view.setFloat32(at, Number(value), true);
  else if (type === "i64" || type === "any") view.setBigInt64(at, BigInt(value), true);
  else view.setInt32(at, Number(value), true);
}

function readValue(view: DataView, at: number, type: MirType): MirValue {
  if (type === "f64") return view.getFloat64(at, true);
  if (type === "f32") return view.getFloat32(at, true);
  if (type === "i64" || type === "any") return view.getBigInt64(at, true);
  return view.getInt32(at, true);
}
