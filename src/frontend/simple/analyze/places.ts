// Places: what an assignment or a method that changes its object writes to.
import type * as ast from "../ast.ts";
import { arithmetic } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { expectType, expectValue } from "./convert.ts";
import { owned } from "./copies.ts";
import { suggestion } from "./names.ts";
import { fieldNamed, fieldsOf, readField } from "./objects.ts";
import { lowerOperandsAfter } from "./operands.ts";
import { presentValue } from "./option-values.ts";
import { anyType, found, isScalar, representation, type SimpleType } from "./simple-type.ts";
import { arithmeticOf } from "./stores.ts";
import { errorValue, type Typed, type Value } from "./value.ts";

/**
 * Whether the struct that the expression names may change: it lies in a variable, behind a reference, or is a value
 * that nobody else has. `what` starts the message.
 */
export function checkMutable(cx: Context, object: ast.Expr, what: string): boolean {
  const root = rootOf(cx, object);
  if (root === null) return true;
  const binding = cx.scope.lookup(root.name);
  if (binding?.kind !== "local" && binding?.kind !== "global") return true;
  if (binding.mutable || binding.type === "error") return true;
  const self = root.name === "self";
  cx.report.error(
    "type/immutable-struct",
    `${what}, and \`${root.name}\` ${self ? "cannot change in an `fn` method" : "was not declared with `var`"}`,
    object.span,
    self
      ? "Declare the method with `me`."
      : `Declare it with \`var ${root.name}\`, or copy it into a variable that is.`,
  );
  return false;
}

/** The variable that a path of struct fields starts at; null where it leads through a reference. */
function rootOf(cx: Context, expr: ast.Expr): { readonly name: string } | null {
  if (expr.kind === "name") return { name: expr.name };
  if (expr.kind === "self") return { name: "self" };
  if (expr.kind !== "member") return null;
  const type = typeOfPlace(cx, expr.object);
  return type !== null && !isScalar(type) && type.kind === "struct"
    ? rootOf(cx, expr.object)
    : null;
}

/** The type of an expression, for its type alone. */
function typeOfPlace(cx: Context, expr: ast.Expr): SimpleType | null {
  const trial = { ...cx, discard: true };
  const value = cx.report.silence(
    () => cx.builder.branch(() => trial.lower.expr(trial, expr, null)).value,
  );
  return value.kind === "typed" ? found(value.type) : null;
}

/** `object.field = value`, also compound. */
export function assignField(cx: Context, statement: ast.AssignStmt, target: ast.MemberExpr): void {
  const { span, op } = statement;
  const { builder } = cx;
  const lowered = expectValue(cx, cx.lower.expr(cx, target.object, null), target.object.span);
  if (lowered.kind !== "typed") {
    cx.lower.expr(cx, statement.value, null);
    return;
  }
  const present = presentValue(cx, lowered, target.object.span);
  const type = found(present.type);
  const { text: name } = target.name;
  if (type === anyType) {
    assignAnyField(cx, statement, target, present);
    return;
  }
  if (isScalar(type) || (type.kind !== "struct" && type.kind !== "class")) {
    const help = "Only structs and classes have fields.";
    cx.report.error("type/assign", `\`${type}\` has no field \`${name}\``, target.name.span, help);
    return;
  }
  const field = fieldNamed(cx, type, name);
  if (field === undefined) {
    const known = fieldsOf(cx, type).map((other) => other.name);
    const text = `\`${type}\` has no field \`${name}\``;
    cx.report.error("resolve/unknown-field", text, target.name.span, suggestion(name, known));
    return;
  }
  if (type.kind === "struct") {
    if (!checkMutable(cx, target.object, `\`${name}\` is a field of a struct`)) return;
  }
  if (field.type === "error") return;
  const object = op === "=" ? present : builder.spillTyped(present);
  const before = readField(object, field, target.span);
  const stored = newValue(cx, statement, {
    object,
    before,
    type: field.type,
    declared: field.declared,
    name,
  });
  if (stored === null) return;
  builder.emit({
    kind: "store",
    type: representation(field.type),
    base: stored.object.expr,
    offset: field.offset,
    value: stored.value.expr,
    span,
  });
}

/** `object.field = value` where the type of the object is known at run time only. */
function assignAnyField(
  cx: Context,
  { op, value: node, span }: ast.AssignStmt,
  target: ast.MemberExpr,
  present: Typed,
): void {
  const { name } = target;
  const demand = { span: node.span, what: `field \`${name.text}\`` };
  const object = op === "=" ? present : cx.builder.spillTyped(present);
  const before =
    op === "="
      ? object
      : cx.lower.anyMember(cx, object, {
          object: target.object,
          name,
          args: [],
          span: target.span,
          bare: true,
        });
  if (before.kind !== "typed") return;
  const operands = lowerOperandsAfter(cx, before, [node]);
  if (operands.kind !== "operands") return;
  const [first, given] = operands.values;
  if (first === undefined || given === undefined) return;
  const changed =
    op === "=" ? given : arithmetic(cx, arithmeticOf[op], { left: first, right: given, span });
  const value = expectType(cx, changed, anyType, demand);
  if (value.kind !== "typed") return;
  cx.lower.storeAnyMember(cx, op === "=" ? first : object, name, owned(cx, value));
}

interface FieldStore {
  readonly object: Typed;
  readonly before: Value;
  readonly type: SimpleType;
  readonly declared: ast.TypeExpr | null;
  readonly name: string;
}

/** The object and what is stored in it, in evaluation order. */
function newValue(
  cx: Context,
  { op, value: node, span }: ast.AssignStmt,
  { object, before, type, name, declared }: FieldStore,
): { readonly object: Typed; readonly value: Typed } | null {
  const demand = { span: node.span, what: `field \`${name}\``, declared };
  if (op === "=") {
    const hints = { hint: () => type };
    const operands = lowerOperandsAfter(cx, object, [node], hints);
    if (operands.kind !== "operands") return null;
    const [base, given] = operands.values;
    const fitting = given === undefined ? errorValue : expectType(cx, given, type, demand);
    if (base === undefined || fitting.kind !== "typed") return null;
    return { object: base, value: owned(cx, fitting) };
  }
  if (before.kind !== "typed") return null;
  const operands = lowerOperandsAfter(cx, before, [node], {
    hint: () => before.type,
    guess: true,
  });
  if (operands.kind !== "operands") return null;
  const [left, right] = operands.values;
  if (left === undefined || right === undefined) return null;
  const result = arithmetic(cx, arithmeticOf[op], { left, right, span });
  const fitting = expectType(cx, result, type, demand);
  return fitting.kind === "typed" ? { object, value: fitting } : null;
}
