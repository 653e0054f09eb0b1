// Arithmetic, bit operations, shifts and comparisons on scalars, with their promotion rules.
import type { Span } from "../../../base/index.ts";
import {
  isFloatType,
  isIntType,
  type BinaryOp,
  type CompareOp,
  type Expr,
  type IntType,
  type ScalarType,
} from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { describe, type Context } from "./context.ts";
import { coerce } from "./convert.ts";
import { commonInt, fitsInt, isNumeric, promote, unsignedOf, type NumericType } from "./types.ts";
import { heapArithmetic, heapEquality, heapOrder } from "./heap-operators.ts";
import { optionTypeOf, presentValue } from "./option-values.ts";
import { anyType, found, isScalar, nilType, textType, type SimpleType } from "./simple-type.ts";
import {
  boolConst,
  boolTyped,
  convert,
  errorValue,
  intConst,
  intLiteral,
  typed,
  type Typed,
  type Value,
} from "./value.ts";

/** Two operands brought to one type; `span` is the whole expression. */
export interface Pair {
  readonly left: Typed;
  readonly right: Typed;
  readonly span: Span;
}

const opcodes: Readonly<Record<Exclude<ast.BinaryOp, "**">, BinaryOp>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "&": "and",
  "|": "or",
  "^": "xor",
  "<<": "shl",
  ">>": "shr",
};

/** A literal takes the other side's type if it fits; then the promotion rules decide. */
export function unify(pair: Pair): { type: NumericType; left: Typed; right: Typed } | null {
  const { left, right } = pair;
  if (!isNumeric(left.type) || !isNumeric(right.type)) return null;
  const type = commonType(left, right) ?? promote(left.type, right.type);
  return { type, left: convert(left, type), right: convert(right, type) };
}

function commonType(left: Typed, right: Typed): NumericType | null {
  if (left.literal !== null && right.literal === null) return adaptedTo(left, right.type);
  if (right.literal !== null && left.literal === null) return adaptedTo(right, left.type);
  return null;
}

function adaptedTo(literal: Typed, type: SimpleType): NumericType | null {
  return isNumeric(type) && coerce(literal, type) !== null ? type : null;
}

/** `+ - * / %`, bit operations and shifts. */
export function arithmetic(cx: Context, op: Exclude<ast.BinaryOp, "**">, given: Pair): Value {
  const pair = presentPair(cx, given, op === "+");
  const { left, right, span } = pair;
  const folded = foldLiterals(op, pair);
  if (folded !== null) return folded;
  const bitwise = op === "&" || op === "|" || op === "^" || op === "<<" || op === ">>";
  if (!isScalar(left.type) || !isScalar(right.type)) {
    return heapArithmetic(cx, op, pair) ?? badOperands(cx, op, pair);
  }
  const unified = unify(pair);
  if (unified === null || (bitwise && !isIntType(unified.type))) {
    return badOperands(cx, op, pair);
  }
  if (op === "<<" || op === ">>") {
    if (!isIntType(left.type)) return badOperands(cx, op, pair);
    // The count is taken modulo the width, which divides every wider type's modulus: converting keeps it.
    return binary(opcodes[op], left.type, { left, right: convert(right, left.type), span });
  }
  if ((op === "/" || op === "%") && isZero(unified.right.expr))
    warnZero(cx, op, unified.type, pair);
  return binary(opcodes[op], unified.type, { ...unified, span });
}

/** What is in optional operands. `joins`: a text takes the other operand's display form, also that of nil. */
function presentPair(cx: Context, pair: Pair, joins: boolean): Pair {
  const { left, right, span } = pair;
  if (isScalar(left.type) && isScalar(right.type)) return pair;
  const [a, b] = [optionTypeOf(left), optionTypeOf(right)];
  if (a === null && b === null) return pair;
  const [l, r] = [found(a?.inner ?? left.type), found(b?.inner ?? right.type)];
  if (joins && (l === textType) !== (r === textType)) return pair;
  return { left: presentValue(cx, left, span), right: presentValue(cx, right, span), span };
}

export function binary(op: BinaryOp, type: ScalarType, pair: Pair): Typed {
  const { left, right, span } = pair;
  return typed(type, { kind: "binary", type, op, left: left.expr, right: right.expr, span });
}

function isZero(expr: Expr): boolean {
  return (expr.kind === "int" || expr.kind === "float") && Number(expr.value) === 0;
}

function warnZero(cx: Context, op: "/" | "%", type: NumericType, { span }: Pair): void {
  if (op === "/" && isFloatType(type)) return;
  cx.report.warning(
    "type/division-by-zero",
    op === "/" ? "division by zero" : "modulo by zero",
    span,
    "The program stops with a runtime error here.",
  );
}

function operandHelp(left: Typed, right: Typed): string | undefined {
  if (isNumeric(left.type) && isNumeric(right.type))
    return "Bit operations work on integers: convert with `as i64`.";
  const text = found(left.type) === textType ? left : right;
  if (found(text.type) !== textType) return undefined;
  return "Texts are joined with `+` and repeated with `*`; `parse_int()` and `parse_float()` read numbers.";
}

function badOperands(cx: Context, op: ast.BinaryOp, { left, right, span }: Pair): Value {
  const bools = left.type === "bool" || right.type === "bool";
  const help = bools
    ? op === "&" || op === "|" || op === "^"
      ? "Use `and`, `or` or `!=` on bools."
      : "A `bool` is not a number: choose one with `if c: 1 else: 0`."
    : operandHelp(left, right);
  cx.report.error(
    "type/operands",
    `\`${op}\` does not work on \`${left.type}\` and \`${right.type}\``,
    span,
    help,
  );
  return errorValue;
}

const folds: Readonly<Partial<Record<ast.BinaryOp, (a: bigint, b: bigint) => bigint | null>>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0n ? null : a / b),
  "%": (a, b) => (b === 0n ? null : a % b),
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => (b >= 0n && b < 64n ? a << b : null),
};

/** An operation on two literals is a literal too, so that `val x: u8 = 10 * 20` works. */
function foldLiterals(op: ast.BinaryOp, { left, right, span }: Pair): Typed | null {
  if (left.literal?.kind !== "int" || right.literal?.kind !== "int") return null;
  const exact = folds[op]?.(left.literal.exact, right.literal.exact) ?? null;
  if (exact === null || !fitsInt("i64", exact)) return null;
  return intLiteral(exact, span, left.literal.bits || right.literal.bits);
}

/** `-x` and `~x`. */
export function negate(cx: Context, op: "-" | "~", operand: Typed, span: Span): Value {
  const { type, expr, literal } = operand;
  if (literal?.kind === "int") {
    if (op === "~") return intLiteral(~literal.exact, span, true);
    return intLiteral(-literal.exact, span, literal.bits);
  }
  if (literal?.kind === "float" && op === "-") {
    const exact = -literal.exact;
    return {
      kind: "typed",
      type,
      expr: { kind: "float", type: "f64", value: exact, span },
      literal: { kind: "float", exact },
    };
  }
  if (isIntType(type) || (isFloatType(type) && op === "-")) {
    return typed(type, {
      kind: "unary",
      type,
      op: op === "-" ? "neg" : "bnot",
      operand: expr,
      span,
    });
  }
  if (found(type) === anyType && op === "-") {
    return typed(anyType, {
      kind: "host",
      type: "any",
      symbol: "rt_any_negate",
      args: [expr],
      span,
    });
  }
  cx.report.error(
    "type/operands",
    `\`${op}\` does not work on \`${type}\``,
    span,
    type === "bool" ? "Use `not` on a bool." : "Convert with `as i64` first.",
  );
  return errorValue;
}

const compareOps: Readonly<Record<"==" | "!=" | ast.OrderingOp, CompareOp>> = {
  "==": "eq",
  "!=": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
};

/** A comparison by value: mathematical between signed and unsigned; equality never crosses int and float. */
export function compare(cx: Context, op: keyof typeof compareOps, given: Pair): Value {
  const code = compareOps[op];
  const equality = code === "eq" || code === "ne";
  const pair = equality ? given : presentPair(cx, given, false);
  const { left, right, span } = pair;
  if (left.type === "bool" && right.type === "bool" && equality) {
    return compared(code, left.expr, right.expr, span);
  }
  if (!isScalar(left.type) || !isScalar(right.type)) {
    const result = equality ? heapEquality(code, pair) : heapOrder(code, pair);
    if (result !== null) return result;
  }
  if (!isNumeric(left.type) || !isNumeric(right.type)) {
    if (
      equality &&
      (cx.specialised || found(left.type) === nilType || found(right.type) === nilType)
    )
      return neverEqual(cx, code, pair);
    cx.report.error(
      "type/operands",
      `\`${op}\` does not compare \`${left.type}\` with \`${right.type}\``,
      span,
      left.type === right.type ? "Only numbers have an order." : "Compare values of one kind.",
    );
    return errorValue;
  }
  if (equality && isIntType(left.type) !== isIntType(right.type)) return neverEqual(cx, code, pair);
  const { left: l, right: r, type } = unifyOrdered(pair);
  if (type !== null) return compared(code, l.expr, r.expr, span);
  return mixedCompare(cx, code, pair);
}

function compared(op: CompareOp, left: Expr, right: Expr, span: Span): Typed {
  return boolTyped({ kind: "compare", type: "bool", op, left, right, span });
}

/** Brings both sides to a type that holds every value of both, if there is one. */
function unifyOrdered(pair: Pair): { type: NumericType | null; left: Typed; right: Typed } {
  const { left, right } = pair;
  let type = commonType(left, right);
  if (type === null && isNumeric(left.type) && isNumeric(right.type)) {
    type =
      isIntType(left.type) && isIntType(right.type)
        ? commonInt(left.type, right.type)
        : promote(left.type, right.type);
  }
  if (type === null) return { type, left, right };
  return { type, left: convert(left, type), right: convert(right, type) };
}

/** Values of kinds that have no value in common. */
function neverEqual(cx: Context, op: "eq" | "ne", { left, right, span }: Pair): Typed {
  const always = `this is always \`${op === "ne"}\``;
  if (isNumeric(left.type) && isNumeric(right.type)) {
    const help = "Convert one side, as in `x as f64`, or write a float literal.";
    const text = `an integer never equals a float: ${always}`;
    cx.report.warning("type/int-float-equality", text, span, help);
  } else if (!cx.specialised) {
    const value = found(left.type) === nilType ? right : left;
    cx.report.warning("type/never-nil", `${describe(value)} is never nil: ${always}`, span);
  }
  for (const { expr } of [left, right]) {
    if (!cx.builder.isStable(expr)) cx.builder.emit({ kind: "expr", value: expr, span: expr.span });
  }
  return boolTyped(boolConst(op === "ne", span));
}

/** A signed type against `u64`: a negative number is below every unsigned one. */
function mixedCompare(cx: Context, op: CompareOp, pair: Pair): Typed {
  const { builder } = cx;
  const left = builder.spillTyped(pair.left);
  const right = builder.spillTyped(pair.right);
  const { span } = pair;
  const leftSigned = left.type !== "u64";
  const signed = leftSigned ? left : right;
  const type = signed.type;
  if (!isIntType(type)) throw new Error(`${type} is not an integer`);
  const zero = intConst(type, 0n, span);
  const inner = compared(op, convert(left, "u64").expr, convert(right, "u64").expr, span).expr;
  // With a negative number on the left `<`, `<=` and `!=` hold; on the right `>`, `>=` and `!=` do.
  const holds =
    op === "ne" || (leftSigned ? op === "lt" || op === "le" : op === "gt" || op === "ge");
  const sign = compared(holds ? "lt" : "ge", signed.expr, zero, span).expr;
  return boolTyped({
    kind: "logic",
    type: "bool",
    op: holds ? "or" : "and",
    left: sign,
    right: inner,
    span,
  });
}

/** The distance from `low` to `high`, which is not below it, as an unsigned number of the same width. */
export function distance(type: IntType, low: Expr, high: Expr, span: Span): Typed {
  const unsigned = unsignedOf(type);
  const [from, to] = [convert(typed(type, low), unsigned), convert(typed(type, high), unsigned)];
  return binary("sub", unsigned, { left: to, right: from, span });
}
