// Small loops that halve even numbers: with runs of shifts they return the same, for every order of their tests, counters
// that end them in the middle of a run, and 0.
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
  type MirType,
  type Value,
} from "../../src/ir/mir/index.ts";
import { checkLoops, runsOr } from "./loop-law.ts";
import type { Tape } from "./mir-tape.ts";

const runs = runsOr(300);

class LoopGenerator {
  readonly #tape: Tape;
  readonly #type: MirType;
  readonly #fn;
  readonly #builder;

  constructor(tape: Tape) {
    this.#tape = tape;
    this.#type = tape.pick<MirType>(["i64", "i32"]);
    const type = this.#type;
    this.#fn = createFunction("f", { params: [type, "i32", type], results: [type, type, "i32"] });
    this.#builder = new FunctionBuilder(this.#fn);
  }

  #constant(value: bigint, type = this.#type): Value {
    return this.#builder.value("iconst", type, [], value);
  }

  /** f(number, fuel, limit): a loop of up to three tests, then the one for even numbers. */
  module(): MirModule {
    const tape = this.#tape;
    const type = this.#type;
    const fn = this.#fn;
    const builder = this.#builder;
    const [start, supply, limit] = fn.blocks[0]?.params ?? [];
    if (start === undefined || supply === undefined || limit === undefined) throw new Error("f");
    const header = createBlock(fn, [type, type, "i32"]);
    const end = createBlock(fn);
    builder.jump(header, [start, this.#constant(0n), supply]);
    builder.enter(header);
    const [number, steps, fuel] = header.params;
    if (number === undefined || steps === undefined || fuel === undefined)
      throw new Error("header");
    const tests: (readonly [IntCond, Value, Value])[] = [
      ["ne", number, this.#constant(BigInt(tape.pick([1, 1, 0, 3, 2])))],
      ["sgt", number, this.#constant(BigInt(tape.pick([1, 0, 2, -3])))],
      ["sge", number, this.#constant(BigInt(tape.pick([1, 2, 0])))],
      ["slt", steps, limit],
      ["sgt", limit, steps],
      ["slt", number, limit],
    ];
    this.#need(["sgt", fuel, this.#constant(0n, "i32")], end);
    for (let i = tape.below(3); i > 0; i -= 1) this.#need(tape.pick(tests), end);
    const counted = (value: Value): Value =>
      builder.value("iadd", type, [value, this.#constant(BigInt(tape.pick([1, 1, 3, -1])))]);
    const less = builder.value("iadd", "i32", [fuel, this.#constant(-1n, "i32")]);
    const even = createBlock(fn);
    const odd = createBlock(fn);
    this.#branchOnParity(number, even, odd);
    const join = tape.chance(50) ? createBlock(fn, [type]) : null;
    builder.enter(even);
    const half = this.#half(number);
    if (join === null) builder.jump(header, [half, counted(steps), less]);
    else builder.jump(join, [half]);
    builder.enter(odd);
    const next = this.#next(number);
    if (join === null) builder.jump(header, [next, counted(steps), less]);
    else builder.jump(join, [next]);
    if (join !== null) {
      builder.enter(join);
      builder.jump(header, [join.params[0] ?? half, counted(steps), less]);
    }
    builder.enter(end);
    builder.effect("return", null, [number, steps, fuel]);
    return { functions: [fn], declarations: [], data: [], externalData: [] };
  }

  /** Leaves the loop unless the comparison holds. */
  #need([cond, left, right]: readonly [IntCond, Value, Value], end: Block): void {
    const builder = this.#builder;
    const inverse = { sgt: "sle", slt: "sge", ne: "eq", sge: "slt" } as const;
    const type = builder.fn.valueTypes[left] ?? "i64";
    const stays = createBlock(builder.fn);
    const [go, leave] = [
      { block: stays.id, args: [] },
      { block: end.id, args: [] },
    ];
    if (this.#tape.chance(50)) {
      builder.branch(builder.value("icmp", type, [left, right], cond), go, leave);
    } else {
      const leaves = inverse[cond as keyof typeof inverse];
      builder.branch(builder.value("icmp", type, [left, right], leaves), leave, go);
    }
    builder.enter(stays);
  }

  #branchOnParity(number: Value, even: Block, odd: Block): void {
    const builder = this.#builder;
    const type = this.#type;
    const bit = builder.value("band", type, [number, this.#constant(1n)]);
    const [toEven, toOdd] = [
      { block: even.id, args: [] },
      { block: odd.id, args: [] },
    ];
    const form = this.#tape.below(5);
    if (form === 4 && type === "i32") {
      builder.branch(bit, toOdd, toEven);
      return;
    }
    const cond: IntCond = form < 2 ? "eq" : "ne";
    const constant = BigInt(form & 1);
    const test = builder.value("icmp", type, [bit, this.#constant(constant)], cond);
    if ((cond === "eq") === (constant === 0n)) builder.branch(test, toEven, toOdd);
    else builder.branch(test, toOdd, toEven);
  }

  #half(number: Value): Value {
    const builder = this.#builder;
    const type = this.#type;
    const form = this.#tape.below(4);
    const one = this.#constant(1n);
    if (form < 2) return builder.value(form === 0 ? "sshr" : "ushr", type, [number, one]);
    const width = this.#constant(type === "i64" ? 63n : 31n);
    const sign = builder.value("ushr", type, [number, width]);
    return builder.value("sshr", type, [builder.value("iadd", type, [number, sign]), one]);
  }

  #next(number: Value): Value {
    const builder = this.#builder;
    const type = this.#type;
    const constants = [3n, 1n, -1n, 2n, 5n, 0n];
    const factor = this.#constant(this.#tape.pick(constants));
    const product = builder.value("imul", type, [number, factor]);
    const op = this.#tape.pick(["iadd", "isub", "bxor"] as const);
    return builder.value(op, type, [product, this.#constant(this.#tape.pick(constants))]);
  }
}

const numbers = fc.oneof(
  fc.bigInt(-40n, 40n),
  fc.bigInt(-(1n << 63n), (1n << 63n) - 1n),
  fc.tuple(fc.bigInt(-9n, 9n), fc.bigInt(0n, 63n)).map(([n, by]) => BigInt.asIntN(64, n << by)),
);
const inputs = fc.tuple(numbers, fc.integer({ min: -2, max: 150 }), fc.bigInt(-3n, 90n));

it("loops with runs of shifts return the same", { timeout: 60_000 + runs * 20 }, () => {
  const [made] = checkLoops(
    {
      generate: (tape) => new LoopGenerator(tape).module(),
      tape: [20, 40],
      passes: ["shift_runs"],
      inputs: fc.array(inputs, { minLength: 8, maxLength: 8 }),
      argumentsOf: ([number, fuel, limit], module) => {
        const wide = module.functions[0]?.signature.params[0] === "i64";
        const fit = (value: bigint): MirValue => (wide ? value : Number(BigInt.asIntN(32, value)));
        return [fit(number), fuel, fit(limit)];
      },
      steps: 8000,
    },
    runs,
  );
  expect(made).toBeGreaterThan(runs / 4);
});
