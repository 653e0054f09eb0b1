// Methods of structs, classes and enums: a method is a function whose first parameter is `self`.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { suggestion } from "./names.ts";
import type { MethodBinding, Shape } from "./nominal.ts";
import { fieldNamed, fieldsOf, readField, typeArgsOf } from "./objects.ts";
import { checkMutable } from "./places.ts";
import type { FunctionBinding } from "./scope.ts";
import { found, isScalar, type EnumType, type ObjectType } from "./simple-type.ts";
import { errorValue, type Typed, type Value } from "./value.ts";

/** A method call, or a member without parentheses (`args` empty, `bare`). */
export interface MethodCall {
  readonly object: ast.Expr;
  readonly name: ast.Name;
  readonly args: readonly ast.Arg[];
  readonly span: Span;
  /** Written without parentheses: a field of the name wins. */
  readonly bare?: boolean;
}

const withSelf = new WeakMap<ast.FunctionDecl, ast.FunctionDecl>();

/** The declaration with `self` as its first parameter; the same one each time, so that instances are found again. */
export function declarationOf(decl: ast.FunctionDecl): ast.FunctionDecl {
  if (decl.receiver === "static") return decl;
  let made = withSelf.get(decl);
  if (made === undefined) {
    const { span } = decl.name;
    const name = { text: "self", span };
    const type: ast.NamedType = { kind: "named", name: { text: "Self", span }, args: [], span };
    const self: ast.Param = { name, type, default: null, span };
    made = { ...decl, params: [self, ...decl.params] };
    withSelf.set(decl, made);
  }
  return made;
}

/** The function of a method for one type. */
export function methodFunction(
  type: ObjectType | EnumType,
  method: MethodBinding,
): FunctionBinding {
  let fn = method.functions.get(type);
  if (fn === undefined) {
    fn = {
      kind: "function",
      name: method.name,
      decl: declarationOf(method.decl),
      path: `${type.name}.${method.name}`,
      scope: method.scope,
      typeArgs: typeArgsOf(type, method.generics),
      captures: [],
      signature: null,
      single: null,
    };
    method.functions.set(type, fn);
  }
  return fn;
}

/** A method of a type whose type arguments are unknown: to check its names. */
export function openMethod(shape: Shape, method: MethodBinding): FunctionBinding {
  const names = ["Self", ...method.generics, ...shape.decl.generics.map(({ text }) => text)];
  return {
    kind: "function",
    name: method.name,
    decl: declarationOf(method.decl),
    path: `${shape.name}.${method.name}`,
    scope: method.scope,
    typeArgs: new Map(names.map((name) => [name, "error"])),
    captures: [],
    signature: null,
    single: null,
  };
}

/** A field, a function in a field, or a method, of an object or an enum; undefined if there is none of this name. */
export function memberOfObject(cx: Context, receiver: Typed, call: MethodCall): Value | undefined {
  const type = found(receiver.type);
  if (isScalar(type)) return undefined;
  if (type.kind === "trait") {
    const fn = cx.lower.traitFunction(cx, type, call.name.text);
    return fn === null ? undefined : cx.lower.callUser(cx, fn, callOf(call), { receiver });
  }
  if (type.kind !== "struct" && type.kind !== "class" && type.kind !== "enum") return undefined;
  const name = call.name.text;
  const field = type.kind === "enum" ? undefined : fieldNamed(cx, type, name);
  if (field !== undefined) {
    const value = readField(receiver, field, call.bare === true ? call.span : call.object.span);
    if (call.bare === true || value.kind !== "typed") return value;
    if (!type.shape.methods.has(name)) return cx.lower.callValue(cx, value, callOf(call));
  }
  const method = type.shape.methods.get(name);
  if (method === undefined) return undefined;
  if (method.receiver === "static") {
    cx.report.error(
      "resolve/static-method",
      `\`${name}\` is a static method of \`${type.name}\``,
      call.name.span,
      `Call it as \`${type.name}.${name}(...)\`.`,
    );
    return errorValue;
  }
  if (method.receiver === "me" && type.kind === "struct") {
    const what = `\`${name}\` changes its object`;
    if (!checkMutable(cx, call.object, what)) return errorValue;
  }
  return cx.lower.callUser(cx, methodFunction(type, method), callOf(call), { receiver });
}

/** The call as a tree of its own. */
export function callOf({ object, args, span }: MethodCall): ast.CallExpr {
  return { kind: "call", callee: object, args, style: "parens", span };
}

/** Says that there is no such member, and what there is. */
export function reportUnknownMember(cx: Context, receiver: Typed, call: MethodCall): Value {
  const type = found(receiver.type);
  const names: string[] = [];
  if (!isScalar(type) && (type.kind === "struct" || type.kind === "class")) {
    for (const { name } of fieldsOf(cx, type)) names.push(name);
    names.push(...type.shape.methods.keys());
  } else if (!isScalar(type) && type.kind === "enum") names.push(...type.shape.methods.keys());
  else if (!isScalar(type) && type.kind === "trait") {
    names.push(...type.decl.methods.map((method) => method.name.text));
  }
  const bare = call.bare === true;
  const what = bare && names.length > 0 ? "field or method" : "method";
  cx.report.error(
    bare && names.length > 0 ? "resolve/unknown-field" : "resolve/unknown-method",
    `\`${type}\` has no ${what} \`${call.name.text}\``,
    call.name.span,
    suggestion(call.name.text, names),
  );
  return errorValue;
}
