// What a name means where it stands: locals, captured locals, module-level variables.
import type { Span } from "../../../base/index.ts";
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
  GlobalBinding,
  ModuleBinding,
} from "./scope.ts";
import { errorValue, pendingValue, typed, type Value } from "./value.ts";
import { representation } from "./simple-type.ts";

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
  "assert_contains",
  "assert_nil",
  "range",
];

export function readName(cx: Context, name: string, span: Span): Value {
  return readBinding(cx, cx.scope.lookup(name), name, span);
}

/** The value of what a name stands for. */
export function readBinding(
  cx: Context,
  binding: Binding | undefined,
  name: string,
  span: Span,
): Value {
  if (binding === undefined) return unknownName(cx, name, span);
  switch (binding.kind) {
    case "local":
      return readLocal(cx, binding, span);
    case "global": {
      if (binding.constant !== null && (cx.init === null || binding.declared)) {
        return typed(binding.constant.type, { ...binding.constant.expr, span });
      }
      if (isAhead(cx, binding)) return undeclared(cx, name, span);
      const type = cx.analysis.globalType(binding);
      if (type === "error") return errorValue;
      if (cx.discard)
        return typed(type, { kind: "global", type: representation(type), global: 0, span });
      return typed(type, {
        kind: "global",
        type: representation(type),
        global: cx.analysis.globalId(binding, type),
        span,
      });
    }
    case "function":
      return cx.lower.functionValue(cx, binding, span);
    case "extern":
    case "alias":
    case "object":
    case "enum":
    case "trait":
    case "import":
    case "module":
      return notAValue(cx, binding, span);
  }
}

/** The module that an expression names, as in `m.f`. */
export function moduleOf(cx: Context, expr: ast.Expr): ModuleBinding | null {
  const binding = expr.kind === "name" ? cx.scope.lookup(expr.name) : undefined;
  return binding?.kind === "module" ? binding : null;
}

/** What a module calls by this name; an import that was reported if there is nothing. */
export function memberOf(cx: Context, module: ModuleBinding, { text, span }: ast.Name): Binding {
  const binding = module.scope.own(text);
  const names = module.names();
  if (binding !== undefined && names.includes(text)) return binding;
  cx.report.error(
    "resolve/unknown-import",
    binding === undefined
      ? `the module \`${module.path}\` has no \`${text}\``
      : `\`${text}\` is not exported by the module \`${module.path}\``,
    span,
    binding === undefined
      ? suggestion(text, names)
      : `Add it to the \`export\` of \`${module.path}\`.`,
  );
  return { kind: "import", name: text, span, reported: true };
}

/** Whether the module's body has not come to the declaration of its own variable yet. */
export function isAhead(cx: Context, binding: GlobalBinding): boolean {
  return cx.init !== null && !binding.declared && cx.init.scope.parent === binding.scope;
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
  if (local === null && cx.typeArgs.has("Self")) {
    cx.report.error(
      "resolve/method-capture",
      `\`${binding.name}\` belongs to the enclosing function: methods do not see its variables`,
      span,
      "Give the type a field for it, or pass it as an argument.",
    );
    return errorValue;
  }
  if (local === null) {
    const construct = "captured variables in default arguments of nested functions";
    cx.report.unsupported("closure", construct, span);
    return errorValue;
  }
  if (local.type === "error") return errorValue;
  if (local.type === "pending") return pendingValue;
  return typed(local.type, {
    kind: "local",
    type: representation(local.type),
    local: local.local,
    span,
  });
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
    unknownHelp(cx, name),
  );
  // Said once: from here on the name is known to be wrong.
  if (!cx.report.silent) {
    const owner = cx.builder;
    cx.scope.declare({ kind: "local", name, owner, local: -1, type: "error", mutable: true });
  }
  return errorValue;
}

/** What may be meant by a name that is not declared. */
export function unknownHelp(cx: Context, name: string): string | undefined {
  const self = cx.typeArgs.get("Self");
  if (self !== undefined && self !== "error" && typeof self === "object" && "shape" in self) {
    const { decl } = self.shape;
    const fields = "fields" in decl ? decl.fields : [];
    if ([...fields, ...decl.methods].some((member) => member.name.text === name))
      return `Write \`self.${name}\`: members need \`self\`.`;
  }
  if (name.startsWith("rt_")) return `Declare it with \`extern fn ${name}() -> i64\`.`;
  // A name that was wrong before is none that is meant.
  const known = cx.scope.names().filter((other) => {
    const binding = cx.scope.lookup(other);
    return binding?.kind !== "local" || binding.local >= 0 || binding.type !== "error";
  });
  const near = suggestion(name, [...known, ...builtinNames]);
  if (near !== undefined) return near;
  return mathNames.has(name) ? `It is a method of numbers: \`x.${name}()\`.` : undefined;
}

/** Functions of other languages. */
const mathNames: ReadonlySet<string> = new Set([
  "abs", "min", "max", "pow", "sqrt", "floor", "ceil", "round", "sin", "cos", "tan", "exp", "ln", "log",
]); // prettier-ignore

export function suggestion(name: string, known: Iterable<string>): string | undefined {
  const found = suggest(name, known);
  return found === undefined ? undefined : `Did you mean \`${found}\`?`;
}

function notAValue(
  cx: Context,
  binding: Exclude<Binding, { kind: "local" | "global" | "function" }>,
  span: Span,
): Value {
  switch (binding.kind) {
    case "extern":
      cx.report.unsupported(
        "closure",
        "extern functions as values",
        span,
        `Call it: \`${binding.name}(...)\`.`,
      );
      break;
    case "module":
      cx.report.error(
        "resolve/module-as-value",
        `\`${binding.name}\` is a module, expected a value`,
        span,
        `Name something in it: \`${binding.name}.f\`.`,
      );
      break;
    case "import":
      reportImport(cx, binding, span);
      break;
    case "object":
    case "enum":
    case "trait":
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

export function reportImport(cx: Context, { name, reported }: ImportBinding, span: Span): void {
  if (reported) return;
  cx.report.error(
    "unsupported/import",
    `\`${name}\` is not in the library`,
    span,
    "Only what is built in needs no definition.",
  );
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
