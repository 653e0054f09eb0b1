// Type expressions to types.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { enumType, objectType } from "./nominal.ts";
import { suggestion } from "./names.ts";
import type { Scope, TypeArgs } from "./scope.ts";
import {
  anyType,
  arrayOf,
  dictOf,
  functionOf,
  optionOf,
  textType,
  tupleOf,
  type ResultType,
  type SimpleType,
} from "./simple-type.ts";
import { typeBySpelling, typeSpellings } from "./types.ts";

/** What resolving a type needs. */
export interface TypeSite {
  readonly report: Context["report"];
  readonly scope: Scope;
  readonly typeArgs: TypeArgs;
}

/** The type that a type expression names; "error" after a message. */
export function resolveType(cx: TypeSite, type: ast.TypeExpr): ResultType | "error" {
  if (cx.report.annotations.isDynamic(type)) return anyType;
  switch (type.kind) {
    case "named":
      return resolveNamed(cx, type, []);
    case "tuple": {
      if (type.elements.length === 0) return "unit";
      const elements = resolveAll(cx, type.elements);
      return elements === "error" ? "error" : tupleOf(elements);
    }
    case "array": {
      const element = resolveValueType(cx, type.element);
      return element === "error" ? "error" : arrayOf(element);
    }
    case "dict": {
      const parts = resolveAll(cx, [type.key, type.value]);
      return parts === "error" ? "error" : dictFrom(parts);
    }
    case "optional": {
      const inner = resolveValueType(cx, type.inner);
      return inner === "error" ? "error" : optionOf(inner);
    }
    case "function": {
      const params = resolveAll(cx, type.params);
      const result = type.result === null ? "unit" : resolveType(cx, type.result);
      return params === "error" || result === "error" ? "error" : functionOf(params, result);
    }
    case "union":
      return resolveAll(cx, type.options) === "error" ? "error" : anyType;
    case "dyn":
      return resolveNamed(cx, { kind: "named", name: type.trait, args: [], span: type.span }, []);
  }
}

/** A type that a variable can have; unit is refused. */
export function resolveValueType(cx: TypeSite, type: ast.TypeExpr): SimpleType | "error" {
  const found = resolveType(cx, type);
  if (found !== "unit") return found;
  cx.report.error(
    "type/unit-variable",
    "a variable or parameter cannot have the unit type",
    type.span,
  );
  return "error";
}

/** `unit` stands for `()`, which is refused without it. */
function resolveAll(
  cx: TypeSite,
  types: readonly ast.TypeExpr[],
  unit: SimpleType | null = null,
): SimpleType[] | "error" {
  const found: SimpleType[] = [];
  let wrong = false;
  for (const type of types) {
    const empty = type.kind === "tuple" && type.elements.length === 0;
    const resolved = unit !== null && empty ? unit : resolveValueType(cx, type);
    if (resolved === "error") wrong = true;
    else found.push(resolved);
  }
  return wrong ? "error" : found;
}

function dictFrom([key, value]: readonly SimpleType[]): SimpleType {
  return dictOf(key ?? anyType, value ?? anyType);
}

/** Built-in types with names, by their number of type arguments. */
const builtins: Readonly<
  Record<string, { readonly arity: number; make(args: readonly SimpleType[]): SimpleType }>
> = {
  text: { arity: 0, make: () => textType },
  str: { arity: 0, make: () => textType },
  String: { arity: 0, make: () => textType },
  Any: { arity: 0, make: () => anyType },
  any: { arity: 0, make: () => anyType },
  List: { arity: 1, make: ([element]) => arrayOf(element ?? anyType) },
  Array: { arity: 1, make: ([element]) => arrayOf(element ?? anyType) },
  Dict: { arity: 2, make: dictFrom },
  Map: { arity: 2, make: dictFrom },
  Option: { arity: 1, make: ([inner]) => optionOf(inner ?? anyType) },
};

function resolveNamed(
  cx: TypeSite,
  type: ast.NamedType,
  seen: readonly string[],
): ResultType | "error" {
  const name = type.name.text;
  const argument = cx.typeArgs.get(name);
  if (argument !== undefined) return argument;
  const binding = cx.scope.lookup(name);
  switch (binding?.kind) {
    case "alias": {
      if (seen.includes(name)) {
        const text = `the type \`${name}\` is defined by itself`;
        cx.report.error("resolve/type-cycle", text, type.span);
        return "error";
      }
      const target = binding.type;
      const site = { report: cx.report, scope: binding.scope, typeArgs: cx.typeArgs };
      if (target.kind !== "named") return resolveType(site, target);
      return resolveNamed(site, target, [...seen, name]);
    }
    case "object":
    case "enum": {
      const { generics } = binding.shape.decl;
      const args = typeArguments(cx, type, generics.length);
      if (args === "error") return "error";
      return binding.kind === "object"
        ? objectType(binding.shape, args)
        : enumType(binding.shape, args);
    }
    case "trait":
      return binding.type;
    case "import":
      if (!binding.reported) cx.report.unsupported("import", "types from other modules", type.span);
      return "error";
    case undefined:
    case "local":
    case "global":
    case "function":
    case "extern":
    case "module":
      return builtinType(cx, type);
  }
}

function builtinType(cx: TypeSite, type: ast.NamedType): ResultType | "error" {
  const name = type.name.text;
  const known = typeBySpelling(name);
  if (known !== undefined) return known;
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (builtin !== undefined) {
    const args = typeArguments(cx, type, builtin.arity);
    return args === "error" ? "error" : builtin.make(args);
  }
  cx.report.error(
    "resolve/unknown-type",
    `there is no type \`${name}\``,
    type.name.span,
    suggestion(name, [...typeSpellings(), ...Object.keys(builtins), ...cx.scope.names()]),
  );
  return "error";
}

/** The type arguments; a type without any that has parameters holds values of any type. */
function typeArguments(
  cx: TypeSite,
  type: ast.NamedType,
  arity: number,
): readonly SimpleType[] | "error" {
  const found = type.args.length;
  if (found === 0 && arity > 0) return Array.from({ length: arity }, () => anyType);
  if (found === arity) return resolveAll(cx, type.args, tupleOf([]));
  return wrongArity(cx, type.name.text, { arity, found, span: type.span });
}

function wrongArity(
  cx: TypeSite,
  name: string,
  { arity, found, span }: { arity: number; found: number; span: Span },
): "error" {
  cx.report.error(
    "type/type-arguments",
    `\`${name}\` takes ${arity === 0 ? "no" : arity} type argument${arity === 1 ? "" : "s"}, found ${found}`,
    span,
  );
  return "error";
}
