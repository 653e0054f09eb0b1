// Indices that move with a loop's counter by the same amount for each 1 that the counter moves.
import { integerConstant, type Definitions } from "../../analysis/index.ts";
import type { Opcode, Value } from "../../ir/mir/index.ts";
import { isInvariant, stepOf, type Counter, type CountedShape, type Step } from "./counter.ts";

/** What may be computed in front of the loop for the first and the last iteration. */
export const affineOps: ReadonlySet<string> = new Set(["iadd", "isub", "imul", "ishl"]);

const deepest = 8;

/** How far an index moves per 1 of the counter: a constant, or an invariant value (negated or not). */
export type Slope = bigint | { readonly value: Value };

/** An operand and its slope. */
type Term = readonly [operand: Value, slope: Slope | undefined];

/** Slopes of the values of one loop. */
export class Slopes {
  readonly #shape: CountedShape;
  readonly #counter: Counter;
  readonly #definitions: Definitions;

  constructor(shape: CountedShape, counter: Counter, definitions: Definitions) {
    this.#shape = shape;
    this.#counter = counter;
    this.#definitions = definitions;
  }

  /** The slope of an i64; undefined if it does not move so, or cannot be computed in front of the loop. */
  of(value: Value, depth = 0): Slope | undefined {
    if (value === this.#counter.param) return 1n;
    if (isInvariant(value, this.#shape, this.#definitions)) return 0n;
    if (this.#shape.header.params.includes(value)) return this.#ofParam(value);
    const inst = this.#definitions[value];
    if (inst === undefined || inst.type !== "i64" || !affineOps.has(inst.op)) return undefined;
    if (depth >= deepest) return undefined;
    const [left, right] = inst.args;
    if (left === undefined || right === undefined) return undefined;
    return this.#combined(
      inst.op,
      [left, this.of(left, depth + 1)],
      [right, this.of(right, depth + 1)],
    );
  }

  #combined(op: Opcode, [left, a]: Term, [right, b]: Term): Slope | undefined {
    if (a === undefined || b === undefined) return undefined;
    if (op === "iadd") return sum(a, b);
    if (op === "isub") return typeof b === "bigint" ? sum(a, -b) : undefined;
    if (op === "imul" && b === 0n) return this.#scaled(a, right);
    if (op === "imul") return a === 0n ? this.#scaled(b, left) : undefined;
    const count = integerConstant(this.#definitions, right);
    return typeof a === "bigint" && count !== undefined ? a << (count & 63n) : undefined;
  }

  /** Another parameter that moves by a step of its own, beside a counter that moves by 1. */
  #ofParam(param: Value): Slope | undefined {
    if (this.#counter.step !== 1n) return undefined;
    const step: Step | undefined = stepOf(param, this.#shape, this.#definitions);
    return typeof step === "number" ? { value: step } : step;
  }

  #scaled(slope: Slope, factor: Value): Slope | undefined {
    if (slope === 0n) return 0n;
    const constant = integerConstant(this.#definitions, factor);
    if (constant !== undefined && typeof slope === "bigint") return slope * constant;
    // A product of invariants in the loop would have to be computed in front of it, too.
    const outside = !this.#shape.inside.has(factor);
    return slope === 1n && outside ? { value: factor } : undefined;
  }
}

function sum(a: Slope, b: Slope): Slope | undefined {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  if (a === 0n) return b;
  return b === 0n ? a : undefined;
}
