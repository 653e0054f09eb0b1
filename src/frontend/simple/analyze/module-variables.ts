// Variables of the module: a local of its body, or a global when functions use them.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { owned } from "./copies.ts";
import { isAhead } from "./names.ts";
import type { GlobalBinding } from "./scope.ts";
import { assignedValue, bindingValue, declareLocal, reportImmutable } from "./stores.ts";
import type { Value } from "./value.ts";
import { bindModulePattern } from "./module-patterns.ts";
import type { SimpleType } from "./simple-type.ts";

/** Whether a declaration here is one of the module's variables. */
export function isModuleLevel(cx: Context): boolean {
  return cx.init !== null && cx.scope === cx.init.scope;
}

export function bindModuleVariable(cx: Context, statement: ast.BindingStmt, name: string): void {
  const hoisted = cx.scope.parent?.own(name);
  if (hoisted?.kind !== "global" || !hoisted.shared) {
    const { value, type } = bindingValue(cx, statement);
    const { mutable, type: declared } = statement;
    declareLocal(cx, name, { mutable, value, type, declared });
    if (hoisted?.kind === "global") hoisted.declared = true;
    return;
  }
  const { value, type: declared } = bindingValue(cx, statement);
  hoisted.declared = true;
  if (hoisted.constant !== null) return;
  if (hoisted.declaration === statement && hoisted.type === "unknown") {
    hoisted.type = declared ?? (value.kind === "typed" ? value.type : "error");
  }
  const type = cx.analysis.globalType(hoisted);
  if (type === "error") return;
  const what = `\`${name}\``;
  const fitting = expectType(cx, value, type, { span: statement.value.span, what });
  store(cx, hoisted, { type, value: fitting, span: statement.span });
}

/** `val (a, b) = e` at module level. */
export function bindModuleParts(cx: Context, statement: ast.BindingStmt): void {
  bindModulePattern(cx, statement, ({ pattern }, part) => {
    const hoisted = cx.scope.parent?.own(pattern.name);
    if (hoisted?.kind !== "global") return false;
    hoisted.declared = true;
    if (!hoisted.shared) return false;
    const type = cx.analysis.globalType(hoisted);
    if (type === "error") return true;
    const demand = { span: pattern.span, what: `\`${pattern.name}\`` };
    const value = expectType(cx, part(), type, demand);
    store(cx, hoisted, { type, value, span: statement.span });
    return true;
  });
}

interface Store {
  readonly type: SimpleType;
  readonly value: Value;
  readonly span: ast.Stmt["span"];
}

function store(cx: Context, binding: GlobalBinding, { type, value, span }: Store): void {
  if (value.kind !== "typed" || cx.discard) return;
  const global = cx.analysis.globalId(binding, type);
  cx.builder.emit({ kind: "set_global", global, value: owned(cx, value).expr, span });
}

export function assignModuleVariable(
  cx: Context,
  statement: ast.AssignStmt,
  binding: GlobalBinding,
): void {
  const { span } = statement;
  if (!binding.mutable) {
    reportImmutable(cx, binding.name, span);
    return;
  }
  if (isAhead(cx, binding)) {
    cx.report.error(
      "resolve/used-before-declaration",
      `\`${binding.name}\` is used before its declaration`,
      statement.target.span,
      "Move the declaration up.",
    );
    return;
  }
  const type = cx.analysis.globalType(binding);
  const value = assignedValue(cx, statement, type);
  if (type !== "error") store(cx, binding, { type, value, span });
}

/** A variable that is never assigned, with a constant as its value. */
export function constantOf(value: Value): GlobalBinding["constant"] {
  if (value.kind !== "typed") return null;
  const { kind } = value.expr;
  const constant = kind === "int" || kind === "float" || kind === "bool";
  return constant ? { ...value, literal: null } : null;
}
