// In every run of a generated module each integer lies in the interval that the range analysis gives for it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  computeCfg,
  computeDominators,
  computeLoops,
  decodeBound,
  greatestI64,
  leastI64,
  visitRanges,
} from "../../src/analysis/index.ts";
import { MirInterpreter } from "../../src/interp/index.ts";
import {
  createValue,
  type Inst,
  type MirFunction,
  type MirModule,
  type Opcode,
  type MirType,
  type Value,
} from "../../src/ir/mir/index.ts";
import { dataStart, indexError, ProgramError } from "../../src/runtime/index.ts";
import { generateModule } from "./mir-generator.ts";
import { generateArguments } from "./mir-outcome.ts";
import { Tape } from "./mir-tape.ts";
import { TestHeap, testHeapSize } from "./test-heap.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 300);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 500, size: "max" });

interface Claim {
  readonly value: Value;
  readonly low: bigint;
  readonly high: bigint;
}

/** Calls of `check` for what is claimed of the operands of an instruction. */
function checksOf(fn: MirFunction, claims: readonly Claim[]): Inst[] {
  const out: Inst[] = [];
  const emit = (op: Opcode, type: MirType | null, args: Value[], imm: Inst["imm"]): Value => {
    const result = createValue(fn, "i64");
    out.push({ op, type, args, imm, targets: [], results: [result], location: -1 });
    return result;
  };
  for (const { value, low, high } of claims) {
    const wide = fn.valueTypes[value] === "i32" ? emit("sextend", null, [value], null) : value;
    const args = [wide, emit("iconst", "i64", [], low), emit("iconst", "i64", [], high)];
    out.push({
      op: "call_host",
      type: null,
      args,
      imm: "check",
      targets: [],
      results: [],
      location: -1,
    });
  }
  return out;
}

/** Puts a check of each operand before each instruction; returns how many say something. */
function instrument(fn: MirFunction): number {
  const claims = new Map<Inst, Claim[]>();
  const cfg = computeCfg(fn);
  const tree = computeDominators(cfg);
  let count = 0;
  visitRanges({ cfg, tree, forest: computeLoops(cfg, tree) }, (inst, view) => {
    const list: Claim[] = [];
    for (const value of [...inst.args, ...inst.targets.flatMap((target) => target.args)]) {
      const type = fn.valueTypes[value];
      const low = view.low(value);
      const high = view.high(value);
      if ((type !== "i32" && type !== "i64") || (low === leastI64 && high === greatestI64))
        continue;
      list.push({ value, low: decodeBound(low), high: decodeBound(high) });
    }
    claims.set(inst, list);
    count += list.length;
  });
  for (const block of fn.blocks) {
    block.insts = block.insts.flatMap((inst) => {
      const list = claims.get(inst);
      // What the analysis did not visit must not run.
      const found = list ?? [{ value: inst.args[0] ?? (0 as Value), low: 1n, high: 0n }];
      return [
        ...checksOf(
          fn,
          found.filter(({ value }) => fn.valueTypes[value]?.startsWith("i")),
        ),
        inst,
      ];
    });
  }
  return count;
}

function check(value: bigint, low: bigint, high: bigint): void {
  if (value < low || value > high) throw new Error(`${value} is not in ${low} ... ${high}`);
}

describe("ranges of generated modules", () => {
  it("hold for every value", { timeout: 60_000 + runs * 100 }, () => {
    let claims = 0;
    const property = fc.property(tapes, (numbers) => {
      const module: MirModule = generateModule(new Tape(numbers));
      for (const fn of module.functions) claims += instrument(fn);
      module.declarations.push({
        symbol: "check",
        signature: { params: ["i64", "i64", "i64"], results: [] },
        linkage: "host",
      });
      for (const skip of [0, 5, 11]) {
        const memory = new Uint8Array(dataStart + 1024 + testHeapSize + 16);
        const view = new DataView(memory.buffer);
        const heap = new TestHeap(() => view, dataStart + 1024, false);
        const interpreter = new MirInterpreter([module], {
          memory,
          stepLimit: 20_000,
          dataAddresses: { data: dataStart },
          host: {
            check,
            log: () => undefined,
            half: (x: number) => x / 2,
            rt_index_error: (index: bigint, length: bigint) => {
              throw indexError(index, length);
            },
            ...heap.host,
          },
          allocate: (typeId, size) => heap.allocate(typeId, size),
        });
        try {
          interpreter.call("f", generateArguments(new Tape(numbers.slice(skip))));
        } catch (error) {
          if (!(error instanceof ProgramError)) throw error;
        }
      }
    });
    fc.assert(property, { numRuns: runs, seed });
    expect(claims).toBeGreaterThan(runs * 10);
  });
});
