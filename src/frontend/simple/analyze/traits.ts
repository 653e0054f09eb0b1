// Traits: which types have them, and calls where the type of the object is known at run time only. Such a call goes to
// one function for each method and argument types, which looks at the object's type id and calls the method of that type.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { typeIdOffset } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { variantsOf } from "./enums.ts";
import type { Context, Instance } from "./context.ts";
import { declarationOf, methodFunction } from "./methods.ts";
import { addMethod, enumType, objectType, type Shape } from "./nominal.ts";
import { objectLayout } from "./objects.ts";
import type { FunctionBinding } from "./scope.ts";
import { signatureOf } from "./signature.ts";
import type { EnumType, ObjectType, SimpleType, TraitType } from "./simple-type.ts";
import { isOpen } from "./unknowns.ts";
import { intConst, typed, type Typed, type Value } from "./value.ts";

/** Gives the types of a block what their traits define for them, and says what they do not define themselves. */
export function completeTrait(
  cx: Context,
  shape: Shape,
  trait: TraitType,
  impl: ast.ImplDecl,
): void {
  shape.traits.add(trait);
  const missing: string[] = [];
  const generics = shape.decl.generics.map(({ text }) => text);
  const scope = cx.analysis.shapes.traitScope(trait);
  for (const decl of trait.decl.methods) {
    const own = shape.methods.get(decl.name.text);
    if (own === undefined && decl.body !== null) addMethod(shape, decl, { generics, scope });
    else if (own === undefined) missing.push(`\`${decl.name.text}\``);
    else checkSignature(cx, trait, decl, own.decl);
  }
  if (missing.length === 0) return;
  cx.report.error(
    "type/missing-method",
    `\`${shape.name}\` does not define ${missing.join(", ")} of the trait \`${trait}\``,
    impl.trait?.span ?? impl.span,
    `Define ${missing.length === 1 ? "it" : "them"} in this \`impl\`.`,
  );
}

function checkSignature(
  cx: Context,
  trait: TraitType,
  wanted: ast.FunctionDecl,
  own: ast.FunctionDecl,
): void {
  const [takes, found] = [wanted.params.length, own.params.length];
  if (takes === found && (wanted.receiver === "static") === (own.receiver === "static")) return;
  const parameters = `${takes === 0 ? "no" : takes} parameter${takes === 1 ? "" : "s"}`;
  cx.report.error(
    "type/trait-signature",
    `\`${own.name.text}\` takes ${parameters} in the trait \`${trait}\`, found ${found}`,
    own.head,
    "Declare it as the trait has it.",
  );
}

/** The function that stands for a method of a trait: it calls that of the object's own type. */
export function traitFunction(cx: Context, trait: TraitType, name: string): FunctionBinding | null {
  const method = trait.decl.methods.find((one) => one.name.text === name);
  if (method === undefined || method.receiver === "static") return null;
  let functions = cx.analysis.shapes.traitFunctions.get(trait);
  if (functions === undefined) {
    cx.analysis.shapes.traitFunctions.set(trait, (functions = new Map()));
  }
  let fn = functions.get(name);
  if (fn === undefined) {
    const typeArgs = new Map<string, SimpleType>([["Self", trait]]);
    fn = {
      kind: "function",
      name,
      decl: declarationOf(method),
      path: `${trait}.${name}`,
      scope: cx.analysis.shapes.traitScope(trait),
      typeArgs,
      captures: [],
      signature: null,
      single: null,
      dispatch: trait,
    };
    functions.set(name, fn);
  }
  return fn;
}

/** The types that have a trait and may have objects. */
export function implementors(cx: Context, trait: TraitType): readonly (ObjectType | EnumType)[] {
  const types: (ObjectType | EnumType)[] = [];
  cx.analysis.usesAllTypes = true;
  for (const shape of cx.analysis.shapes.all) {
    if (!shape.traits.has(trait)) continue;
    if (shape.decl.generics.length === 0) {
      types.push("fields" in shape ? objectType(shape, []) : enumType(shape, []));
    } else for (const type of shape.instances.values()) if (!isOpen(type)) types.push(type);
  }
  return types;
}

/** The result type of a method that its trait does not declare: that of the first type that has it. */
export function dispatchResult(
  cx: Context,
  { fn, paramTypes }: Instance,
): ReturnType<Context["analysis"]["resultOf"]> {
  const [type] = fn.dispatch === undefined ? [] : implementors(cx, fn.dispatch);
  const method = type?.shape.methods.get(fn.name);
  if (type === undefined || method === undefined) return "unit";
  const own = methodFunction(type, method);
  const wanted = signatureOf(cx.report, own).params;
  const types = paramTypes.slice(1).map((given, index) => {
    const param = wanted[index + 1];
    return param?.kind === "fixed" && param.type !== "error" ? param.type : given;
  });
  return cx.analysis.resultOf(cx.analysis.instance(own, [type, ...types], own.typeArgs));
}

/** The body of a trait's method: one call for each type that has the trait. */
export function buildDispatch(cx: Context, { fn, paramTypes }: Instance): void {
  const { builder } = cx;
  const span = fn.decl.head;
  const params = fn.decl.params.map(({ name }, index): Typed => {
    const type = paramTypes[index] ?? "i64";
    return typed(type, builder.read(builder.addLocal(name.text, type, true), span));
  });
  const [self, ...args] = params;
  if (self === undefined || fn.dispatch === undefined) throw new Error("not a method of a trait");
  const types = implementors(cx, fn.dispatch);
  const id = builder.spill({
    kind: "load",
    type: "u32",
    base: self.expr,
    offset: typeIdOffset,
    span,
  });
  for (const type of types) {
    const branch = builder.branch(() => {
      const value = callOn(cx, fn.name, { type, self, args, span });
      cx.lower.returnValue(cx, value, { span, explicit: true });
    });
    const condition = isOfType(cx, id, type, span);
    builder.emit({ kind: "if", condition, then: branch.body, else: [], span });
  }
  const text = `no type in use has the method \`${fn.name}\` of \`${fn.dispatch}\``;
  builder.emit({ kind: "fail", parts: [{ kind: "literal", text }], span });
  builder.reachable = false;
}

interface Case {
  readonly type: ObjectType | EnumType;
  readonly self: Typed;
  readonly args: readonly Typed[];
  readonly span: Span;
}

/** Calls the method of one type. */
function callOn(cx: Context, name: string, { type, self, args, span }: Case): Value {
  const method = type.shape.methods.get(name);
  if (method === undefined) return { kind: "error" };
  const fn = methodFunction(type, method);
  const { params } = signatureOf(cx.report, fn);
  const fitted: Typed[] = [typed(type, self.expr)];
  for (const [index, arg] of args.entries()) {
    const param = params[index + 1];
    const label = fn.decl.params[index + 1]?.name.text ?? "";
    if (param?.kind !== "fixed" || param.type === "error") fitted.push(arg);
    else {
      const what = `argument \`${label}\` of \`${name}\``;
      const value = cx.lower.expectType(cx, arg, param.type, { span: method.span, what });
      if (value.kind !== "typed") return value;
      fitted.push(value);
    }
  }
  return cx.lower.callFunction(cx, fn, fitted, span);
}

/** Whether a type id is one of this type. */
function isOfType(cx: Context, id: Expr, type: ObjectType | EnumType, span: Span): Expr {
  const layouts =
    type.kind === "enum"
      ? variantsOf(cx, type).map(({ layout }) => layout)
      : [objectLayout(cx, type).id];
  const tests = layouts.map((layout): Expr => {
    const right = intConst("u32", BigInt(layout), span);
    return { kind: "compare", type: "bool", op: "eq", left: id, right, span };
  });
  const [first, ...rest] = tests;
  if (first === undefined) return { kind: "bool", type: "bool", value: false, span };
  return rest.reduce(
    (left, right): Expr => ({ kind: "logic", type: "bool", op: "or", left, right, span }),
    first,
  );
}
