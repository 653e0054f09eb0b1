// Generated modules do the same in the MIR interpreter and as native code of each level: results, traps, effects in
// order, and memory.
import fc from "fast-check";
import { afterAll, describe, it } from "vitest";
import type { MirValue } from "../../src/interp/index.ts";
import type { LlvmLevel } from "../../src/codegen/llvm/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import { hostWebAssembly } from "../../src/loader/index.ts";
import {
  dataStart,
  indexError,
  pageSize,
  ProgramError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { nativeHost, NativeLinker } from "../native/llvm-program.ts";
import { expectSame, generatedHeapStart as heapStart, llvmCases, tapes } from "./llvm-cases.ts";
import { generatedDataSize } from "./mir-generator.ts";
import type { Outcome } from "./mir-outcome.ts";
import { showValue } from "./outcome.ts";
import { TestHeap, testHeapSize } from "./test-heap.ts";

const runs = Number(process.env["LLVM_FUZZ_RUNS"] ?? 40);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);

const linker =
  llvm === undefined || nativeHost === undefined ? undefined : new NativeLinker(llvm, nativeHost);
afterAll(() => linker?.dispose());

/** Runs `f` for each of the arguments, in fresh memory. */
function runNative(
  module: MirModule,
  level: LlvmLevel,
  argumentLists: readonly (readonly MirValue[])[],
): Outcome[] {
  if (linker === undefined) throw new Error("there is no libLLVM");
  const size = heapStart + testHeapSize + 16;
  const { Memory } = hostWebAssembly();
  const memory = new Memory({ initial: Math.ceil(size / pageSize) });
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  let log: string[] = [];
  let heap = new TestHeap(() => view, heapStart, true);
  const program = linker.load(module, {
    compile: { name: "f", abiHash: "test", level, verify: true },
    memory,
    dataAddresses: { data: dataStart },
    host: {
      log: (value: bigint) => void log.push(String(value)),
      half: (value: number) => value / 2,
      collect: () => heap.host.collect(),
      touch: (reference: number) => heap.host.touch(reference),
      weigh: (reference: number) => heap.host.weigh(reference),
      rt_new: (typeId: number, bytesOf: number) => heap.host.rt_new(typeId, bytesOf),
      rt_index_error: (index: bigint, length: bigint) => {
        throw indexError(index, length);
      },
    },
  });
  try {
    return argumentLists.map((args) => {
      bytes.fill(0);
      log = [];
      heap = new TestHeap(() => view, heapStart, true);
      view.setInt32(shadowStackPointerAddress, shadowStackStart, true);
      view.setInt32(shadowStackLimitAddress, dataStart, true);
      for (let i = 0; i < generatedDataSize; i += 1) bytes[dataStart + i] = i * 37 + 1;
      let results: string[] = [];
      let error = "";
      try {
        results = program.call("f", args).map(showValue);
      } catch (caught) {
        if (!(caught instanceof ProgramError)) throw caught;
        const trace = caught.trace.map((frame) => `${frame.function}:${frame.line}`);
        error = `${caught.code} at ${trace.join(" < ")}`;
      }
      return { results, error, log, memory: bytes.slice(dataStart, heapStart).join(",") };
    });
  } finally {
    program.dispose();
  }
}

function check(numbers: readonly number[], level: LlvmLevel): void {
  const { module, cases } = llvmCases(numbers, level);
  const found = runNative(
    module,
    level,
    cases.map(({ args }) => args),
  );
  expectSame(module, cases, found);
}

describe.skipIf(linker === undefined)(`generated modules through LLVM${whyNoLlvm}`, () => {
  it.each<LlvmLevel>([0, 1, 2, 3])("do the same as in the interpreter at O%i", (level) => {
    fc.assert(
      fc.property(tapes, (numbers) => check(numbers, level)),
      { numRuns: runs, seed },
    );
  });
});
