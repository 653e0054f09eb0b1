// `val (a, b) = e` at module level: each name is a variable of the module.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { readName } from "./names.ts";
import { declareUnknown, destructure } from "./patterns.ts";
import { Scope } from "./scope.ts";
import { bindingValue } from "./stores.ts";
import type { Value } from "./value.ts";

/** A declaration of one name. */
export interface NameBinding extends ast.BindingStmt {
  readonly pattern: ast.NamePattern;
}

function isNameBinding(statement: ast.BindingStmt): statement is NameBinding {
  return statement.pattern.kind === "name";
}

const partsOf = new WeakMap<ast.BindingStmt, readonly NameBinding[]>();

/** What a binding declares, one declaration for each name; the value of a part is the way to it from the whole. */
export function nameBindings(statement: ast.BindingStmt): readonly NameBinding[] {
  let parts = partsOf.get(statement);
  if (parts === undefined) {
    const { pattern, value } = statement;
    parts = isNameBinding(statement)
      ? [statement]
      : spread({ ...statement, type: null }, pattern, value);
    partsOf.set(statement, parts);
  }
  return parts;
}

function spread(
  statement: ast.BindingStmt,
  pattern: ast.Pattern,
  value: ast.Expr,
): readonly NameBinding[] {
  if (pattern.kind === "name") return [{ ...statement, pattern, value }];
  if (pattern.kind !== "tuple" && pattern.kind !== "array") return [];
  return pattern.elements.flatMap((element, index) =>
    spread(statement, element, partOf(value, index, element.span)),
  );
}

function partOf(object: ast.Expr, value: number, span: Span): ast.Expr {
  return { kind: "index", object, index: { kind: "int", value, suffix: null, span }, span };
}

/** Takes the value apart and stores the parts. `store` puts a part into the variable of its name. */
export function bindModulePattern(
  cx: Context,
  statement: ast.BindingStmt,
  store: (part: NameBinding, value: () => Value) => boolean,
): void {
  const { pattern, mutable } = statement;
  const { value } = bindingValue(cx, statement);
  const module = cx.scope;
  const own = new Scope(module);
  cx.scope = own;
  if (value.kind === "typed") destructure(cx, pattern, value, mutable);
  else declareUnknown(cx, pattern, value.kind === "pending" ? "pending" : "error");
  const inner = { ...cx, scope: own };
  cx.scope = module;
  for (const part of nameBindings(statement)) {
    const { name, span } = part.pattern;
    const local = own.own(name);
    if (local === undefined) continue;
    if (!store(part, () => readName(inner, name, span))) module.declare(local);
  }
}
