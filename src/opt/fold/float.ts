// Floats: only identities that hold for every operand, the sign of zero included. A NaN's bits may differ.
import type { Inst } from "../../ir/mir/index.ts";
import {
  become,
  becomeFloat,
  rewritten,
  unchanged,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";
import { binaryOperands, definedBy } from "./arithmetic.ts";
import { unaryOperand } from "./bits.ts";
import { evaluateFloat } from "./evaluate.ts";

function foldConstants(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right, type] = binaryOperands(inst);
  const a = rewriter.float(left);
  const b = a === undefined ? undefined : rewriter.float(right);
  if (a === undefined || b === undefined) return unchanged;
  const result = evaluateFloat(inst.op, type, a, b);
  return result === undefined ? unchanged : becomeFloat(inst, type, result);
}

/** `fmin`, `fmax`, `fcopysign`: constants only. */
export const foldFloatBinary = foldConstants;

/** Puts a constant operand of a commutative operation on the right. */
function constantRight(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right] = binaryOperands(inst);
  if (rewriter.float(left) === undefined || rewriter.float(right) !== undefined) return unchanged;
  inst.args = [right, left];
  return rewritten;
}

/** `x + 0` is not `x` for -0; `x + -0` is. */
export function foldFadd(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right] = binaryOperands(inst);
  return Object.is(rewriter.float(right), -0) ? left : unchanged;
}

export function foldFsub(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  const constant = rewriter.float(right);
  if (constant === undefined || Number.isNaN(constant)) return unchanged;
  if (Object.is(constant, 0)) return left;
  // Exactly the same, and a sum commutes.
  return become(inst, "fadd", [left, rewriter.fconst(type, -constant)]);
}

export function foldFmul(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  if (constantRight(inst, rewriter) === rewritten) return rewritten;
  const [left, right] = binaryOperands(inst);
  return rewriter.float(right) === 1 ? left : unchanged;
}

export function foldFdiv(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right] = binaryOperands(inst);
  const divisor = rewriter.float(right);
  if (divisor === undefined) return unchanged;
  return divisor === 1 ? left : divideByPowerOfTwo(inst, rewriter, divisor);
}

/** Division by a power of two is multiplication by its reciprocal, which is exact while it is a normal number. */
function divideByPowerOfTwo(inst: Inst, rewriter: Rewriter, divisor: number): Outcome {
  const [left, , type] = binaryOperands(inst);
  const reciprocal = 1 / divisor;
  const exponent = Math.log2(Math.abs(divisor));
  const limit = type === "f32" ? 126 : 1022;
  if (!Number.isInteger(exponent) || Math.abs(exponent) > limit) return unchanged;
  if (2 ** exponent !== Math.abs(divisor)) return unchanged;
  return become(inst, "fmul", [left, rewriter.fconst(type, reciprocal)]);
}

function foldConstant(inst: Inst, rewriter: Rewriter): Outcome {
  const [operand, type] = unaryOperand(inst);
  const constant = rewriter.float(operand);
  if (constant === undefined) return unchanged;
  const result = evaluateFloat(inst.op, type, constant, undefined);
  return result === undefined ? unchanged : becomeFloat(inst, type, result);
}

export const foldFsqrt = foldConstant;

export function foldFneg(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstant(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [operand] = unaryOperand(inst);
  const source = definedBy(rewriter, operand, "fneg")?.args[0];
  return source === undefined ? unchanged : rewriter.resolve(source);
}

export function foldFabs(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstant(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [operand] = unaryOperand(inst);
  if (definedBy(rewriter, operand, "fabs") !== undefined) return operand;
  const source = definedBy(rewriter, operand, "fneg")?.args[0];
  return source === undefined ? unchanged : become(inst, "fabs", [rewriter.resolve(source)]);
}

/** Opcodes whose result is integral, or infinite or NaN. */
const integral: ReadonlySet<string> = new Set([
  "ffloor",
  "fceil",
  "ftrunc",
  "i32_to_float_s",
  "i32_to_float_u",
  "i64_to_float_s",
  "i64_to_float_u",
]);

/** `ffloor`, `fceil`, `ftrunc`. */
export function foldRounding(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstant(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [operand] = unaryOperand(inst);
  return integral.has(rewriter.definition(operand)?.op ?? "") ? operand : unchanged;
}
