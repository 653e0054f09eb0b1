// Small loops that divide: versioned, and unrolled where a remainder is multiplied again, they return and store the same
// and stop with the same error, for numbers near every edge.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  type MirModule,
  type Opcode,
  type Value,
} from "../../src/ir/mir/index.ts";
import { dataStart } from "../../src/runtime/index.ts";
import { checkLoops, runsOr } from "./loop-law.ts";
import type { Tape } from "./mir-tape.ts";

const runs = runsOr(200);
/** Of the word that the loops store to. */
const address = dataStart;
const divisions: readonly Opcode[] = ["srem", "srem", "urem", "sdiv", "udiv"];
const moduli = [65_537n, 7n, 1000n, 2n, 1n, 2_147_483_647n, 2_147_483_648n, -65_537n, 1n << 40n];
const seeds = [1n, 0n, 6n, 65_536n, 65_537n, -1n];
const factors = [1103n, 3n, 0n, 1n, 48_271n, 1n << 33n, -5n];

class LoopGenerator {
  readonly #tape: Tape;
  readonly #fn = createFunction("f", {
    params: ["i64", "i64", "i64", "i64"],
    results: ["i64", "i64"],
  });
  readonly #builder = new FunctionBuilder(this.#fn);

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  #constant(value: bigint): Value {
    return this.#builder.value("iconst", "i64", [], value);
  }

  #op(op: Opcode, left: Value, right: Value): Value {
    return this.#builder.value(op, "i64", [left, right]);
  }

  /** `(state * factor + addend) % modulus`, or another division. */
  #next(state: Value, others: readonly Value[]): Value {
    const tape = this.#tape;
    const modulus = this.#constant(tape.pick(moduli));
    if (tape.chance(30)) {
      const divisor = tape.chance(50) ? tape.pick(others) : modulus;
      return this.#op(tape.pick(divisions), state, divisor);
    }
    const product = this.#op("imul", state, this.#constant(tape.pick(factors)));
    const addend = this.#constant(tape.pick([12_345n, 0n, 1n, -3n]));
    const sum = tape.chance(80) ? this.#op("iadd", product, addend) : product;
    return this.#op(tape.pick(["srem", "srem", "urem"] as const), sum, modulus);
  }

  /** f(first, limit, x, y): up to `limit` iterations with one or two edges back, and a store. */
  module(): MirModule {
    const tape = this.#tape;
    const fn = this.#fn;
    const builder = this.#builder;
    const [first, limit, x, y] = fn.blocks[0]?.params ?? [];
    if (first === undefined || limit === undefined) throw new Error("f has parameters");
    if (x === undefined || y === undefined) throw new Error("f has parameters");
    const header = createBlock(fn, ["i64", "i64", "i64"]);
    const [counter, state, sum] = header.params;
    if (counter === undefined || state === undefined || sum === undefined)
      throw new Error("header");
    const body = createBlock(fn);
    const end = createBlock(fn);
    const start = tape.chance(50) ? x : this.#constant(tape.pick(seeds));
    builder.jump(header, [tape.chance(50) ? first : this.#constant(0n), start, y]);
    builder.enter(header);
    if (tape.chance(50)) builder.effect("safepoint", null, []);
    const test = builder.value("icmp", "i64", [counter, limit], tape.pick(["slt", "sle", "ne"]));
    builder.branch(test, { block: body.id, args: [] }, { block: end.id, args: [] });
    builder.enter(body);
    const next = this.#next(state, [counter, limit, x]);
    const part = tape.chance(60) ? this.#next(counter, [state, next, limit]) : next;
    const total = this.#op(tape.pick(["iadd", "bxor", "isub"] as const), sum, part);
    builder.effect("store", "i64", [builder.value("iconst", "i32", [], BigInt(address)), total], 0);
    const moved = this.#op("iadd", counter, this.#constant(1n));
    if (tape.chance(50)) {
      const even = builder.value("icmp", "i64", [part, this.#constant(0n)], "eq");
      const other = createBlock(fn);
      builder.branch(
        even,
        { block: other.id, args: [] },
        { block: header.id, args: [moved, next, total] },
      );
      builder.enter(other);
      const leaves = tape.chance(20);
      if (leaves) builder.effect("return", null, [next, moved]);
      else
        builder.jump(header, [moved, tape.chance(50) ? next : part, this.#op("iadd", total, next)]);
    } else {
      builder.jump(header, [moved, next, total]);
    }
    builder.enter(end);
    builder.effect("return", null, [state, sum]);
    return { functions: [fn], declarations: [], data: [], externalData: [] };
  }
}

const edges = fc.oneof(
  fc.bigInt(-5n, 40n),
  fc.bigInt(-5n, 40n),
  fc.bigInt(0n, 70_000n),
  fc
    .tuple(fc.constantFrom(16n, 31n, 32n, 62n, 63n), fc.bigInt(-3n, 3n), fc.boolean())
    .map(([power, near, negative]) =>
      BigInt.asIntN(64, (negative ? -1n : 1n) * (1n << power) + near),
    ),
);
const inputs = fc.tuple(edges, edges, edges, edges);

it("loops that divide do the same", { timeout: 60_000 + runs * 40 }, () => {
  const [seeded, versioned] = checkLoops(
    {
      generate: (tape) => new LoopGenerator(tape).module(),
      tape: [20, 40],
      passes: ["unroll_seeded", "version_divisions"],
      then: ["fold", "gvn", "simplify_cfg"],
      inputs: fc.array(inputs, { minLength: 8, maxLength: 8 }),
      argumentsOf: (args) => args,
      steps: 3000,
      bytes: 8,
    },
    runs,
  );
  expect(versioned).toBeGreaterThan(runs / 5);
  expect(seeded).toBeGreaterThan(runs / 10);
});
