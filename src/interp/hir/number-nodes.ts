// Arithmetic of the types whose values are numbers: floats, and integers of 32 bits and less.
import type { BinaryOp, Expr } from "../../ir/hir/index.ts";
import { narrowIntOps, type NarrowIntType } from "../../runtime/index.ts";
import { numberConstant, numberLocal, type ExprCompiler, type NumberNode } from "./node.ts";
import { failure } from "./site.ts";

type Combine = (left: NumberNode, right: NumberNode) => NumberNode;

/** Compiles a binary operation of a float type or a narrow integer type. */
export function compileNumberBinary(
  compiler: ExprCompiler,
  expr: Expr & { kind: "binary" },
): NumberNode {
  const { op, type } = expr;
  if (op === "rem" || (op === "div" && type !== "f64" && type !== "f32")) {
    return compileDivision(compiler, expr);
  }
  if (type === "f64") {
    const special = compileF64Special(compiler, expr);
    if (special !== null) return special;
  }
  return combine(expr)(compiler.number(expr.left), compiler.number(expr.right));
}

function combine({ op, type }: Expr & { kind: "binary" }): Combine {
  if (type === "f64") return f64Nodes[floatOp(op)];
  if (type === "f32") return f32Nodes[floatOp(op)];
  const inline = type === "i32" ? i32Nodes[op] : type === "u32" ? u32Nodes[op] : undefined;
  if (inline !== undefined) return inline;
  const operation = narrowIntOps[narrowType(type)][op];
  return (left, right) => (frame) => operation(left(frame), right(frame));
}

type FloatOp = "add" | "sub" | "mul" | "div";

function floatOp(op: BinaryOp): FloatOp {
  if (op === "add" || op === "sub" || op === "mul" || op === "div") return op;
  throw new Error(`no ${op} on floats`);
}

/** A type name that the caller knows to be an integer of 32 bits or less. */
export function narrowType(type: string): NarrowIntType {
  switch (type) {
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
    case "u32":
      return type;
    default:
      throw new Error(`${type} is not an integer type of 32 bits or less`);
  }
}

/** Integer division, and remainder of any type: a zero divisor is an error. */
function compileDivision(compiler: ExprCompiler, expr: Expr & { kind: "binary" }): NumberNode {
  const left = compiler.number(expr.left);
  const right = compiler.number(expr.right);
  const site = compiler.site(expr.span);
  if (expr.type === "f64" || expr.type === "f32") {
    // The remainder of two f32 is an f32: no rounding.
    return (frame) => {
      const dividend = left(frame);
      const divisor = right(frame);
      if (divisor === 0) throw failure("modulo_by_zero", site);
      return dividend % divisor;
    };
  }
  const code = expr.op === "div" ? "division_by_zero" : "modulo_by_zero";
  const operation = narrowIntOps[narrowType(expr.type)][expr.op];
  return (frame) => {
    const dividend = left(frame);
    const divisor = right(frame);
    if (divisor === 0) throw failure(code, site);
    return operation(dividend, divisor);
  };
}

const f64Nodes: Readonly<Record<FloatOp, Combine>> = {
  add: (left, right) => (frame) => left(frame) + right(frame),
  sub: (left, right) => (frame) => left(frame) - right(frame),
  mul: (left, right) => (frame) => left(frame) * right(frame),
  div: (left, right) => (frame) => left(frame) / right(frame),
};

// Rounding the f64 result of one operation on f32 operands gives the f32 result exactly.
const f32Nodes: Readonly<Record<FloatOp, Combine>> = {
  add: (left, right) => (frame) => Math.fround(left(frame) + right(frame)),
  sub: (left, right) => (frame) => Math.fround(left(frame) - right(frame)),
  mul: (left, right) => (frame) => Math.fround(left(frame) * right(frame)),
  div: (left, right) => (frame) => Math.fround(left(frame) / right(frame)),
};

const i32Nodes: Partial<Record<BinaryOp, Combine>> = {
  add: (left, right) => (frame) => (left(frame) + right(frame)) | 0,
  sub: (left, right) => (frame) => (left(frame) - right(frame)) | 0,
  mul: (left, right) => (frame) => Math.imul(left(frame), right(frame)),
  and: (left, right) => (frame) => left(frame) & right(frame),
  or: (left, right) => (frame) => left(frame) | right(frame),
  xor: (left, right) => (frame) => left(frame) ^ right(frame),
  shl: (left, right) => (frame) => left(frame) << right(frame),
  shr: (left, right) => (frame) => left(frame) >> right(frame),
};

const u32Nodes: Partial<Record<BinaryOp, Combine>> = {
  add: (left, right) => (frame) => (left(frame) + right(frame)) >>> 0,
  sub: (left, right) => (frame) => (left(frame) - right(frame)) >>> 0,
  mul: (left, right) => (frame) => Math.imul(left(frame), right(frame)) >>> 0,
  and: (left, right) => (frame) => (left(frame) & right(frame)) >>> 0,
  or: (left, right) => (frame) => (left(frame) | right(frame)) >>> 0,
  xor: (left, right) => (frame) => (left(frame) ^ right(frame)) >>> 0,
  shl: (left, right) => (frame) => (left(frame) << right(frame)) >>> 0,
  shr: (left, right) => (frame) => left(frame) >>> right(frame),
};

/** f64 operations with a local or a constant as the right operand, or two locals; null for other shapes. */
function compileF64Special(
  compiler: ExprCompiler,
  { op, left, right }: Expr & { kind: "binary" },
): NumberNode | null {
  const a = numberLocal(left);
  const b = numberLocal(right);
  const constant = numberConstant(right);
  if (constant !== null && a === null) {
    const node = compiler.number(left);
    if (op === "mul") return (frame) => node(frame) * constant;
    if (op === "add") return (frame) => node(frame) + constant;
    return null;
  }
  if (b === null) return null;
  if (a !== null) {
    if (op === "mul") return (frame) => frame[a] * frame[b];
    if (op === "add") return (frame) => frame[a] + frame[b];
    if (op === "sub") return (frame) => frame[a] - frame[b];
    return null;
  }
  const node = compiler.number(left);
  if (op === "mul") return (frame) => node(frame) * frame[b];
  if (op === "add") return (frame) => node(frame) + frame[b];
  return null;
}

/** `neg` and `bnot` of a float or a narrow integer. */
export function compileNumberUnary(
  compiler: ExprCompiler,
  expr: Expr & { kind: "unary" },
): NumberNode {
  const operand = compiler.number(expr.operand);
  if (expr.type === "f64" || expr.type === "f32") return (frame) => -operand(frame);
  const operations = narrowIntOps[narrowType(expr.type)];
  const operation = expr.op === "neg" ? operations.neg : operations.bnot;
  return (frame) => operation(operand(frame));
}
