// Generated modules do the same in the MIR interpreter and as code for other machines, which are emulated.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import type { LlvmLevel } from "../../src/codegen/llvm/index.ts";
import { parseModule } from "../../src/ir/mir/index.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { Commands, Machine, type EmulatedMachine } from "../native/machine.ts";
import { expectSame, llvmCases, tapes } from "./llvm-cases.ts";
import { MachineLinker } from "./machine-program.ts";

const runs = Number(process.env["MACHINE_FUZZ_RUNS"] ?? 15);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);
/** Modules that are run by one process. */
const batch = 50;

/** Runs a batch of modules, and compares. */
function check(
  linker: MachineLinker,
  machine: Machine,
  modules: readonly number[][],
  level: LlvmLevel,
): number {
  const commands = new Commands();
  const made = modules.map((numbers) => {
    const { module, cases } = llvmCases(numbers, level);
    const calls = cases.map(({ args }) => args);
    return { module, cases, read: linker.add(module, level, { commands, calls }) };
  });
  const answers = machine.run(commands);
  for (const { module, cases, read } of made) expectSame(module, cases, read(answers));
  return made.reduce((sum, { cases }) => sum + cases.length, 0);
}

describe.each<EmulatedMachine>(["aarch64", "i686"])("generated modules on %s", (architecture) => {
  const why = llvm === undefined ? whyNoLlvm : Machine.whyNot(architecture);
  it.skipIf(why !== "").each<LlvmLevel>([0, 1, 2, 3])(
    `do the same as in the interpreter at O%i${why}`,
    (level) => {
      if (llvm === undefined) return;
      const machine = new Machine(architecture);
      const linker = new MachineLinker(llvm, machine);
      try {
        const all = fc.sample(tapes, { numRuns: runs, seed });
        let calls = 0;
        for (let i = 0; i < all.length; i += batch) {
          calls += check(linker, machine, all.slice(i, i + batch), level);
        }
        expect(calls).toBeGreaterThan(runs);
      } finally {
        linker.dispose();
        machine.close();
      }
    },
  );
});

const recursion = `func @f(i64) -> i64 {
  loc0 = "a.spl" 2 2 "f"
block0(v0: i64):
  v1 = iconst.i64 1
  v2 = isub v0, v1
  v3 = iconst.i64 0
  v4 = icmp eq v0, v3
  brif v4, block1, block2
block1:
  return v0
block2:
  v5 = call @f(v2) !loc0
  v6 = iadd v5, v1
  return v6
}
`;

describe.each<EmulatedMachine>(["aarch64", "i686"])("the stack of %s", (architecture) => {
  const why = llvm === undefined ? whyNoLlvm : Machine.whyNot(architecture);
  it.skipIf(why !== "")(`has an end, and is there again afterwards${why}`, () => {
    if (llvm === undefined) return;
    const sink = new DiagnosticSink();
    const module = parseModule(new SourceFile("recursion.mir", recursion), sink);
    expect(sink.all).toEqual([]);
    const machine = new Machine(architecture);
    const linker = new MachineLinker(llvm, machine);
    const commands = new Commands();
    const calls = [[1000n], [-1n], [1001n]];
    const levels: readonly LlvmLevel[] = [0, 1, 2, 3];
    const reads = levels.map((level) => linker.add(module, level, { commands, calls }));
    const answers = machine.run(commands);
    for (const read of reads) {
      const [first, endless, last] = read(answers);
      expect([first?.results, last?.results]).toEqual([["1000n"], ["1001n"]]);
      expect(endless?.error).toMatch(/^stack_overflow at f:2 < f:2 < f:2/);
    }
    linker.dispose();
    machine.close();
  });
});
