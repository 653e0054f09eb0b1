// Optional values and results: `nil`, `.?`, `??`, `?.`, `!`, `?`, and their methods, which every value has.
import type { Span } from "../../../base/index.ts";
import type { Expr, TextPart } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { unboxed } from "./boxes.ts";
import { joinTypes } from "./joins.ts";
import { describe, type Context } from "./context.ts";
import { coerce, expectValue, truth } from "./convert.ts";
import { isVariant, variantsOf } from "./enums.ts";
import { callOf, type MethodCall } from "./methods.ts";
import { enumType } from "./nominal.ts";
import { readField } from "./objects.ts";
import { failIfNil, isNilNode, optionTypeOf } from "./option-values.ts";
import { argumentOf } from "./placeholders.ts";
import {
  anyType,
  EnumType,
  found,
  isScalar,
  nilType,
  representation,
  type SimpleType,
} from "./simple-type.ts";
import { nilValue, someValue } from "./some.ts";
import { returnValue } from "./returns.ts";
import {
  boolConst,
  boolTyped,
  errorValue,
  neverValue,
  typed,
  unitValue,
  type Nothing,
  type Typed,
  type Value,
} from "./value.ts";

/** The built-in enum of results, `Result<T, E>`; null for any other type. */
export function resultTypeOf(value: Typed): EnumType | null {
  const type = found(value.type);
  return type instanceof EnumType && isResult(type) ? type : null;
}

function isResult({ shape }: EnumType): boolean {
  const { variants } = shape.decl;
  return (
    shape.name === "Result" &&
    variants.length === 2 &&
    variants[0]?.name.text === "Ok" &&
    variants[1]?.name.text === "Err"
  );
}

/** Whether a result is `Ok` (variant 0) or `Err` (variant 1); the value is a local. */
function isResultVariant(cx: Context, value: Typed, index: 0 | 1, span: Span): Expr {
  const type = resultTypeOf(value);
  const variant = type === null ? undefined : variantsOf(cx, type)[index];
  if (variant === undefined) throw new Error("not a result");
  return isVariant(value.expr, variant, span);
}

/** The payload of a result that is known to be of this variant. */
function resultPayload(cx: Context, value: Typed, index: 0 | 1, span: Span): Value {
  const type = resultTypeOf(value);
  const field = type === null ? undefined : variantsOf(cx, type)[index]?.fields[0];
  if (field === undefined) throw new Error("not a result");
  return readField(value, field, span);
}

function not(operand: Expr, span: Span): Expr {
  return { kind: "unary", type: "bool", op: "not", operand, span };
}

/** Whether there is something: an optional value that is not nil, an `Ok`, a collection or text that is not empty. */
function presence(cx: Context, value: Typed, span: Span): Expr {
  const type = found(value.type);
  if (isScalar(type)) return boolConst(true, span);
  if (type.kind === "option") return not(isNilNode(value.expr, span), span);
  if (resultTypeOf(value) !== null) return isResultVariant(cx, value, 0, span);
  if (type.kind === "any" || type.kind === "nil") return not(isNilNode(value.expr, span), span);
  if (type.kind !== "text" && type.kind !== "array" && type.kind !== "dict") {
    return boolConst(true, span);
  }
  const tested = truth(cx, value, span);
  return "span" in tested ? tested : boolConst(true, span);
}

/** An expression as a condition: `x.?` tests, everything else is true or false by its value. */
export function lowerTruth(cx: Context, expr: ast.Expr): Expr | Nothing {
  if (expr.kind !== "present") return truth(cx, cx.lower.expr(cx, expr, null), expr.span);
  const value = expectValue(cx, cx.lower.expr(cx, expr.operand, null), expr.operand.span);
  if (value.kind !== "typed") return value;
  return presence(cx, cx.builder.spillTyped(value), expr.span);
}

/** `x.?` as a value is what is in `x`; where a `bool` is wanted it is the test. */
export function lowerPresent(cx: Context, expr: ast.OptionOpExpr, hint: SimpleType | null): Value {
  if (hint === "bool") {
    const tested = lowerTruth(cx, expr);
    return "span" in tested ? boolTyped(tested) : tested;
  }
  const value = expectValue(cx, cx.lower.expr(cx, expr.operand, null), expr.operand.span);
  return value.kind === "typed" ? unwrapped(cx, value, expr.span) : value;
}

/** `x!` */
export function lowerUnwrap(cx: Context, expr: ast.OptionOpExpr): Value {
  const value = expectValue(cx, cx.lower.expr(cx, expr.operand, null), expr.operand.span);
  return value.kind === "typed" ? unwrapped(cx, value, expr.span) : value;
}

/** What is inside; the program fails if that is nothing. */
function unwrapped(cx: Context, value: Typed, span: Span, message?: TextPart): Value {
  const { builder } = cx;
  const option = optionTypeOf(value);
  const type = found(value.type);
  if (option !== null || type === anyType || type === nilType) {
    const held = builder.spillTyped(value);
    if (message === undefined) failIfNil(cx, held.expr, "unwrap of nil", span);
    else failWhere(cx, isNilNode(held.expr, span), [message], span);
    return option === null ? held : unboxed(held, option.inner);
  }
  if (resultTypeOf(value) === null) return value;
  const held = builder.spillTyped(value);
  const parts = [message ?? literal("unwrap of "), { kind: "value", value: held.expr } as const];
  failWhere(
    cx,
    isResultVariant(cx, held, 1, span),
    message === undefined ? parts : [message],
    span,
  );
  return resultPayload(cx, held, 0, span);
}

function literal(text: string): TextPart {
  return { kind: "literal", text };
}

function failWhere(cx: Context, condition: Expr, parts: readonly TextPart[], span: Span): void {
  cx.builder.emit({ kind: "if", condition, then: [{ kind: "fail", parts, span }], else: [], span });
}

// ------------------------------------------------------------------------------------------- choices

/** A choice by a condition: builds both sides and brings their values to one type. */
export function choose(
  cx: Context,
  condition: Expr,
  sides: readonly [() => Value, () => Value],
  span: Span,
): Value {
  const { builder } = cx;
  const [then, otherwise] = [builder.branch(sides[0]), builder.branch(sides[1])];
  const [a, b] = [then.value, otherwise.value];
  const emit = (): void => {
    builder.emit({ kind: "if", condition, then: then.body, else: otherwise.body, span });
    builder.reachable &&= then.reachable || otherwise.reachable;
  };
  if (a.kind === "error" || b.kind === "error") return errorValue;
  if (a.kind !== "typed" && b.kind !== "typed") {
    emit();
    return a.kind === "never" ? b : a;
  }
  const type = sharedType(a, b);
  const [left, right] = [a, b].map((value) =>
    value.kind === "typed" && type !== null ? coerce(value, type) : null,
  );
  const fits = (value: Value, fitted: Typed | null | undefined): boolean =>
    value.kind === "typed" ? fitted != null : value.kind !== "unit";
  if (type === null || !fits(a, left) || !fits(b, right)) {
    const text = `both sides must have one type, found ${describe(a)} and ${describe(b)}`;
    cx.report.error("type/branch-mismatch", text, span);
    return errorValue;
  }
  if (left != null && right != null && then.body.length === 0 && otherwise.body.length === 0) {
    const of = representation(type);
    const [first, second] = [left.expr, right.expr];
    return typed(type, { kind: "if", type: of, condition, then: first, else: second, span });
  }
  const local = builder.addLocal("$t", type, true);
  if (left != null) then.body.push({ kind: "set", local, value: left.expr, span });
  if (right != null) otherwise.body.push({ kind: "set", local, value: right.expr, span });
  emit();
  return typed(type, builder.read(local, span));
}

function sharedType(a: Value, b: Value): SimpleType | null {
  if (a.kind !== "typed") return b.kind === "typed" ? b.type : null;
  return b.kind === "typed" ? joinTypes(a, b) : a.type;
}

/** `a ?? b` */
export function lowerCoalesce(cx: Context, expr: ast.CoalesceExpr, hint: SimpleType | null): Value {
  const left = expectValue(cx, cx.lower.expr(cx, expr.left, null), expr.left.span);
  if (left.kind !== "typed") return left;
  return orElse(cx, left, expr.span, (wanted) => cx.lower.expr(cx, expr.right, wanted ?? hint));
}

/** What is inside, else what the other side gives. */
function orElse(
  cx: Context,
  value: Typed,
  span: Span,
  other: (wanted: SimpleType | null) => Value,
): Value {
  const { builder } = cx;
  const type = found(value.type);
  const option = optionTypeOf(value);
  const held = builder.spillTyped(value);
  if (option !== null) {
    const inside = unboxed(held, option.inner);
    const present = not(isNilNode(held.expr, span), span);
    return choose(cx, present, [() => inside, () => other(option.inner)], span);
  }
  if (resultTypeOf(held) !== null) {
    const inside = resultPayload(cx, held, 0, span);
    const wanted = inside.kind === "typed" ? inside.type : null;
    return choose(
      cx,
      isResultVariant(cx, held, 0, span),
      [() => inside, () => other(wanted)],
      span,
    );
  }
  if (type === anyType) {
    const present = not(isNilNode(held.expr, span), span);
    return choose(cx, present, [() => held, () => other(null)], span);
  }
  if (type === nilType) return other(null);
  // It is always there: the other side is checked and dropped.
  builder.branch(() => other(type));
  return held;
}

/** `e?`: leaves the function with nil or the `Err`; else what is inside. */
export function lowerTry(cx: Context, expr: ast.OptionOpExpr): Value {
  const { span } = expr;
  const { builder, goal } = cx;
  const value = expectValue(cx, cx.lower.expr(cx, expr.operand, null), expr.operand.span);
  if (value.kind !== "typed") return value;
  const option = optionTypeOf(value);
  const result = resultTypeOf(value);
  const type = found(value.type);
  if (option === null && result === null && type !== anyType && type !== nilType) return value;
  if (goal.kind === "none") {
    cx.report.error(
      "resolve/return-outside",
      "`?` leaves the function, and this stands outside of one",
      span,
      "Use `!` to stop the program, or `??` for a default.",
    );
    return errorValue;
  }
  const held = builder.spillTyped(value);
  const absent = result === null ? isNilNode(held.expr, span) : isResultVariant(cx, held, 1, span);
  // As an error it is a result of every type.
  const left =
    result === null
      ? typed(nilType, { kind: "nil", type: "any", span })
      : typed(enumType(result.shape, [nilType, result.args[1] ?? anyType]), held.expr);
  const leave = builder.branch(() => returnValue(cx, left, { span, explicit: true }));
  builder.emit({ kind: "if", condition: absent, then: leave.body, else: [], span });
  if (type === nilType) {
    builder.reachable = false;
    return neverValue;
  }
  if (result !== null) return resultPayload(cx, held, 0, span);
  return option === null ? held : unboxed(held, option.inner);
}

/** `a?.name` and `a?.name(args)`: nil where `a` is nil. */
export function optionalMember(
  cx: Context,
  object: Typed,
  span: Span,
  member: (present: Typed) => Value,
): Value {
  const option = optionTypeOf(object);
  const type = found(object.type);
  if (type === nilType) return nilValue(null, span);
  if (option === null && type !== anyType) return member(object);
  const held = cx.builder.spillTyped(object);
  const present = not(isNilNode(held.expr, span), span);
  const inside = option === null ? held : unboxed(held, option.inner);
  const some = (): Value => {
    const value = member(inside);
    return value.kind === "typed" ? someValue(value) : value;
  };
  const probe = cx.report.silence(() => cx.builder.branch(() => member(inside)).value);
  if (probe.kind !== "typed") {
    const branch = cx.builder.branch(() => member(inside));
    cx.builder.emit({ kind: "if", condition: present, then: branch.body, else: [], span });
    return branch.value.kind === "error" ? errorValue : unitValue;
  }
  return choose(cx, present, [some, () => nilValue(null, span)], span);
}

// ------------------------------------------------------------------------------------------- methods

/** A method of optional values and results; undefined for another name. */
export function optionMethod(cx: Context, receiver: Typed, call: MethodCall): Value | undefined {
  const name = call.name.text;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return undefined;
  const { arity } = method;
  const args = call.args.map(({ value }) => argumentOf(value));
  if (args.length !== arity) {
    const takes = `${arity === 0 ? "no" : arity} argument${arity === 1 ? "" : "s"}`;
    const text = `\`${name}\` takes ${takes}, found ${args.length}`;
    cx.report.error("type/argument-count", text, call.span);
    return errorValue;
  }
  return method.apply(cx, { receiver, arg: args[0] ?? null, call });
}

interface MethodSite {
  readonly receiver: Typed;
  readonly arg: ast.Expr | null;
  readonly call: MethodCall;
}

interface OptionMethod {
  readonly arity: number;
  apply(cx: Context, site: MethodSite): Value;
}

function test(positive: boolean): OptionMethod {
  return {
    arity: 0,
    apply: (cx, { receiver, call: { span } }) => {
      const held = cx.builder.spillTyped(receiver);
      const type = found(held.type);
      const collection = !isScalar(type) && ["text", "array", "dict"].includes(type.kind);
      const present = collection ? boolConst(true, span) : presence(cx, held, span);
      return boolTyped(positive ? present : not(present, span));
    },
  };
}

const methods: Readonly<Record<string, OptionMethod>> = {
  is_some: test(true),
  is_ok: test(true),
  is_none: test(false),
  is_nil: test(false),
  is_err: test(false),
  unwrap: { arity: 0, apply: (cx, { receiver, call }) => unwrapped(cx, receiver, call.span) },
  unwrap_or: {
    arity: 1,
    apply: (cx, { receiver, arg, call }) =>
      orElse(cx, receiver, call.span, (wanted) =>
        arg === null ? errorValue : cx.lower.expr(cx, arg, wanted),
      ),
  },
  unwrap_or_else: {
    arity: 1,
    apply: (cx, { receiver, arg, call }) =>
      orElse(cx, receiver, call.span, () => applied(cx, arg, [], call)),
  },
  unwrap_err: { arity: 0, apply: unwrapErr },
  ok: { arity: 0, apply: (cx, site) => projected(cx, site, 0) },
  err: { arity: 0, apply: (cx, site) => projected(cx, site, 1) },
  map: { arity: 1, apply: (cx, site) => mapped(cx, site, "wrap") },
  and_then: { arity: 1, apply: (cx, site) => mapped(cx, site, "keep") },
};

/** Calls a function that is given as an argument. */
function applied(
  cx: Context,
  fn: ast.Expr | null,
  args: readonly Typed[],
  call: MethodCall,
): Value {
  if (fn === null) return errorValue;
  const callee = cx.lower.expr(cx, fn, null);
  if (callee.kind !== "typed") return callee.kind === "unit" ? errorValue : callee;
  return cx.lower.applyLambda(cx, callee, args, callOf(call).span);
}

function unwrapErr(cx: Context, { receiver, call: { span } }: MethodSite): Value {
  if (resultTypeOf(receiver) === null) return receiver;
  const held = cx.builder.spillTyped(receiver);
  const parts = [literal("unwrap_err of "), { kind: "value", value: held.expr } as const];
  failWhere(cx, isResultVariant(cx, held, 0, span), parts, span);
  return resultPayload(cx, held, 1, span);
}

/** `r.ok`, `r.err`: the payload as an optional value. An optional value is its own `ok`. */
function projected(cx: Context, { receiver, call: { span } }: MethodSite, index: 0 | 1): Value {
  if (resultTypeOf(receiver) === null) {
    return index === 0 ? someValue(receiver) : nilValue(null, span);
  }
  const held = cx.builder.spillTyped(receiver);
  const inside = resultPayload(cx, held, index, span);
  if (inside.kind !== "typed") return inside;
  const condition = isResultVariant(cx, held, index, span);
  return choose(cx, condition, [() => someValue(inside), () => nilValue(null, span)], span);
}

/** `x.map(f)` wraps what `f` gives again; `x.and_then(f)` keeps it. */
function mapped(cx: Context, { receiver, arg, call }: MethodSite, how: "wrap" | "keep"): Value {
  const { span } = call;
  const held = cx.builder.spillTyped(receiver);
  const result = resultTypeOf(held);
  if (result === null) {
    return optionalMember(cx, held, span, (present) => applied(cx, arg, [present], call));
  }
  const inside = resultPayload(cx, held, 0, span);
  if (inside.kind !== "typed") return inside;
  const good = (): Value => {
    const value = applied(cx, arg, [inside], call);
    if (value.kind !== "typed" || how === "keep") return value;
    const type = enumType(result.shape, [found(value.type), nilType]);
    const variant = variantsOf(cx, type)[0];
    if (variant === undefined) return errorValue;
    const fields = [value.expr];
    return typed(type, { kind: "new", type: "ref", layout: variant.layout, fields, span });
  };
  const bad = typed(enumType(result.shape, [nilType, result.args[1] ?? anyType]), held.expr);
  return choose(cx, isResultVariant(cx, held, 0, span), [good, () => bad], span);
}
