// Generated modules do the same in the MIR interpreter and as wasm32 of the LLVM back end, but for traces.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlvmLevel } from "../../src/codegen/llvm/index.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { expectSame, llvmCases, tapes } from "./llvm-cases.ts";
import { Wasm32Linker, whyNoWasmLinker } from "./wasm32-program.ts";

const runs = Number(process.env["MACHINE_FUZZ_RUNS"] ?? 15);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);
const why = llvm === undefined ? whyNoLlvm : whyNoWasmLinker;

describe.skipIf(why !== "")(`generated modules as wasm32${why}`, () => {
  it.each<LlvmLevel>([0, 1, 2, 3])("do the same as in the interpreter at O%i", (level) => {
    if (llvm === undefined) return;
    const linker = new Wasm32Linker(llvm);
    let calls = 0;
    try {
      for (const numbers of fc.sample(tapes, { numRuns: runs, seed })) {
        const { module, cases } = llvmCases(numbers, level);
        const found = linker.run(
          module,
          level,
          cases.map(({ args }) => args),
        );
        const withoutTraces = cases.map(({ args, expected }) => {
          const [error = ""] = expected.error.split(" at ");
          return { args, expected: { ...expected, error } };
        });
        expectSame(module, withoutTraces, found);
        calls += cases.length;
      }
    } finally {
      linker.dispose();
    }
    expect(calls).toBeGreaterThan(runs);
  });
});
