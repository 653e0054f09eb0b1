// Operators and comparisons on values that are not scalars.
import type { Span } from "../../../base/index.ts";
import { isIntType, type CompareOp, type Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { boxed } from "./boxes.ts";
import {
  anyType,
  found,
  isCopied,
  isScalar,
  representation,
  textType,
  type SimpleType,
} from "./simple-type.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import { concatenation } from "./text.ts";
import { boolConst, boolTyped, convert, intConst, typed, type Typed } from "./value.ts";

interface Pair {
  readonly left: Typed;
  readonly right: Typed;
  readonly span: Span;
}

function host(symbol: string, type: SimpleType, args: readonly Expr[], span: Span): Typed {
  return typed(type, { kind: "host", type: representation(type), symbol, args, span });
}

/** The numbers by which `rt_any_arithmetic` knows the operators. */
const anyOperators: Readonly<Partial<Record<ast.BinaryOp, number>>> = {
  "+": 0,
  "-": 1,
  "*": 2,
  "/": 3,
  "%": 4,
  "**": 5,
};

/** `a op b` where one of them is not a scalar; null if there is no such operation. */
export function heapArithmetic(cx: Context, op: ast.BinaryOp, pair: Pair): Typed | null {
  const { left, right, span } = pair;
  const [a, b] = [found(left.type), found(right.type)];
  if (op === "+" && (a === textType || b === textType)) return concatenation(left, right, span);
  if (op === "*" && a === textType && isIntType(b)) {
    return host("rt_text_repeat", textType, [left.expr, convert(right, "i64").expr], span);
  }
  if (op === "*" && b === textType && isIntType(a)) {
    const [count, text] = [cx.builder.spill(convert(left, "i64").expr), right.expr];
    return host("rt_text_repeat", textType, [text, count], span);
  }
  if (op === "+" && !isScalar(a) && a.kind === "array" && a === b) {
    if (isCopied(a.element)) {
      const sum = callPreludeFunction(cx, "array.joined", [left, right], {
        element: a.element,
        span,
      });
      return sum.kind === "typed" ? sum : null;
    }
    return host("rt_array_concat", a, [left.expr, right.expr], span);
  }
  const number = anyOperators[op];
  if (number !== undefined && (a === anyType || b === anyType)) {
    const code = intConst("u32", BigInt(number), span);
    return host("rt_any_arithmetic", anyType, [code, boxed(left).expr, boxed(right).expr], span);
  }
  return null;
}

/** `==` and `!=` where one side is not a scalar; null if the types can never be compared. */
export function heapEquality(op: "eq" | "ne", { left, right, span }: Pair): Typed | null {
  const equal = equality(left, right, span);
  if (equal === null || op === "eq") return equal;
  return boolTyped({ kind: "unary", type: "bool", op: "not", operand: equal.expr, span });
}

function isNil(value: Typed): boolean {
  return value.expr.kind === "nil";
}

function equality(left: Typed, right: Typed, span: Span): Typed | null {
  if (isNil(left) || isNil(right)) {
    const [value, nil] = isNil(left) ? [right, left] : [left, right];
    const type = representation(value.type);
    if (type !== "ref" && type !== "any") {
      // A variable that was found not to be nil may be asked again.
      return value.expr.kind === "local" ? boolTyped(boolConst(false, span)) : null;
    }
    const none: Expr = { kind: "nil", type, span: nil.expr.span };
    return same(isNil(left) ? none : value.expr, isNil(left) ? value.expr : none, span);
  }
  const [a, b] = [found(left.type), found(right.type)];
  if (a === textType && b === textType) {
    return host("rt_text_equal", "bool", [left.expr, right.expr], span);
  }
  if (left.expr.type === "ref" && right.expr.type === "ref") {
    return host("rt_ref_equal", "bool", [left.expr, right.expr], span);
  }
  return host("rt_any_equal", "bool", [boxed(left).expr, boxed(right).expr], span);
}

function same(left: Expr, right: Expr, span: Span): Typed {
  return boolTyped({ kind: "compare", type: "bool", op: "eq", left, right, span });
}

/** `<`, `<=`, `>`, `>=` of texts and of values of any type; null for what has no order. */
export function heapOrder(op: CompareOp, { left, right, span }: Pair): Typed | null {
  const [a, b] = [found(left.type), found(right.type)];
  const texts = a === textType && b === textType;
  if (!texts && a !== anyType && b !== anyType) return null;
  const order = texts
    ? host("rt_text_compare", "i32", [left.expr, right.expr], span)
    : host("rt_any_compare", "i32", [boxed(left).expr, boxed(right).expr], span);
  const zero = intConst("i32", 0n, span);
  return boolTyped({ kind: "compare", type: "bool", op, left: order.expr, right: zero, span });
}
