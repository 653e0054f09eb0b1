// The values that bindings and assignments store.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { coerce, expectType, isMisdeclared, type Demand } from "./convert.ts";
import { owned, shared } from "./copies.ts";
import { boundLambdaOf } from "./placeholders.ts";
import { resolveValueType } from "./type-names.ts";
import { errorValue, typed, type Typed, type Value } from "./value.ts";
import { nilValue } from "./some.ts";
import { anyType, optionOf, type SimpleType } from "./simple-type.ts";

/** The value of a binding, brought to its declared type. */
export function bindingValue(
  cx: Context,
  statement: ast.BindingStmt,
): { value: Value; type: SimpleType | "error" | null } {
  const site = { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs };
  const type = statement.type === null ? null : resolveValueType(site, statement.type);
  const node = boundLambdaOf(statement.value);
  if (type === "error") {
    // What such a type would hold is mostly not supported either: one message is enough.
    cx.report.silence(() => cx.lower.expr(cx, node, null));
    return { value: errorValue, type };
  }
  const lowered = cx.lower.expr(cx, node, type);
  const { pattern } = statement;
  const what = pattern.kind === "name" ? `\`${pattern.name}\`` : "the value";
  if (type !== null && isMisdeclared(lowered, type)) {
    warnMisdeclared(cx, type, lowered, { span: statement.type?.span ?? node.span, what });
    return { value: lowered, type: null };
  }
  if (type !== null)
    return { value: expectType(cx, lowered, type, { span: node.span, what }), type };
  // What else a variable holds that begins as nil is found by its assignments.
  if (statement.mutable && node.kind === "nil" && type === null) {
    const inner = cx.unknowns.typeOf(node, "inner");
    const nil = nilValue(optionOf(inner), node.span);
    return { value: inner === anyType ? typed(anyType, nil.expr) : nil, type };
  }
  if (lowered.kind !== "unit") return { value: lowered, type };
  cx.report.error("type/no-value", `${what} needs a value, found none`, node.span);
  return { value: errorValue, type };
}

/** The value wins: real programs have such declarations, and nothing depends on them. */
export function warnMisdeclared(
  cx: Context,
  type: SimpleType,
  value: Typed,
  { span, what }: Demand,
): void {
  cx.report.warning(
    "type/annotation",
    `${what} is declared as \`${type}\`, and its value is \`${value.type}\``,
    span,
    `Declare it as \`${value.type}\`: the value keeps its type.`,
  );
}

interface NewLocal {
  readonly mutable: boolean;
  readonly value: Value;
  /** The declared type, if any. */
  readonly type: SimpleType | "error" | null;
  /** The annotation. */
  readonly declared?: ast.TypeExpr | null;
}

export function declareLocal(
  cx: Context,
  name: string,
  { mutable, value, type, declared = null }: NewLocal,
): void {
  const { builder } = cx;
  if (value.kind !== "typed") {
    const known = type ?? (value.kind === "pending" ? "pending" : "error");
    const local =
      known === "error" || known === "pending" ? -1 : builder.addLocal(name, known, !mutable);
    cx.scope.declare({ kind: "local", name, owner: builder, local, type: known, mutable });
    return;
  }
  const kept = mutable ? owned(cx, value) : shared(cx, value);
  const local = builder.addLocal(name, value.type, !mutable);
  builder.set(local, kept.expr);
  const { type: actual } = value;
  cx.scope.declare({ kind: "local", name, owner: builder, local, type: actual, mutable, declared });
}

export function reportImmutable(cx: Context, name: string, span: Span): void {
  cx.report.error(
    "resolve/assign-val",
    `\`${name}\` was not declared with \`var\` and cannot be assigned`,
    span,
    `Declare it with \`var ${name}\`.`,
  );
}

/** The new value of a variable, brought to its type. */
export function assignedValue(
  cx: Context,
  statement: ast.AssignStmt,
  type: SimpleType | "error",
): Value {
  const { op, target, value: node, span } = statement;
  const hint = type === "error" ? null : type;
  const value =
    op === "="
      ? cx.lower.expr(cx, node, hint)
      : cx.lower.expr(
          cx,
          { kind: "binary", op: arithmeticOf[op], left: target, right: node, span },
          hint,
        );
  if (type === "error") return errorValue;
  const what = target.kind === "name" ? `\`${target.name}\`` : "the value";
  const demand = { span: node.span, what };
  if (value.kind === "typed" && isLiteral(node) && coerce(value, type) === null) {
    // The message is about the literal, not about the type that it gave the result.
    const literal = expectType(cx, cx.lower.expr(cx, node, type), type, demand);
    if (literal.kind === "error") return literal;
  }
  const fitting = expectType(cx, value, type, demand);
  return fitting.kind === "typed" ? owned(cx, fitting) : fitting;
}

function isLiteral(node: ast.Expr): boolean {
  return node.kind === "int" || (node.kind === "unary" && node.operand.kind === "int");
}

/** The operator of a compound assignment. */
export const arithmeticOf: Readonly<
  Record<Exclude<ast.AssignOp, "=">, Exclude<ast.BinaryOp, "**">>
> = {
  "+=": "+",
  "-=": "-",
  "*=": "*",
  "/=": "/",
  "%=": "%",
};
