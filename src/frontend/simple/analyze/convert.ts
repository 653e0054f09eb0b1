// Implicit conversions: literals adapt, lossless widening is silent, conditions take numbers; all else is an error.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import { intFacts, isFloatType, isIntType, type Expr } from "../../../ir/hir/index.ts";
import type { Holder } from "./annotations.ts";
import { describe, type Context } from "./context.ts";
import { fromAny } from "./any-casts.ts";
import { erased } from "./lambdas.ts";
import { widens } from "./types.ts";
import {
  adaptLiteral,
  boolConst,
  convert,
  errorValue,
  floatConst,
  intConst,
  typed,
  type Nothing,
  type Typed,
  type Value,
} from "./value.ts";
import { boxed, widened } from "./boxes.ts";
import { optionTypeOf, presentValue } from "./option-values.ts";
import {
  anyType,
  found,
  isScalar,
  nilType,
  optionOf,
  textType,
  type SimpleType,
  type UnknownType,
} from "./simple-type.ts";
import { unifyTypes, useUnknown } from "./unknowns.ts";

/** The value as this type where that needs no cast; null otherwise. */
export function coerce(value: Typed, type: SimpleType): Typed | null {
  if (value.type === type) return value.literal === null ? value : { ...value, literal: null };
  if (!isScalar(type) && type.kind === "option" && isUnknown(type.inner)) {
    const plain = value.expr.kind !== "nil" && optionTypeOf(value) === null;
    if (plain) return typed(type, used(value, type.inner).expr);
  }
  const inner = isScalar(type) || type.kind !== "option" ? type : found(type.inner);
  if (inner !== type && isScalar(inner) && isScalar(value.type)) {
    const fitting = coerce(value, inner);
    return fitting === null ? null : widened(fitting, type);
  }
  if (!isScalar(type)) return type.kind === "unknown" ? used(value, type) : widened(value, type);
  if (!isScalar(value.type)) return unifyTypes(value.type, type) ? typed(type, value.expr) : null;
  if (value.literal !== null) return adaptLiteral(value, type);
  return widens(value.type, type) ? convert(value, type) : null;
}

function isUnknown(type: SimpleType): type is UnknownType {
  return !isScalar(type) && type.kind === "unknown";
}

/** A value where the type is being found. */
function used(value: Typed, unknown: UnknownType): Typed {
  if (unknown.bound !== null) {
    const fitting = coerce(value, found(unknown));
    if (fitting !== null) return fitting;
  }
  const { type, literal } = value;
  useUnknown(unknown, type, {
    weak: literal !== null,
    join: (known) => (literal === null ? joinKnown(known, type) : joinKnown(type, known)),
  });
  return typed(unknown, value.expr);
}

/** A type for values of both, `T?` where one of them is nil; null where that is `Any` alone. */
function joinKnown(a: SimpleType, b: SimpleType): SimpleType | null {
  if (a === nilType) return optionOf(b);
  return b === nilType ? optionOf(a) : null;
}

/** Where a value of a certain type is needed; `what` starts the message: "argument `x` of `f`". */
export interface Demand {
  readonly span: Span;
  readonly what: string;
  /** Where the type is declared, if what it declares may be of any type instead. */
  readonly declared?: ast.TypeExpr | null;
  /** The variable or field with an annotation that the value becomes an element of. */
  readonly holder?: Holder | null;
}

/** Whether a collection is declared with other elements than it has. */
export function isMisdeclared(value: Value, type: SimpleType): value is Typed {
  if (value.kind !== "typed" || coerce(value, type) !== null) return false;
  const [declared, actual] = [found(type), found(value.type)];
  if (isScalar(declared) || isScalar(actual)) return false;
  return declared.kind === actual.kind && (declared.kind === "array" || declared.kind === "dict");
}

/** Whether a value of any type for this one comes from another declaration that is wrong. */
function isDynamicToo(cx: Context, type: SimpleType): boolean {
  return cx.report.annotations.some && isContainer(type);
}

interface Misdeclared {
  readonly type: SimpleType;
  readonly value: Typed;
  readonly demand: Demand;
}

function noteMisdeclared(
  cx: Context,
  declared: ast.TypeExpr,
  { type, value, demand: { what, span } }: Misdeclared,
): void {
  cx.report.misdeclared(declared, {
    code: "type/annotation",
    message: `${what} is declared as \`${type}\`, and its value is \`${value.type}\``,
    span,
    help: `Declare it as \`${value.type}\`: until then it may hold anything, which is slow.`,
  });
}

function isContainer(type: SimpleType): boolean {
  const actual = found(type);
  return !isScalar(actual) && (actual.kind === "array" || actual.kind === "dict");
}

/** Coerces or reports. */
export function expectType(
  cx: Context,
  value: Value,
  type: SimpleType,
  demand: Demand,
): Typed | Nothing {
  if (value.kind !== "typed") {
    if (value.kind !== "unit") return value;
    cx.report.error(
      "type/no-value",
      `${demand.what} must be \`${type}\`, found no value`,
      demand.span,
      "The expression does something but yields nothing.",
    );
    return errorValue;
  }
  if (!isScalar(type) && type.kind === "unknown") return coerce(value, type) ?? errorValue;
  if (found(value.type) === nilType && value.expr.kind !== "nil") {
    // A call that gives nothing but nil.
    const { span } = value.expr;
    cx.builder.emit({ kind: "expr", value: value.expr, span });
    const nil = typed(nilType, { kind: "nil", type: "any", span });
    return expectType(cx, nil, type, demand);
  }
  const option = optionTypeOf(value);
  // A value that may be missing is looked at when the program runs.
  if (
    option !== null &&
    coerce(typed(option.inner, value.expr), type) !== null &&
    coerce(value, type) === null
  )
    return expectType(cx, presentValue(cx, value, demand.span), type, demand);
  if (found(value.type) === anyType && demand.declared != null && isDynamicToo(cx, type)) {
    noteMisdeclared(cx, demand.declared, { type, value, demand });
    return errorValue;
  }
  if (found(value.type) === anyType) return fromAny(cx, value, type, demand.span);
  const lambda = erased(cx, value, type);
  const fitting = lambda === undefined ? coerce(value, type) : lambda;
  if (fitting !== null) return fitting;
  return reportMismatch(cx, value, type, demand);
}

/** Says why a value does not fit; a declaration that is wrong about a collection gives way. */
function reportMismatch(cx: Context, value: Typed, type: SimpleType, demand: Demand): Nothing {
  const { literal } = value;
  if (literal?.kind === "int" && isIntType(type)) {
    const { min, max } = intFacts(type);
    cx.report.error(
      "type/literal-range",
      `integer literal ${literal.exact} is out of range for \`${type}\``,
      demand.span,
      `${type.startsWith("i") ? "An" : "A"} \`${type}\` holds ${min} to ${max}.`,
    );
    return errorValue;
  }
  if (demand.declared != null && isMisdeclared(value, type)) {
    noteMisdeclared(cx, demand.declared, { type, value, demand });
    return errorValue;
  }
  if (demand.holder != null && isContainer(value.type) && !isContainer(type)) {
    const { name, type: declared } = demand.holder;
    cx.report.misdeclared(declared, {
      code: "type/annotation",
      message: `\`${name}\` is declared to hold \`${type}\`, and this is \`${value.type}\``,
      span: demand.span,
      help: `Declare its elements as \`${value.type}\`: until then it may hold anything, which is slow.`,
    });
    return errorValue;
  }
  cx.report.error(
    "type/mismatch",
    `${demand.what} must be \`${type}\`, found ${describe(value)}`,
    demand.span,
    castHelp(value.type, type),
  );
  return errorValue;
}

export function castHelp(from: SimpleType, to: SimpleType): string | undefined {
  if (to === textType) return 'Write it into a text, as in `"{x}"`.';
  if (!isScalar(from) || !isScalar(to)) return undefined;
  if (to === "bool") return "Compare it, as in `x != 0`.";
  if (from === "bool" && isFloatType(to)) return "Choose a number with `if c: 1.0 else: 0.0`.";
  return `Write \`as ${to}\` behind the value to convert it.`;
}

/** Any scalar, or a message that there is no value. */
export function expectValue(cx: Context, value: Value, span: Span): Typed | Nothing {
  if (value.kind !== "unit") return value;
  cx.report.error(
    "type/no-value",
    "expected a value, found none",
    span,
    "The expression does something but yields nothing.",
  );
  return errorValue;
}

/** A condition: numbers are true when they are not zero. Gives a constant `false` where there is no value. */
export function truth(cx: Context, value: Value, span: Span): Expr | Nothing {
  const found = expectValue(cx, value, span);
  if (found.kind !== "typed") return found;
  const { type, expr } = found;
  if (type === "bool") return expr;
  if (!isScalar(type)) return heapTruth(found, span);
  if (expr.kind === "int" || expr.kind === "float")
    return boolConst(Number(expr.value) !== 0, span);
  const zero = isIntType(type) ? intConst(type, 0n, span) : floatConst(type, 0, span);
  return { kind: "compare", type: "bool", op: "ne", left: expr, right: zero, span };
}

/** Empty collections and texts and nil are false; what is in an optional value counts, too. */
function heapTruth(value: Typed, span: Span): Expr {
  const args = [boxed(value).expr];
  return { kind: "host", type: "bool", symbol: "rt_any_truthy", args, span };
}

/** Lowers an expression that is used as a condition. */
/** As a condition; a constant `false` where there is no value. */
export function conditionFrom(condition: Expr | Nothing, span: Span): Expr {
  return "span" in condition ? condition : boolConst(false, span);
}

export function lowerCondition(cx: Context, lowered: Value, span: Span): Expr {
  const condition = truth(cx, lowered, span);
  return "span" in condition ? condition : boolConst(false, span);
}
