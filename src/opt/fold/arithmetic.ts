// Sums, differences and products of integers.
import type { Inst, MirType, Opcode, Value } from "../../ir/mir/index.ts";
import {
  become,
  becomeInt,
  bitWidth,
  rewritten,
  unchanged,
  unsigned,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";
import { evaluateIntBinary } from "./evaluate.ts";

/** The operands and the controlling type of an instruction with two operands. */
export function binaryOperands(inst: Inst): readonly [left: Value, right: Value, type: MirType] {
  const [left, right] = inst.args;
  if (left === undefined || right === undefined || inst.type === null) {
    throw new Error(`${inst.op} takes two operands and a type`);
  }
  return [left, right, inst.type];
}

/** The definition of a value if it has this opcode. */
export function definedBy(
  rewriter: Rewriter,
  value: Value | undefined,
  op: Opcode,
): Inst | undefined {
  const inst = value === undefined ? undefined : rewriter.definition(value);
  return inst?.op === op ? inst : undefined;
}

/** Evaluates an operation on two constants. */
export function foldConstants(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right, type] = binaryOperands(inst);
  const a = rewriter.int(left);
  const b = a === undefined ? undefined : rewriter.int(right);
  if (a === undefined || b === undefined) return unchanged;
  const result = evaluateIntBinary(inst.op, type, a, b);
  return result === undefined ? unchanged : becomeInt(inst, type, result);
}

/** Puts a constant operand of a commutative operation on the right. */
export function constantRight(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right] = binaryOperands(inst);
  if (rewriter.int(left) === undefined || rewriter.int(right) !== undefined) return unchanged;
  inst.args = [right, left];
  return rewritten;
}

/** `(x op c1) op c2` to `x op (c1 op c2)` for an associative operation whose constants are on the right. */
export function reassociate(inst: Inst, rewriter: Rewriter, constant: bigint): Outcome {
  const [left, , type] = binaryOperands(inst);
  const inner = definedBy(rewriter, left, inst.op);
  const innerConstant = rewriter.int(inner?.args[1]);
  const operand = inner?.args[0];
  if (innerConstant === undefined || operand === undefined) return unchanged;
  const joined = evaluateIntBinary(inst.op, type, innerConstant, constant);
  if (joined === undefined) return unchanged;
  return become(inst, inst.op, [rewriter.resolve(operand), rewriter.iconst(type, joined)]);
}

/** The operand `x` of `0 - x`. */
function negated(rewriter: Rewriter, value: Value): Value | undefined {
  const inst = definedBy(rewriter, value, "isub");
  const operand = inst?.args[1];
  if (operand === undefined || rewriter.int(inst?.args[0]) !== 0n) return undefined;
  return rewriter.resolve(operand);
}

export function foldIadd(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right] = binaryOperands(inst);
  const constant = rewriter.int(right);
  if (constant !== undefined) return addConstant(inst, rewriter, constant);
  const minusRight = negated(rewriter, right);
  if (minusRight !== undefined) return become(inst, "isub", [left, minusRight]);
  const minusLeft = negated(rewriter, left);
  if (minusLeft !== undefined) return become(inst, "isub", [right, minusLeft]);
  const leftDifference = definedBy(rewriter, left, "isub");
  if (leftDifference?.args[1] === right) return operandOf(rewriter, leftDifference, 0);
  const rightDifference = definedBy(rewriter, right, "isub");
  if (rightDifference?.args[1] === left) return operandOf(rewriter, rightDifference, 0);
  return unchanged;
}

function operandOf(rewriter: Rewriter, inst: Inst, index: number): Outcome {
  const operand = inst.args[index];
  return operand === undefined ? unchanged : rewriter.resolve(operand);
}

function addConstant(inst: Inst, rewriter: Rewriter, constant: bigint): Outcome {
  const [left, , type] = binaryOperands(inst);
  if (constant === 0n) return left;
  const joined = reassociate(inst, rewriter, constant);
  if (joined !== unchanged) return joined;
  const difference = definedBy(rewriter, left, "isub");
  const minuend = rewriter.int(difference?.args[0]);
  const subtrahend = difference?.args[1];
  if (minuend === undefined || subtrahend === undefined) return unchanged;
  const sum = rewriter.iconst(type, minuend + constant);
  return become(inst, "isub", [sum, rewriter.resolve(subtrahend)]);
}

export function foldIsub(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  if (left === right) return becomeInt(inst, type, 0n);
  const constant = rewriter.int(right);
  if (constant !== undefined) {
    if (constant === 0n) return left;
    return become(inst, "iadd", [left, rewriter.iconst(type, -constant)]);
  }
  const minuend = rewriter.int(left);
  if (minuend !== undefined) return subtractFromConstant(inst, rewriter, minuend);
  const minusRight = negated(rewriter, right);
  if (minusRight !== undefined) return become(inst, "iadd", [left, minusRight]);
  const sum = definedBy(rewriter, left, "iadd");
  if (sum?.args[0] === right) return operandOf(rewriter, sum, 1);
  if (sum?.args[1] === right) return operandOf(rewriter, sum, 0);
  return unchanged;
}

function subtractFromConstant(inst: Inst, rewriter: Rewriter, minuend: bigint): Outcome {
  const [, right, type] = binaryOperands(inst);
  const sum = definedBy(rewriter, right, "iadd");
  const addend = rewriter.int(sum?.args[1]);
  const augend = sum?.args[0];
  if (addend !== undefined && augend !== undefined) {
    const difference = rewriter.iconst(type, minuend - addend);
    return become(inst, "isub", [difference, rewriter.resolve(augend)]);
  }
  const inner = definedBy(rewriter, right, "isub");
  const [a, b] = inner?.args ?? [];
  if (a === undefined || b === undefined) return unchanged;
  const innerMinuend = rewriter.int(a);
  if (innerMinuend !== undefined) {
    const difference = rewriter.iconst(type, minuend - innerMinuend);
    return become(inst, "iadd", [rewriter.resolve(b), difference]);
  }
  if (minuend !== 0n) return unchanged;
  return become(inst, "isub", [rewriter.resolve(b), rewriter.resolve(a)]);
}

/** k if the unsigned reading of a constant is 2^k, else undefined. */
export function powerOfTwo(type: MirType, constant: bigint): bigint | undefined {
  const bits = unsigned(type, constant);
  if (bits === 0n || (bits & (bits - 1n)) !== 0n) return undefined;
  return BigInt(bits.toString(2).length - 1);
}

export function foldImul(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right, type] = binaryOperands(inst);
  const constant = rewriter.int(right);
  if (constant === undefined) return unchanged;
  if (constant === 0n) return becomeInt(inst, type, 0n);
  if (constant === 1n) return left;
  if (constant === -1n) return become(inst, "isub", [rewriter.iconst(type, 0n), left]);
  const joined = reassociate(inst, rewriter, constant);
  if (joined !== unchanged) return joined;
  const shifted = definedBy(rewriter, left, "ishl");
  const count = rewriter.int(shifted?.args[1]);
  const operand = shifted?.args[0];
  if (count !== undefined && operand !== undefined) {
    const factor = constant << (count & (bitWidth(type) - 1n));
    return become(inst, "imul", [rewriter.resolve(operand), rewriter.iconst(type, factor)]);
  }
  const shift = powerOfTwo(type, constant);
  if (shift === undefined) return unchanged;
  return become(inst, "ishl", [left, rewriter.iconst(type, shift)]);
}
