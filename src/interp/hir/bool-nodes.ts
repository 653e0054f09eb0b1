// Comparisons and logic. JavaScript's operators are exact on integers in tier 0, also between a number and a bigint,
// and `===` is equality because integers are canonical.
import type { CompareOp, Expr } from "../../ir/hir/index.ts";
import type { IntSlot } from "./frame.ts";
import {
  intLocal,
  isNumberType,
  numberConstant,
  type BoolNode,
  type ExprCompiler,
  type IntNode,
  type NumberNode,
} from "./node.ts";
import { compileOperands } from "./roots.ts";

export function compileCompare(compiler: ExprCompiler, expr: Expr & { kind: "compare" }): BoolNode {
  const { op, left, right } = expr;
  if (left.type === "bool") {
    const a = compiler.bool(left);
    const b = compiler.bool(right);
    return op === "eq" ? (frame) => a(frame) === b(frame) : (frame) => a(frame) !== b(frame);
  }
  if (left.type === "ref" || left.type === "any") {
    const [a, b] = compileOperands(compiler, [left, right], false);
    if (a === undefined || b === undefined) throw new Error("a comparison takes two operands");
    return op === "eq" ? (frame) => a(frame) === b(frame) : (frame) => a(frame) !== b(frame);
  }
  if (isNumberType(left.type)) {
    return numberCompares[op](compiler.number(left), compiler.number(right));
  }
  const leftSlot = intLocal(left);
  const rightSlot = intLocal(right);
  const constant = numberConstant(right);
  if (leftSlot !== null && constant !== null) return compareConstant[op](leftSlot, constant);
  if (leftSlot !== null && rightSlot !== null) return compareLocals[op](leftSlot, rightSlot);
  if (constant !== null) return compareToConstant[op](compiler.int(left), constant);
  return intCompares[op](compiler.int(left), compiler.int(right));
}

const numberCompares: Readonly<
  Record<CompareOp, (left: NumberNode, right: NumberNode) => BoolNode>
> = {
  eq: (left, right) => (frame) => left(frame) === right(frame),
  ne: (left, right) => (frame) => left(frame) !== right(frame),
  lt: (left, right) => (frame) => left(frame) < right(frame),
  le: (left, right) => (frame) => left(frame) <= right(frame),
  gt: (left, right) => (frame) => left(frame) > right(frame),
  ge: (left, right) => (frame) => left(frame) >= right(frame),
};

const intCompares: Readonly<Record<CompareOp, (left: IntNode, right: IntNode) => BoolNode>> = {
  eq: (left, right) => (frame) => left(frame) === right(frame),
  ne: (left, right) => (frame) => left(frame) !== right(frame),
  lt: (left, right) => (frame) => left(frame) < right(frame),
  le: (left, right) => (frame) => left(frame) <= right(frame),
  gt: (left, right) => (frame) => left(frame) > right(frame),
  ge: (left, right) => (frame) => left(frame) >= right(frame),
};

const compareToConstant: Readonly<
  Record<CompareOp, (left: IntNode, constant: number) => BoolNode>
> = {
  eq: (left, constant) => (frame) => left(frame) === constant,
  ne: (left, constant) => (frame) => left(frame) !== constant,
  lt: (left, constant) => (frame) => left(frame) < constant,
  le: (left, constant) => (frame) => left(frame) <= constant,
  gt: (left, constant) => (frame) => left(frame) > constant,
  ge: (left, constant) => (frame) => left(frame) >= constant,
};

const compareConstant: Readonly<Record<CompareOp, (left: IntSlot, constant: number) => BoolNode>> =
  {
    eq: (left, constant) => (frame) => frame[left] === constant,
    ne: (left, constant) => (frame) => frame[left] !== constant,
    lt: (left, constant) => (frame) => frame[left] < constant,
    le: (left, constant) => (frame) => frame[left] <= constant,
    gt: (left, constant) => (frame) => frame[left] > constant,
    ge: (left, constant) => (frame) => frame[left] >= constant,
  };

const compareLocals: Readonly<Record<CompareOp, (left: IntSlot, right: IntSlot) => BoolNode>> = {
  eq: (left, right) => (frame) => frame[left] === frame[right],
  ne: (left, right) => (frame) => frame[left] !== frame[right],
  lt: (left, right) => (frame) => frame[left] < frame[right],
  le: (left, right) => (frame) => frame[left] <= frame[right],
  gt: (left, right) => (frame) => frame[left] > frame[right],
  ge: (left, right) => (frame) => frame[left] >= frame[right],
};

export function compileLogic(compiler: ExprCompiler, expr: Expr & { kind: "logic" }): BoolNode {
  const left = compiler.bool(expr.left);
  const right = compiler.bool(expr.right);
  return expr.op === "and"
    ? (frame) => left(frame) && right(frame)
    : (frame) => left(frame) || right(frame);
}
