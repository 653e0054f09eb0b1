// `val`, `var` and assignments.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { assignIndex } from "./indexing.ts";
import {
  assignModuleVariable,
  bindModuleParts,
  bindModuleVariable,
  isModuleLevel,
} from "./module-variables.ts";
import { declareUnknown, destructure } from "./patterns.ts";
import { assignField } from "./places.ts";
import { localize, memberOf, moduleOf, unknownHelp } from "./names.ts";
import type { Binding, LocalBinding } from "./scope.ts";
import { assignedValue, bindingValue, declareLocal, reportImmutable } from "./stores.ts";

export function lowerBinding(cx: Context, statement: ast.BindingStmt): void {
  const { pattern } = statement;
  if (isModuleLevel(cx) && pattern.kind === "name") {
    bindModuleVariable(cx, statement, pattern.name);
    return;
  }
  if (isModuleLevel(cx) && (pattern.kind === "tuple" || pattern.kind === "array")) {
    bindModuleParts(cx, statement);
    return;
  }
  const { value, type } = bindingValue(cx, statement);
  if (pattern.kind === "name") {
    const { mutable, type: declared } = statement;
    declareLocal(cx, pattern.name, { mutable, value, type, declared });
  } else if (pattern.kind === "wildcard") {
    if (value.kind === "typed")
      cx.builder.emit({ kind: "expr", value: value.expr, span: statement.span });
  } else {
    if (value.kind === "typed") destructure(cx, pattern, value, statement.mutable);
    else declareUnknown(cx, pattern, value.kind === "pending" ? "pending" : "error");
  }
}

export function lowerAssign(cx: Context, statement: ast.AssignStmt): void {
  const { target, span } = statement;
  if (target.kind === "member") {
    const module = moduleOf(cx, target.object);
    if (module === null) assignField(cx, statement, target);
    else assignMember(cx, statement, memberOf(cx, module, target.name));
    return;
  }
  if (target.kind === "tuple_index") {
    const help = "Make a new tuple.";
    cx.report.error("type/assign", "the elements of a tuple cannot be assigned", target.span, help);
    return;
  }
  if (target.kind !== "name") {
    assignIndex(cx, statement, target);
    return;
  }
  const binding = cx.scope.lookup(target.name);
  if (binding === undefined) {
    if (target.name === "main" && statement.op === "=" && isModuleLevel(cx))
      setExitCode(cx, statement);
    else reportUndeclared(cx, statement, target.name);
    return;
  }
  if (binding.kind === "local") assignLocal(cx, statement, binding);
  else if (binding.kind === "global") assignModuleVariable(cx, statement, binding);
  else {
    cx.report.error(
      "type/assign",
      `\`${target.name}\` is not a variable`,
      span,
      "Declare a variable with `var`.",
    );
  }
}

/** `module.name = v` */
function assignMember(cx: Context, statement: ast.AssignStmt, binding: Binding): void {
  if (binding.kind === "global") assignModuleVariable(cx, statement, binding);
  else if (binding.kind !== "import") {
    const text = `\`${binding.name}\` is not a variable`;
    cx.report.error("type/assign", text, statement.span, "Declare a variable with `var`.");
  }
}

function reportUndeclared(cx: Context, statement: ast.AssignStmt, name: string): void {
  cx.report.error(
    "resolve/unknown-name",
    `\`${name}\` is not declared`,
    statement.target.span,
    unknownHelp(cx, name) ?? `Declare it with \`var ${name} = ...\`.`,
  );
}

/** `main = 42`, the old way to give an exit code. */
function setExitCode(cx: Context, statement: ast.AssignStmt): void {
  const value = cx.lower.expr(cx, statement.value, "i64");
  const what = "the exit code";
  const code = expectType(cx, value, "i64", { span: statement.value.span, what });
  const { init, builder } = cx;
  if (code.kind === "typed" && init?.exit != null) builder.set(init.exit, code.expr);
}

function assignLocal(cx: Context, statement: ast.AssignStmt, binding: LocalBinding): void {
  const { builder } = cx;
  const { span } = statement;
  if (binding.owner !== builder) {
    cx.report.error(
      "resolve/assign-capture",
      `\`${binding.name}\` belongs to the enclosing function and cannot be assigned here`,
      statement.target.span,
      "Use a field of a class instance or a module-level variable.",
    );
    return;
  }
  const local = localize(cx, binding);
  if (local === null) return;
  if (!binding.mutable && binding.type !== "error") {
    reportImmutable(cx, binding.name, span);
    return;
  }
  const value = assignedValue(cx, statement, binding.type === "pending" ? "error" : binding.type);
  if (value.kind === "typed")
    builder.emit({ kind: "set", local: local.local, value: value.expr, span });
}
