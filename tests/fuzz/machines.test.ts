// Generated modules do the same in the MIR interpreter and as code for other machines, which are emulated.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlvmLevel } from "../../src/codegen/llvm/index.ts";
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
