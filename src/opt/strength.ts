// Signed division and remainder by powers of two as shifts and masks. Late: `facts` does better where it knows signs.
import { computeCfg } from "../analysis/index.ts";
import type { Inst, MirFunction, MirType, Value } from "../ir/mir/index.ts";
import { binaryOperands, powerOfTwo } from "./fold/arithmetic.ts";
import { least } from "./fold/division.ts";
import { become, bitWidth, Rewriter, ruleTable, unchanged, type Outcome } from "./rewriter.ts";

/**
 * 2^k - 1 if `x` is negative, else 0: added before an arithmetic shift by k it makes the shift round toward zero.
 * `k` is from 1 to the width less 1.
 */
function bias(rewriter: Rewriter, type: MirType, x: Value, k: bigint): Value {
  const width = bitWidth(type);
  const sign = k === 1n ? x : rewriter.emit("sshr", type, [x, rewriter.iconst(type, width - 1n)]);
  return rewriter.emit("ushr", type, [sign, rewriter.iconst(type, width - k)]);
}

function expandSdiv(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right, type] = binaryOperands(inst);
  const divisor = rewriter.int(right);
  if (divisor === undefined || divisor === least(type)) return unchanged;
  const k = powerOfTwo(type, divisor < 0n ? -divisor : divisor);
  if (k === undefined || k === 0n) return unchanged;
  const biased = rewriter.emit("iadd", type, [left, bias(rewriter, type, left, k)]);
  const shift = rewriter.iconst(type, k);
  if (divisor > 0n) return become(inst, "sshr", [biased, shift]);
  const quotient = rewriter.emit("sshr", type, [biased, shift]);
  return become(inst, "isub", [rewriter.iconst(type, 0n), quotient]);
}

function expandSrem(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right, type] = binaryOperands(inst);
  const divisor = rewriter.int(right);
  if (divisor === undefined || divisor <= 1n) return unchanged;
  const k = powerOfTwo(type, divisor);
  if (k === undefined) return unchanged;
  const offset = bias(rewriter, type, left, k);
  const biased = rewriter.emit("iadd", type, [left, offset]);
  const masked = rewriter.emit("band", type, [biased, rewriter.iconst(type, divisor - 1n)]);
  return become(inst, "isub", [masked, offset]);
}

const rules = ruleTable({
  sdiv: expandSdiv,
  sdiv_exact: expandSdiv,
  srem: expandSrem,
});

/** Expands divisions by powers of two. */
export function strength(fn: MirFunction): boolean {
  return new Rewriter(fn).sweep(computeCfg(fn).order, rules);
}
