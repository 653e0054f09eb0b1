// The law of passes over loops: what a function `f` returns and stores, and the error it stops with, stay the same.
import fc from "fast-check";
import { expect } from "vitest";
import { MirInterpreter, type MirValue } from "../../src/interp/index.ts";
import { verifyModule, type MirModule } from "../../src/ir/mir/index.ts";
import { runPasses, type PassName } from "../../src/opt/index.ts";
import { dataStart, indexError, ProgramError } from "../../src/runtime/index.ts";
import { Tape } from "./mir-tape.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 1);

/** What is generated, which passes see it, and what `f` is called with. */
export interface LoopLaw<Input> {
  /** The same module for the same numbers. */
  readonly generate: (tape: Tape) => MirModule;
  /** Numbers on a tape, least and most. */
  readonly tape: readonly [number, number];
  readonly passes: readonly PassName[];
  /** Run behind them, as what they leave is meant for. */
  readonly then?: readonly PassName[];
  readonly inputs: fc.Arbitrary<readonly Input[]>;
  readonly argumentsOf: (input: Input, module: MirModule) => readonly MirValue[];
  /** Instructions of a call of the module as generated; calls that take more are not compared. Behind the passes it may take four times as many. */
  readonly steps: number;
  /** Bytes from `dataStart` that the loops may write. Default 0. */
  readonly bytes?: number;
}

/** The numbers of `FUZZ_RUNS`, or so many. */
export function runsOr(few: number): number {
  return Number(process.env["FUZZ_RUNS"] ?? few);
}

/** Checks a law for so many modules; the result is how many of them each of the passes has changed. */
export function checkLoops<Input>(law: LoopLaw<Input>, runs: number): number[] {
  const [minLength, maxLength] = law.tape;
  const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength, maxLength });
  const changed = law.passes.map(() => 0);
  const property = fc.property(tapes, law.inputs, (numbers, inputs) => {
    const original = law.generate(new Tape(numbers));
    const module = law.generate(new Tape(numbers));
    expect(verifyModule(module)).toEqual([]);
    for (const [i, report] of runPasses(module, law.passes).entries()) {
      changed[i] = (changed[i] ?? 0) + report.changed;
    }
    expect(verifyModule(module)).toEqual([]);
    runPasses(module, law.then ?? []);
    for (const input of inputs) {
      const args = law.argumentsOf(input, original);
      const expected = call(original, args, law);
      if (expected === null) continue;
      expect(call(module, args, { ...law, steps: 4 * law.steps })).toEqual(expected);
    }
  });
  fc.assert(property, { numRuns: runs, seed });
  return changed;
}

/** Results or error, and memory behind it; null if it takes too long. */
function call(
  module: MirModule,
  args: readonly MirValue[],
  { steps, bytes = 0 }: Pick<LoopLaw<unknown>, "steps" | "bytes">,
): object | null {
  const memory = new Uint8Array(dataStart + bytes);
  const host = {
    rt_index_error: (index: bigint, length: bigint) => {
      throw indexError(index, length);
    },
  };
  const stored = (): string => memory.subarray(dataStart).join(" ");
  try {
    const interpreter = new MirInterpreter([module], { stepLimit: steps, host, memory });
    return { results: interpreter.call("f", args), stored: stored() };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return error.code === "time_limit" ? null : { code: error.code, stored: stored() };
  }
}
