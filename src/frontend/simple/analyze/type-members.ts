// Calls of types and of what types hold: constructors, variants, static methods.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { coerce, expectValue } from "./convert.ts";
import { nilValue, someValue } from "./some.ts";
import { constructVariant, unitVariant, variantOfName, variantNamed } from "./enums.ts";
import { methodFunction } from "./methods.ts";
import { suggestion } from "./names.ts";
import { enumType, objectType, type MethodBinding, type Shape } from "./nominal.ts";
import { construct } from "./objects.ts";
import { Scope, type FunctionBinding } from "./scope.ts";
import { EnumType, found, isScalar, ObjectType, type SimpleType } from "./simple-type.ts";
import { resolveValueType } from "./type-names.ts";
import { callTextStatic } from "./text-methods.ts";
import { errorValue, type Value } from "./value.ts";

/** A type by its name; `type` is null where its type arguments are open. */
interface NamedShape {
  readonly shape: Shape;
  readonly type: ObjectType | EnumType | null;
}

/** The struct, class or enum that a name stands for, also through an alias or as `Self`. */
export function shapeNamed(cx: Context, name: string, scope = cx.scope): NamedShape | null {
  const argument = cx.typeArgs.get(name);
  if (argument !== undefined && argument !== "error") {
    const type = found(argument);
    return type instanceof ObjectType || type instanceof EnumType
      ? { shape: type.shape, type }
      : null;
  }
  const binding = scope.lookup(name);
  if (binding?.kind === "alias") {
    const { type } = binding;
    return type.kind === "named" && type.name.text !== name
      ? shapeNamed(cx, type.name.text, binding.scope)
      : null;
  }
  if (binding?.kind !== "object" && binding?.kind !== "enum") return null;
  return shapeOf(binding.shape);
}

function shapeOf(shape: Shape): NamedShape {
  if (shape.decl.generics.length > 0) return { shape, type: null };
  return { shape, type: "fields" in shape ? objectType(shape, []) : enumType(shape, []) };
}

/** What a name with its type arguments stands for: `Box<i64>`. */
function shapeWritten(cx: Context, { name, typeArgs, span }: ast.NameExpr): NamedShape | null {
  const named = shapeNamed(cx, name);
  if (named === null || typeArgs === undefined) return named;
  const site = { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs };
  const type = resolveValueType(site, {
    kind: "named",
    name: { text: name, span },
    args: typeArgs,
    span,
  });
  const known = type instanceof ObjectType || type instanceof EnumType;
  return known ? { shape: type.shape, type } : named;
}

/** The shape whose member the expression names: `Shape.x`, `module.Shape.x`. */
function ownerOf(cx: Context, object: ast.Expr): NamedShape | null {
  if (object.kind === "name") return shapeWritten(cx, object);
  if (object.kind !== "member" || object.object.kind !== "name") return null;
  const binding = cx.scope.lookup(object.object.name);
  if (binding?.kind !== "module") return null;
  return shapeNamed(cx, object.name.text, binding.scope);
}

/** A call whose callee is a type, a variant or a static method; undefined for any other call. */
export function callOfType(
  cx: Context,
  call: ast.CallExpr,
  hint: SimpleType | null,
): Value | undefined {
  const { callee } = call;
  if (callee.kind === "name") {
    const named = shapeWritten(cx, callee);
    if (named !== null) return constructShape(cx, named, call, hint);
    if (cx.scope.lookup(callee.name) !== undefined) return undefined;
    const variant = variantOfName(cx, callee.name, hint);
    if (variant !== null) return constructVariant(cx, variant, call, hint);
    return callee.name === "Some" ? some(cx, call, hint) : undefined;
  }
  if (callee.kind !== "member" || callee.optional) return undefined;
  if (isOption(cx, callee.object) && callee.name.text === "Some") return some(cx, call, hint);
  const ofText = textStatic(cx, call, callee);
  if (ofText !== undefined) return ofText;
  const own = ownerOf(cx, callee.object);
  if (own !== null) return callMember(cx, own, { ...call, callee }, hint);
  const direct = ownerOf(cx, callee);
  return direct === null ? undefined : constructShape(cx, direct, call, hint);
}

/** `text.from_bytes(xs)`, where `text` is no variable. */
function textStatic(cx: Context, call: ast.CallExpr, callee: ast.MemberExpr): Value | undefined {
  const { object, name } = callee;
  if (object.kind !== "name" || !textNames.has(object.name)) return undefined;
  if (cx.scope.lookup(object.name) !== undefined) return undefined;
  return callTextStatic(cx, { object, name, args: call.args, span: call.span });
}
const textNames: ReadonlySet<string> = new Set(["text", "str", "String"]);

/** `Option`, which is no enum: a value that is there is `Some` of itself. */
function isOption(cx: Context, object: ast.Expr): boolean {
  return (
    object.kind === "name" && object.name === "Option" && cx.scope.lookup("Option") === undefined
  );
}

/** `Some(x)` */
function some(cx: Context, call: ast.CallExpr, hint: SimpleType | null): Value {
  const [arg, ...rest] = call.args;
  if (arg === undefined || rest.length > 0 || arg.spread) {
    const text = `\`Some\` takes one value, found ${call.args.length}`;
    cx.report.error("type/argument-count", text, call.span);
    return errorValue;
  }
  const wanted = hint === null ? null : found(hint);
  const inner =
    wanted !== null && !isScalar(wanted) && wanted.kind === "option" ? wanted.inner : hint;
  const value = expectValue(cx, cx.lower.expr(cx, arg.value, inner), arg.span);
  if (value.kind !== "typed") return value;
  const fitting = inner === null ? null : coerce(value, inner);
  return someValue(fitting ?? value);
}

/** A variant without payload by its name alone, or `None`; undefined for any other name. */
export function nameOfVariant(
  cx: Context,
  { name, span }: ast.NameExpr,
  hint: SimpleType | null,
): Value | undefined {
  if (cx.scope.lookup(name) !== undefined) return undefined;
  const variant = variantOfName(cx, name, hint);
  if (variant !== null) return unitVariant(cx, variant, hint, span);
  return name === "None" ? nilValue(hint, span) : undefined;
}

function constructShape(
  cx: Context,
  { shape, type }: NamedShape,
  call: ast.CallExpr,
  hint: SimpleType | null,
): Value {
  if ("fields" in shape) return construct(cx, shape, call, type ?? hint);
  cx.report.error(
    "type/not-callable",
    `\`${shape.name}\` is an enum, expected one of its variants`,
    call.callee.span,
    `Write \`${shape.name}.${shape.decl.variants[0]?.name.text ?? "Variant"}\`.`,
  );
  return errorValue;
}

type MemberCall = ast.CallExpr & { readonly callee: ast.MemberExpr };

function callMember(
  cx: Context,
  { shape, type }: NamedShape,
  call: MemberCall,
  hint: SimpleType | null,
): Value {
  const { name } = call.callee;
  if ("variants" in shape) {
    const variant = variantNamed(shape, name.text);
    if (variant !== null) return constructVariant(cx, { shape, variant }, call, type ?? hint);
  }
  const method = shape.methods.get(name.text);
  if (method === undefined) return unknownMember(cx, shape, name);
  if (method.receiver !== "static") {
    cx.report.error(
      "resolve/instance-method",
      `\`${name.text}\` needs an object of \`${shape.name}\``,
      name.span,
      `Call it on a value, as in \`x.${name.text}(...)\`, or declare it with \`static fn\`.`,
    );
    return errorValue;
  }
  return cx.lower.callUser(
    cx,
    staticFunction(shape, method, type ?? instanceFrom(shape, hint)),
    call,
  );
}

function instanceFrom(shape: Shape, hint: SimpleType | null): ObjectType | EnumType | null {
  const type = hint === null ? null : found(hint);
  if (type instanceof ObjectType || type instanceof EnumType) {
    return type.shape === shape ? type : null;
  }
  return type !== null && !isScalar(type) && type.kind === "option"
    ? instanceFrom(shape, type.inner)
    : null;
}

const openStatics = new WeakMap<ast.FunctionDecl, ast.FunctionDecl>();

/** The function of a static method; where the type arguments are open they are its own, to be inferred. */
function staticFunction(
  shape: Shape,
  method: MethodBinding,
  type: ObjectType | EnumType | null,
): FunctionBinding {
  if (type !== null) return methodFunction(type, method);
  let decl = openStatics.get(method.decl);
  if (decl === undefined) {
    const { span } = method.decl.name;
    const generics = shape.decl.generics.map((_, index) => ({
      text: method.generics[index] ?? "_",
      span,
    }));
    decl = { ...method.decl, generics: [...generics, ...method.decl.generics] };
    openStatics.set(method.decl, decl);
  }
  const { span } = decl.name;
  const scope = new Scope(method.scope);
  const args = shape.decl.generics.map((_, index): ast.TypeExpr => {
    const text = method.generics[index] ?? "_";
    return { kind: "named", name: { text, span }, args: [], span };
  });
  const self: ast.NamedType = { kind: "named", name: { text: shape.name, span }, args, span };
  scope.declare({ kind: "alias", name: "Self", type: self, scope: method.scope });
  return {
    kind: "function",
    name: method.name,
    decl,
    path: `${shape.name}.${method.name}`,
    scope,
    typeArgs: new Map(),
    captures: [],
    signature: null,
    single: null,
  };
}

/** `Color.Red`, or a static method without parentheses; undefined if the object is no type. */
export function memberOfType(
  cx: Context,
  expr: ast.MemberExpr,
  hint: SimpleType | null,
): Value | undefined {
  if (isOption(cx, expr.object) && expr.name.text === "None") return nilValue(hint, expr.span);
  const own = ownerOf(cx, expr.object);
  if (own === null) return undefined;
  const { shape, type } = own;
  const { name, span } = expr;
  if ("variants" in shape) {
    const variant = variantNamed(shape, name.text);
    if (variant !== null) return unitVariant(cx, { shape, variant }, type ?? hint, span);
  }
  const call: MemberCall = { kind: "call", callee: expr, args: [], style: "parens", span };
  return callMember(cx, own, call, hint);
}

function unknownMember(cx: Context, shape: Shape, name: ast.Name): Value {
  const variants = "variants" in shape ? shape.decl.variants.map((one) => one.name.text) : [];
  const statics = [...shape.methods.values()].flatMap((method) =>
    method.receiver === "static" ? method.name : [],
  );
  const what = "variants" in shape ? "variant or static method" : "static method";
  cx.report.error(
    "variants" in shape ? "resolve/unknown-variant" : "resolve/unknown-method",
    `\`${shape.name}\` has no ${what} \`${name.text}\``,
    name.span,
    suggestion(name.text, [...variants, ...statics]),
  );
  return errorValue;
}
