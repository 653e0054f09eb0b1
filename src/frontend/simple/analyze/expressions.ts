// Expressions to HIR. What the language has and HIR does not yet is refused by name.
import type { Span } from "../../../base/index.ts";
import { isIntType, type Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { lowerArray } from "./arrays.ts";
import { lowerDict } from "./dicts.ts";
import { lowerIndex, lowerSlice } from "./indexing.ts";
import { lowerArrayComprehension, lowerDictComprehension } from "./iteration.ts";
import { lowerMembershipIn } from "./membership.ts";
import { lowerRangeExpr } from "./range-values.ts";
import { arithmetic, compare, negate } from "./arithmetic.ts";
import { deeper, type Context } from "./context.ts";
import { castTo } from "./casts.ts";
import { coerce, truth } from "./convert.ts";
import { lowerLambda } from "./lambdas.ts";
import { placeholderParameter } from "./placeholders.ts";
import { lazy } from "./logic.ts";
import { callMethod, callOptional } from "./members.ts";
import { lowerCoalesce, lowerPresent, lowerTry, lowerUnwrap } from "./options.ts";
import { nilValue } from "./some.ts";
import { lowerTuple, lowerTupleIndex } from "./tuples.ts";
import { memberOfType, nameOfVariant } from "./type-members.ts";
import { memberOf, moduleOf, readBinding, readName } from "./names.ts";
import { resolveType } from "./type-names.ts";
import { lowerOperands } from "./operands.ts";
import { power } from "./power.ts";
import { expectation, lowerMatcher } from "./specs.ts";
import { lowerText } from "./text.ts";
import { typeBySpelling } from "./types.ts";
import {
  boolConst,
  boolTyped,
  errorValue,
  floatConst,
  floatLiteral,
  intConst,
  intLiteral,
  typed,
  type Value,
} from "./value.ts";
import type { SimpleType } from "./simple-type.ts";

export function lowerExpr(cx: Context, expr: ast.Expr, hint: SimpleType | null): Value {
  return deeper(cx, expr.span, () => dispatch(cx, expr, hint)) ?? errorValue;
}

function dispatch(cx: Context, expr: ast.Expr, hint: SimpleType | null): Value {
  if (isCollection(expr)) return lowerCollection(cx, expr, hint);
  if (isOperation(expr)) return lowerOperation(cx, expr, hint);
  switch (expr.kind) {
    case "int":
      return lowerInt(expr);
    case "float":
      return lowerFloat(expr);
    case "bool":
      return boolTyped(boolConst(expr.value, expr.span));
    case "text":
    case "interpolation":
      return lowerText(cx, expr);
    case "name":
      return nameOfVariant(cx, expr, hint) ?? readName(cx, expr.name, expr.span);
    case "lambda":
      return lowerLambda(cx, expr);
    case "placeholder":
      return lowerPlaceholder(cx, expr);
    case "call":
      return cx.lower.call(cx, expr, hint);
    case "pipe":
      return lowerPipe(cx, expr);
    case "member":
      return lowerMember(cx, expr, hint);
    case "if":
    case "match":
      return cx.lower.branchValue(cx, expr, hint);
    case "tuple":
      return lowerTuple(cx, expr, hint);
    case "tuple_index":
      return lowerTupleIndex(cx, expr);
    case "self":
      return lowerSelf(cx, expr);
  }
}

const collections = {
  array: true,
  dict: true,
  array_comprehension: true,
  dict_comprehension: true,
  index: true,
  slice: true,
  range: true,
} as const satisfies Partial<Record<ast.ExprKind, true>>;

type CollectionExpr = ast.Expr & { readonly kind: keyof typeof collections };

function isCollection(expr: ast.Expr): expr is CollectionExpr {
  return Object.hasOwn(collections, expr.kind);
}

const operations = {
  unary: true,
  binary: true,
  logic: true,
  compare: true,
  chain: true,
  cast: true,
  nil: true,
  coalesce: true,
  present: true,
  unwrap: true,
  try: true,
} as const satisfies Partial<Record<ast.ExprKind, true>>;

type OperationExpr = ast.Expr & { readonly kind: keyof typeof operations };

function isOperation(expr: ast.Expr): expr is OperationExpr {
  return Object.hasOwn(operations, expr.kind);
}

/** Operators, also those of optional values. */
function lowerOperation(cx: Context, expr: OperationExpr, hint: SimpleType | null): Value {
  switch (expr.kind) {
    case "unary":
      return lowerUnary(cx, expr, hint);
    case "binary":
      return lowerBinary(cx, expr, hint);
    case "logic":
      return lowerLogic(cx, expr);
    case "compare":
      return lowerCompare(cx, expr);
    case "chain":
      return lowerChain(cx, expr);
    case "cast":
      return lowerCast(cx, expr);
    case "nil":
      return nilValue(hint, expr.span);
    case "coalesce":
      return lowerCoalesce(cx, expr, hint);
    case "present":
      return lowerPresent(cx, expr, hint);
    case "unwrap":
      return lowerUnwrap(cx, expr);
    case "try":
      return lowerTry(cx, expr);
  }
}

/** Collections and their elements. */
function lowerCollection(cx: Context, expr: CollectionExpr, hint: SimpleType | null): Value {
  switch (expr.kind) {
    case "array":
      return lowerArray(cx, expr, hint);
    case "dict":
      return lowerDict(cx, expr, hint);
    case "array_comprehension":
      return lowerArrayComprehension(cx, expr, hint);
    case "dict_comprehension":
      return lowerDictComprehension(cx, expr, hint);
    case "index":
      return lowerIndex(cx, expr, hint);
    case "slice":
      return lowerSlice(cx, expr);
    case "range":
      return lowerRangeExpr(cx, expr);
  }
}

function lowerPlaceholder(cx: Context, expr: ast.PlaceholderExpr): Value {
  const name = placeholderParameter(expr);
  if (name !== undefined) return readName(cx, name, expr.span);
  cx.report.error(
    "resolve/placeholder",
    "a placeholder stands outside an argument",
    expr.span,
    "Write a lambda: `\\x: x * 2`.",
  );
  return errorValue;
}

function lowerInt(expr: ast.IntExpr): Value {
  const value = BigInt(expr.value);
  if (expr.suffix !== null) return typed(expr.suffix, intConst(expr.suffix, value, expr.span));
  // The tree holds literals wrapped to i64; only the upper half of the u64 range wraps to negative numbers.
  return intLiteral(BigInt.asUintN(64, value), expr.span);
}

function lowerFloat({ value, suffix, span }: ast.FloatExpr): Value {
  if (suffix === null) return floatLiteral(value, span);
  return typed(suffix, floatConst(suffix, value, span));
}

function lowerUnary(cx: Context, expr: ast.UnaryExpr, hint: SimpleType | null): Value {
  if (expr.op === "not") {
    const condition = cx.lower.condition(cx, expr.operand);
    if (!("span" in condition)) return condition;
    return boolTyped({
      kind: "unary",
      type: "bool",
      op: "not",
      operand: condition,
      span: expr.span,
    });
  }
  const operand = cx.lower.expr(cx, expr.operand, operandHint(expr.op, hint));
  if (operand.kind === "unit") {
    cx.report.error("type/no-value", "expected a value, found none", expr.operand.span);
    return errorValue;
  }
  return operand.kind === "typed" ? negate(cx, expr.op, operand, expr.span) : operand;
}

const bitwise: ReadonlySet<string> = new Set(["&", "|", "^", "<<", ">>", "~"]);

/** What a wanted type says about operands: for operators of integers alone, a wanted float says nothing. */
function operandHint(op: string, wanted: SimpleType | null): SimpleType | null {
  return wanted !== null && bitwise.has(op) && !isIntType(wanted) ? null : wanted;
}

function lowerBinary(cx: Context, expr: ast.BinaryExpr, wanted: SimpleType | null): Value {
  const shift = expr.op === "<<" || expr.op === ">>";
  const hint = operandHint(expr.op, wanted);
  const operands = lowerOperands(cx, [expr.left, expr.right], {
    guess: true,
    hint: (before) => {
      const [left] = before;
      if (left === undefined) return hint;
      return left.kind === "typed" && left.literal === null && !shift ? left.type : hint;
    },
  });
  if (operands.kind !== "operands") return operands;
  let [left, right] = operands.values;
  if (left === undefined || right === undefined) throw new Error("two operands expected");
  if (
    shift &&
    left.literal !== null &&
    right.literal === null &&
    hint !== null &&
    isIntType(hint)
  ) {
    left = coerce(left, hint) ?? left;
  }
  const pair = { left, right, span: expr.span };
  return expr.op === "**" ? power(cx, pair) : arithmetic(cx, expr.op, pair);
}

function lowerLogic(cx: Context, expr: ast.LogicExpr): Value {
  const left = cx.lower.condition(cx, expr.left);
  const right = (): ReturnType<typeof truth> => cx.lower.condition(cx, expr.right);
  if (!("span" in left)) {
    if (left.kind !== "never") cx.builder.branch(right);
    return left;
  }
  return lazy(cx, expr.op, { left, right, span: expr.span });
}

function lowerCompare(cx: Context, expr: ast.CompareExpr): Value {
  const { op, left, right, span } = expr;
  if (op === "in" || op === "not in") return lowerMembership(cx, expr, op === "in");
  if (op === "<" && isTypeArgument(cx, left, right)) return refuseTypeArguments(cx, left, span);
  const operands = lowerOperands(cx, [left, right], {
    guess: true,
    hint: ([first]) => (first?.kind === "typed" && first.literal === null ? first.type : null),
  });
  if (operands.kind !== "operands") return operands;
  const [l, r] = operands.values;
  if (l === undefined || r === undefined) throw new Error("two operands expected");
  return compare(cx, op === "is" ? "==" : op, { left: l, right: r, span });
}

/** Whether `f < T` begins a call with type arguments, `f<T>(x)`. */
function isTypeArgument(cx: Context, left: ast.Expr, right: ast.Expr): boolean {
  if (left.kind !== "name" || right.kind !== "name") return false;
  return (
    cx.scope.lookup(left.name)?.kind === "function" && typeBySpelling(right.name) !== undefined
  );
}

function refuseTypeArguments(cx: Context, callee: ast.Expr, span: Span): Value {
  const name = callee.kind === "name" ? callee.name : "f";
  cx.report.error(
    "type/type-arguments",
    "found type arguments in a call, expected values alone",
    span,
    `The types follow from the arguments: write \`${name}(...)\`.`,
  );
  return errorValue;
}

/** `x in a..b` */
function lowerMembership(cx: Context, expr: ast.CompareExpr, positive: boolean): Value {
  const { left, right, span } = expr;
  if (right.kind !== "range") return lowerMembershipIn(cx, expr, positive);
  const operands = lowerOperands(cx, [left, right.start, right.end]);
  if (operands.kind !== "operands") return operands;
  const [x, low, high] = operands.values.map((value) => cx.builder.spillTyped(value));
  if (x === undefined || low === undefined || high === undefined) throw new Error("three operands");
  const above = compare(cx, ">=", { left: x, right: low, span });
  const below = compare(cx, right.inclusive ? "<=" : "<", { left: x, right: high, span });
  if (above.kind !== "typed" || below.kind !== "typed") return errorValue;
  const inside: Expr = {
    kind: "logic",
    type: "bool",
    op: "and",
    left: above.expr,
    right: below.expr,
    span,
  };
  return boolTyped(
    positive ? inside : { kind: "unary", type: "bool", op: "not", operand: inside, span },
  );
}

/** `a < b <= c` is `a < b and b <= c` with `b` evaluated once. */
function lowerChain(cx: Context, expr: ast.ChainExpr): Value {
  const [first, second] = expr.operands;
  if (first === undefined || second === undefined) throw new Error("a chain has operands");
  if (expr.ops[0] === "<" && isTypeArgument(cx, first, second)) {
    return refuseTypeArguments(cx, first, expr.span);
  }
  const operands = lowerOperands(cx, [first, second], { guess: true });
  if (operands.kind !== "operands") return operands;
  const [left, right] = operands.values.map((value) => cx.builder.spillTyped(value));
  if (left === undefined || right === undefined) throw new Error("two operands expected");
  return chainFrom(cx, expr, 0, { left, right });
}

function chainFrom(
  cx: Context,
  expr: ast.ChainExpr,
  index: number,
  pair: { left: Value; right: Value },
): Value {
  const op = expr.ops[index];
  const { left, right } = pair;
  if (op === undefined || left.kind !== "typed" || right.kind !== "typed") return errorValue;
  const test = compare(cx, op, { left, right, span: expr.span });
  const next = expr.operands[index + 2];
  if (next === undefined || test.kind !== "typed") return test;
  const rest = (): ReturnType<typeof truth> => {
    const operands = lowerOperands(cx, [next], { guess: true });
    if (operands.kind !== "operands") return operands;
    const [value] = operands.values;
    if (value === undefined) throw new Error("one operand expected");
    const last = index + 3 === expr.operands.length;
    const following = last ? value : cx.builder.spillTyped(value);
    return truth(cx, chainFrom(cx, expr, index + 1, { left: right, right: following }), expr.span);
  };
  return lazy(cx, "and", { left: test.expr, right: rest, span: expr.span });
}

/** `x |> f` is `f(x)`, and `x |> f(y)` is `f(x, y)`. */
function lowerPipe(cx: Context, expr: ast.PipeExpr): Value {
  const { value, target, span } = expr;
  const first: ast.Arg = { name: null, value, spread: false, span: value.span };
  const call: ast.CallExpr =
    target.kind === "call"
      ? { ...target, args: [first, ...target.args], span }
      : { kind: "call", callee: target, args: [first], style: "parens", span };
  return cx.lower.call(cx, call);
}

function lowerCast(cx: Context, expr: ast.CastExpr): Value {
  const target = resolveType(
    { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs },
    expr.type,
  );
  // No hint: `(1 << n) as u8` shifts an i64 and then keeps 8 bits of it.
  const operands = lowerOperands(cx, [expr.operand]);
  if (target === "error") return errorValue;
  if (operands.kind !== "operands") return operands;
  const [operand] = operands.values;
  if (operand === undefined) throw new Error("one operand expected");
  if (target === "unit") {
    cx.report.error("type/cast", "a value cannot be cast to unit", expr.span);
    return errorValue;
  }
  if (target === "bool") {
    const condition = truth(cx, operand, expr.span);
    return "span" in condition ? boolTyped(condition) : condition;
  }
  return castTo(cx, operand, target, expr.span);
}

/** `x.sqrt`: a method without arguments. */
/** The object of a method. */
function lowerSelf(cx: Context, { span }: ast.SelfExpr): Value {
  if (cx.scope.lookup("self") !== undefined) return readName(cx, "self", span);
  cx.report.error(
    "resolve/self-outside",
    "`self` stands outside of a method",
    span,
    "Only methods of a struct, class or enum have it, and static ones do not.",
  );
  return errorValue;
}

function lowerMember(cx: Context, expr: ast.MemberExpr, hint: SimpleType | null): Value {
  const { object, name } = expr;
  const ofType = memberOfType(cx, expr, hint);
  if (ofType !== undefined) return ofType;
  const subject = expectation(cx, object);
  if (subject !== null) return lowerMatcher(cx, subject, name, []);
  const module = moduleOf(cx, object);
  if (module !== null) return readBinding(cx, memberOf(cx, module, name), name.text, expr.span);
  if (object.kind === "name" && cx.scope.lookup(object.name) === undefined) {
    if (typeBySpelling(object.name) !== undefined) {
      cx.report.unsupported("static-method", "members of types", expr.span);
      return errorValue;
    }
  }
  const call = { object, name, args: [], span: expr.span, bare: true };
  return expr.optional ? callOptional(cx, call) : callMethod(cx, call);
}
