// Generated modules do the same in the MIR interpreter and as wasm: results, traps with their traces, effects in order,
// and memory.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printModule } from "../../src/ir/mir/index.ts";
import { lookupLine, type LineTable } from "../../src/object/index.ts";
import { insertRoots, lowerObjects } from "../../src/lower/index.ts";
import { pipelines, runPasses } from "../../src/opt/index.ts";
import { dataStart, trapCodes } from "../../src/runtime/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import { generatedDataSize, generateModule } from "./mir-generator.ts";
import { generateArguments, runModule, type Outcome } from "./mir-outcome.ts";
import { sameOutcome, showValue } from "./outcome.ts";
import { Tape } from "./mir-tape.ts";
import { TestHeap, testHeapSize } from "./test-heap.ts";
import { heapStart, loadModule } from "./wasm-run.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 150);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);
const stepLimit = 20_000;
const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 500, size: "max" });

/** The error as the MIR interpreter would show it, from the machine frames and the line table. */
function sourceError(caught: Error, lines: LineTable): string {
  let trap = -1;
  const frames: string[] = [];
  for (const match of (caught.stack ?? "").matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)) {
    const found = lookupLine(lines, Number.parseInt(match[1] ?? "", 16));
    if (frames.length === 0) trap = found?.trap ?? -1;
    for (const frame of found?.frames ?? []) frames.push(`${frame.function}:${frame.line}`);
  }
  return `${trapCodes[trap] ?? caught.message} at ${frames.join(" < ")}`;
}

/** Runs `f` as wasm. */
function runAsWasm(module: MirModule, args: readonly MirValue[]): Outcome {
  const log: string[] = [];
  const heap = new TestHeap(() => new DataView(program.memory.buffer), heapStart, true);
  const program = loadModule(module, {
    heapSize: testHeapSize + 16,
    dataAddresses: { data: dataStart },
    host: {
      log: (value) => void log.push(String(value)),
      half: (value) => Number(value) / 2,
      ...heap.host,
      rt_poll: () => undefined,
      rt_trap: () => {
        throw new Error("rt_trap");
      },
      rt_index_error: () => {
        throw new Error("index_out_of_range");
      },
    },
  });
  const memory = new Uint8Array(program.memory.buffer);
  for (let i = 0; i < generatedDataSize; i += 1) memory[dataStart + i] = i * 37 + 1;
  let results: string[] = [];
  let error = "";
  try {
    results = program.call("f", args).map(showValue);
  } catch (caught) {
    if (!(caught instanceof Error) || program.object.lines === null) throw caught;
    error = sourceError(caught, program.object.lines);
  }
  const shown = memory.slice(dataStart, dataStart + generatedDataSize + 64).join(",");
  return { results, error, log, memory: shown };
}

function check(numbers: readonly number[], optimised: boolean): void {
  const original = generateModule(new Tape(numbers));
  const module = generateModule(new Tape(numbers));
  if (optimised) runPasses(module, pipelines.O2);
  lowerObjects(module);
  insertRoots(module);
  for (const skip of [0, 7, 13]) {
    const args = generateArguments(new Tape(numbers.slice(skip)));
    const expected = runModule(original, args, stepLimit);
    if (expected === undefined) continue;
    const actual = runAsWasm(module, args);
    if (sameOutcome(actual, expected)) continue;
    expect({ actual, args }, printModule(module, { locations: true })).toEqual({
      actual: expected,
      args,
    });
  }
}

describe("generated modules as wasm", () => {
  it.each([false, true])("do the same as in the interpreter, optimised: %s", (optimised) => {
    Error.stackTraceLimit = 200;
    fc.assert(
      fc.property(tapes, (numbers) => check(numbers, optimised)),
      { numRuns: runs, seed },
    );
  });
});
