// `x.name`, `x.name(args)` and `x.name = v` where the type of `x` is known at run time only. Each goes to one function of
// the program for each name and number of arguments, which looks at the value's type and does what that type says.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { kinds } from "./any-casts.ts";
import { anyContainers } from "./any-containers.ts";
import { unboxed } from "./boxes.ts";
import { Builder } from "./builder.ts";
import type { Analysis, Context, SyntheticFunction } from "./context.ts";
import { passed } from "./copies.ts";
import { newContext } from "./function-context.ts";
import { isDisplayCall } from "./container-methods.ts";
import { callMethodOn } from "./members.ts";
import type { MethodCall } from "./methods.ts";
import { fieldNamed } from "./objects.ts";
import { lowerOperandsAfter } from "./operands.ts";
import { optionMethod } from "./options.ts";
import { argumentOf } from "./placeholders.ts";
import { Scope } from "./scope.ts";
import {
  anyType,
  noSpan,
  representation,
  textType,
  typeKey,
  type EnumType,
  type ObjectType,
  type SimpleType,
  type TraitType,
} from "./simple-type.ts";
import { displayed } from "./text.ts";
import { concreteTypes, isOneOf, typeIds } from "./type-ids.ts";
import { boolTyped, errorValue, typed, unitValue, type Typed, type Value } from "./value.ts";

/** What a function for a member is made for. */
interface Member {
  readonly name: ast.Name;
  /** Names of the arguments; null for those without. */
  readonly args: readonly (ast.Name | null)[];
  readonly bare: boolean;
}

/** Reads or calls a member of a value of any type; the result is of any type, too. */
export function anyMember(cx: Context, receiver: Typed, call: MethodCall): Value {
  const { name, args, span, bare = false } = call;
  const spread = args.find((arg) => arg.spread);
  if (spread !== undefined) {
    cx.report.error("type/argument-name", "a method takes no spread arguments", spread.span);
    return errorValue;
  }
  const values = anyOperands(
    cx,
    receiver,
    args.map(({ value }) => argumentOf(value)),
  );
  if (!Array.isArray(values)) return values;
  const hidden = { text: name.text, span: noSpan };
  const member: Member = { name: hidden, args: args.map((arg) => arg.name), bare };
  const labels = member.args.map((arg) => arg?.text ?? "_").join();
  const key = `member ${name.text}(${labels})${bare ? "?" : ""}`;
  const { analysis } = cx;
  const callee = cx.discard ? 0 : analysis.late(key, () => memberFunction(analysis, member));
  return typed(anyType, { kind: "call", type: "any", callee, args: values, span });
}

/** The receiver and what stands behind it, each as a value of any type, in order. */
function anyOperands(cx: Context, receiver: Typed, nodes: readonly ast.Expr[]): Expr[] | Value {
  const operands = lowerOperandsAfter(cx, receiver, nodes);
  if (operands.kind !== "operands") return operands;
  const [self, ...rest] = operands.values;
  if (self === undefined) return errorValue;
  const exprs = [self.expr];
  for (const value of rest) {
    const { span } = value.expr;
    const boxed = cx.lower.expectType(cx, passed(cx, value), anyType, { span, what: "the value" });
    if (boxed.kind !== "typed") return boxed;
    exprs.push(boxed.expr);
  }
  return exprs;
}

/** Stores in a field of a value of any type. */
export function storeAnyMember(cx: Context, object: Typed, name: ast.Name, value: Typed): void {
  const { span } = name;
  const { analysis } = cx;
  const callee = cx.discard
    ? 0
    : analysis.late(`store ${name.text}`, () =>
        storeFunction(analysis, { text: name.text, span: noSpan }),
      );
  const args = [object.expr, value.expr];
  const call: Expr = { kind: "call", type: "unit", callee, args, span };
  cx.builder.emit({ kind: "expr", value: call, span });
}

// ------------------------------------------------------------------------------------------ functions

/** The body of such a function: the value is its first parameter. */
interface Site {
  readonly cx: Context;
  readonly self: Typed;
  readonly args: readonly Typed[];
  /** The value's kind and the type id of its object: locals. */
  readonly kind: Expr;
  readonly id: Expr;
  readonly span: Span;
}

function openSite(
  analysis: Analysis,
  name: ast.Name,
  count: number,
  result: "any" | "unit" | "bool" = "any",
): Site {
  const builder = new Builder();
  const { span } = name;
  const scope = new Scope(null);
  const cx = newContext({
    analysis,
    scope,
    goal: { kind: "declared", type: result === "any" ? anyType : result },
    discard: false,
    path: `any.${name.text}`,
    typeArgs: new Map(),
    captured: new Map(),
    init: null,
    builder,
  });
  const parameter = (text: string): Typed => {
    const local = builder.addLocal(text, anyType, true);
    const type = anyType;
    scope.declare({ kind: "local", name: text, owner: builder, local, type, mutable: true });
    return typed(anyType, builder.read(local, span));
  };
  const self = parameter("$value");
  const args = Array.from({ length: count }, (_, index) => parameter(`$${index}`));
  const host = (symbol: string): Expr =>
    builder.spill({ kind: "host", type: "u32", symbol, args: [self.expr], span });
  return { cx, self, args, kind: host("rt_any_kind"), id: host("rt_any_type"), span };
}

function closeSite(
  { cx, self, args, span }: Site,
  name: ast.Name,
  { what, result = "any" }: { readonly what: string; readonly result?: "any" | "unit" },
): SyntheticFunction {
  const { builder } = cx;
  const text: Expr = { kind: "text", type: "ref", value: what, span };
  const error: Expr = {
    kind: "host",
    type: "unit",
    symbol: "rt_member_error",
    args: [self.expr, text],
    span,
  };
  builder.emit({ kind: "expr", value: error, span });
  const nil: Expr = { kind: "nil", type: "any", span };
  builder.emit({ kind: "return", value: result === "unit" ? null : nil, span });
  return {
    symbol: `any.${name.text}`,
    name: name.text,
    parameterCount: args.length + 1,
    result: result === "unit" ? "unit" : anyType,
    span,
    builder,
  };
}

function memberFunction(analysis: Analysis, { name, args, bare }: Member): SyntheticFunction {
  const site = openSite(analysis, name, args.length);
  const { cx, span } = site;
  const call: MethodCall = {
    object: { kind: "name", name: "$value", span },
    name,
    args: args.map((label, index): ast.Arg => {
      const value: ast.Expr = { kind: "name", name: `$${index}`, span };
      return { name: label, value, spread: false, span };
    }),
    span,
    bare,
  };
  const attempt = (condition: Expr, receiver: () => Typed | null): void =>
    tryCase(cx, condition, span, () => {
      const held = receiver();
      return held === null ? errorValue : callMethodOn(cx, held, call);
    });
  for (const type of concreteTypes(analysis)) {
    if (!hasMember(cx, type, name.text)) continue;
    const ids = typeIds(cx, type) ?? [];
    attempt(isOneOf(site.id, ids, span), () => unboxed(site.self, type));
  }
  const isKind = (code: number): Expr => isOneOf(site.kind, [code], span);
  const number = (type: "i64" | "f64"): Typed =>
    typed(type, {
      kind: "host",
      type,
      symbol: `rt_any_to_${type}`,
      args: [site.self.expr],
      span,
    });
  attempt(isKind(kinds.integer), () => number("i64"));
  attempt(isKind(kinds.float), () => number("f64"));
  attempt(isKind(kinds.bool), () => unboxed(site.self, "bool"));
  attempt(isKind(kinds.text), () => unboxed(site.self, textType));
  for (const one of anyContainers(name.text)) {
    attempt(one.test(site, span), () => one.view(cx, site.self, span));
  }
  const what = `${bare ? "field or method" : "method"} \`${name.text}\``;
  const always: Expr = { kind: "bool", type: "bool", value: true, span };
  tryCase(cx, always, span, () =>
    isDisplayCall(call) ? displayed(site.self) : (optionMethod(cx, site.self, call) ?? errorValue),
  );
  return closeSite(site, name, { what });
}

/** A case of the function where the condition holds, unless it has errors: then the type has no such member. */
function tryCase(cx: Context, condition: Expr, span: Span, run: () => Value): void {
  const { builder } = cx;
  const start = builder.checkpoint();
  const branch = builder.branch(() =>
    cx.report.silence(() => {
      const value = run();
      if (value.kind === "error" || value.kind === "pending") return false;
      const result = value.kind === "unit" ? nilResult(span) : value;
      cx.lower.returnValue(cx, result, { span, explicit: true });
      return true;
    }),
  );
  if (branch.value) builder.emit({ kind: "if", condition, then: branch.body, else: [], span });
  else builder.rollBack(start);
}

function nilResult(span: Span): Typed {
  return typed(anyType, { kind: "nil", type: "any", span });
}

function hasMember(cx: Context, type: ObjectType | EnumType, name: string): boolean {
  // Results have the methods of optional values.
  if (type.kind === "enum" && type.name === "Result") return true;
  const method = type.shape.methods.get(name);
  if (method !== undefined) return method.receiver !== "static";
  return type.kind !== "enum" && fieldNamed(cx, type, name) !== undefined;
}

function storeFunction(analysis: Analysis, name: ast.Name): SyntheticFunction {
  const site = openSite(analysis, name, 1, "unit");
  const { cx, self, span } = site;
  const [given] = site.args;
  for (const type of concreteTypes(analysis)) {
    const field = type.kind === "enum" ? undefined : fieldNamed(cx, type, name.text);
    if (field === undefined || field.type === "error" || given === undefined) continue;
    const fieldType: SimpleType = field.type;
    tryCase(cx, isOneOf(site.id, typeIds(cx, type) ?? [], span), span, () => {
      const object = unboxed(self, type);
      const what = `field \`${name.text}\``;
      const value = cx.lower.expectType(cx, given, fieldType, { span, what });
      if (value.kind !== "typed") return errorValue;
      cx.builder.emit({
        kind: "store",
        type: representation(fieldType),
        base: object.expr,
        offset: field.offset,
        value: value.expr,
        span,
      });
      return unitValue;
    });
  }
  return closeSite(site, name, { what: `field \`${name.text}\``, result: "unit" });
}

/** An element of a tuple, where it is known at run time only that the value is one. */
export function anyElement(cx: Context, value: Typed, index: number, span: Span): Typed {
  const name = { text: String(index), span: noSpan };
  const { analysis } = cx;
  const callee = cx.discard
    ? 0
    : analysis.late(`element ${index}`, () => elementFunction(analysis, name, index));
  return typed(anyType, { kind: "call", type: "any", callee, args: [value.expr], span });
}

function elementFunction(analysis: Analysis, name: ast.Name, index: number): SyntheticFunction {
  const site = openSite(analysis, name, 0);
  const { cx, self, span } = site;
  for (const { kind, id, fields } of analysis.layouts.all) {
    const field = fields[index];
    if (kind !== "tuple" || field === undefined) continue;
    tryCase(cx, isOneOf(site.id, [id], span), span, () => {
      const base: Expr = { kind: "unbox", type: "ref", operand: self.expr, span };
      const { type, offset } = field;
      const element: Expr = { kind: "load", type, base, offset, span };
      if (type === "any") return typed(anyType, element);
      return typed(anyType, { kind: "box", type: "any", operand: element, span });
    });
  }
  return closeSite(site, name, { what: `element ${index}` });
}

/** A slice of a value of any type, which must be an array or a text. */
export function anySlice(cx: Context, object: Typed, expr: ast.SliceExpr): Value {
  const { analysis } = cx;
  const parts = [expr.start, expr.end, expr.step];
  const values = anyOperands(
    cx,
    object,
    parts.filter((part) => part !== null),
  );
  if (!Array.isArray(values)) return values;
  const given = parts.map((part) => part !== null);
  const callee = cx.discard
    ? 0
    : analysis.late(`slice ${given.join()}`, () => sliceFunction(analysis, given));
  return typed(anyType, { kind: "call", type: "any", callee, args: values, span: expr.span });
}

function sliceFunction(analysis: Analysis, given: readonly boolean[]): SyntheticFunction {
  const name = { text: "slice", span: noSpan };
  const site = openSite(analysis, name, given.filter(Boolean).length);
  const { cx, span } = site;
  let count = 0;
  const [start = null, end = null, step = null] = given.map((has): ast.Expr | null => {
    if (!has) return null;
    count += 1;
    return { kind: "name", name: `$${count - 1}`, span };
  });
  const object: ast.Expr = { kind: "name", name: "$held", span };
  const slice: ast.Expr = { kind: "slice", object, start, end, step, span };
  const attempt = (condition: Expr, held: () => Typed | null): void =>
    tryCase(cx, condition, span, () => {
      const value = held();
      if (value === null) return errorValue;
      const { type } = value;
      const local = cx.builder.addLocal("$held", type, true);
      cx.builder.set(local, value.expr);
      const owner = cx.builder;
      cx.scope.declare({ kind: "local", name: "$held", owner, local, type, mutable: false });
      return cx.lower.expr(cx, slice, null);
    });
  attempt(isOneOf(site.kind, [kinds.text], span), () => unboxed(site.self, textType));
  for (const one of anyContainers("slice")) {
    attempt(one.test(site, span), () => one.view(cx, site.self, span));
  }
  return closeSite(site, name, { what: "slices" });
}

/** Whether a value of any type is of one that has the trait: of all types of the program. */
export function holdsTrait(cx: Context, value: Typed, trait: TraitType, span: Span): Typed {
  const ids = (inner: Context): readonly number[] => typeIds(inner, trait) ?? [];
  return typeTest(cx, value, { key: `is ${typeKey(trait)}`, name: String(trait), ids, span });
}

/** Whether a value of any type is a tuple of so many elements. */
export function holdsTuple(cx: Context, value: Typed, count: number, span: Span): Typed {
  const ids = ({ analysis }: Context): readonly number[] =>
    analysis.layouts.all.flatMap(({ kind, id, fields }) =>
      kind === "tuple" && fields.length === count ? [id] : [],
    );
  return typeTest(cx, value, { key: `is tuple ${count}`, name: "tuple", ids, span });
}

interface TypeTest {
  readonly key: string;
  readonly name: string;
  readonly ids: (cx: Context) => readonly number[];
  readonly span: Span;
}

function typeTest(cx: Context, value: Typed, test: TypeTest): Typed {
  const { analysis } = cx;
  const callee = cx.discard ? 0 : analysis.late(test.key, () => testFunction(analysis, test));
  const { span } = test;
  return boolTyped({ kind: "call", type: "bool", callee, args: [value.expr], span });
}

function testFunction(analysis: Analysis, { name: text, ids }: TypeTest): SyntheticFunction {
  const { cx, id, span } = openSite(analysis, { text, span: noSpan }, 0, "bool");
  cx.builder.emit({ kind: "return", value: isOneOf(id, ids(cx), span), span });
  return {
    symbol: `any.is.${text}`,
    name: text,
    parameterCount: 1,
    result: "bool",
    span,
    builder: cx.builder,
  };
}
