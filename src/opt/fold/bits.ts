// Bitwise operations, shifts and sign extensions within a register.
import { inverseIntCond } from "../../ir/mir/index.ts";
import type { FloatCond, Inst, IntCond, MirType, Opcode, Value } from "../../ir/mir/index.ts";
import {
  become,
  becomeInt,
  bitWidth,
  rewritten,
  unchanged,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";
import {
  binaryOperands,
  constantRight,
  definedBy,
  foldConstants,
  reassociate,
} from "./arithmetic.ts";
import { evaluateIntUnary } from "./evaluate.ts";

/** The operand and the controlling type of an instruction with one operand. */
export function unaryOperand(inst: Inst): readonly [operand: Value, type: MirType] {
  const [operand] = inst.args;
  if (operand === undefined || inst.type === null) {
    throw new Error(`${inst.op} takes an operand and a type`);
  }
  return [operand, inst.type];
}

export function foldBand(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right, type] = binaryOperands(inst);
  if (left === right) return left;
  const mask = rewriter.int(right);
  if (mask === undefined) return unchanged;
  if (mask === 0n) return becomeInt(inst, type, 0n);
  if (mask === -1n) return left;
  const joined = reassociate(inst, rewriter, mask);
  if (joined !== unchanged) return joined;
  const bits = possibleBits.get(rewriter.definition(left)?.op ?? "");
  return bits !== undefined && (bits & mask) === bits ? left : unchanged;
}

/** The bits that a result can have, for opcodes that clear the others. */
const possibleBits: ReadonlyMap<string, bigint> = new Map([
  ["icmp", 1n],
  ["fcmp", 1n],
  ["load8_u", 0xffn],
  ["load16_u", 0xffffn],
  ["uextend", 0xffff_ffffn],
]);

export function foldBor(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right, type] = binaryOperands(inst);
  if (left === right) return left;
  const constant = rewriter.int(right);
  if (constant === undefined) return unchanged;
  if (constant === 0n) return left;
  if (constant === -1n) return becomeInt(inst, type, -1n);
  return reassociate(inst, rewriter, constant);
}

export function foldBxor(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right, type] = binaryOperands(inst);
  if (left === right) return becomeInt(inst, type, 0n);
  const constant = rewriter.int(right);
  if (constant === undefined) return unchanged;
  if (constant === 0n) return left;
  if (constant === 1n && becomeInverse(inst, rewriter, left) === rewritten) return rewritten;
  return reassociate(inst, rewriter, constant);
}

/** Only `eq` and `ne` have one: the others are all false for NaN. */
const inverseFloatCond: Readonly<Partial<Record<FloatCond, FloatCond>>> = { eq: "ne", ne: "eq" };

/** Turns an instruction into the inverse of a comparison, if `value` is one that has an inverse. */
export function becomeInverse(inst: Inst, rewriter: Rewriter, value: Value): Outcome {
  const comparison = rewriter.definition(value);
  if (comparison === undefined) return unchanged;
  let inverse: IntCond | FloatCond | undefined;
  if (comparison.op === "icmp") inverse = inverseIntCond[comparison.imm as IntCond];
  else if (comparison.op === "fcmp") inverse = inverseFloatCond[comparison.imm as FloatCond];
  if (inverse === undefined) return unchanged;
  inst.type = comparison.type;
  const operands = comparison.args.map((arg) => rewriter.resolve(arg));
  return become(inst, comparison.op, operands, inverse);
}

/** The shift's constant count reduced to the width, or undefined. */
function shiftCount(rewriter: Rewriter, inst: Inst | undefined): bigint | undefined {
  const count = rewriter.int(inst?.args[1]);
  if (inst?.type == null || count === undefined) return undefined;
  return count & (bitWidth(inst.type) - 1n);
}

/** What the three shifts share: constants, a count of 0, a shifted 0, and the count in its canonical range. */
function foldAnyShift(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  if (rewriter.int(left) === 0n) return left;
  const count = shiftCount(rewriter, inst);
  if (count === 0n) return left;
  if (count !== undefined && count !== rewriter.int(right)) {
    return become(inst, inst.op, [left, rewriter.iconst(type, count)]);
  }
  return unchanged;
}

/** `(x op c1) op c2` for a shift; a sum past the width gives 0, or the sign for `sshr`. */
function joinShifts(inst: Inst, rewriter: Rewriter, count: bigint): Outcome {
  const [left, , type] = binaryOperands(inst);
  const inner = definedBy(rewriter, left, inst.op);
  const innerCount = shiftCount(rewriter, inner);
  const operand = inner?.args[0];
  if (innerCount === undefined || operand === undefined) return unchanged;
  const width = bitWidth(type);
  let sum = innerCount + count;
  if (sum >= width) {
    if (inst.op !== "sshr") return becomeInt(inst, type, 0n);
    sum = width - 1n;
  }
  return become(inst, inst.op, [rewriter.resolve(operand), rewriter.iconst(type, sum)]);
}

export function foldIshl(inst: Inst, rewriter: Rewriter): Outcome {
  const common = foldAnyShift(inst, rewriter);
  if (common !== unchanged) return common;
  const count = shiftCount(rewriter, inst);
  if (count === undefined) return unchanged;
  const joined = joinShifts(inst, rewriter, count);
  if (joined !== unchanged) return joined;
  return maskAfterOpposite(inst, rewriter, "ushr", -1n << count);
}

export function foldUshr(inst: Inst, rewriter: Rewriter): Outcome {
  const common = foldAnyShift(inst, rewriter);
  if (common !== unchanged) return common;
  const count = shiftCount(rewriter, inst);
  if (count === undefined) return unchanged;
  const joined = joinShifts(inst, rewriter, count);
  if (joined !== unchanged) return joined;
  const [, , type] = binaryOperands(inst);
  return maskAfterOpposite(inst, rewriter, "ishl", (1n << (bitWidth(type) - count)) - 1n);
}

/** A shift there and back by the same count is a mask. */
function maskAfterOpposite(
  inst: Inst,
  rewriter: Rewriter,
  opposite: Opcode,
  mask: bigint,
): Outcome {
  const [left, , type] = binaryOperands(inst);
  const inner = definedBy(rewriter, left, opposite);
  const operand = inner?.args[0];
  if (operand === undefined || shiftCount(rewriter, inner) !== shiftCount(rewriter, inst)) {
    return unchanged;
  }
  return become(inst, "band", [rewriter.resolve(operand), rewriter.iconst(type, mask)]);
}

export function foldSshr(inst: Inst, rewriter: Rewriter): Outcome {
  const common = foldAnyShift(inst, rewriter);
  if (common !== unchanged) return common;
  const count = shiftCount(rewriter, inst);
  if (count === undefined) return unchanged;
  const joined = joinShifts(inst, rewriter, count);
  if (joined !== unchanged) return joined;
  const [left, , type] = binaryOperands(inst);
  const inner = definedBy(rewriter, left, "ishl");
  const operand = inner?.args[0];
  if (operand === undefined || shiftCount(rewriter, inner) !== count) return unchanged;
  const kept = bitWidth(type) - count;
  if (kept === 8n) return become(inst, "sext8", [rewriter.resolve(operand)]);
  if (kept === 16n) return become(inst, "sext16", [rewriter.resolve(operand)]);
  return unchanged;
}

/** `iclz`, `ictz`, `ipopcnt`. */
export function foldBitCount(inst: Inst, rewriter: Rewriter): Outcome {
  const [operand, type] = unaryOperand(inst);
  const constant = rewriter.int(operand);
  const result = constant === undefined ? undefined : evaluateIntUnary(inst.op, type, constant);
  return result === undefined ? unchanged : becomeInt(inst, type, result);
}

/** `sext8` and `sext16`. */
export function foldSignExtension(inst: Inst, rewriter: Rewriter): Outcome {
  const constant = foldBitCount(inst, rewriter);
  if (constant !== unchanged) return constant;
  const [operand] = unaryOperand(inst);
  const inner = rewriter.definition(operand);
  if (inner === undefined) return unchanged;
  const narrow = inst.op === "sext8";
  const source = inner.args[0];
  if (inner.op === "sext8" || inner.op === "load8_s") {
    return operand;
  }
  if (inner.op === "sext16") {
    if (!narrow || source === undefined) return operand;
    return become(inst, "sext8", [rewriter.resolve(source)]);
  }
  if (inner.op === "icmp" || inner.op === "fcmp") return operand;
  if (!narrow && (inner.op === "load16_s" || inner.op === "load8_u")) return operand;
  const mask = inner.op === "band" ? rewriter.int(inner.args[1]) : undefined;
  const low = narrow ? 0xffn : 0xffffn;
  if (mask === undefined || source === undefined || (mask & low) !== low) return unchanged;
  return become(inst, inst.op, [rewriter.resolve(source)]);
}
