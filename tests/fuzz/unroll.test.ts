// Small loops with linear recurrences, one or two ways out, and uses of their values behind them: unrolled they return what
// they returned as written, for every number of iterations that leaves a copy of the body.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  intConds,
  type MirModule,
  type MirType,
  type Opcode,
  type Value,
} from "../../src/ir/mir/index.ts";
import { checkLoops, runsOr } from "./loop-law.ts";
import type { Tape } from "./mir-tape.ts";

const runs = runsOr(150);
const ops: readonly Opcode[] = ["iadd", "isub", "imul", "bxor", "band", "sshr"];

class LoopGenerator {
  readonly #tape: Tape;
  readonly #type: MirType;
  readonly #fn;
  readonly #builder;

  constructor(tape: Tape) {
    this.#tape = tape;
    this.#type = tape.pick<MirType>(["i64", "i32"]);
    const type = this.#type;
    this.#fn = createFunction("f", { params: ["i32", type], results: [type, type, "i32"] });
    this.#builder = new FunctionBuilder(this.#fn);
  }

  #constant(choices: readonly bigint[]): Value {
    return this.#builder.value("iconst", this.#type, [], this.#tape.pick(choices));
  }

  #mix(scope: Value[], count: number): void {
    for (let i = 0; i < count; i += 1) {
      const operands = [this.#tape.pick(scope), this.#tape.pick(scope)];
      scope.push(this.#builder.value(this.#tape.pick(ops), this.#type, operands));
    }
  }

  /** `state * constant + addend` in one of its forms. */
  #next(state: Value, scope: readonly Value[]): Value {
    const type = this.#type;
    const factor = this.#constant([31n, 3n, -5n, 1664525n, 0n]);
    const product = this.#builder.value("imul", type, [state, factor]);
    if (this.#tape.chance(10)) return product;
    const addend = this.#tape.chance(40)
      ? this.#constant([1n, -7n, 1013904223n])
      : this.#tape.pick(scope);
    const operands = this.#tape.chance(50) ? [product, addend] : [addend, product];
    return this.#builder.value("iadd", type, operands);
  }

  /** f(n, x): a loop of n iterations, or fewer if a comparison leaves it early. */
  module(): MirModule {
    const tape = this.#tape;
    const type = this.#type;
    const fn = this.#fn;
    const builder = this.#builder;
    const [n, x] = fn.blocks[0]?.params ?? [];
    if (n === undefined || x === undefined) throw new Error("f has parameters");
    const header = createBlock(fn, ["i32", type, type]);
    const body = createBlock(fn);
    const end = createBlock(fn);
    const scope = [x, this.#constant([5n, -1n])];
    const zero = builder.value("iconst", "i32", [], 0n);
    const start = [zero, tape.pick(scope), tape.pick(scope)];
    builder.jump(header, start);
    builder.enter(header);
    const [i, state, other] = header.params;
    if (i === undefined || state === undefined || other === undefined) throw new Error("no header");
    scope.push(state, other);
    const atHeader = tape.chance(30) ? [state, other] : [other, x];
    if (tape.chance(50)) builder.effect("safepoint", null, []);
    this.#mix(scope, tape.below(2));
    const test = builder.value("icmp", "i32", [i, n], "slt");
    builder.branch(test, { block: body.id, args: [] }, { block: end.id, args: [] });
    builder.enter(body);
    const inBody = [...scope];
    const quiet = tape.chance(50) ? [x, other] : inBody;
    this.#mix(quiet, tape.below(4));
    const next = this.#next(state, quiet);
    inBody.push(next);
    this.#mix(inBody, tape.below(3));
    const one = builder.value("iconst", "i32", [], 1n);
    const step = builder.value("iadd", "i32", [i, one]);
    const again = { block: header.id, args: [step, next, tape.pick(inBody)] };
    if (tape.chance(50)) {
      const early = createBlock(fn);
      const leave = builder.value("icmp", type, [next, tape.pick(inBody)], tape.pick(intConds));
      builder.branch(leave, { block: early.id, args: [] }, again);
      builder.enter(early);
      builder.effect("return", null, [tape.pick(inBody), tape.pick(inBody), step]);
    } else {
      builder.jump(header, again.args);
    }
    builder.enter(end);
    builder.effect("return", null, [tape.pick(scope), ...atHeader.slice(0, 1), i]);
    return { functions: [fn], declarations: [], data: [], externalData: [] };
  }
}

it("unrolled loops return the same", { timeout: 60_000 + runs * 20 }, () => {
  const counts = Array.from({ length: 10 }, (_, n) => n);
  const [unrolled] = checkLoops(
    {
      generate: (tape) => new LoopGenerator(tape).module(),
      tape: [40, 60],
      passes: ["unroll"],
      then: ["gvn", "dce", "simplify_cfg"],
      inputs: fc.bigInt(-(1n << 31n), 1n << 31n).map((x) => counts.map((n) => [n, x] as const)),
      argumentsOf: ([n, x], module) => {
        const wide = module.functions[0]?.signature.params[1] === "i64";
        return [n, wide ? x : Number(BigInt.asIntN(32, x))];
      },
      steps: 10_000,
    },
    runs,
  );
  expect(unrolled).toBeGreaterThan(runs / 2);
});
