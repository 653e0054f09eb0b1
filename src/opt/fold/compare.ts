// Comparisons, selection, and the conditions of branches.
import type { FloatCond, Inst, IntCond, MirType, Value } from "../../ir/mir/index.ts";
import {
  become,
  becomeInt,
  becomeTyped,
  rewritten,
  unchanged,
  wrap,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";
import { binaryOperands, definedBy, powerOfTwo } from "./arithmetic.ts";
import { becomeInverse } from "./bits.ts";
import { least } from "./division.ts";
import { evaluateFcmp, evaluateIcmp } from "./evaluate.ts";

/** The condition with the operands exchanged. */
export const swappedIntCond: Readonly<Record<IntCond, IntCond>> = {
  eq: "eq",
  ne: "ne",
  slt: "sgt",
  sgt: "slt",
  sle: "sge",
  sge: "sle",
  ult: "ugt",
  ugt: "ult",
  ule: "uge",
  uge: "ule",
};

/** The value on equal operands. */
const holdsOnEqual: Readonly<Record<IntCond, boolean>> = {
  eq: true,
  ne: false,
  slt: false,
  sgt: false,
  sle: true,
  sge: true,
  ult: false,
  ugt: false,
  ule: true,
  uge: true,
};

/** The condition between the operands before zero extension. */
const unsignedCond: Readonly<Record<IntCond, IntCond>> = {
  eq: "eq",
  ne: "ne",
  slt: "ult",
  sgt: "ugt",
  sle: "ule",
  sge: "uge",
  ult: "ult",
  ugt: "ugt",
  ule: "ule",
  uge: "uge",
};

export function icmpCond(inst: Inst): IntCond {
  return inst.imm as IntCond;
}

/** Whether a value is 0 or 1 by what defines it. */
export function isBoolean(rewriter: Rewriter, value: Value): boolean {
  const inst = rewriter.definition(value);
  return inst !== undefined && (inst.op === "icmp" || inst.op === "fcmp");
}

export function foldIcmp(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right, type] = binaryOperands(inst);
  const cond = icmpCond(inst);
  if (left === right) return becomeInt(inst, "i32", holdsOnEqual[cond] ? 1n : 0n);
  const a = rewriter.int(left);
  const b = rewriter.int(right);
  if (a !== undefined && b !== undefined) {
    return becomeInt(inst, "i32", evaluateIcmp(cond, type, a, b) ? 1n : 0n);
  }
  if (a !== undefined) return become(inst, "icmp", [right, left], swappedIntCond[cond]);
  if (b !== undefined) return compareWithConstant(inst, rewriter, b);
  return compareExtended(inst, rewriter);
}

/** Both operands extended alike from 32 bits: compares before the extension. */
function compareExtended(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right] = binaryOperands(inst);
  const a = rewriter.definition(left);
  const b = rewriter.definition(right);
  const x = a?.args[0];
  const y = b?.args[0];
  if (a === undefined || a.op !== b?.op || x === undefined || y === undefined) return unchanged;
  if (a.op !== "sextend" && a.op !== "uextend") return unchanged;
  const cond = icmpCond(inst);
  inst.type = "i32";
  const operands = [rewriter.resolve(x), rewriter.resolve(y)];
  return become(inst, "icmp", operands, a.op === "uextend" ? unsignedCond[cond] : cond);
}

function compareWithConstant(inst: Inst, rewriter: Rewriter, constant: bigint): Outcome {
  const limit = compareWithLimit(inst, constant, rewriter);
  if (limit !== unchanged) return limit;
  const [left] = binaryOperands(inst);
  if (isBoolean(rewriter, left)) {
    const boolean = compareBoolean(inst, rewriter, constant);
    if (boolean !== unchanged) return boolean;
  }
  const extended = compareExtendedWithConstant(inst, rewriter, constant);
  if (extended !== unchanged) return extended;
  const cond = icmpCond(inst);
  return cond === "eq" || cond === "ne" ? testEquality(inst, rewriter, constant) : unchanged;
}

type LimitName = "zero" | "ones" | "least" | "greatest";

/** Conditions that a constant at the end of the order decides. */
const decidedAt: Readonly<Partial<Record<IntCond, readonly [LimitName, holds: boolean]>>> = {
  ult: ["zero", false],
  uge: ["zero", true],
  ugt: ["ones", false],
  ule: ["ones", true],
  slt: ["least", false],
  sge: ["least", true],
  sgt: ["greatest", false],
  sle: ["greatest", true],
};

/** Unsigned conditions that are a test for 0 at this constant. */
const zeroTestAt: Readonly<Partial<Record<IntCond, readonly [bigint, IntCond]>>> = {
  ult: [1n, "eq"],
  uge: [1n, "ne"],
  ule: [0n, "eq"],
  ugt: [0n, "ne"],
};

function limitOf(type: MirType, name: LimitName): bigint {
  if (name === "zero") return 0n;
  if (name === "ones") return -1n;
  return name === "least" ? least(type) : -least(type) - 1n;
}

/** Comparisons that a constant at the end of the type's range decides or makes an equality. */
function compareWithLimit(inst: Inst, constant: bigint, rewriter: Rewriter): Outcome {
  const [left, , type] = binaryOperands(inst);
  const cond = icmpCond(inst);
  const decided = decidedAt[cond];
  if (decided !== undefined && constant === limitOf(type, decided[0])) {
    return becomeInt(inst, "i32", decided[1] ? 1n : 0n);
  }
  const test = zeroTestAt[cond];
  if (test === undefined || constant !== test[0]) return unchanged;
  return become(inst, "icmp", [left, rewriter.iconst(type, 0n)], test[1]);
}

/** A comparison of a 0-or-1 value with a constant by `eq` or `ne`. */
function compareBoolean(inst: Inst, rewriter: Rewriter, constant: bigint): Outcome {
  const [left] = binaryOperands(inst);
  const cond = icmpCond(inst);
  if (cond !== "eq" && cond !== "ne") return unchanged;
  if (constant !== 0n && constant !== 1n) return becomeInt(inst, "i32", cond === "ne" ? 1n : 0n);
  const same = (constant === 1n) === (cond === "eq");
  return same ? left : becomeInverse(inst, rewriter, left);
}

/** A comparison of an extended 32-bit value with a constant: in 32 bits, or decided if the constant is out of reach. */
function compareExtendedWithConstant(inst: Inst, rewriter: Rewriter, constant: bigint): Outcome {
  const [left, , type] = binaryOperands(inst);
  if (type !== "i64") return unchanged;
  const extension = rewriter.definition(left);
  const operand = extension?.args[0];
  if (extension === undefined || operand === undefined) return unchanged;
  const signed = extension.op === "sextend";
  if (!signed && extension.op !== "uextend") return unchanged;
  const cond = icmpCond(inst);
  const low = signed ? least("i32") : 0n;
  const high = signed ? -low - 1n : (1n << 32n) - 1n;
  if (constant < low || constant > high) {
    // An unsigned comparison of a sign-extended value is not monotone in the value.
    if (signed && cond.startsWith("u")) return unchanged;
    const below = constant < low && !(cond.startsWith("u") && constant < 0n);
    const sample = below ? low : high;
    return becomeInt(inst, "i32", evaluateIcmp(cond, "i64", sample, constant) ? 1n : 0n);
  }
  const narrow = rewriter.iconst("i32", constant);
  inst.type = "i32";
  const operands = [rewriter.resolve(operand), narrow];
  return become(inst, "icmp", operands, signed ? cond : unsignedCond[cond]);
}

/** An equality with a constant, and the instruction that defines its other operand. */
interface EqualityTest {
  readonly inst: Inst;
  readonly type: MirType;
  readonly inner: Inst;
  readonly constant: bigint;
}

type EqualityRule = (test: EqualityTest, rewriter: Rewriter) => Outcome;

/** By opcode of the instruction that is compared. */
const equalityRules: ReadonlyMap<string, EqualityRule> = new Map<string, EqualityRule>([
  ["iadd", testSum],
  ["bxor", testExclusiveOr],
  ["isub", testDifference],
  ["srem", testRemainder],
  ["select", testSelect],
]);

/** `eq` and `ne` with a constant, looking into what defines the other operand. */
function testEquality(inst: Inst, rewriter: Rewriter, constant: bigint): Outcome {
  const [left, , type] = binaryOperands(inst);
  const inner = rewriter.definition(left);
  const rule = inner === undefined ? undefined : equalityRules.get(inner.op);
  if (inner === undefined || rule === undefined) return unchanged;
  return rule({ inst, type, inner, constant }, rewriter);
}

function testSum({ inst, type, inner, constant }: EqualityTest, rewriter: Rewriter): Outcome {
  const [x, y] = binaryOperands(inner);
  const addend = rewriter.int(y);
  if (addend === undefined) return unchanged;
  const moved = rewriter.iconst(type, constant - addend);
  return become(inst, "icmp", [rewriter.resolve(x), moved], inst.imm);
}

function testExclusiveOr(
  { inst, type, inner, constant }: EqualityTest,
  rewriter: Rewriter,
): Outcome {
  const [x, y] = binaryOperands(inner);
  const mask = rewriter.int(y);
  if (mask === undefined) return testDifference({ inst, type, inner, constant }, rewriter);
  const moved = rewriter.iconst(type, constant ^ mask);
  return become(inst, "icmp", [rewriter.resolve(x), moved], inst.imm);
}

/** A difference, also a bitwise one, is 0 where the operands are equal. */
function testDifference({ inst, inner, constant }: EqualityTest, rewriter: Rewriter): Outcome {
  if (constant !== 0n) return unchanged;
  const [x, y] = binaryOperands(inner);
  return become(inst, "icmp", [rewriter.resolve(x), rewriter.resolve(y)], inst.imm);
}

/**
 * `x srem 2^k == c` as a test of bits. The remainder has the dividend's sign: c > 0 asks for a clear sign bit and
 * c < 0 for a set one.
 */
function testRemainder({ inst, type, inner, constant }: EqualityTest, rewriter: Rewriter): Outcome {
  const [dividend, right] = binaryOperands(inner);
  const divisor = rewriter.int(right);
  const cond = icmpCond(inst);
  if (divisor === undefined || divisor <= 1n || powerOfTwo(type, divisor) === undefined)
    return unchanged;
  if (constant >= divisor || constant <= -divisor) {
    return becomeInt(inst, "i32", cond === "ne" ? 1n : 0n);
  }
  const sign = constant === 0n ? 0n : least(type);
  const bits = constant < 0n ? sign | (divisor + constant) : constant;
  const mask = rewriter.iconst(type, wrap(type, sign | (divisor - 1n)));
  const masked = rewriter.emit("band", type, [rewriter.resolve(dividend), mask]);
  return become(inst, "icmp", [masked, rewriter.iconst(type, bits)], cond);
}

/** `select(c, c1, c2) == c3` is `c != 0`, its inverse, or decided. */
function testSelect({ inst, inner, constant }: EqualityTest, rewriter: Rewriter): Outcome {
  const [condition, x, y] = inner.args;
  const a = rewriter.int(x);
  const b = rewriter.int(y);
  if (condition === undefined || a === undefined || b === undefined) return unchanged;
  const wantEqual = icmpCond(inst) === "eq";
  const whenSet = (a === constant) === wantEqual;
  const whenClear = (b === constant) === wantEqual;
  if (whenSet === whenClear) return becomeInt(inst, "i32", whenSet ? 1n : 0n);
  const zero = rewriter.iconst("i32", 0n);
  inst.type = "i32";
  return become(inst, "icmp", [rewriter.resolve(condition), zero], whenSet ? "ne" : "eq");
}

export function foldFcmp(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right] = binaryOperands(inst);
  const a = rewriter.float(left);
  const b = rewriter.float(right);
  if (a === undefined || b === undefined) return unchanged;
  return becomeInt(inst, "i32", evaluateFcmp(inst.imm as FloatCond, a, b) ? 1n : 0n);
}

/** The value tested by `icmp eq/ne value, 0`, and whether the test is for 0. */
export function zeroTest(
  rewriter: Rewriter,
  condition: Value,
): { readonly value: Value; readonly isZero: boolean } | undefined {
  const inst = definedBy(rewriter, condition, "icmp");
  const [value, zero] = inst?.args ?? [];
  if (inst === undefined || value === undefined || inst.type !== "i32") return undefined;
  const cond = icmpCond(inst);
  if ((cond !== "eq" && cond !== "ne") || rewriter.int(zero) !== 0n) return undefined;
  return { value: rewriter.resolve(value), isZero: cond === "eq" };
}

export function foldSelect(inst: Inst, rewriter: Rewriter): Outcome {
  const [condition, x, y] = inst.args;
  const type: MirType | null = inst.type;
  if (condition === undefined || x === undefined || y === undefined || type === null) {
    throw new Error("select takes three operands and a type");
  }
  if (x === y) return x;
  const constant = rewriter.int(condition);
  if (constant !== undefined) return constant === 0n ? y : x;
  const test = zeroTest(rewriter, condition);
  if (test !== undefined) {
    return become(inst, "select", test.isZero ? [test.value, y, x] : [test.value, x, y]);
  }
  if (!isBoolean(rewriter, condition) || type === "f32" || type === "f64") return unchanged;
  return selectConstants(inst, rewriter, { condition, a: rewriter.int(x), b: rewriter.int(y) });
}

/** `select(b, 1, 0)` and `select(b, 0, 1)` of a comparison. */
function selectConstants(
  inst: Inst,
  rewriter: Rewriter,
  { condition, a, b }: { condition: Value; a: bigint | undefined; b: bigint | undefined },
): Outcome {
  if (a === 1n && b === 0n) {
    return inst.type === "i32" ? condition : becomeTyped(inst, "uextend", null, [condition]);
  }
  if (a === 0n && b === 1n && inst.type === "i32") return becomeInverse(inst, rewriter, condition);
  return unchanged;
}

/** Drops `!= 0` from a branch's condition and turns `== 0` by exchanging the targets. */
export function foldBrif(inst: Inst, rewriter: Rewriter): Outcome {
  const [condition] = inst.args;
  const [then, otherwise] = inst.targets;
  if (condition === undefined || then === undefined || otherwise === undefined) {
    throw new Error("brif takes a condition and two targets");
  }
  const test = zeroTest(rewriter, condition);
  if (test === undefined) return unchanged;
  inst.args = [test.value];
  if (test.isZero) inst.targets = [otherwise, then];
  return rewritten;
}
