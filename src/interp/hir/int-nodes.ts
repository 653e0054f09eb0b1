// i64 and u64 arithmetic. The commonest operations have the fast path in the node, in shapes for a local or a constant
// as an operand; all others call the runtime's function.
import type { BinaryOp, Expr } from "../../ir/hir/index.ts";
import {
  addI64,
  maxSafe,
  minSafe,
  mulI64,
  subI64,
  wideIntOps,
  type WideIntType,
} from "../../runtime/index.ts";
import type { IntSlot } from "./frame.ts";
import { intLocal, numberConstant, type ExprCompiler, type IntNode } from "./node.ts";
import { failure, type Site } from "./site.ts";

/** Compiles a binary operation of a 64-bit type. */
export function compileIntBinary(
  compiler: ExprCompiler,
  expr: Expr & { kind: "binary" },
  type: WideIntType,
): IntNode {
  const { op } = expr;
  if (type === "i64") {
    const special = compileI64Special(compiler, expr);
    if (special !== null) return special;
  }
  const left = compiler.int(expr.left);
  const right = compiler.int(expr.right);
  if (op === "div" || op === "rem") {
    const divisor = numberConstant(expr.right);
    if (divisor !== null && divisor > 0) return divideByConstant(left, divisor, { op, type });
    return divide({ left, right }, { op, type }, compiler.site(expr.span));
  }
  if (type === "i64") return (i64Nodes[op] ?? generic(type, op))(left, right);
  return generic(type, op)(left, right);
}

function generic(type: WideIntType, op: BinaryOp): (left: IntNode, right: IntNode) => IntNode {
  const operation = wideIntOps[type][op];
  return (left, right) => (frame) => operation(left(frame), right(frame));
}

interface Division {
  readonly op: "div" | "rem";
  readonly type: WideIntType;
}

function divide(
  { left, right }: { left: IntNode; right: IntNode },
  { op, type }: Division,
  site: Site,
): IntNode {
  const operation = wideIntOps[type][op];
  const code = op === "div" ? "division_by_zero" : "modulo_by_zero";
  return (frame) => {
    const dividend = left(frame);
    const divisor = right(frame);
    if (divisor === 0) throw failure(code, site);
    return operation(dividend, divisor);
  };
}

function divideByConstant(left: IntNode, divisor: number, { op, type }: Division): IntNode {
  const operation = wideIntOps[type][op];
  if (op === "div") {
    return (frame) => {
      const dividend = left(frame);
      return typeof dividend === "number"
        ? Math.trunc(dividend / divisor) + 0
        : operation(dividend, divisor);
    };
  }
  return (frame) => {
    const dividend = left(frame);
    return typeof dividend === "number" ? (dividend % divisor) + 0 : operation(dividend, divisor);
  };
}

/** Operations of i64 on any operands; each is its own closure so that its type feedback is its own. */
const i64Nodes: Partial<Record<BinaryOp, (left: IntNode, right: IntNode) => IntNode>> = {
  add: (left, right) => (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === "number" && typeof b === "number") {
      const sum = a + b;
      if (sum >= minSafe && sum <= maxSafe) return sum;
    }
    return addI64(a, b);
  },
  sub: (left, right) => (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === "number" && typeof b === "number") {
      const difference = a - b;
      if (difference >= minSafe && difference <= maxSafe) return difference;
    }
    return subI64(a, b);
  },
  mul: (left, right) => (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === "number" && typeof b === "number") {
      const product = a * b;
      if (product >= minSafe && product <= maxSafe) return product + 0;
    }
    return mulI64(a, b);
  },
};

/** Shapes with a local or a constant as an operand, or null. */
function compileI64Special(
  compiler: ExprCompiler,
  { op, left, right }: Expr & { kind: "binary" },
): IntNode | null {
  const constant = numberConstant(right);
  const leftSlot = intLocal(left);
  const rightSlot = intLocal(right);
  if (constant !== null && Math.abs(constant) < 2 ** 31) {
    if (op === "add") return addConstant(compiler, left, constant);
    if (op === "sub") return addConstant(compiler, left, -constant);
    if (op === "mul") return multiplyConstant(compiler.int(left), constant);
    if (op === "and" && constant >= 0) return maskConstant(compiler.int(left), constant);
    return null;
  }
  if (rightSlot === null) return null;
  if (op === "add") {
    return leftSlot === null
      ? addToLocal(compiler.int(left), rightSlot)
      : addLocals(leftSlot, rightSlot);
  }
  if (op === "mul" && leftSlot !== null) return multiplyLocals(leftSlot, rightSlot);
  return null;
}

function addConstant(compiler: ExprCompiler, left: Expr, constant: number): IntNode {
  const slot = intLocal(left);
  if (slot !== null) {
    return (frame) => {
      const value = frame[slot];
      if (typeof value === "number") {
        const sum = value + constant;
        if (sum >= minSafe && sum <= maxSafe) return sum;
      }
      return addI64(value, constant);
    };
  }
  const node = compiler.int(left);
  return (frame) => {
    const value = node(frame);
    if (typeof value === "number") {
      const sum = value + constant;
      if (sum >= minSafe && sum <= maxSafe) return sum;
    }
    return addI64(value, constant);
  };
}

function multiplyConstant(node: IntNode, constant: number): IntNode {
  return (frame) => {
    const value = node(frame);
    if (typeof value === "number") {
      const product = value * constant;
      if (product >= minSafe && product <= maxSafe) return product + 0;
    }
    return mulI64(value, constant);
  };
}

/** `and` with a constant that has 31 bits or less: only the low half counts. */
function maskConstant(node: IntNode, constant: number): IntNode {
  return (frame) => {
    const value = node(frame);
    return typeof value === "number"
      ? value & constant
      : Number(BigInt.asIntN(32, value)) & constant;
  };
}

function addLocals(left: IntSlot, right: IntSlot): IntNode {
  return (frame) => {
    const a = frame[left];
    const b = frame[right];
    if (typeof a === "number" && typeof b === "number") {
      const sum = a + b;
      if (sum >= minSafe && sum <= maxSafe) return sum;
    }
    return addI64(a, b);
  };
}

function addToLocal(left: IntNode, right: IntSlot): IntNode {
  return (frame) => {
    const a = left(frame);
    const b = frame[right];
    if (typeof a === "number" && typeof b === "number") {
      const sum = a + b;
      if (sum >= minSafe && sum <= maxSafe) return sum;
    }
    return addI64(a, b);
  };
}

function multiplyLocals(left: IntSlot, right: IntSlot): IntNode {
  return (frame) => {
    const a = frame[left];
    const b = frame[right];
    if (typeof a === "number" && typeof b === "number") {
      const product = a * b;
      if (product >= minSafe && product <= maxSafe) return product + 0;
    }
    return mulI64(a, b);
  };
}

/** `neg` and `bnot` of a 64-bit type. */
export function compileIntUnary(
  compiler: ExprCompiler,
  expr: Expr & { kind: "unary" },
  type: WideIntType,
): IntNode {
  const operation = expr.op === "neg" ? wideIntOps[type].neg : wideIntOps[type].bnot;
  const operand = compiler.int(expr.operand);
  return (frame) => operation(operand(frame));
}
