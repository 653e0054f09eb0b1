// Graphs without any structure of a source language: each runs as wasm and in the MIR interpreter, and the blocks that
// it goes through, with the values that it has there, are compared.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeCfg, computeDominators } from "../../src/analysis/index.ts";
import { MirInterpreter } from "../../src/interp/index.ts";
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  printModule,
  renderVerifyErrors,
  verifyModule,
  type Block,
  type MirModule,
  type Opcode,
  type Target,
  type Value,
} from "../../src/ir/mir/index.ts";
import { Tape } from "./mir-tape.ts";
import { loadModule } from "./wasm-run.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 300);
const seed = process.env["FUZZ_SEED"] === undefined ? 1 : Number(process.env["FUZZ_SEED"]);
const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 400, size: "max" });

const ticks = 60;
const tick = { params: ["i64", "i64"], results: [] } as const;
const operations: readonly Opcode[] = ["iadd", "isub", "imul", "bxor", "band", "bor"];

/** A function whose blocks branch anywhere; each block reports its number and a value. */
function generate(tape: Tape): MirModule {
  const fn = createFunction("f", { params: ["i64", "i64"], results: ["i64"] });
  const builder = new FunctionBuilder(fn);
  const blocks: Block[] = [...fn.blocks];
  const count = 2 + tape.below(14);
  for (let i = 1; i < count; i += 1) {
    const params = Array.from({ length: tape.below(4) }, () => "i64" as const);
    blocks.push(createBlock(fn, params));
  }
  // Edges first, so that it is known which values reach which block.
  for (const block of blocks) {
    builder.enter(block);
    const targets = Array.from({ length: tape.below(4) }, (): Target => {
      const target = blocks[1 + tape.below(count - 1)];
      return { block: target?.id ?? block.id, args: [] };
    });
    const op = (["return", "jump", "brif", "br_table"] as const)[targets.length] ?? "br_table";
    builder.append(op, null, [], null, targets, []);
  }
  const cfg = computeCfg(fn);
  fn.blocks = [...cfg.order];
  const { idom } = computeDominators(cfg);
  const available: Value[][] = [];
  cfg.order.forEach((block, number) => {
    const values = [...(available[idom[number] ?? -1] ?? []), ...block.params];
    available.push(values);
    fill(block, values, builder, tape);
  });
  return {
    functions: [fn],
    declarations: [{ symbol: "tick", signature: tick, linkage: "host" }],
    data: [],
    externalData: [],
  };
}

/** Puts instructions in front of the terminator and gives it its operands. */
function fill(block: Block, values: Value[], builder: FunctionBuilder, tape: Tape): void {
  const terminator = block.insts.pop();
  if (terminator === undefined) throw new Error("no terminator");
  builder.enter(block);
  const pick = (): Value => {
    const value = values[values.length - 1 - tape.below(values.length)];
    if (value === undefined) throw new Error("no values");
    return value;
  };
  const reported = tape.below(3);
  for (let i = tape.below(5); i >= 0; i -= 1) {
    if (i === reported) {
      const name = builder.value("iconst", "i64", [], BigInt(block.id));
      builder.call("call_host", "tick", tick, [name, pick()]);
    }
    const op = operations[tape.below(operations.length)] ?? "iadd";
    const left = values.length === 0 ? builder.value("iconst", "i64", [], 3n) : pick();
    const right =
      tape.below(3) === 0 ? builder.value("iconst", "i64", [], BigInt(tape.below(9))) : undefined;
    values.push(builder.value(op, "i64", [left, right ?? (values.length === 0 ? left : pick())]));
  }
  const name = builder.value("iconst", "i64", [], BigInt(block.id));
  builder.call("call_host", "tick", tick, [name, pick()]);
  if (terminator.op === "return") terminator.args.push(pick());
  if (terminator.op === "brif" || terminator.op === "br_table") {
    const mask = builder.value("iconst", "i64", [], 3n);
    const low = builder.value("band", "i64", [pick(), mask]);
    terminator.args.push(
      terminator.op === "brif" && tape.below(2) === 0
        ? builder.value("icmp", "i64", [pick(), pick()], tape.below(2) === 0 ? "slt" : "eq")
        : builder.value("ireduce", null, [low]),
    );
  }
  for (const target of terminator.targets) {
    const { params } = builder.fn.blocks.find(({ id }) => id === target.block) ?? { params: [] };
    target.args = params.map(() => pick());
  }
  block.insts.push(terminator);
}

class Enough extends Error {}

function runBoth(module: MirModule, args: readonly bigint[]): [string[], string[]] {
  const record = (): { log: string[]; tick: (block: unknown, value: unknown) => undefined } => {
    const log: string[] = [];
    return {
      log,
      tick: (block, value) => {
        log.push(`block${String(block)} ${String(value)}`);
        if (log.length >= ticks) throw new Enough();
      },
    };
  };
  const expected = record();
  const actual = record();
  const interpreter = new MirInterpreter([module], {
    memory: new Uint8Array(64),
    host: { tick: expected.tick },
  });
  const program = loadModule(module, { host: { tick: actual.tick } });
  const attempt = (log: string[], run: () => readonly unknown[]): void => {
    try {
      log.push(`returned ${String(run())}`);
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
  };
  attempt(expected.log, () => interpreter.call("f", [...args]));
  attempt(actual.log, () => program.call("f", args));
  return [actual.log, expected.log];
}

describe("graphs of blocks as wasm", () => {
  it("go through the same blocks as in the interpreter", () => {
    fc.assert(
      fc.property(tapes, fc.bigInt({ min: -5n, max: 5n }), (numbers, first) => {
        const module = generate(new Tape(numbers));
        const errors = verifyModule(module);
        if (errors.length > 0) throw new Error(renderVerifyErrors(errors) + printModule(module));
        const [actual, expected] = runBoth(module, [first, 7n]);
        if (actual.join() !== expected.join()) {
          expect(actual, printModule(module)).toEqual(expected);
        }
      }),
      { numRuns: runs, seed },
    );
  });
});
