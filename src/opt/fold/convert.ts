// Conversions between types.
import type { Inst, MirType, Value } from "../../ir/mir/index.ts";
import {
  becomeFloat,
  becomeInt,
  becomeTyped,
  unchanged,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";
import { evaluateFloatToInt, evaluateIntToFloat } from "./evaluate.ts";

function onlyOperand(inst: Inst): Value {
  const [operand] = inst.args;
  if (operand === undefined) throw new Error(`${inst.op} takes an operand`);
  return operand;
}

/** `sextend` and `uextend`. */
export function foldExtension(inst: Inst, rewriter: Rewriter): Outcome {
  const constant = rewriter.int(onlyOperand(inst));
  if (constant === undefined) return unchanged;
  return becomeInt(inst, "i64", inst.op === "sextend" ? constant : BigInt.asUintN(32, constant));
}

export function foldIreduce(inst: Inst, rewriter: Rewriter): Outcome {
  const operand = onlyOperand(inst);
  const constant = rewriter.int(operand);
  if (constant !== undefined) return becomeInt(inst, "i32", constant);
  const inner = rewriter.definition(operand);
  const source = inner?.args[0];
  if (inner === undefined || source === undefined) return unchanged;
  if (inner.op === "sextend" || inner.op === "uextend") return rewriter.resolve(source);
  if (inner.op !== "band") return unchanged;
  const mask = rewriter.int(inner.args[1]);
  if (mask === undefined || BigInt.asUintN(32, mask) !== 0xffff_ffffn) return unchanged;
  return becomeTyped(inst, "ireduce", null, [rewriter.resolve(source)]);
}

/** `i32_to_float_*` and `i64_to_float_*`. */
export function foldIntToFloat(inst: Inst, rewriter: Rewriter): Outcome {
  const operand = onlyOperand(inst);
  const { op, type } = inst;
  if (type === null) throw new Error(`${op} needs a type`);
  const constant = rewriter.int(operand);
  const result = constant === undefined ? undefined : evaluateIntToFloat(op, type, constant);
  if (result !== undefined) return becomeFloat(inst, type, result);
  const inner = rewriter.definition(operand);
  const source = inner?.args[0];
  if (inner === undefined || source === undefined) return unchanged;
  // The same integer rounds to the same float, whatever the width it came through.
  if (op === "i64_to_float_s" && inner.op === "sextend") {
    return becomeTyped(inst, "i32_to_float_s", type, [rewriter.resolve(source)]);
  }
  if ((op === "i64_to_float_s" || op === "i64_to_float_u") && inner.op === "uextend") {
    return becomeTyped(inst, "i32_to_float_u", type, [rewriter.resolve(source)]);
  }
  return unchanged;
}

/** `float_to_*`; back from f64 a 32-bit integer is exact. */
export function foldFloatToInt(inst: Inst, rewriter: Rewriter): Outcome {
  const operand = onlyOperand(inst);
  const { op, type } = inst;
  const constant = rewriter.float(operand);
  const result = constant === undefined ? undefined : evaluateFloatToInt(op, constant);
  const resultType: MirType = op.startsWith("float_to_i64") ? "i64" : "i32";
  if (result !== undefined) return becomeInt(inst, resultType, result);
  const inner = rewriter.definition(operand);
  const source = inner?.args[0];
  if (inner === undefined || source === undefined || type !== "f64") return unchanged;
  const signed = inner.op === "i32_to_float_s";
  if (!signed && inner.op !== "i32_to_float_u") return unchanged;
  const original = rewriter.resolve(source);
  if (op === (signed ? "float_to_i32_s" : "float_to_i32_u")) return original;
  if (op === "float_to_i64_s") {
    return becomeTyped(inst, signed ? "sextend" : "uextend", null, [original]);
  }
  if (op === "float_to_i64_u" && !signed) return becomeTyped(inst, "uextend", null, [original]);
  return unchanged;
}

export function foldFpromote(inst: Inst, rewriter: Rewriter): Outcome {
  const constant = rewriter.float(onlyOperand(inst));
  if (constant === undefined || Number.isNaN(constant)) return unchanged;
  return becomeFloat(inst, "f64", constant);
}

export function foldFdemote(inst: Inst, rewriter: Rewriter): Outcome {
  const operand = onlyOperand(inst);
  const constant = rewriter.float(operand);
  if (constant !== undefined && !Number.isNaN(constant)) {
    return becomeFloat(inst, "f32", Math.fround(constant));
  }
  const inner = rewriter.definition(operand);
  const source = inner?.op === "fpromote" ? inner.args[0] : undefined;
  return source === undefined ? unchanged : rewriter.resolve(source);
}
