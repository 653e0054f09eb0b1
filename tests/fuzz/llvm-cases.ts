// Generated modules as they are compiled for a level, and what the MIR interpreter says that they do.
import fc from "fast-check";
import { expect } from "vitest";
import type { LlvmLevel } from "../../src/codegen/llvm/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import { printModule, type MirModule } from "../../src/ir/mir/index.ts";
import { insertRoots, lowerObjects } from "../../src/lower/index.ts";
import { pipelines, runPasses } from "../../src/opt/index.ts";
import { dataStart } from "../../src/runtime/index.ts";
import { generatedDataSize, generateModule } from "./mir-generator.ts";
import { generateArguments, runModule, type Outcome } from "./mir-outcome.ts";
import { Tape } from "./mir-tape.ts";
import { sameOutcome } from "./outcome.ts";

const stepLimit = 20_000;

/** What modules are generated from. */
export const tapes: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 99_999 }), {
  minLength: 20,
  maxLength: 500,
  size: "max",
});

/** First byte of the heap of a generated module; what is compared stands below, from `dataStart` on. */
export const generatedHeapStart: number = dataStart + generatedDataSize + 64;

/** A call of `f`, and what must come of it. */
export interface LlvmCase {
  readonly args: readonly MirValue[];
  readonly expected: Outcome;
}

/** A module for native code, and its calls; runs that take too long are left out. */
export function llvmCases(
  numbers: readonly number[],
  level: LlvmLevel,
): { readonly module: MirModule; readonly cases: readonly LlvmCase[] } {
  const original = generateModule(new Tape(numbers));
  const module = generateModule(new Tape(numbers));
  if (level > 0) runPasses(module, level === 1 ? pipelines.O1 : pipelines.O2);
  lowerObjects(module);
  insertRoots(module);
  const cases = [0, 7, 13].flatMap((skip) => {
    const args = generateArguments(new Tape(numbers.slice(skip)));
    const expected = runModule(original, args, stepLimit);
    return expected === undefined ? [] : [{ args, expected }];
  });
  return { module, cases };
}

/** Fails with the module's text if an outcome is another one. */
export function expectSame(
  module: MirModule,
  cases: readonly LlvmCase[],
  found: readonly Outcome[],
): void {
  for (const [i, { args, expected }] of cases.entries()) {
    const actual = found[i];
    if (actual !== undefined && sameOutcome(actual, expected)) continue;
    expect({ actual, args }, printModule(module, { locations: true })).toEqual({
      actual: expected,
      args,
    });
  }
}
