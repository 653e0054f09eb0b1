// What a name means where it stands: locals, captured locals, module-level variables.
import type { Span } from "../../../base/index.ts";
import type { ScalarType, Type } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { freeNames } from "./free-names.ts";
import type { Context } from "./context.ts";
import { suggest } from "./report.ts";
import type {
  Binding,
  Capture,
  FunctionBinding,
  ImportBinding,
  LocalBinding,
  Scope,
  TypeArgs,
} from "./scope.ts";
import { typeBySpelling, typeSpellings } from "./types.ts";
import { errorValue, pendingValue, scalar, type Value } from "./value.ts";

/** Names that calls understand without a declaration. */
export const builtinNames: readonly string[] = [
  "print",
  "println",
  "print_raw",
  "eprint",
  "fail",
  "assert",
  "assert_true",
  "assert_false",
  "assert_equal",
  "assert_not_equal",
  "range",
];

export function readName(cx: Context, name: string, span: Span): Value {
  const binding = cx.scope.lookup(name);
  if (binding === undefined) return unknownName(cx, name, span);
  switch (binding.kind) {
    case "local":
      return readLocal(cx, binding, span);
    case "global": {
      if (binding.constant !== null && (cx.init === null || binding.declared)) {
        return scalar(binding.constant.type, { ...binding.constant.expr, span });
      }
      if (cx.init !== null && !binding.declared) return undeclared(cx, name, span);
      const type = cx.analysis.globalType(binding);
      if (type === "error") return errorValue;
      if (cx.discard) return scalar(type, { kind: "global", type, global: 0, span });
      return scalar(type, {
        kind: "global",
        type,
        global: cx.analysis.globalId(binding, type),
        span,
      });
    }
    case "function":
    case "extern":
    case "alias":
    case "declared":
    case "import":
      return notAValue(cx, binding, span);
  }
}

function undeclared(cx: Context, name: string, span: Span): Value {
  cx.report.error(
    "resolve/used-before-declaration",
    `\`${name}\` is used before its declaration`,
    span,
    "Move the declaration up.",
  );
  return errorValue;
}

function readLocal(cx: Context, binding: LocalBinding, span: Span): Value {
  if (binding.type === "error") return errorValue;
  const local = localize(cx, binding);
  if (local === null) {
    const construct = "captured variables in default arguments of nested functions";
    cx.report.unsupported("closure", construct, span);
    return errorValue;
  }
  if (local.type === "error") return errorValue;
  if (local.type === "pending") return pendingValue;
  return scalar(local.type, { kind: "local", type: local.type, local: local.local, span });
}

/** The local of the function being built that holds this variable: itself, or the parameter it was captured in. */
export function localize(cx: Context, binding: LocalBinding): LocalBinding | null {
  if (binding.owner === cx.builder) return binding;
  const captured = cx.captured.get(binding);
  if (captured !== undefined) return captured;
  // The body is lowered later than it is reached: the name may have been declared anew in the scope around it.
  for (const [source, parameter] of cx.captured) if (source.name === binding.name) return parameter;
  return null;
}

export function unknownName(cx: Context, name: string, span: Span): Value {
  if (builtinNames.includes(name)) {
    cx.report.error(
      "resolve/missing-call",
      `\`${name}\` is a function, expected a value or a call`,
      span,
      `Call it: \`${name}(...)\`.`,
    );
    return errorValue;
  }
  cx.report.error(
    "resolve/unknown-name",
    `\`${name}\` is not declared`,
    span,
    suggestion(name, [...cx.scope.names(), ...builtinNames]) ??
      (name.startsWith("rt_") ? `Declare it with \`extern fn ${name}() -> i64\`.` : undefined),
  );
  // Said once: from here on the name is known to be wrong.
  if (!cx.report.silent) {
    const owner = cx.builder;
    cx.scope.declare({ kind: "local", name, owner, local: -1, type: "error", mutable: true });
  }
  return errorValue;
}

export function suggestion(name: string, known: Iterable<string>): string | undefined {
  const found = suggest(name, known);
  return found === undefined ? undefined : `Did you mean \`${found}\`?`;
}

function notAValue(
  cx: Context,
  binding: Exclude<Binding, { kind: "local" | "global" }>,
  span: Span,
): Value {
  switch (binding.kind) {
    case "function":
    case "extern":
      cx.report.unsupported(
        "closure",
        "functions as values",
        span,
        `Call it: \`${binding.name}(...)\`.`,
      );
      break;
    case "import":
      reportImport(cx, binding, span);
      break;
    case "declared":
      // Refused at its declaration.
      break;
    case "alias":
      cx.report.error(
        "resolve/type-as-value",
        `\`${binding.name}\` is a type, expected a value`,
        span,
        `Convert with \`as ${binding.name}\`.`,
      );
      break;
  }
  return errorValue;
}

export const declaredPlural = {
  struct: "structs",
  class: "classes",
  enum: "enums",
  trait: "traits",
} as const;

export function reportImport(cx: Context, { name, reported }: ImportBinding, span: Span): void {
  if (reported) return;
  cx.report.error(
    "unsupported/import",
    `\`${name}\` comes from another module, and modules are not supported yet`,
    span,
    "Copy the definition into this file.",
  );
}

/** The HIR type of a type expression; "error" after a message. */
export function resolveType(cx: TypeSite, type: ast.TypeExpr): Type | "error" {
  switch (type.kind) {
    case "named":
      return resolveNamed(cx, type);
    case "tuple":
      if (type.elements.length === 0) return "unit";
      return refuse(cx, "tuple", "tuples", type.span);
    case "array":
      return refuse(cx, "array", "arrays", type.span);
    case "dict":
      return refuse(cx, "dict", "dictionaries", type.span);
    case "optional":
      return refuse(cx, "option", "optional values", type.span);
    case "function":
      return refuse(cx, "closure", "function values", type.span);
    case "union":
      return refuse(cx, "union", "union types", type.span);
    case "dyn":
      return refuse(cx, "trait", "traits", type.span);
  }
}

/** What resolving a type needs. */
export interface TypeSite {
  readonly report: Context["report"];
  readonly scope: Scope;
  readonly typeArgs: TypeArgs;
}

function refuse(cx: TypeSite, what: string, construct: string, span: Span): "error" {
  cx.report.unsupported(what, construct, span);
  return "error";
}

const refusedNames: Readonly<Record<string, readonly [string, string]>> = {
  text: ["text", "text values"],
  str: ["text", "text values"],
  String: ["text", "text values"],
  List: ["array", "arrays"],
  Array: ["array", "arrays"],
  Dict: ["dict", "dictionaries"],
  Map: ["dict", "dictionaries"],
  Option: ["option", "optional values"],
  Result: ["result", "results"],
  Any: ["any", "values of type `Any`"],
  Self: ["class", "classes"],
};

function resolveNamed(
  cx: TypeSite,
  type: ast.NamedType,
  seen: readonly string[] = [],
): Type | "error" {
  const name = type.name.text;
  const argument = cx.typeArgs.get(name);
  if (argument !== undefined) return argument;
  const binding = cx.scope.lookup(name);
  if (binding?.kind === "alias") {
    if (seen.includes(name)) {
      cx.report.error("resolve/type-cycle", `the type \`${name}\` is defined by itself`, type.span);
      return "error";
    }
    const target = binding.type;
    const site = { report: cx.report, scope: binding.scope, typeArgs: cx.typeArgs };
    if (target.kind !== "named") return resolveType(site, target);
    return resolveNamed(site, target, [...seen, name]);
  }
  // Refused at its declaration.
  if (binding?.kind === "declared") return "error";
  if (binding?.kind === "import") {
    if (!binding.reported) cx.report.unsupported("import", "types from other modules", type.span);
    return "error";
  }
  const known = typeBySpelling(name);
  if (known !== undefined) return known;
  const refused = Object.hasOwn(refusedNames, name) ? refusedNames[name] : undefined;
  if (refused !== undefined) return refuse(cx, refused[0], refused[1], type.span);
  cx.report.error(
    "resolve/unknown-type",
    `there is no type \`${name}\``,
    type.name.span,
    suggestion(name, [...typeSpellings(), ...Object.keys(refusedNames)]),
  );
  return "error";
}

/** A type that a local can have; unit is refused. */
export function resolveScalarType(cx: TypeSite, type: ast.TypeExpr): ScalarType | "error" {
  const found = resolveType(cx, type);
  if (found !== "unit") return found;
  cx.report.error(
    "type/unit-variable",
    "a variable or parameter cannot have the unit type",
    type.span,
  );
  return "error";
}

/**
 * Reaches the definition of a nested function: copies what it and the functions it names capture. Functions of the same
 * block that refer to each other share one set.
 */
export function captureFor(cx: Context, fn: FunctionBinding): void {
  if (fn.captures !== null) return;
  const group = new Set<FunctionBinding>();
  const sources = new Set<LocalBinding>();
  collect(cx, fn, group, sources);
  const captures = [...sources].map((source) => snapshot(cx, source, fn.decl.head));
  for (const member of group) member.captures = captures;
}

function collect(
  cx: Context,
  fn: FunctionBinding,
  group: Set<FunctionBinding>,
  sources: Set<LocalBinding>,
): void {
  group.add(fn);
  for (const name of freeNames(fn.decl)) {
    const found = cx.scope.lookup(name);
    if (found?.kind === "local") {
      if (localize(cx, found) !== null) sources.add(found);
    } else if (found?.kind === "function" && !group.has(found)) {
      if (found.captures === null) collect(cx, found, group, sources);
      else for (const { value } of found.captures) sources.add(value);
    }
  }
}

function snapshot(cx: Context, source: LocalBinding, span: Span): Capture {
  const here = localize(cx, source) ?? source;
  if (!here.mutable || here.type === "error" || here.type === "pending")
    return { source, value: here };
  const { builder } = cx;
  const local = builder.addLocal(`$${source.name}`, here.type, true);
  builder.set(local, builder.read(here.local, span));
  return { source, value: { ...here, name: `$${source.name}`, local, mutable: false } };
}
