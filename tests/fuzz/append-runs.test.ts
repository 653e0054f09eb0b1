// Small loops that append: with runs that do not ask for room they return the same, for counters, lengths and capacities
// near every edge, whether their lengths and capacities move as those of arrays do or not.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { MirValue } from "../../src/interp/index.ts";
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  type Block,
  type IntCond,
  type MirModule,
  type Value,
} from "../../src/ir/mir/index.ts";
import { checkLoops, runsOr } from "./loop-law.ts";
import type { Tape } from "./mir-tape.ts";

const runs = runsOr(300);
const params = ["i64", "i64", "i32", "i32", "i32", "i32"] as const;

/** The length and capacity of an array, and the hash of what was done. */
interface State {
  length: Value;
  capacity: Value;
  hash: Value;
}

class LoopGenerator {
  readonly #tape: Tape;
  readonly #fn = createFunction("f", { params, results: ["i32", "i32", "i32", "i32", "i32"] });
  readonly #builder = new FunctionBuilder(this.#fn);

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  #constant(value: number): Value {
    return this.#builder.value("iconst", "i32", [], BigInt(value));
  }

  #add(left: Value, right: Value): Value {
    return this.#builder.value("iadd", "i32", [left, right]);
  }

  #hashed(hash: Value, value: Value): Value {
    return this.#add(this.#builder.value("imul", "i32", [hash, this.#constant(31)]), value);
  }

  #values(block: Block): readonly [Value, Value, Value] {
    const [length, capacity, hash] = block.params;
    if (length === undefined || capacity === undefined || hash === undefined)
      throw new Error("a state has three values");
    return [length, capacity, hash];
  }

  /** `if length < capacity: append else: grow and append`, mostly. */
  #append(state: State, counter: Value): State {
    const tape = this.#tape;
    const builder = this.#builder;
    const [room, full, done] = [
      createBlock(this.#fn),
      createBlock(this.#fn),
      createBlock(this.#fn, ["i32", "i32", "i32"]),
    ];
    const { length, capacity, hash } = state;
    if (tape.chance(30)) {
      const skip = createBlock(this.#fn);
      const bit = builder.value("band", "i32", [counter, this.#constant(tape.pick([1, 2, 4]))]);
      const no = { block: done.id, args: [length, capacity, hash] };
      builder.branch(bit, { block: skip.id, args: [] }, no);
      builder.enter(skip);
    }
    const has = builder.value("icmp", "i32", [length, capacity], "ult");
    builder.branch(has, { block: room.id, args: [] }, { block: full.id, args: [] });
    builder.enter(room);
    const longer = this.#add(length, this.#constant(tape.pick([1, 1, 1, 1, 1, 1, 0, 2, -1])));
    const same = tape.chance(90)
      ? capacity
      : this.#add(capacity, this.#constant(tape.pick([1, -3])));
    builder.jump(done, [longer, same, this.#hashed(hash, counter)]);
    builder.enter(full);
    const larger = this.#add(capacity, this.#constant(tape.pick([0, 1, 4, 100, -5])));
    const appended = this.#add(length, this.#constant(tape.pick([0, 1, 1, 2])));
    builder.jump(done, [appended, larger, this.#hashed(hash, larger)]);
    builder.enter(done);
    const [nextLength, nextCapacity, nextHash] = this.#values(done);
    return { length: nextLength, capacity: nextCapacity, hash: nextHash };
  }

  /** f(first, limit, lengths and capacities of two arrays): the same behind the loop, and a hash. */
  module(): MirModule {
    const tape = this.#tape;
    const builder = this.#builder;
    const [first, limit, ...arrays] = this.#fn.blocks[0]?.params ?? [];
    if (first === undefined || limit === undefined) throw new Error("f has parameters");
    const header = createBlock(this.#fn, ["i64", "i32", "i32", "i32", "i32", "i32"]);
    const [counter, length1, capacity1, length2, capacity2, start] = header.params;
    if (counter === undefined || length1 === undefined || capacity1 === undefined)
      throw new Error("the header has parameters");
    if (length2 === undefined || capacity2 === undefined || start === undefined)
      throw new Error("the header has parameters");
    const body = createBlock(this.#fn);
    const end = createBlock(this.#fn);
    builder.jump(header, [first, ...arrays, this.#constant(7)]);
    builder.enter(header);
    if (tape.chance(50)) builder.effect("safepoint", null, []);
    const cond = tape.pick<IntCond>(["slt", "slt", "slt", "sle", "ne", "ult"]);
    const goesOn = builder.value("icmp", "i64", [counter, limit], cond);
    builder.branch(goesOn, { block: body.id, args: [] }, { block: end.id, args: [] });
    builder.enter(body);
    const low = builder.value("ireduce", null, [counter]);
    const one = this.#append({ length: length1, capacity: capacity1, hash: start }, low);
    const second = { length: length2, capacity: capacity2, hash: one.hash };
    const two = tape.chance(50) ? this.#append(second, low) : second;
    const step = builder.value("iconst", "i64", [], tape.pick([1n, 1n, 1n, 1n, 2n, -1n]));
    const next = builder.value("iadd", "i64", [counter, step]);
    builder.jump(header, [next, one.length, one.capacity, two.length, two.capacity, two.hash]);
    builder.enter(end);
    builder.effect("return", null, header.params.slice(1));
    return { functions: [this.#fn], declarations: [], data: [], externalData: [] };
  }
}

/** Few iterations, from anywhere. */
const counters = fc
  .tuple(
    fc.constantFrom(0n, 0n, 0n, -(1n << 63n), (1n << 63n) - 40n, 1n << 32n),
    fc.bigInt(0n, 39n),
    fc.bigInt(-3n, 60n),
  )
  .map(([near, first, count]) => {
    const wrapped = (value: bigint): bigint => BigInt.asIntN(64, value);
    return [wrapped(near + first), wrapped(near + first + count)] as const;
  });
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.constantFrom(-1, -4, -(2 ** 31), 2 ** 31 - 2),
);
const inputs = fc
  .tuple(counters, sizes, sizes, sizes, sizes)
  .map(([both, ...rest]): readonly MirValue[] => [...both, ...rest]);

it("loops with runs of appends do the same", { timeout: 60_000 + runs * 20 }, () => {
  const [split] = checkLoops(
    {
      generate: (tape) => new LoopGenerator(tape).module(),
      tape: [30, 40],
      passes: ["append_runs"],
      inputs: fc.array(inputs, { minLength: 6, maxLength: 6 }),
      argumentsOf: (args) => args,
      steps: 5000,
    },
    runs,
  );
  expect(split).toBeGreaterThan(runs / 10);
});
