// Constant folding and algebraic simplification, one forward sweep.
import { computeCfg } from "../analysis/index.ts";
import type { MirFunction } from "../ir/mir/index.ts";
import { foldIadd, foldImul, foldIsub } from "./fold/arithmetic.ts";
import {
  foldBand,
  foldBitCount,
  foldBor,
  foldBxor,
  foldIshl,
  foldSignExtension,
  foldSshr,
  foldUshr,
} from "./fold/bits.ts";
import { foldBrif, foldFcmp, foldIcmp, foldSelect } from "./fold/compare.ts";
import {
  foldExtension,
  foldFdemote,
  foldFloatToInt,
  foldFpromote,
  foldIntToFloat,
  foldIreduce,
} from "./fold/convert.ts";
import { foldSdiv, foldSrem, foldUdiv, foldUrem } from "./fold/division.ts";
import {
  foldFabs,
  foldFadd,
  foldFdiv,
  foldFloatBinary,
  foldFmul,
  foldFneg,
  foldFsqrt,
  foldFsub,
  foldRounding,
} from "./fold/float.ts";
import {
  foldBitsFloat,
  foldFloatBits,
  foldLoad,
  foldRefEq,
  foldRetyping,
} from "./fold/references.ts";
import { Rewriter, ruleTable } from "./rewriter.ts";

const rules = ruleTable({
  iadd: foldIadd,
  isub: foldIsub,
  imul: foldImul,
  sdiv: foldSdiv,
  sdiv_exact: foldSdiv,
  srem: foldSrem,
  udiv: foldUdiv,
  urem: foldUrem,
  band: foldBand,
  bor: foldBor,
  bxor: foldBxor,
  ishl: foldIshl,
  sshr: foldSshr,
  ushr: foldUshr,
  iclz: foldBitCount,
  ictz: foldBitCount,
  ipopcnt: foldBitCount,
  sext8: foldSignExtension,
  sext16: foldSignExtension,
  icmp: foldIcmp,
  fcmp: foldFcmp,
  fadd: foldFadd,
  fsub: foldFsub,
  fmul: foldFmul,
  fdiv: foldFdiv,
  fmin: foldFloatBinary,
  fmax: foldFloatBinary,
  fcopysign: foldFloatBinary,
  fneg: foldFneg,
  fabs: foldFabs,
  fsqrt: foldFsqrt,
  ffloor: foldRounding,
  fceil: foldRounding,
  ftrunc: foldRounding,
  sextend: foldExtension,
  uextend: foldExtension,
  ireduce: foldIreduce,
  i32_to_float_s: foldIntToFloat,
  i32_to_float_u: foldIntToFloat,
  i64_to_float_s: foldIntToFloat,
  i64_to_float_u: foldIntToFloat,
  float_to_i32_s: foldFloatToInt,
  float_to_i32_u: foldFloatToInt,
  float_to_i64_s: foldFloatToInt,
  float_to_i64_u: foldFloatToInt,
  fpromote: foldFpromote,
  fdemote: foldFdemote,
  f64_bits: foldFloatBits,
  f32_bits: foldFloatBits,
  bits_f64: foldBitsFloat,
  bits_f32: foldBitsFloat,
  ref_addr: foldRetyping,
  addr_ref: foldRetyping,
  any_bits: foldRetyping,
  bits_any: foldRetyping,
  ref_eq: foldRefEq,
  load: foldLoad,
  select: foldSelect,
  brif: foldBrif,
});

/** Folds and simplifies; keeps every trap. */
export function fold(fn: MirFunction): boolean {
  return new Rewriter(fn).sweep(computeCfg(fn).order, rules);
}
