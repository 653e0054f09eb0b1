// Enums: variants and how they are made. Every variant is a layout; a value is tested by the type id of its object.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { typeIdOffset } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { enumType, type EnumShape, type FieldInfo, type VariantInfo } from "./nominal.ts";
import { assignFields, fillFields, typeArgsOf, type Slots } from "./objects.ts";
import {
  anyType,
  EnumType,
  found,
  isScalar,
  nilType,
  representation,
  typeKey,
  type SimpleType,
} from "./simple-type.ts";
import { resolveValueType } from "./type-names.ts";
import { errorValue, intConst, typed, type Typed, type Value } from "./value.ts";

/** A variant of some instance of an enum. */
export interface VariantOf {
  readonly shape: EnumShape;
  readonly variant: ast.Variant;
}

export function variantNamed(shape: EnumShape, name: string): ast.Variant | null {
  return shape.decl.variants.find((variant) => variant.name.text === name) ?? null;
}

/** The variants of an enum, in the order of their declaration. */
export function variantsOf(cx: Context, type: EnumType): readonly VariantInfo[] {
  const { shape } = type;
  const known = shape.variants.get(type);
  if (known !== undefined) return known;
  const variants = shape.decl.variants.map((decl) => variantInfo(cx, type, decl));
  const wrong = variants.some(({ fields }) => fields.some((field) => field.type === "error"));
  if (!wrong || !cx.report.silent) shape.variants.set(type, variants);
  return variants;
}

function variantInfo(cx: Context, type: EnumType, decl: ast.Variant): VariantInfo {
  const { shape } = type;
  const name = decl.name.text;
  const site = { report: cx.report, scope: shape.scope, typeArgs: typeArgsOf(type) };
  const types = decl.payload.map((field) => resolveValueType(site, field.type));
  // Instances whose payloads are alike share the layout: `Ok(1)` is a value of every `Result<i64, E>`.
  const key = `${name} ${types.map(typeKey).join()}`;
  let owner = shape.layouts.get(key);
  if (owner === undefined) shape.layouts.set(key, (owner = {}));
  const layout = cx.analysis.layouts.of(owner, () => ({
    kind: "variant",
    name: `${shape.name}::${name}`,
    fields: decl.payload.map((field, index) => {
      const of = types[index] ?? "error";
      return { name: field.name?.text ?? null, type: of === "error" ? "any" : representation(of) };
    }),
    equality: "fields",
    types: types.join(),
  }));
  const fields = decl.payload.map((field, index): FieldInfo => ({
    name: field.name?.text ?? String(index),
    type: types[index] ?? "error",
    declared: null,
    default: null,
    span: field.span,
    offset: layout.fields[index]?.offset ?? 0,
  }));
  return { name, decl, fields, layout: layout.id };
}

/** Whether the value is of this variant. */
export function isVariant(value: Expr, { layout }: VariantInfo, span: Span): Expr {
  return {
    kind: "compare",
    type: "bool",
    op: "eq",
    left: { kind: "load", type: "u32", base: value, offset: typeIdOffset, span },
    right: intConst("u32", BigInt(layout), span),
    span,
  };
}

/** The instance of the enum that the place wants, if it wants one. */
function wantedInstance(shape: EnumShape, hint: SimpleType | null): EnumType | null {
  if (shape.decl.generics.length === 0) return enumType(shape, []);
  const type = hint === null ? null : found(hint);
  if (type === null || isScalar(type)) return null;
  if (type.kind === "option") return wantedInstance(shape, type.inner);
  return type instanceof EnumType && type.shape === shape ? type : null;
}

/** A variant without payload: `Color.Red`. */
export function unitVariant(
  cx: Context,
  { shape, variant }: VariantOf,
  hint: SimpleType | null,
  span: Span,
): Value {
  if (variant.payload.length > 0) {
    const fields = variant.payload.map(({ name }, index) => name?.text ?? `_${index + 1}`);
    cx.report.error(
      "type/variant-payload",
      `\`${shape.name}.${variant.name.text}\` has ${count(variant.payload.length)}, found none`,
      span,
      `Write \`${shape.name}.${variant.name.text}(${fields.join(", ")})\`.`,
    );
    return errorValue;
  }
  const type = wantedInstance(shape, hint) ?? openInstance(shape, new Map());
  return newVariant(cx, type, variant, { values: [], span });
}

function count(fields: number): string {
  return `${fields === 0 ? "no" : fields} ${fields === 1 ? "field" : "fields"}`;
}

/** Type arguments that nothing decides hold no value: any instance of the enum takes the variant. */
function openInstance(shape: EnumShape, solved: ReadonlyMap<string, SimpleType>): EnumType {
  const args = shape.decl.generics.map(({ text }) => found(solved.get(text) ?? nilType));
  return enumType(shape, args);
}

/** `Shape.Circle(3)` */
export function constructVariant(
  cx: Context,
  { shape, variant }: VariantOf,
  call: ast.CallExpr,
  hint: SimpleType | null,
): Value {
  const known = wantedInstance(shape, hint);
  const { payload } = variant;
  const to: Slots = {
    name: `${shape.name}.${variant.name.text}`,
    fields: payload.map(({ name, type }) => ({
      name: name?.text ?? null,
      declared: type,
      default: null,
    })),
    typeArgs: known === null ? new Map() : typeArgsOf(known),
    open: new Set(known === null ? shape.decl.generics.map(({ text }) => text) : []),
    shape,
    span: call.span,
  };
  const slots = assignFields(cx, to, call.args);
  if (slots === null || slots.includes(-1)) {
    if (slots !== null) {
      const text = `\`${to.name}\` has ${count(payload.length)}, found ${call.args.length} value${call.args.length === 1 ? "" : "s"}`;
      cx.report.error("type/argument-count", text, call.span);
    }
    for (const { value } of call.args) cx.lower.expr(cx, value, null);
    return errorValue;
  }
  const filled = fillFields(cx, to, slots, call.args);
  if (filled.kind !== "filled") return filled;
  const type = known ?? openInstance(shape, solvedTypes(filled.solved));
  return newVariant(cx, type, variant, { values: filled.values, span: call.span });
}

/** A payload of `nil` says nothing about its type. */
function solvedTypes(solved: ReadonlyMap<string, SimpleType>): ReadonlyMap<string, SimpleType> {
  return new Map([...solved].map(([name, type]) => [name, type === nilType ? anyType : type]));
}

function newVariant(
  cx: Context,
  type: EnumType,
  variant: ast.Variant,
  { values, span }: { readonly values: readonly (Typed | null)[]; readonly span: Span },
): Value {
  const info = variantsOf(cx, type).find(({ decl }) => decl === variant);
  if (info === undefined) throw new Error(`${type} has no ${variant.name.text}`);
  const { fields, layout } = info;
  if (fields.length === 0) return typed(type, { kind: "singleton", type: "ref", layout, span });
  const exprs: Expr[] = [];
  for (const [index, field] of fields.entries()) {
    const value = values[index];
    if (value == null || field.type === "error") return errorValue;
    const what = `value ${index + 1} of \`${type.name}.${variant.name.text}\``;
    const fitting = expectType(cx, value, field.type, { span: value.expr.span, what });
    if (fitting.kind !== "typed") return errorValue;
    exprs.push(fitting.expr);
  }
  return typed(type, { kind: "new", type: "ref", layout, fields: exprs, span });
}

/** The variant that an unqualified name means: of the enum that is wanted, else of the only enum in sight that has it. */
export function variantOfName(
  cx: Context,
  name: string,
  hint: SimpleType | null,
): VariantOf | null {
  const wanted = hint === null ? null : enumWithin(found(hint));
  const own = wanted === null ? null : variantNamed(wanted.shape, name);
  if (wanted !== null && own !== null) return { shape: wanted.shape, variant: own };
  const seen: VariantOf[] = [];
  for (const known of new Set(cx.scope.names())) {
    const binding = cx.scope.lookup(known);
    if (binding?.kind !== "enum") continue;
    const variant = variantNamed(binding.shape, name);
    if (variant !== null) seen.push({ shape: binding.shape, variant });
  }
  // A user's enum may have variants of the names that the language has.
  const users = seen.filter(({ shape }) => shape.name !== "Result");
  const [only, another] = users.length > 0 ? users : seen;
  return another === undefined ? (only ?? null) : null;
}

function enumWithin(type: SimpleType): EnumType | null {
  if (isScalar(type)) return null;
  if (type.kind === "option") return enumWithin(found(type.inner));
  return type instanceof EnumType ? type : null;
}

/** A value of an enum as a value of another instance of it, where the type arguments that differ hold no value. */
export function instanceCoerces(from: EnumType, to: EnumType): boolean {
  if (from.shape !== to.shape) return false;
  return from.args.every((arg, index) => arg === nilType || found(arg) === to.args[index]);
}
