// Division of i64 by a constant without a division. wasm engines do this for i32 alone, and a 64-bit division takes
// longer than any other integer instruction.
//
// For n in [-N, N] and m = ceil(2^s / d), with e = m d - 2^s: if e N < 2^s, then n m / 2^s is above n / d by less than
// 1 / d in magnitude, so that its floor is the quotient, or one less where n is negative. With m N < 2^63 the product
// is an i64; where n is not negative, m N < 2^64 and an unsigned shift do. (T. Granlund and P. Montgomery, "Division by Invariant Integers using Multiplication", 1994.)
import { decodeBound, isExact, type RangeView } from "../../analysis/index.ts";
import type { Inst, Value } from "../../ir/mir/index.ts";
import { become, type Outcome, type Rewriter } from "../rewriter.ts";

/** How to divide by a positive constant. */
export interface ConstantDivision {
  readonly remainder: boolean;
  readonly divisor: bigint;
  /** The quotient is to be negated. */
  readonly negated: boolean;
  /** The dividend may be negative. */
  readonly signed: boolean;
  /** 0 where the divisor is a power of two. */
  readonly multiplier: bigint;
  readonly shift: bigint;
}

const width = 64n;

/**
 * The least multiplier and shift for dividends up to a magnitude; undefined if the product may not fit. Without a sign it
 * has one bit more to fit in.
 */
export function findMultiplier(
  divisor: bigint,
  magnitude: bigint,
  signed: boolean,
): { readonly multiplier: bigint; readonly shift: bigint } | undefined {
  const limit = 1n << (signed ? width - 1n : width);
  for (let shift = 1n; shift < width; shift += 1n) {
    const power = 1n << shift;
    const multiplier = (power + divisor - 1n) / divisor;
    if (multiplier * magnitude >= limit) return undefined;
    if ((multiplier * divisor - power) * magnitude < power) return { multiplier, shift };
  }
  return undefined;
}

function log2(power: bigint): bigint {
  return BigInt(power.toString(2).length - 1);
}

/** The way for an i64 division whose divisor has one value; undefined if there is none that is shorter. */
export function findConstantDivision(inst: Inst, view: RangeView): ConstantDivision | undefined {
  const [dividend, right] = inst.args;
  const code = view.low(right);
  if (inst.type !== "i64" || code !== view.high(right) || !isExact(code)) return undefined;
  const signed = view.low(dividend) < 0;
  const unsigned = inst.op === "udiv" || inst.op === "urem";
  if (unsigned && (signed || code < 0)) return undefined;
  const divisor = BigInt(Math.abs(code));
  if (divisor < 2n) return undefined;
  const remainder = inst.op === "srem" || inst.op === "urem";
  const way = { remainder, divisor, negated: code < 0 && !remainder, signed };
  if ((divisor & (divisor - 1n)) === 0n) {
    // Without a sign it is a shift or a mask, which `fold` knows.
    return signed ? { ...way, multiplier: 0n, shift: log2(divisor) } : undefined;
  }
  const low = decodeBound(view.low(dividend));
  const high = decodeBound(view.high(dividend));
  const found = findMultiplier(divisor, -low > high ? -low : high, signed);
  return found === undefined ? undefined : { ...way, ...found };
}

/** Rewrites the division; its dividend is as `findConstantDivision` saw it. */
export function divideByConstant(inst: Inst, way: ConstantDivision, rewriter: Rewriter): Outcome {
  const [dividend] = inst.args;
  if (dividend === undefined) throw new Error(`${inst.op} has no dividend`);
  const emitter = new DivisionEmitter(rewriter, dividend);
  if (way.multiplier === 0n) return emitter.byPowerOfTwo(inst, way);
  const quotient = emitter.quotient(way);
  if (way.remainder) {
    const product = emitter.with("imul", quotient, way.divisor);
    return become(inst, "isub", [dividend, product]);
  }
  if (way.negated) return become(inst, "isub", [rewriter.iconst("i64", 0n), quotient]);
  return quotient;
}

class DivisionEmitter {
  readonly #rewriter: Rewriter;
  readonly #dividend: Value;

  constructor(rewriter: Rewriter, dividend: Value) {
    this.#rewriter = rewriter;
    this.#dividend = dividend;
  }

  /** An operation with a constant. */
  with(op: "iadd" | "imul" | "band" | "sshr" | "ushr", left: Value, right: bigint): Value {
    return this.#rewriter.emit(op, "i64", [left, this.#rewriter.iconst("i64", right)]);
  }

  quotient({ signed, multiplier, shift }: ConstantDivision): Value {
    const product = this.with("imul", this.#dividend, multiplier);
    if (!signed) return this.with("ushr", product, shift);
    const floor = this.with("sshr", product, shift);
    const sign = this.with("ushr", this.#dividend, width - 1n);
    return this.#rewriter.emit("iadd", "i64", [floor, sign]);
  }

  /** Adds 2^k - 1 to a negative dividend, so that what rounds down rounds toward zero. */
  byPowerOfTwo(inst: Inst, { remainder, divisor, negated, shift }: ConstantDivision): Outcome {
    const rewriter = this.#rewriter;
    const sign = shift === 1n ? this.#dividend : this.with("sshr", this.#dividend, width - 1n);
    const bias = this.with("ushr", sign, width - shift);
    const biased = rewriter.emit("iadd", "i64", [this.#dividend, bias]);
    if (remainder) return become(inst, "isub", [this.with("band", biased, divisor - 1n), bias]);
    const quotient = this.with("sshr", biased, shift);
    if (!negated) return quotient;
    return become(inst, "isub", [rewriter.iconst("i64", 0n), quotient]);
  }
}
