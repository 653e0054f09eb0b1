// Exact mathematical operations of HIR to MIR.
import { isFloatType, type MathOp, type ScalarType } from "../ir/hir/index.ts";
import type { Opcode, Value } from "../ir/mir/index.ts";
import type { FunctionLowering } from "./function.ts";
import { isSigned, mirType, normalize } from "./types.ts";

const floatOpcodes: Readonly<Record<Exclude<MathOp, "round">, Opcode>> = {
  abs: "fabs",
  min: "fmin",
  max: "fmax",
  floor: "ffloor",
  ceil: "fceil",
  trunc: "ftrunc",
  sqrt: "fsqrt",
};

export function lowerMath(
  to: FunctionLowering,
  op: MathOp,
  type: ScalarType,
  args: Value[],
): Value {
  if (!isFloatType(type)) return lowerIntMath(to, op, type, args);
  return op === "round"
    ? lowerRound(to, type, first(args))
    : to.builder.value(floatOpcodes[op], type, args);
}

function first(args: readonly Value[]): Value {
  const [value] = args;
  if (value === undefined) throw new Error("a mathematical operation has an operand");
  return value;
}

function lowerIntMath(to: FunctionLowering, op: MathOp, type: ScalarType, args: Value[]): Value {
  const { builder } = to;
  const carrier = mirType(type);
  const left = first(args);
  switch (op) {
    case "abs": {
      if (!isSigned(type)) return left;
      const zero = builder.value("iconst", carrier, [], 0n);
      const negative = builder.value("icmp", carrier, [left, zero], "slt");
      const negated = builder.value("isub", carrier, [zero, left]);
      return normalize(builder, type, builder.value("select", carrier, [negative, negated, left]));
    }
    case "min":
    case "max": {
      const right = args[1] ?? left;
      const cond = op === "min" ? (isSigned(type) ? "slt" : "ult") : isSigned(type) ? "sgt" : "ugt";
      const chosen = builder.value("icmp", carrier, [left, right], cond);
      return builder.value("select", carrier, [chosen, left, right]);
    }
    case "floor":
    case "ceil":
    case "trunc":
    case "round":
      return left;
    case "sqrt":
      throw new Error("sqrt takes a float");
  }
}

/** Half away from zero: `t = trunc x; |x - t| >= 0.5 ? t + copysign(1, x) : t`. Exact, because x - t is. */
function lowerRound(to: FunctionLowering, type: "f32" | "f64", operand: Value): Value {
  const { builder } = to;
  const whole = builder.value("ftrunc", type, [operand]);
  const rest = builder.value("fabs", type, [builder.value("fsub", type, [operand, whole])]);
  const half = builder.value("fconst", type, [], 0.5);
  const away = builder.value("fcmp", type, [rest, half], "ge");
  const one = builder.value("fcopysign", type, [builder.value("fconst", type, [], 1), operand]);
  const next = builder.value("fadd", type, [whole, one]);
  return builder.value("select", type, [away, next, whole]);
}
