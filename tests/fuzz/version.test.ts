// Small loops with indices that move with a counter: versioned they return and store the same, and stop with the same
// error in the same iteration, for counters and lengths near every edge.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { MirValue } from "../../src/interp/index.ts";
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  intConds,
  type IntCond,
  type MirModule,
  type Opcode,
  type Value,
} from "../../src/ir/mir/index.ts";
import { dataStart } from "../../src/runtime/index.ts";
import { checkLoops, runsOr } from "./loop-law.ts";
import type { Tape } from "./mir-tape.ts";

const runs = runsOr(300);
/** Of the array, or only its first word, that the loops store to. */
const address = dataStart;
const elements = 256n;
const i64x5 = ["i64", "i64", "i64", "i64", "i64"] as const;
const ops: readonly Opcode[] = ["iadd", "iadd", "isub", "imul", "ishl"];
const conds: readonly IntCond[] = ["slt", "slt", "sle", "sgt", "sge", "ne", ...intConds];

class LoopGenerator {
  readonly #tape: Tape;
  readonly #fn = createFunction("f", { params: i64x5, results: ["i64"] });
  readonly #builder = new FunctionBuilder(this.#fn);

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  #constant(value: bigint): Value {
    return this.#builder.value("iconst", "i64", [], value);
  }

  #index(leaves: readonly Value[]): Value {
    let value = this.#tape.pick(leaves);
    for (let i = this.#tape.below(3); i > 0; i -= 1) {
      const op = this.#tape.pick(ops);
      const count = BigInt(this.#tape.pick([1, 2, 31, 33]));
      const other = op === "ishl" ? this.#constant(count) : this.#tape.pick(leaves);
      const exchanged = op !== "ishl" && this.#tape.chance(40);
      value = this.#builder.value(op, "i64", exchanged ? [other, value] : [value, other]);
    }
    return value;
  }

  #step(invariants: readonly Value[]): Value {
    if (this.#tape.chance(25)) return this.#tape.pick(invariants);
    return this.#constant(BigInt(this.#tape.pick([1, 1, 1, -1, 2, -3, 7])));
  }

  /** f(first, limit, length, a, b): a hash of the positions, which is stored each time round. */
  module(): MirModule {
    const tape = this.#tape;
    const fn = this.#fn;
    const builder = this.#builder;
    const [first, limit, length, a, b] = fn.blocks[0]?.params ?? [];
    if (first === undefined || limit === undefined || length === undefined) throw new Error("f");
    if (a === undefined || b === undefined) throw new Error("f has parameters");
    const small = tape.chance(50);
    const mask = this.#constant(small ? elements - 1n : (1n << 32n) - 1n);
    const base = builder.value("iconst", "i32", [], BigInt(address));
    const three = builder.value("iconst", "i32", [], 3n);
    const bound = builder.value("band", "i64", [length, mask]);
    const header = createBlock(fn, ["i64", "i64", "i64"]);
    const [counter, sum, other] = header.params;
    if (counter === undefined || sum === undefined || other === undefined)
      throw new Error("header");
    const body = createBlock(fn);
    const end = createBlock(fn);
    const bottom = tape.chance(50);
    const cond = tape.pick(conds);
    const invariants = [a, b];
    builder.jump(header, [first, this.#constant(0n), tape.pick(invariants)]);
    builder.enter(header);
    if (tape.chance(50)) builder.effect("safepoint", null, []);
    const leave = { block: end.id, args: [] };
    if (bottom) builder.jump(body);
    else builder.branch(this.#test(cond, counter, limit), { block: body.id, args: [] }, leave);
    builder.enter(body);
    const leaves = [
      counter,
      counter,
      counter,
      other,
      a,
      this.#constant(BigInt(tape.pick([1, 3, -2]))),
    ];
    let total = sum;
    for (let i = tape.below(2); i >= 0; i -= 1) {
      const place = builder.value("index", null, [this.#index(leaves), bound]);
      const wide = builder.value("uextend", null, [place]);
      const shifted = builder.value("imul", "i64", [total, this.#constant(31n)]);
      total = builder.value("iadd", "i64", [shifted, wide]);
      const offset = builder.value("ishl", "i32", [place, three]);
      const to = small ? builder.value("iadd", "i32", [base, offset]) : base;
      const stored = builder.value("load", "i64", [to], 0);
      builder.effect("store", "i64", [to, builder.value("iadd", "i64", [stored, total])], 0);
    }
    const next = builder.value("iadd", "i64", [counter, this.#step(invariants)]);
    const moved = builder.value("iadd", "i64", [other, this.#step(invariants)]);
    const again = { block: header.id, args: [next, total, moved] };
    if (bottom) builder.branch(this.#test(cond, next, limit), again, leave);
    else builder.jump(header, again.args);
    builder.enter(end);
    builder.effect("return", null, [bottom ? total : sum]);
    return { functions: [fn], declarations: [], data: [], externalData: [] };
  }

  #test(cond: IntCond, value: Value, limit: Value): Value {
    const exchanged = this.#tape.chance(30);
    return this.#builder.value("icmp", "i64", exchanged ? [limit, value] : [value, limit], cond);
  }
}

const edges = fc.oneof(
  fc.bigInt(-5n, 40n),
  fc.bigInt(-5n, 40n),
  fc.bigInt(-5n, 40n),
  fc
    .tuple(fc.constantFrom(31n, 32n, 62n, 63n), fc.bigInt(-5n, 5n), fc.boolean())
    .map(([power, near, negative]) =>
      BigInt.asIntN(64, (negative ? -1n : 1n) * (1n << power) + near),
    ),
);
const inputs = fc.tuple(edges, edges, edges, edges, edges);
/** Iterations for more than one strip, and lengths for all of their indices. */
const long = fc.tuple(
  fc.oneof(fc.bigInt(-3n, 5n), fc.bigInt(2000n, 2100n)),
  fc.oneof(fc.bigInt(1000n, 3100n), fc.bigInt(-5n, 5n)),
  fc.constantFrom(4_000_000_000n, 9000n, 2047n),
  fc.bigInt(-2n, 4n),
  fc.bigInt(-2n, 4n),
);

const law = {
  generate: (tape: Tape) => new LoopGenerator(tape).module(),
  tape: [40, 60],
  argumentsOf: (args: readonly MirValue[]) => args,
  bytes: 8 * Number(elements),
} as const;

it("loops in strips do the same", { timeout: 60_000 + runs * 100 }, () => {
  const lists = fc.array(long, { minLength: 4, maxLength: 4 });
  const passes = ["version_loops", "strip_polls"] as const;
  const [, mined] = checkLoops({ ...law, passes, inputs: lists, steps: 60_000 }, runs);
  expect(mined).toBeGreaterThan(runs / 20);
});

it("versioned loops do the same", { timeout: 60_000 + runs * 20 }, () => {
  const lists = fc.array(inputs, { minLength: 6, maxLength: 6 });
  const passes = ["version_loops"] as const;
  const [versioned] = checkLoops({ ...law, passes, inputs: lists, steps: 2000 }, runs);
  expect(versioned).toBeGreaterThan(runs / 5);
});
