// The interval of an instruction's result from the intervals of its operands.
import { inverseIntCond } from "../ir/mir/index.ts";
import type { Inst, IntCond, MirFunction, MirType, Opcode } from "../ir/mir/index.ts";
import {
  addBounds,
  encodeBound,
  encodeDouble,
  greatestI64,
  isExact,
  leastI64,
  negateBound,
} from "./bounds.ts";

/** Intervals by value, in codes of `bounds.ts`; both ends included. */
export class Intervals {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly #types: readonly MirType[];

  constructor(fn: MirFunction) {
    const count = fn.valueTypes.length;
    this.#types = fn.valueTypes;
    this.low = new Float64Array(count);
    this.high = new Float64Array(count);
    for (let value = 0; value < count; value += 1) this.setFull(value);
  }

  lowOf(value: number | undefined): number {
    return this.low[value ?? -1] ?? leastI64;
  }

  highOf(value: number | undefined): number {
    return this.high[value ?? -1] ?? greatestI64;
  }

  set(value: number, low: number, high: number): void {
    this.low[value] = low;
    this.high[value] = high;
  }

  /** Sets the intervals of constants, which stay as they are on every walk. */
  setConstants(fn: MirFunction): void {
    for (const block of fn.blocks) {
      for (const { op, imm, results } of block.insts) {
        const [result] = results;
        if (op !== "iconst" || typeof imm !== "bigint" || result === undefined) continue;
        this.set(result, encodeBound(imm, false), encodeBound(imm, true));
      }
    }
  }

  /** All that the type can hold. */
  setFull(value: number): void {
    const type = this.#types[value] ?? "i64";
    this.low[value] = leastOf(type);
    this.high[value] = greatestOf(type);
  }

  /** Sets an interval that may overflow the type (also NaN), in which case the value may be anything. */
  setChecked(value: number, low: number, high: number): void {
    const type = this.#types[value] ?? "i64";
    if (low >= leastOf(type) && high <= greatestOf(type)) this.set(value, low, high);
    else this.setFull(value);
  }
}

export function leastOf(type: MirType): number {
  return type === "i32" ? -(2 ** 31) : leastI64;
}

export function greatestOf(type: MirType): number {
  return type === "i32" ? 2 ** 31 - 1 : greatestI64;
}

function widthOf(inst: Inst): number {
  return inst.type === "i32" ? 32 : 64;
}

type Transfer = (inst: Inst, result: number, at: Intervals) => void;

/** The count of a shift if it is known. */
function shiftCount(inst: Inst, at: Intervals): number | undefined {
  const low = at.lowOf(inst.args[1]);
  if (low !== at.highOf(inst.args[1]) || !isExact(low)) return undefined;
  const width = widthOf(inst);
  return ((low % width) + width) % width;
}

/** 2^bits - 1, rounded up. */
function ones(bits: number): number {
  return bits >= 63 ? greatestI64 : encodeDouble(2 ** bits - 1, true);
}

/** The least 2^k - 1 that is not below a code that is not negative. */
function onesAbove(code: number): number {
  if (!isExact(code)) return greatestI64;
  return code < 2 ** 31 ? 2 ** (32 - Math.clz32(code)) - 1 : ones(Math.floor(Math.log2(code)) + 2);
}

/** Division of a code by 2^count toward minus infinity. */
function shiftedRight(code: number, count: number, up: boolean): number {
  if (count === 0) return code;
  if (isExact(code)) return Math.floor(code / 2 ** count);
  if (code > 0) return up ? ones(63 - count) : Math.floor(2 ** 51 / 2 ** count);
  if (up) return Math.floor(-(2 ** 51) / 2 ** count);
  return encodeDouble(-(2 ** (63 - count)), false);
}

/** Division of a dividend that is not negative by a divisor that is positive, toward zero. */
function divided(dividend: number, divisor: number, up: boolean): number {
  if (divisor === 1) return dividend;
  if (isExact(dividend)) return isExact(divisor) ? Math.trunc(dividend / divisor) : 0;
  if (up) return ones(62);
  return isExact(divisor) ? Math.trunc(2 ** 51 / divisor) : 0;
}

const transferAdd: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  const low = addBounds(at.lowOf(a), at.lowOf(b), false);
  at.setChecked(result, low, addBounds(at.highOf(a), at.highOf(b), true));
};

const transferSub: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  const low = addBounds(at.lowOf(a), negateBound(at.highOf(b), false), false);
  const high = addBounds(at.highOf(a), negateBound(at.lowOf(b), true), true);
  at.setChecked(result, low, high);
};

function setProduct(
  result: number,
  at: Intervals,
  a: readonly [number, number],
  b: readonly [number, number],
): void {
  if (![...a, ...b].every(isExact)) {
    at.setFull(result);
    return;
  }
  const products = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
  const low = encodeDouble(Math.min(...products), false);
  at.setChecked(result, low, encodeDouble(Math.max(...products), true));
}

const transferMul: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  setProduct(result, at, [at.lowOf(a), at.highOf(a)], [at.lowOf(b), at.highOf(b)]);
};

const transferShl: Transfer = (inst, result, at) => {
  const count = shiftCount(inst, at);
  if (count === undefined) {
    at.setFull(result);
    return;
  }
  const [a] = inst.args;
  setProduct(result, at, [at.lowOf(a), at.highOf(a)], [2 ** count, 2 ** count]);
};

const transferSdiv: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  const divisorLow = at.lowOf(b);
  if (divisorLow < 1) {
    at.setFull(result);
    return;
  }
  const low = at.lowOf(a);
  const high = at.highOf(a);
  const divisorHigh = at.highOf(b);
  const quotient = (dividend: number, up: boolean): number => {
    if (dividend >= 0) return divided(dividend, up ? divisorLow : divisorHigh, up);
    const divisor = up ? divisorHigh : divisorLow;
    if (isExact(dividend)) return isExact(divisor) ? Math.trunc(dividend / divisor) : 0;
    if (divisor === 1) return dividend;
    return up ? 0 : encodeDouble(-(2 ** 62), false);
  };
  at.setChecked(result, quotient(low, false), quotient(high, true));
};

const transferUdiv: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  if (at.lowOf(a) >= 0 && at.lowOf(b) >= 1) transferSdiv(inst, result, at);
  else if (at.lowOf(b) >= 2) at.set(result, 0, greatestOf(inst.type ?? "i64"));
  else at.setFull(result);
};

const transferSrem: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  const low = at.lowOf(a);
  const high = at.highOf(a);
  // The magnitude is below the divisor's and not above the dividend's.
  let limit = Number.POSITIVE_INFINITY;
  if (isExact(at.lowOf(b)) && isExact(at.highOf(b))) {
    limit = Math.max(1, Math.abs(at.lowOf(b)), Math.abs(at.highOf(b))) - 1;
  }
  at.set(result, low >= 0 ? 0 : Math.max(low, -limit), high <= 0 ? 0 : Math.min(high, limit));
};

const transferUrem: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  if (at.lowOf(b) < 1) {
    if (at.lowOf(a) >= 0) at.set(result, 0, at.highOf(a));
    else at.setFull(result);
    return;
  }
  const limit = addBounds(at.highOf(b), -1, true);
  at.set(result, 0, at.lowOf(a) >= 0 ? Math.min(at.highOf(a), limit) : limit);
};

const transferAnd: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  const aSign = at.lowOf(a) >= 0;
  const bSign = at.lowOf(b) >= 0;
  if (aSign && bSign) at.set(result, 0, Math.min(at.highOf(a), at.highOf(b)));
  else if (aSign) at.set(result, 0, at.highOf(a));
  else if (bSign) at.set(result, 0, at.highOf(b));
  else at.setFull(result);
};

/** `bor` and `bxor`: neither sets bits above those of its operands. */
const transferOr: Transfer = (inst, result, at) => {
  const [a, b] = inst.args;
  if (at.lowOf(a) < 0 || at.lowOf(b) < 0) {
    at.setFull(result);
    return;
  }
  const low = inst.op === "bor" ? Math.max(at.lowOf(a), at.lowOf(b)) : 0;
  at.set(result, low, onesAbove(Math.max(at.highOf(a), at.highOf(b))));
};

const transferSshr: Transfer = (inst, result, at) => {
  const [a] = inst.args;
  const low = at.lowOf(a);
  const high = at.highOf(a);
  const count = shiftCount(inst, at);
  if (count === undefined) at.set(result, Math.min(low, 0), Math.max(high, 0));
  else at.set(result, shiftedRight(low, count, false), shiftedRight(high, count, true));
};

const transferUshr: Transfer = (inst, result, at) => {
  const [a] = inst.args;
  const count = shiftCount(inst, at);
  if (at.lowOf(a) >= 0) {
    if (count === undefined) at.set(result, 0, at.highOf(a));
    else transferSshr(inst, result, at);
  } else if (count === undefined || count === 0) {
    at.setFull(result);
  } else {
    at.set(result, 0, ones(widthOf(inst) - count));
  }
};

/** `sext8` and `sext16`. */
function transferSext(bits: number): Transfer {
  const limit = 2 ** (bits - 1);
  return (inst, result, at) => {
    const [a] = inst.args;
    const fits = at.lowOf(a) >= -limit && at.highOf(a) < limit;
    at.set(result, fits ? at.lowOf(a) : -limit, fits ? at.highOf(a) : limit - 1);
  };
}

const transferUextend: Transfer = (inst, result, at) => {
  const [a] = inst.args;
  const low = at.lowOf(a);
  const high = at.highOf(a);
  if (low >= 0) at.set(result, low, high);
  else if (high < 0) at.set(result, low + 2 ** 32, high + 2 ** 32);
  else at.set(result, 0, 2 ** 32 - 1);
};

const transferSelect: Transfer = (inst, result, at) => {
  const [, a, b] = inst.args;
  const low = Math.min(at.lowOf(a), at.lowOf(b));
  at.set(result, low, Math.max(at.highOf(a), at.highOf(b)));
};

/** A condition as "less", "less or equal", "equal" or "not equal", perhaps with the operands exchanged. */
export interface Relation {
  readonly kind: "lt" | "le" | "eq" | "ne";
  readonly unsigned: boolean;
  readonly exchanged: boolean;
}

const relations: Readonly<Record<IntCond, Relation>> = {
  eq: { kind: "eq", unsigned: false, exchanged: false },
  ne: { kind: "ne", unsigned: false, exchanged: false },
  slt: { kind: "lt", unsigned: false, exchanged: false },
  sle: { kind: "le", unsigned: false, exchanged: false },
  sgt: { kind: "lt", unsigned: false, exchanged: true },
  sge: { kind: "le", unsigned: false, exchanged: true },
  ult: { kind: "lt", unsigned: true, exchanged: false },
  ule: { kind: "le", unsigned: true, exchanged: false },
  ugt: { kind: "lt", unsigned: true, exchanged: true },
  uge: { kind: "le", unsigned: true, exchanged: true },
};

/** What a comparison says when it came out as `holds`. */
export function relationOf(cond: IntCond, holds: boolean): Relation {
  return relations[holds ? cond : inverseIntCond[cond]];
}

const transferIcmp: Transfer = (inst, result, at) => {
  const { kind, unsigned, exchanged } = relations[inst.imm as IntCond];
  const x = exchanged ? inst.args[1] : inst.args[0];
  const y = exchanged ? inst.args[0] : inst.args[1];
  const signsKnown = at.lowOf(x) >= 0 && at.lowOf(y) >= 0;
  at.set(result, 0, 1);
  if (unsigned && !signsKnown) return;
  const below = at.highOf(x) < at.lowOf(y);
  const above = at.lowOf(x) > at.highOf(y);
  if (kind === "lt") {
    if (below) at.set(result, 1, 1);
    else if (at.lowOf(x) >= at.highOf(y)) at.set(result, 0, 0);
  } else if (kind === "le") {
    if (at.highOf(x) <= at.lowOf(y)) at.set(result, 1, 1);
    else if (above) at.set(result, 0, 0);
  } else if (below || above) {
    at.set(result, kind === "ne" ? 1 : 0, kind === "ne" ? 1 : 0);
  } else if (at.lowOf(x) === at.highOf(y) && at.highOf(x) === at.lowOf(y)) {
    at.set(result, kind === "eq" ? 1 : 0, kind === "eq" ? 1 : 0);
  }
};

function fixed(low: number, high: number): Transfer {
  return (_inst, result, at) => at.set(result, low, high);
}

/** `iclz`, `ictz`, `ipopcnt`. */
const transferCount: Transfer = (inst, result, at) => at.set(result, 0, widthOf(inst));

const transferSame: Transfer = (inst, result, at) => {
  const [a] = inst.args;
  at.setChecked(result, at.lowOf(a), at.highOf(a));
};

const transfers: ReadonlyMap<string, Transfer> = new Map(
  Object.entries({
    iadd: transferAdd,
    isub: transferSub,
    imul: transferMul,
    ishl: transferShl,
    sdiv: transferSdiv,
    sdiv_exact: transferSdiv,
    udiv: transferUdiv,
    srem: transferSrem,
    urem: transferUrem,
    band: transferAnd,
    bor: transferOr,
    bxor: transferOr,
    sshr: transferSshr,
    ushr: transferUshr,
    sext8: transferSext(8),
    sext16: transferSext(16),
    sextend: transferSame,
    ireduce: transferSame,
    uextend: transferUextend,
    select: transferSelect,
    icmp: transferIcmp,
    fcmp: fixed(0, 1),
    iclz: transferCount,
    ictz: transferCount,
    ipopcnt: transferCount,
    load8_s: fixed(-128, 127),
    load8_u: fixed(0, 255),
    load16_s: fixed(-32768, 32767),
    load16_u: fixed(0, 65535),
  } satisfies Partial<Record<Opcode, Transfer>>),
);

/** Sets the interval of an instruction's integer result; others, constants among them, keep what they have. */
export function transferInterval(inst: Inst, at: Intervals): void {
  const [result] = inst.results;
  if (result !== undefined) transfers.get(inst.op)?.(inst, result, at);
}
