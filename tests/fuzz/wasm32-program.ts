// Generated modules as wasm32 of the LLVM back end: linked by wasm-ld, run by this process.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  LlvmCompiler,
  machineOptions,
  type LlvmLevel,
  type LlvmLibrary,
} from "../../src/codegen/llvm/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import type { MirModule, MirType } from "../../src/ir/mir/index.ts";
import { hostWebAssembly, type WasmFunction } from "../../src/loader/index.ts";
import {
  dataStart,
  indexError,
  pageSize,
  ProgramError,
  runtimeError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  trapCodes,
  symbolNames,
} from "../../src/runtime/index.ts";
import { SlotTable } from "../native/llvm-program.ts";
import { hasTool } from "../native/oracle.ts";
import { generatedHeapStart } from "./llvm-cases.ts";
import { generatedDataSize } from "./mir-generator.ts";
import type { Outcome } from "./mir-outcome.ts";
import { showValue } from "./outcome.ts";
import { TestHeap, testHeapSize } from "./test-heap.ts";

const linker = [
  "wasm-ld",
  "wasm-ld-22",
  "wasm-ld-21",
  "wasm-ld-20",
  "wasm-ld-19",
  "wasm-ld-18",
].find((name) => hasTool(name));

/** Why wasm32 cannot be linked here, for the names of tests. */
export const whyNoWasmLinker: string =
  linker === undefined ? " (skipped: no wasm-ld on this machine)" : "";

const heapEnd = generatedHeapStart + testHeapSize + 32;
const mostSlots = 4096;
/** For what LLVM puts on a stack of its own, far behind everything else. */
const stackSize = 1 << 20;

/** Compiles, links and runs modules. */
export class Wasm32Linker {
  readonly #library: LlvmLibrary;
  readonly #compiler: LlvmCompiler;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "anneal-wasm32-"));

  constructor(library: LlvmLibrary) {
    this.#library = library;
    this.#compiler = new LlvmCompiler(library, { architecture: "wasm32" });
  }

  dispose(): void {
    this.#compiler.dispose();
    rmSync(this.#folder, { recursive: true });
  }

  /** Calls `f` for each of the arguments, in fresh memory; errors have no trace. */
  run(module: MirModule, level: LlvmLevel, calls: readonly (readonly MirValue[])[]): Outcome[] {
    const slots = new SlotTable(module);
    const object = this.#compiler.compile(module, {
      name: "f",
      abiHash: "test",
      level,
      verify: true,
    });
    const program = instantiate(this.#link(module, slots, object), slots);
    const fn = module.functions.find(({ symbol }) => symbol === "f");
    if (fn === undefined) throw new Error("no function f");
    return calls.map((args) => program.call(fn.signature.results, args));
  }

  #link(module: MirModule, slots: SlotTable, object: Uint8Array): Uint8Array {
    const files = ["places.o", "module.o", "out.wasm"].map((name) => path.join(this.#folder, name));
    const [places = "", input = "", out = ""] = files;
    writeFileSync(places, this.#places(slots));
    writeFileSync(input, object);
    const exports = [...module.functions.map(({ symbol }) => symbolNames.code(symbol)), firstSlot];
    const options = ["--no-entry", "--allow-undefined", "--import-memory", "--import-table"];
    options.push(`--global-base=${dataStart}`, "-z", `stack-size=${stackSize}`);
    options.push(...exports.map((name) => `--export=${name}`));
    execFileSync(linker ?? "", [...options, places, input, "-o", out]);
    return Uint8Array.from(readFileSync(out));
  }

  /** An object with the data and the heap of generated modules, and behind them a byte for each slot. */
  #places(slots: SlotTable): Uint8Array {
    const section = 'section ".rodata"';
    const bytes = heapEnd - dataStart;
    const text = [
      'target triple = "wasm32-unknown-unknown"',
      `@"${symbolNames.address("data")}" = constant [${bytes} x i8] zeroinitializer, ${section}, align 16`,
      `@"${firstSlot}" = constant [${slots.size} x i8] zeroinitializer, ${section}, align 1`,
      ...[...slots.slots].map(
        ([symbol, slot]) =>
          `@"${symbolNames.slot(symbol)}" = alias i8, getelementptr (i8, ptr @"${firstSlot}", i32 ${slot})`,
      ),
      "",
    ].join("\n");
    const context = this.#library.createContext();
    const machine = this.#library.createMachine(machineOptions(this.#compiler.target, 0));
    const made = context.parseIr(text, "places");
    try {
      return made.emitObject(machine);
    } finally {
      made.dispose();
      machine.dispose();
      context.dispose();
    }
  }
}

const firstSlot = "slots";

interface Instance {
  call(results: readonly MirType[], args: readonly MirValue[]): Outcome;
}

function instantiate(binary: Uint8Array, slots: SlotTable): Instance {
  const { Memory, Table, Module, Instance } = hostWebAssembly();
  const memory = new Memory({ initial: Math.ceil((heapEnd + 2 * stackSize) / pageSize) });
  const table = new Table({ initial: heapEnd + mostSlots, element: "anyfunc" });
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  let heap = new TestHeap(() => view, generatedHeapStart, true);
  let log: string[] = [];
  const host: Record<string, WasmFunction> = {
    log: (value) => void log.push(String(value)),
    half: (value) => Number(value) / 2,
    collect: () => heap.host.collect(),
    touch: (reference) => heap.host.touch(Number(reference) >>> 0),
    weigh: (reference) => heap.host.weigh(Number(reference) >>> 0),
    rt_new: (typeId, size) => heap.host.rt_new(typeId, size),
    rt_index_error: (index, length) => {
      throw indexError(BigInt(index), BigInt(length));
    },
    rt_trap: (code) => {
      throw runtimeError(trapCodes[Number(code)] ?? "unreachable");
    },
  };
  const env = { memory, __indirect_function_table: table, ...host };
  const { exports } = new Instance(new Module(binary), { env });
  const exported = exports as Readonly<Record<string, WasmFunction & { readonly value: number }>>;
  const first = exported[firstSlot]?.value ?? 0;
  for (const symbol of slots.slots.keys()) {
    const code = exported[symbolNames.code(symbol)];
    if (code !== undefined) table.set(first + (slots.slots.get(symbol) ?? 0), code);
  }
  const code = exported[symbolNames.code("f")];
  if (code === undefined) throw new Error("no function f");
  return {
    call: (results, args) => {
      bytes.fill(0, 0, heapEnd);
      log = [];
      heap = new TestHeap(() => view, generatedHeapStart, true);
      view.setInt32(shadowStackPointerAddress, shadowStackStart, true);
      view.setInt32(shadowStackLimitAddress, dataStart, true);
      for (let i = 0; i < generatedDataSize; i += 1) bytes[dataStart + i] = i * 37 + 1;
      let shown: string[] = [];
      let error = "";
      try {
        shown = callFunction(code, { results, args, view }).map(showValue);
      } catch (caught) {
        if (!(caught instanceof ProgramError)) throw caught;
        error = caught.code;
      }
      const memoryShown = bytes.slice(dataStart, generatedHeapStart).join(",");
      return { results: shown, error, log, memory: memoryShown };
    },
  };
}

interface FunctionCall {
  readonly results: readonly MirType[];
  readonly args: readonly MirValue[];
  readonly view: DataView;
}

const sizes: Readonly<Record<MirType, number>> = { i32: 4, ref: 4, f32: 4, i64: 8, any: 8, f64: 8 };

/** Of more than one result the callee takes the place as its first argument, by C's convention for structs. */
function callFunction(code: WasmFunction, { results, args, view }: FunctionCall): MirValue[] {
  const [only] = results;
  if (results.length < 2) {
    const result = code(...args);
    if (only === undefined) return [];
    if (result === undefined) throw new Error("no result");
    return [only === "ref" ? Number(result) : (result as MirValue)];
  }
  const start = heapEnd + stackSize + 4096;
  code(start, ...args);
  let at = start;
  return results.map((type) => {
    const size = sizes[type];
    at = Math.ceil(at / size) * size;
    const place = at;
    at += size;
    if (type === "f32") return view.getFloat32(place, true);
    if (type === "f64") return view.getFloat64(place, true);
    return size === 8 ? view.getBigInt64(place, true) : view.getInt32(place, true);
  });
}
