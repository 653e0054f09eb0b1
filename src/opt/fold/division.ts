// Quotients and remainders of integers. A division that may trap stays one that may trap.
import type { Inst, MirType } from "../../ir/mir/index.ts";
import {
  become,
  becomeInt,
  bitWidth,
  unchanged,
  wrap,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";
import { binaryOperands, foldConstants, powerOfTwo } from "./arithmetic.ts";

/** The least value of a type. */
export function least(type: MirType): bigint {
  return -(1n << (bitWidth(type) - 1n));
}

/** `sdiv` and `sdiv_exact`. */
export function foldSdiv(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  const divisor = rewriter.int(right);
  if (divisor === undefined || divisor === 0n) return unchanged;
  if (divisor === 1n) return left;
  if (divisor === -1n) return become(inst, "isub", [rewriter.iconst(type, 0n), left]);
  return inst.op === "sdiv" ? become(inst, "sdiv_exact", [left, right]) : unchanged;
}

export function foldSrem(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  const divisor = rewriter.int(right);
  if (divisor === undefined || divisor === 0n) return unchanged;
  if (divisor === 1n || divisor === -1n) return becomeInt(inst, type, 0n);
  if (divisor < 0n && divisor !== least(type)) {
    // The sign of the remainder is the dividend's.
    return become(inst, "srem", [left, rewriter.iconst(type, -divisor)]);
  }
  return unchanged;
}

export function foldUdiv(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  const divisor = rewriter.int(right);
  if (divisor === undefined || divisor === 0n) return unchanged;
  const k = powerOfTwo(type, divisor);
  if (k === undefined) return unchanged;
  if (k === 0n) return left;
  return become(inst, "ushr", [left, rewriter.iconst(type, k)]);
}

export function foldUrem(inst: Inst, rewriter: Rewriter): Outcome {
  const folded = foldConstants(inst, rewriter);
  if (folded !== unchanged) return folded;
  const [left, right, type] = binaryOperands(inst);
  const divisor = rewriter.int(right);
  if (divisor === undefined || divisor === 0n) return unchanged;
  if (powerOfTwo(type, divisor) === undefined) return unchanged;
  if (divisor === 1n) return becomeInt(inst, type, 0n);
  return become(inst, "band", [left, rewriter.iconst(type, wrap(type, divisor - 1n))]);
}
