// The conditions under which every index of a loop is in range, as code in front of the loop.
//
// The counter goes from `first` to at most `last`, both included. With
//
//   last - first <u 2^32,   |slope| < 2^31,   index(first) <u length,   index(last) <u length
//
// the index between them is index(first) + slope * t for a t up to 2^32, does not wrap, and lies between its ends, as
// lengths are below 2^32. A counter that moves by more than 1, or to a limit that it may equal, must not wrap before it is
// compared with the limit: it stays 2^62 away from the end of i64, and a step is below 2^32.
import { integerConstant, type Definitions } from "../../analysis/index.ts";
import {
  type Block,
  type Inst,
  type IntCond,
  type MirFunction,
  type Opcode,
  type Value,
} from "../../ir/mir/index.ts";
import { wrap } from "../rewriter.ts";
import { affineOps, type Slope } from "./affine.ts";
import { OnceBuilder } from "./once.ts";
import { stepOf, type Counter, type CountedShape } from "./counter.ts";

/** An `index` of the loop that moves with the counter. */
export interface MovingIndex {
  readonly inst: Inst;
  readonly index: Value;
  readonly length: Value;
  readonly slope: Slope;
}

type End = "first" | "last";

/** A comparison that must hold. */
export interface Guard {
  readonly cond: IntCond;
  readonly left: Value;
  readonly right: Value;
}

const two31 = 1n << 31n;
const two32 = 1n << 32n;
const farthest = 1n << 62n;

/** Puts what guards compare at the end of a block. */
export class GuardEmitter {
  readonly #builder: OnceBuilder;
  readonly #shape: CountedShape;
  readonly #definitions: Definitions;
  readonly #constants = new Map<Value, bigint>();
  readonly guards: Guard[] = [];

  /** `block` has the loop's parameters. */
  constructor(fn: MirFunction, block: Block, shape: CountedShape, definitions: Definitions) {
    this.#builder = new OnceBuilder(fn, block);
    this.#shape = shape;
    this.#definitions = definitions;
  }

  run(counter: Counter, indices: readonly MovingIndex[]): void {
    const first = this.#entry(counter.param);
    const last = this.#last(counter);
    const down = typeof counter.step === "bigint" && counter.step < 0n;
    const distance = down ? this.#op("isub", first, last) : this.#op("isub", last, first);
    this.#need("ult", distance, two32);
    this.#keepFromWrapping(counter, last);
    for (const { index, length, slope } of indices) {
      if (typeof slope !== "bigint") {
        const shifted = this.#op("iadd", slope.value, this.#constant(two31));
        this.#need("ult", shifted, two32);
      }
      const bound = this.#copied(length);
      for (const end of ["first", "last"] as const) {
        this.#needBelow(this.#at(index, end, { counter, first, last, distance }), bound);
      }
    }
  }

  #last({ cond, limit, step }: Counter): Value {
    const end = this.#copied(limit);
    if (cond === "sle" || cond === "sge") return end;
    const up = typeof step === "number" || step > 0n;
    return this.#op("iadd", end, this.#constant(up ? -1n : 1n));
  }

  #keepFromWrapping({ cond, step }: Counter, last: Value): void {
    if (typeof step === "number") {
      this.#need("ult", this.#op("iadd", step, this.#constant(-1n)), two32);
    }
    if (step === 1n && (cond === "slt" || cond === "ne")) return;
    if (step === -1n && (cond === "sgt" || cond === "ne")) return;
    const down = typeof step === "bigint" && step < 0n;
    this.#need(down ? "sgt" : "slt", last, down ? -farthest : farthest);
  }

  /** The value of an index in the first or the last iteration. */
  #at(value: Value, end: End, counts: Counts): Value {
    const { counter, first, last, distance } = counts;
    if (value === counter.param) return end === "first" ? first : last;
    if (this.#shape.header.params.includes(value)) {
      const start = this.#entry(value);
      if (end === "first") return start;
      const step = stepOf(value, this.#shape, this.#definitions);
      if (step === undefined) throw new Error("the parameter has no step");
      const factor = typeof step === "number" ? step : this.#constant(step);
      return this.#op("iadd", start, this.#op("imul", distance, factor));
    }
    const inst = this.#definitions[value];
    const [left, right] = inst?.args ?? [];
    const moves = this.#shape.inside.has(value) && inst !== undefined && affineOps.has(inst.op);
    if (!moves || left === undefined || right === undefined) return this.#copied(value);
    return this.#op(inst.op, this.#at(left, end, counts), this.#at(right, end, counts));
  }

  /** What a header's parameter is when the loop is entered. */
  #entry(param: Value): Value {
    const value = this.#builder.block.params[this.#shape.header.params.indexOf(param)];
    if (value === undefined) throw new Error("the header has no such parameter");
    return value;
  }

  /** An invariant value: constants that stand in the loop stand here again. */
  #copied(value: Value): Value {
    const constant = integerConstant(this.#definitions, value);
    return constant === undefined ? value : this.#constant(constant);
  }

  #constant(value: bigint): Value {
    const imm = wrap("i64", value);
    const made = this.#builder.value("iconst", "i64", [], imm);
    this.#constants.set(made, imm);
    return made;
  }

  #op(op: Opcode, left: Value, right: Value): Value {
    const a = this.#constants.get(left);
    const b = this.#constants.get(right);
    if (op === "iadd" && b === 0n) return left;
    if (op === "isub" && b === 0n) return left;
    if (op === "iadd" && a === 0n) return right;
    if (op === "iadd" && a !== undefined && b !== undefined) return this.#constant(a + b);
    if (op === "isub" && a !== undefined && b !== undefined) return this.#constant(a - b);
    return this.#builder.value(op, "i64", [left, right]);
  }

  #need(cond: IntCond, value: Value, bound: bigint): void {
    const known = this.#constants.get(value);
    if (known !== undefined && cond === "ult" && BigInt.asUintN(64, known) < bound) return;
    this.#add({ cond, left: value, right: this.#constant(bound) });
  }

  #needBelow(index: Value, length: Value): void {
    this.#add({ cond: "ult", left: index, right: length });
  }

  #add(guard: Guard): void {
    const same = this.guards.some(
      ({ cond, left, right }) =>
        cond === guard.cond && left === guard.left && right === guard.right,
    );
    if (!same) this.guards.push(guard);
  }
}

/** The ends of the counter's way. */
interface Counts {
  readonly counter: Counter;
  readonly first: Value;
  readonly last: Value;
  readonly distance: Value;
}
