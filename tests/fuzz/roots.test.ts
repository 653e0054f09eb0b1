// Generated modules do the same with a collector that destroys every object which no frame on the shadow stack shows.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printModule, renderVerifyErrors, verifyModule } from "../../src/ir/mir/index.ts";
import { insertRoots, lowerObjects } from "../../src/lower/index.ts";
import { pipelines, runPasses } from "../../src/opt/index.ts";
import { generateModule } from "./mir-generator.ts";
import { generateArguments, runModule } from "./mir-outcome.ts";
import { Tape } from "./mir-tape.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 150);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);
const stepLimit = 20_000;
const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 500, size: "max" });

function check(numbers: readonly number[], optimised: boolean): void {
  const original = generateModule(new Tape(numbers));
  const module = generateModule(new Tape(numbers));
  if (optimised) runPasses(module, pipelines.O2);
  const before = printModule(module);
  lowerObjects(module, { inline: optimised });
  insertRoots(module);
  const errors = verifyModule(module);
  if (errors.length > 0) throw new Error(renderVerifyErrors(errors));
  for (const skip of [0, 7, 13]) {
    const args = generateArguments(new Tape(numbers.slice(skip)));
    const expected = runModule(original, args, stepLimit);
    if (expected === undefined) continue;
    const actual = runModule(module, args, stepLimit * 8, true);
    expect(actual, `${before}\n\n${printModule(module)}`).toEqual(expected);
  }
}

describe("generated modules with a collector", () => {
  it.each([false, true])("do the same, optimised: %s", (optimised) => {
    fc.assert(
      fc.property(tapes, (numbers) => check(numbers, optimised)),
      { numRuns: runs, seed },
    );
  });
});
