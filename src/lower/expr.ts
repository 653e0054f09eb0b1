// Expressions of HIR to MIR.
import { unreachable } from "../base/index.ts";
import {
  isHeapExpr,
  isFloatType,
  isScalarType,
  type CompareOp,
  type Expr,
  type ScalarType,
} from "../ir/hir/index.ts";
import {
  createBlock,
  type Block,
  type FloatCond,
  type FunctionBuilder,
  type IntCond,
  type Opcode,
  type Value,
} from "../ir/mir/index.ts";
import type { FunctionLowering } from "./function.ts";
import { lowerHeapExpr } from "./heap.ts";
import { lowerMath } from "./math.ts";
import { lowerTextAccess } from "./text-access.ts";
import { lowerConcat } from "./text-builder.ts";
import { convert, isSigned, mirType, normalize, normalizeCount } from "./types.ts";
import { callRuntimeValue, lowerHostCall } from "./runtime-call.ts";

type BinaryExpr = Extract<Expr, { kind: "binary" }>;
type CompareExpr = Extract<Expr, { kind: "compare" }>;

/** Lowers an expression that has a value. */
export function lowerExpr(to: FunctionLowering, expr: Expr): Value {
  const value = lowerAny(to, expr);
  if (value === null) throw new Error(`${expr.kind} expression in ${to.hir.symbol} has no value`);
  return value;
}

/** Lowers an expression; null for one of type unit. */
export function lowerAny(to: FunctionLowering, expr: Expr): Value | null {
  if (isHeapExpr(expr)) return lowerHeapExpr(to, expr);
  const { builder } = to;
  switch (expr.kind) {
    case "int":
    case "float":
    case "bool":
      return lowerConstant(builder, expr);
    case "local":
      return to.read(expr.local);
    case "global": {
      const address = to.globalAddress(expr.global);
      return builder.value("load", mirType(expr.type), [address], 0);
    }
    case "unary":
      return lowerUnary(to, expr.op, expr.type, lowerExpr(to, expr.operand));
    case "binary":
      return lowerBinary(to, expr);
    case "compare":
      return lowerCompare(to, expr);
    case "logic":
    case "if":
      return lowerConditional(to, expr);
    case "convert":
      return convert(builder, scalar(expr.operand), expr.type, lowerExpr(to, expr.operand));
    case "math":
      return lowerMath(to, expr.op, expr.type, to.values(expr.args));
    case "call": {
      const args = to.values(expr.args);
      to.locate(expr.span);
      return to.callFunction(expr.callee, args);
    }
    case "host":
      return lowerConcat(to, expr) ?? lowerTextAccess(to, expr) ?? lowerHostCall(to, expr);
    default:
      return unreachable(expr);
  }
}

function lowerConstant(
  builder: FunctionBuilder,
  expr: Extract<Expr, { kind: "int" | "float" | "bool" }>,
): Value {
  if (expr.kind === "float") return builder.value("fconst", expr.type, [], expr.value);
  if (expr.kind === "bool") return builder.value("iconst", "i32", [], expr.value ? 1n : 0n);
  const bits = canonical(expr.type, BigInt(expr.value));
  return builder.value("iconst", mirType(expr.type), [], bits);
}

/** The constant as MIR holds it: the signed value of the carrier's bits. */
function canonical(type: ScalarType, value: bigint): bigint {
  return BigInt.asIntN(mirType(type) === "i64" ? 64 : 32, value);
}

function scalar(expr: Expr): ScalarType {
  if (!isScalarType(expr.type)) throw new Error(`${expr.kind} expression of type ${expr.type}`);
  return expr.type;
}

function lowerUnary(
  to: FunctionLowering,
  op: "neg" | "not" | "bnot",
  type: ScalarType,
  operand: Value,
): Value {
  const { builder } = to;
  const carrier = mirType(type);
  switch (op) {
    case "neg": {
      if (isFloatType(type)) return builder.value("fneg", carrier, [operand]);
      const zero = builder.value("iconst", carrier, [], 0n);
      return normalize(builder, type, builder.value("isub", carrier, [zero, operand]));
    }
    case "not": {
      const zero = builder.value("iconst", "i32", [], 0n);
      return builder.value("icmp", "i32", [operand, zero], "eq");
    }
    case "bnot": {
      const ones = builder.value("iconst", carrier, [], -1n);
      return normalize(builder, type, builder.value("bxor", carrier, [operand, ones]));
    }
  }
}

const floatOps: Readonly<Partial<Record<BinaryExpr["op"], Opcode>>> = {
  add: "fadd",
  sub: "fsub",
  mul: "fmul",
  div: "fdiv",
};

function intOp(op: BinaryExpr["op"], type: ScalarType): Opcode {
  const signed = isSigned(type);
  switch (op) {
    case "add":
      return "iadd";
    case "sub":
      return "isub";
    case "mul":
      return "imul";
    case "div":
      if (!signed) return "udiv";
      // The carrier of i8 and i16 is wider than they are, so their quotient cannot overflow it.
      return type === "i8" || type === "i16" ? "sdiv_exact" : "sdiv";
    case "rem":
      return signed ? "srem" : "urem";
    case "and":
      return "band";
    case "or":
      return "bor";
    case "xor":
      return "bxor";
    case "shl":
      return "ishl";
    case "shr":
      return signed ? "sshr" : "ushr";
    default:
      return unreachable(op);
  }
}

function lowerBinary(to: FunctionLowering, expr: BinaryExpr): Value {
  const { builder } = to;
  const left = lowerExpr(to, expr.left);
  const right = lowerExpr(to, expr.right);
  const carrier = mirType(expr.type);
  if (expr.op === "div" || expr.op === "rem") to.locate(expr.span);
  if (isFloatType(expr.type)) {
    if (expr.op === "rem") return lowerFloatRemainder(to, expr.type, left, right);
    const op = floatOps[expr.op];
    if (op === undefined) throw new Error(`${expr.op} of ${expr.type}`);
    return builder.value(op, carrier, [left, right]);
  }
  const shift = expr.op === "shl" || expr.op === "shr";
  const count = shift ? normalizeCount(builder, expr.type, right) : right;
  const result = builder.value(intOp(expr.op, expr.type), carrier, [left, count]);
  const closed =
    expr.op === "rem" ||
    expr.op === "and" ||
    expr.op === "or" ||
    expr.op === "xor" ||
    expr.op === "shr";
  return closed ? result : normalize(builder, expr.type, result);
}

function lowerFloatRemainder(
  to: FunctionLowering,
  type: "f32" | "f64",
  left: Value,
  right: Value,
): Value {
  const { builder } = to;
  const zero = builder.value("fconst", type, [], 0);
  const isZero = builder.value("fcmp", type, [right, zero], "eq");
  const trap = createBlock(builder.fn);
  const rest = createBlock(builder.fn);
  builder.branch(isZero, { block: trap.id, args: [] }, { block: rest.id, args: [] });
  builder.enter(trap);
  builder.effect("trap", null, [], "modulo_by_zero");
  builder.enter(rest);
  // The remainder of two f32 values is itself an f32 value, so computing it in f64 is exact.
  const wide = (value: Value): Value => convert(builder, type, "f64", value);
  const result = callRuntimeValue(to, "rt_fmod", [wide(left), wide(right)]);
  return convert(builder, "f64", type, result);
}

const floatConds: Readonly<Record<CompareOp, FloatCond>> = {
  eq: "eq",
  ne: "ne",
  lt: "lt",
  le: "le",
  gt: "gt",
  ge: "ge",
};
const signedConds: Readonly<Record<CompareOp, IntCond>> = {
  eq: "eq",
  ne: "ne",
  lt: "slt",
  le: "sle",
  gt: "sgt",
  ge: "sge",
};
const unsignedConds: Readonly<Record<CompareOp, IntCond>> = {
  eq: "eq",
  ne: "ne",
  lt: "ult",
  le: "ule",
  gt: "ugt",
  ge: "uge",
};

function lowerCompare(to: FunctionLowering, expr: CompareExpr): Value {
  const { type } = expr.left;
  if (type === "ref" || type === "any") return lowerSameBits(to, expr);
  if (type === "unit") throw new Error("a comparison has values");
  const operands = [lowerExpr(to, expr.left), lowerExpr(to, expr.right)];
  if (isFloatType(type)) return to.builder.value("fcmp", type, operands, floatConds[expr.op]);
  const conds = isSigned(type) ? signedConds : unsignedConds;
  return to.builder.value("icmp", mirType(type), operands, conds[expr.op]);
}

/** `eq` and `ne` of references and of `any`. */
function lowerSameBits(to: FunctionLowering, { op, left, right }: CompareExpr): Value {
  const { builder } = to;
  const operands = to.values([left, right]);
  if (left.type === "any") {
    const bits = operands.map((value) => builder.value("any_bits", null, [value]));
    return builder.value("icmp", "i64", bits, signedConds[op]);
  }
  const same = builder.value("ref_eq", null, operands);
  if (op === "eq") return same;
  return builder.value("icmp", "i32", [same, builder.value("iconst", "i32", [], 0n)], "eq");
}

/** A value chosen by control flow: a diamond with one block parameter. */
function lowerConditional(
  to: FunctionLowering,
  expr: Extract<Expr, { kind: "logic" | "if" }>,
): Value {
  const { builder } = to;
  const join = createBlock(builder.fn, [mirType(expr.type)]);
  const [result] = join.params;
  if (result === undefined) throw new Error("the join has a parameter");
  if (expr.kind === "if") {
    const then = createBlock(builder.fn);
    const otherwise = createBlock(builder.fn);
    lowerCondition(to, expr.condition, then, otherwise);
    builder.enter(then);
    builder.jump(join, [lowerExpr(to, expr.then)]);
    builder.enter(otherwise);
    builder.jump(join, [lowerExpr(to, expr.else)]);
  } else {
    const left = lowerExpr(to, expr.left);
    const right = createBlock(builder.fn);
    const known = { block: join.id, args: [left] };
    const open = { block: right.id, args: [] };
    if (expr.op === "and") builder.branch(left, open, known);
    else builder.branch(left, known, open);
    builder.enter(right);
    builder.jump(join, [lowerExpr(to, expr.right)]);
  }
  builder.enter(join);
  return result;
}

/** Branches on a condition; `and`, `or` and `not` become control flow. */
export function lowerCondition(
  to: FunctionLowering,
  expr: Expr,
  then: Block,
  otherwise: Block,
): void {
  const { builder } = to;
  if (expr.kind === "logic") {
    const right = createBlock(builder.fn);
    if (expr.op === "and") lowerCondition(to, expr.left, right, otherwise);
    else lowerCondition(to, expr.left, then, right);
    builder.enter(right);
    lowerCondition(to, expr.right, then, otherwise);
  } else if (expr.kind === "unary" && expr.op === "not") {
    lowerCondition(to, expr.operand, otherwise, then);
  } else if (expr.kind === "bool") {
    builder.jump(expr.value ? then : otherwise);
  } else {
    const condition = lowerExpr(to, expr);
    builder.branch(condition, { block: then.id, args: [] }, { block: otherwise.id, args: [] });
  }
}
