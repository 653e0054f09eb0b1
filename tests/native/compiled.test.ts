// Objects of our own compiler through our own loader: native runtime, slots, data in linear memory, line tables, swaps.
import { describe, expect, test } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import {
  LlvmCompiler,
  machineOptions,
  printRuntimeModule,
  type LlvmLevel,
} from "../../src/codegen/llvm/index.ts";
import { parseModule } from "../../src/ir/mir/index.ts";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
  type LoadedNative,
} from "../../src/loader/native/index.ts";
import { openNativeHost } from "../../src/native-host/index.ts";
import { lookupLine } from "../../src/object/index.ts";
import { trapCodes, runtimeNames, symbolNames } from "../../src/runtime/index.ts";
import { llvm, whyNoLlvm } from "./llvm.ts";
import { hostTarget } from "./llvm-program.ts";

const native = openNativeHost(import.meta.url);
const why = native.kind === "absent" ? ` (skipped: ${native.reason})` : whyNoLlvm;
const linearSize = 1 << 16;
const dataStart = 4096;
const frameAt = 8192;

const source = `
data @bytes align 8 = "\\07\\00\\00\\00hello"
declare slot @step(i64) -> i64

func @first() -> i64 {
block0:
  v0 = symbol_addr @bytes
  v1 = load.i32 v0
  v2 = sextend v1
  return v2
}

func @both(i64) -> i64 {
block0(v0: i64):
  v1 = call_slot @step(v0)
  v2 = call @first()
  v3 = iadd v1, v2
  return v3
}

func @divide(i64, i64) -> i64 {
  loc0 = "sum.spl" 12 5 "divide"
block0(v0: i64, v1: i64):
  v2 = sdiv v0, v1 !loc0
  return v2
}
`;

const stepBy = (n: number): string => `
func @step.v${n}(i64) -> i64 {
block0(v0: i64):
  v1 = iconst.i64 ${n}
  v2 = iadd v0, v1
  return v2
}
`;

/** A program with a table of two slots, of which the second is that of \`step\`. */
function program(level: LlvmLevel) {
  if (llvm === undefined || native.kind === "absent") throw new Error(why);
  const library = llvm;
  const { machine, memory, process } = native;
  const pools = new NativePools(memory);
  const symbols = new NativeSymbolTable();
  const compiler = new LlvmCompiler(library, hostTarget(library));
  const bytes = new Uint8Array(linearSize);
  const view = new DataView(bytes.buffer);
  let free = dataStart;
  const linear = {
    allocate: (size: number, align: number): number => {
      const address = Math.ceil(free / align) * align;
      free = address + size;
      return address;
    },
    write: (address: number, data: Uint8Array): void => bytes.set(data, address),
  };
  const load = (object: Uint8Array): LoadedNative => {
    const loaded = loadNative(object, {
      machine,
      pools,
      symbols,
      process,
      linear,
      abiHash: "test",
    });
    if (loaded.kind === "refused") throw new Error(loaded.message);
    for (const symbol of loaded.symbols.values()) symbols.define(symbol);
    return loaded;
  };
  const compile = (text: string): Uint8Array => {
    const sink = new DiagnosticSink();
    const module = parseModule(new SourceFile("test.mir", text), sink);
    expect(sink.all.map(({ message }) => message)).toEqual([]);
    return compiler.compile(module, { name: "f", abiHash: "test", level, verify: true });
  };
  const table = pools.allocate("data", 16);
  if (table === null) throw new Error("no memory");
  const slot = { kind: "data", size: 8, origin: "test" } as const;
  symbols.define({ ...slot, name: symbolNames.slots, address: table.address });
  symbols.define({ ...slot, name: symbolNames.slot("step"), address: table.address + 8 });
  const cells = new DataView(native.view(table.address, 16).buffer);
  const context = library.createContext();
  const target = library.createMachine(machineOptions(compiler.target, 1));
  const runtime = context.parseIr(printRuntimeModule(machine, []), "runtime");
  load(runtime.emitObject(target));
  runtime.dispose();
  target.dispose();
  context.dispose();
  const enter = native.callable(symbols.lookup(runtimeNames.enter)?.address ?? 0, "int", [
    "uintptr_t",
    "void *",
    "void *",
  ]);
  return {
    pools,
    symbols,
    load,
    compile,
    setSlot: (symbol: string): void => {
      const address = symbols.lookup(symbolNames.code(symbol))?.address ?? 0;
      cells.setBigUint64(8, BigInt(address), true);
    },
    /** The result, or the name of the trap. */
    call: (symbol: string, ...args: bigint[]): bigint | string => {
      args.forEach((arg, i) => view.setBigInt64(frameAt + 8 * i, arg, true));
      const entry = symbols.lookup(symbolNames.enter(symbol))?.address ?? 0;
      const left = Number(enter(entry, bytes, bytes.subarray(frameAt)));
      return left === 0 ? view.getBigInt64(frameAt, true) : (trapCodes[left - 1] ?? "unknown");
    },
    /** Return addresses of the last trap. */
    trace: (): number[] => {
      const at = symbols.lookup(runtimeNames.trace)?.address ?? 0;
      const words = new DataView(native.view(at, 8 + 8 * 16).buffer);
      const count = Math.min(16, words.getInt32(0, true));
      return Array.from({ length: count }, (_, i) => Number(words.getBigUint64(8 + 8 * i, true)));
    },
    close: (): void => {
      compiler.dispose();
      pools.close();
    },
  };
}

describe.skipIf(why !== "")(`objects of the LLVM back end${why}`, () => {
  for (const level of [0, 1, 2, 3] as const) {
    test(`O${level}: slots, data in linear memory, swap, traps with their place`, () => {
      const it = program(level);
      const main = it.load(it.compile(source));
      const first = it.load(it.compile(stepBy(1)));
      it.load(it.compile(stepBy(100)));
      expect(it.symbols.lookup(symbolNames.address("bytes"))?.address).toBe(dataStart);
      expect(it.call("first")).toBe(7n);
      it.setSlot("step.v1");
      expect(it.call("both", 10n)).toBe(18n);
      it.setSlot("step.v100");
      expect(it.call("both", 10n)).toBe(117n);
      for (const symbol of first.symbols.values()) it.symbols.remove(symbol);
      unloadNative(first, it.pools);
      expect(it.call("both", 11n)).toBe(118n);
      expect(it.call("divide", 84n, 2n)).toBe(42n);
      expect(it.call("divide", 1n, 0n)).toBe("division_by_zero");
      const { lines, codeAddress } = main;
      if (lines === null) throw new Error("no lines");
      const frames = it
        .trace()
        .map((address) => lookupLine(lines, address - 1 - codeAddress)?.frames[0])
        .filter((frame) => frame !== undefined);
      expect(frames[0]).toMatchObject({ file: "sum.spl", line: 12, column: 5 });
      it.close();
    });
  }
});
