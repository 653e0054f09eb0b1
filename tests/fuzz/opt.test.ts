// Every pass, every pipeline and random lists of passes keep the meaning of generated modules: results, traps with
// their traces, effects in order, and memory.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  printModule,
  renderVerifyErrors,
  verifyModule,
  type MirModule,
} from "../../src/ir/mir/index.ts";
import { passes, pipelines, runPasses, type PassName } from "../../src/opt/index.ts";
import { generateModule } from "./mir-generator.ts";
import { generateArguments, runModule } from "./mir-outcome.ts";
import { Tape } from "./mir-tape.ts";

const passNames = Object.keys(passes) as PassName[];
const runs = Number(process.env["FUZZ_RUNS"] ?? 150);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);
const stepLimit = 20_000;
const timeout = 60_000 + runs * 100;
const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 500, size: "max" });

function verify(module: MirModule, what: string): void {
  const errors = verifyModule(module);
  if (errors.length > 0) {
    throw new Error(`${what}:\n${renderVerifyErrors(errors)}\n${printModule(module)}`);
  }
}

function check(numbers: readonly number[], names: readonly PassName[]): void {
  const original = generateModule(new Tape(numbers));
  const inputs = [0, 7, 13].map((skip) => generateArguments(new Tape(numbers.slice(skip))));
  const expected = inputs.map((args) => runModule(original, args, stepLimit));
  const module = generateModule(new Tape(numbers));
  runPasses(module, names, {
    verifyAfterEach: (_fn, pass) => verify(module, `after ${pass}`),
  });
  for (const [i, args] of inputs.entries()) {
    if (expected[i] === undefined) continue;
    expect(runModule(module, args, stepLimit * 4)).toEqual(expected[i]);
  }
}

describe("generated modules", () => {
  it("are well formed", { timeout }, () => {
    const property = fc.property(tapes, (numbers) =>
      verify(generateModule(new Tape(numbers)), "generated"),
    );
    fc.assert(property, { numRuns: runs, seed });
  });

  it.each(passNames)("mean the same after %s", { timeout }, (name) => {
    fc.assert(
      fc.property(tapes, (numbers) => check(numbers, [name])),
      { numRuns: runs, seed },
    );
  });

  it.each(Object.entries(pipelines))("mean the same after %s", { timeout }, (_name, names) => {
    fc.assert(
      fc.property(tapes, (numbers) => check(numbers, names)),
      { numRuns: runs, seed },
    );
  });

  it("mean the same after any list of passes", { timeout }, () => {
    const lists = fc.array(fc.constantFrom(...passNames), { minLength: 2, maxLength: 8 });
    fc.assert(fc.property(tapes, lists, check), { numRuns: runs, seed });
  });
});
