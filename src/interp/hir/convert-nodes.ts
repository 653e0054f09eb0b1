// Conversions and the exact mathematical operations.
import type { Expr, MathOp } from "../../ir/hir/index.ts";
import { isFloatType } from "../../ir/hir/index.ts";
import {
  floatToI64,
  floatToNarrow,
  floatToU64,
  intToF32,
  intToF64,
  intToI64,
  intToNarrow,
  intToU64,
  narrowIntOps,
  roundHalfAway,
  wideIntOps,
} from "../../runtime/index.ts";
import { isNumberType, type ExprCompiler, type IntNode, type NumberNode } from "./node.ts";
import { narrowType } from "./number-nodes.ts";

/** A conversion to i64 or u64. */
export function compileConvertToInt(
  compiler: ExprCompiler,
  { type, operand }: Expr & { kind: "convert" },
): IntNode {
  if (operand.type === "bool") return boolToNumber(compiler, operand);
  if (isFloatType(operand.type)) {
    const node = compiler.number(operand);
    return type === "i64" ? (frame) => floatToI64(node(frame)) : (frame) => floatToU64(node(frame));
  }
  if (isNumberType(operand.type)) {
    const node = compiler.number(operand);
    return type === "i64" ? node : (frame) => intToU64(node(frame));
  }
  const node = compiler.int(operand);
  if (type === operand.type) return node;
  return type === "i64" ? (frame) => intToI64(node(frame)) : (frame) => intToU64(node(frame));
}

/** A conversion to a float or a narrow integer. */
export function compileConvertToNumber(
  compiler: ExprCompiler,
  { type, operand }: Expr & { kind: "convert" },
): NumberNode {
  if (operand.type === "bool") return boolToNumber(compiler, operand);
  if (isNumberType(operand.type)) {
    const node = compiler.number(operand);
    if (type === "f64" || type === operand.type) return node;
    if (type === "f32") return (frame) => Math.fround(node(frame));
    const narrow = narrowType(type);
    return isFloatType(operand.type)
      ? (frame) => floatToNarrow(narrow, node(frame))
      : (frame) => intToNarrow(narrow, node(frame));
  }
  const node = compiler.int(operand);
  if (type === "f64") return (frame) => intToF64(node(frame));
  if (type === "f32") return (frame) => intToF32(node(frame));
  const narrow = narrowType(type);
  return (frame) => intToNarrow(narrow, node(frame));
}

function boolToNumber(compiler: ExprCompiler, operand: Expr): NumberNode {
  const node = compiler.bool(operand);
  return (frame) => (node(frame) ? 1 : 0);
}

function operandAt(args: readonly Expr[], index: number): Expr {
  const arg = args[index];
  if (arg === undefined) throw new Error(`operand ${index} is missing`);
  return arg;
}

/** `abs`, `min` and `max` of a 64-bit integer. */
export function compileIntMath(
  compiler: ExprCompiler,
  { op, type, args }: Expr & { kind: "math" },
): IntNode {
  const first = compiler.int(operandAt(args, 0));
  if (op === "abs") {
    const { abs } = wideIntOps[type === "u64" ? "u64" : "i64"];
    return (frame) => abs(first(frame));
  }
  const second = compiler.int(operandAt(args, 1));
  if (op === "min") {
    return (frame) => {
      const a = first(frame);
      const b = second(frame);
      return b < a ? b : a;
    };
  }
  return (frame) => {
    const a = first(frame);
    const b = second(frame);
    return b > a ? b : a;
  };
}

const unaryFloat: Readonly<Record<Exclude<MathOp, "min" | "max">, (value: number) => number>> = {
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: roundHalfAway,
  sqrt: Math.sqrt,
};

/** Mathematical operations of floats and narrow integers. */
export function compileNumberMath(
  compiler: ExprCompiler,
  { op, type, args }: Expr & { kind: "math" },
): NumberNode {
  const first = compiler.number(operandAt(args, 0));
  if (op === "min" || op === "max") {
    const second = compiler.number(operandAt(args, 1));
    return op === "min"
      ? (frame) => Math.min(first(frame), second(frame))
      : (frame) => Math.max(first(frame), second(frame));
  }
  if (!isFloatType(type)) {
    const { abs } = narrowIntOps[narrowType(type)];
    return (frame) => abs(first(frame));
  }
  if (op === "sqrt") {
    return type === "f64"
      ? (frame) => Math.sqrt(first(frame))
      : (frame) => Math.fround(Math.sqrt(first(frame)));
  }
  const operation = unaryFloat[op];
  return (frame) => operation(first(frame));
}
