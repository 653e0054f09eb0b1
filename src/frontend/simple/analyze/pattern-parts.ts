// What a pattern with parts asks of a value: a test of the value itself, and the parts with their patterns.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { typeIdOffset } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { kinds } from "./any-casts.ts";
import { unboxed } from "./boxes.ts";
import type { Context } from "./context.ts";
import { isVariant, variantNamed, variantOfName, variantsOf } from "./enums.ts";
import { arrayLength } from "./heap-nodes.ts";
import { suggestion } from "./names.ts";
import { enumType, objectType, type FieldInfo, type VariantInfo } from "./nominal.ts";
import { fieldsOf, objectLayout, readField } from "./objects.ts";
import { isNilNode, optionTypeOf } from "./option-values.ts";
import { shapeNamed } from "./type-members.ts";
import {
  anyType,
  found,
  isScalar,
  nilType,
  representation,
  type ArrayType,
  type EnumType,
  type ObjectType,
  type SimpleType,
} from "./simple-type.ts";
import { tupleElement } from "./tuples.ts";
import { boolConst, intConst, typed, type Typed, type Value } from "./value.ts";

export interface Part {
  readonly pattern: ast.Pattern;
  readonly value: Value;
}

export interface Parts {
  readonly test: Expr;
  readonly parts: readonly Part[];
}

/** A pattern that may have parts. */
export type StructuredPattern =
  | ast.NamePattern
  | ast.ConstructorPattern
  | ast.TuplePattern
  | ast.ArrayPattern;

/** "binding": a name that binds the value itself. "error": does not fit any value, after a message. */
export function partsOf(
  cx: Context,
  pattern: StructuredPattern,
  subject: Typed,
): Parts | "binding" | "error" {
  if (pattern.kind === "name") return nameParts(cx, pattern, subject);
  if (pattern.kind === "constructor") return constructorParts(cx, pattern, subject);
  const option = optionTypeOf(subject);
  const whole = option === null ? subject : unboxed(subject, option.inner);
  const parts =
    pattern.kind === "tuple" ? tupleParts(cx, pattern, whole) : arrayParts(cx, pattern, whole);
  return option === null ? parts : ifPresent(subject, parts, pattern.span);
}

/** A name is a variant if the subject's type has one of that name; else it binds. */
function nameParts(
  cx: Context,
  pattern: ast.NamePattern,
  subject: Typed,
): Parts | "binding" | "error" {
  const { name, span } = pattern;
  const variant = enumOf(subject);
  if (variant !== null && variantNamed(variant.shape, name) !== null) {
    const path = [{ text: name, span }];
    return constructorParts(cx, { kind: "constructor", path, args: null, span }, subject);
  }
  if (name === "None" && isOptional(subject)) {
    return { test: isNilNode(subject.expr, span), parts: [] };
  }
  return "binding";
}

function isOptional(subject: Typed): boolean {
  const type = found(subject.type);
  return optionTypeOf(subject) !== null || type === anyType || type === nilType;
}

/** The enum that the subject is, perhaps inside an option. */
function enumOf(subject: Typed): EnumType | null {
  const option = optionTypeOf(subject);
  const type = found(option === null ? subject.type : option.inner);
  return !isScalar(type) && type.kind === "enum" ? type : null;
}

function constructorParts(
  cx: Context,
  pattern: ast.ConstructorPattern,
  subject: Typed,
): Parts | "error" {
  const { span } = pattern;
  const name = pattern.path.at(-1);
  if (name === undefined) throw new Error("a constructor has a name");
  const owner = pattern.path.length > 1 ? pattern.path.at(-2) : undefined;
  const type = found(subject.type);
  const option = optionTypeOf(subject);
  const isOptionName = owner === undefined || owner.text === "Option";
  const ownVariant = enumOf(subject);
  const variantWins = ownVariant !== null && variantNamed(ownVariant.shape, name.text) !== null;
  if (isOptionName && !variantWins && (name.text === "Some" || name.text === "None")) {
    return optionParts(cx, pattern, subject, name.text === "Some");
  }
  if (option !== null) {
    return ifPresent(subject, constructorParts(cx, pattern, unboxed(subject, option.inner)), span);
  }
  if (type === anyType) return anyParts(cx, pattern, subject);
  if (!isScalar(type) && type.kind === "enum") return variantParts(cx, pattern, subject, type);
  if (!isScalar(type) && (type.kind === "struct" || type.kind === "class")) {
    return objectParts(cx, pattern, subject, type);
  }
  if (!isScalar(type) && type.kind === "trait") return anyParts(cx, pattern, subject);
  mismatch(cx, `\`${spelled(pattern)}\``, type, span);
  return "error";
}

/** The parts of what is in an optional value: it must be there. */
function ifPresent({ expr }: Typed, inner: Parts | "error", span: Span): Parts | "error" {
  if (inner === "error") return inner;
  const operand = isNilNode(expr, span);
  const left: Expr = { kind: "unary", type: "bool", op: "not", operand, span };
  const test: Expr = { kind: "logic", type: "bool", op: "and", left, right: inner.test, span };
  return { ...inner, test };
}

function spelled({ path }: ast.ConstructorPattern): string {
  return path.map(({ text }) => text).join(".");
}

function mismatch(cx: Context, what: string, type: SimpleType, span: Span): void {
  if (cx.specialised) return;
  cx.report.error("type/mismatch", `the pattern ${what} never fits a \`${type}\``, span);
}

function optionParts(
  cx: Context,
  pattern: ast.ConstructorPattern,
  subject: Typed,
  some: boolean,
): Parts | "error" {
  const { span } = pattern;
  const args = pattern.args ?? [];
  if (args.length !== (some ? 1 : 0)) {
    const text = some ? "`Some` takes one pattern" : "`None` has no value";
    cx.report.error("type/variant-payload", `${text}, found ${args.length}`, span);
    return "error";
  }
  if (!isOptional(subject)) {
    // A value that is always there is `Some` of itself.
    const [only] = args;
    const parts = only === undefined ? [] : [{ pattern: only.pattern, value: subject }];
    return { test: boolConst(some, span), parts };
  }
  const isNil = isNilNode(subject.expr, span);
  if (!some) return { test: isNil, parts: [] };
  const option = optionTypeOf(subject);
  const inside = option === null ? subject : unboxed(subject, option.inner);
  const test: Expr = { kind: "unary", type: "bool", op: "not", operand: isNil, span };
  const [only] = args;
  return { test, parts: only === undefined ? [] : [{ pattern: only.pattern, value: inside }] };
}

function variantParts(
  cx: Context,
  pattern: ast.ConstructorPattern,
  subject: Typed,
  type: EnumType,
): Parts | "error" {
  const { span, path } = pattern;
  const name = path.at(-1)?.text ?? "";
  const owner = path.at(-2);
  if (owner !== undefined && shapeNamed(cx, owner.text)?.shape !== type.shape) {
    mismatch(cx, `\`${spelled(pattern)}\``, type, span);
    return "error";
  }
  const variants = variantsOf(cx, type);
  const variant = variants.find((one) => one.name === name);
  if (variant === undefined) {
    const names = variants.map((one) => one.name);
    const text = `\`${type}\` has no variant \`${name}\``;
    cx.report.error("resolve/unknown-variant", text, span, suggestion(name, names));
    return "error";
  }
  const parts = variantFields(cx, pattern, subject, variant);
  if (parts === null) return "error";
  const only = variants.length === 1;
  return { test: only ? boolConst(true, span) : isVariant(subject.expr, variant, span), parts };
}

function variantFields(
  cx: Context,
  pattern: ast.ConstructorPattern,
  subject: Typed,
  { name, fields, decl }: VariantInfo,
): Part[] | null {
  // `Circle` alone fits whatever it holds.
  if (pattern.args === null) return [];
  const named = decl.payload.some((field) => field.name !== null);
  const given = pattern.args.length;
  const full = given === fields.length || (named && pattern.args.every((arg) => arg.name !== null));
  if (!full) {
    const count = `${fields.length === 0 ? "no" : fields.length} ${fields.length === 1 ? "field" : "fields"}`;
    const text = `\`${name}\` has ${count}, found ${given} pattern${given === 1 ? "" : "s"}`;
    cx.report.error(
      "type/variant-payload",
      text,
      pattern.span,
      "Use `_` for what does not matter.",
    );
    return null;
  }
  return fieldParts(cx, pattern.args, subject, { fields, name });
}

interface Fields {
  readonly fields: readonly FieldInfo[];
  readonly name: string;
}

/** Positional patterns go to the fields in order, named ones to theirs. */
function fieldParts(
  cx: Context,
  args: readonly ast.PatternArg[],
  subject: Typed,
  { fields, name }: Fields,
): Part[] | null {
  const parts: Part[] = [];
  for (const [index, arg] of args.entries()) {
    const field =
      arg.name === null ? fields[index] : fields.find((one) => one.name === arg.name?.text);
    if (field === undefined) {
      const wanted = arg.name?.text ?? String(index);
      const text = `\`${name}\` has no field \`${wanted}\``;
      const help = suggestion(
        wanted,
        fields.map((one) => one.name),
      );
      cx.report.error("resolve/unknown-field", text, arg.span, help);
      return null;
    }
    parts.push({ pattern: arg.pattern, value: readField(subject, field, arg.span) });
  }
  return parts;
}

/** `Point(0, y)`, `Point(x: 0)` */
function objectParts(
  cx: Context,
  pattern: ast.ConstructorPattern,
  subject: Typed,
  type: ObjectType,
): Parts | "error" {
  const { span, path, args } = pattern;
  const name = path.at(-1)?.text ?? "";
  if (shapeNamed(cx, name)?.shape !== type.shape) {
    mismatch(cx, `\`${spelled(pattern)}\``, type, span);
    return "error";
  }
  const fields = fieldsOf(cx, type);
  if (args !== null && args.length > fields.length) {
    const text = `\`${type}\` has ${fields.length} fields, found ${args.length} patterns`;
    cx.report.error("type/variant-payload", text, span);
    return "error";
  }
  const parts = fieldParts(cx, args ?? [], subject, { fields, name: type.name });
  return parts === null ? "error" : { test: boolConst(true, span), parts };
}

/** A value of any type: the type id says what it is. */
function anyParts(cx: Context, pattern: ast.ConstructorPattern, subject: Typed): Parts | "error" {
  const { span, path } = pattern;
  const name = path.at(-1)?.text ?? "";
  const owner = path.at(-2);
  const boxed = subject.expr.type === "any";
  const id: Expr = boxed
    ? { kind: "host", type: "u32", symbol: "rt_any_type", args: [subject.expr], span }
    : { kind: "load", type: "u32", base: subject.expr, offset: typeIdOffset, span };
  const is = (layout: number): Expr => ({
    kind: "compare",
    type: "bool",
    op: "eq",
    left: id,
    right: intConst("u32", BigInt(layout), span),
    span,
  });
  const inside = (type: SimpleType): Typed =>
    boxed
      ? typed(type, { kind: "unbox", type: "ref", operand: subject.expr, span })
      : typed(type, subject.expr);
  const shape = shapeNamed(cx, owner?.text ?? name)?.shape;
  if (shape !== undefined && "fields" in shape) {
    const type = objectType(
      shape,
      shape.decl.generics.map(() => anyType),
    );
    const parts = objectParts(cx, pattern, inside(type), type);
    return parts === "error" ? parts : { test: is(objectLayout(cx, type).id), parts: parts.parts };
  }
  const variant = shape === undefined ? variantOfName(cx, name, null) : null;
  const known = shape ?? variant?.shape;
  if (known === undefined || !("variants" in known) || known.decl.generics.length > 0) {
    const text = `there is no struct, class or variant \`${spelled(pattern)}\``;
    cx.report.error("resolve/unknown-variant", text, span);
    return "error";
  }
  const type = enumType(known, []);
  const info = variantsOf(cx, type).find((one) => one.name === name);
  const parts = variantParts(cx, pattern, inside(type), type);
  return parts === "error" || info === undefined
    ? "error"
    : { test: is(info.layout), parts: parts.parts };
}

function tupleParts(cx: Context, pattern: ast.TuplePattern, subject: Typed): Parts | "error" {
  const { span, elements } = pattern;
  const type = found(subject.type);
  const count = elements.length;
  if (type === anyType) {
    const parts = elements.map((element, index) => ({
      pattern: element,
      value: cx.lower.anyElement(cx, subject, index, span),
    }));
    return { test: cx.lower.holdsTuple(cx, subject, count, span).expr, parts };
  }
  if (isScalar(type) || type.kind !== "tuple" || type.elements.length !== count) {
    if (cx.specialised) return "error";
    const names = `${count} element${count === 1 ? "" : "s"}`;
    cx.report.error(
      "type/pattern",
      `a tuple pattern of ${names} never fits a \`${type}\``,
      span,
      "A tuple is taken apart into as many names as it has elements.",
    );
    return "error";
  }
  const parts = elements.map((element, index) => ({
    pattern: element,
    value: tupleElement(cx, subject, index, span),
  }));
  return { test: boolConst(true, span), parts };
}

function arrayParts(cx: Context, pattern: ast.ArrayPattern, subject: Typed): Parts | "error" {
  const { span, elements } = pattern;
  const type = found(subject.type);
  if (!isScalar(type) && type.kind === "tuple") {
    return tupleParts(cx, { kind: "tuple", elements, span }, subject);
  }
  if (type === anyType) return anyArrayParts(pattern, subject);
  if (isScalar(type) || type.kind !== "array") {
    if (!cx.specialised)
      cx.report.error("type/pattern", `an array pattern never fits a \`${type}\``, span);
    return "error";
  }
  const left = arrayLength(subject.expr, span).expr;
  const right = intConst("i64", BigInt(elements.length), span);
  const test: Expr = { kind: "compare", type: "bool", op: "eq", left, right, span };
  const parts = elements.map((element, index) => ({
    pattern: element,
    value: elementAt(type, subject, index, span),
  }));
  return { test, parts };
}

function elementAt(type: ArrayType, subject: Typed, index: number, span: Span): Typed {
  return typed(type.element, {
    kind: "element",
    type: representation(type.element),
    array: subject.expr,
    index: intConst("i64", BigInt(index), span),
    span,
  });
}

/** An array of so many elements, where the subject's type is known at run time only. */
function anyArrayParts({ elements, span }: ast.ArrayPattern, subject: Typed): Parts {
  const call = (symbol: string, type: "u32" | "i64"): Expr => ({
    kind: "host",
    type,
    symbol,
    args: [subject.expr],
    span,
  });
  const is = (left: Expr, type: "u32" | "i64", count: number): Expr => {
    const right = intConst(type, BigInt(count), span);
    return { kind: "compare", type: "bool", op: "eq", left, right, span };
  };
  const left = is(call("rt_any_kind", "u32"), "u32", kinds.array);
  const right = is(call("rt_any_length", "i64"), "i64", elements.length);
  const parts = elements.map((element, index) => {
    const operand = intConst("i64", BigInt(index), span);
    const at: Expr = { kind: "box", type: "any", operand, span };
    const args = [subject.expr, at];
    const value = typed(anyType, { kind: "host", type: "any", symbol: "rt_any_index", args, span });
    return { pattern: element, value };
  });
  return { test: { kind: "logic", type: "bool", op: "and", left, right, span }, parts };
}
