// Value semantics of structs: who binds, passes or stores one that others can reach gets a copy.
import type { Expr } from "../../../ir/hir/index.ts";
import type { Context } from "./context.ts";
import { isCopied } from "./simple-type.ts";
import { typed, type Typed } from "./value.ts";

/** The value for a place that may be changed, or that outlives what the value was read from. */
export function owned(cx: Context, value: Typed): Typed {
  return isCopied(value.type) && !isFresh(value.expr) ? copyOf(cx, value) : value;
}

/** The value for a name that never changes: what such a name holds already can be shared. */
export function shared(cx: Context, value: Typed): Typed {
  return isCopied(value.type) && !isFresh(value.expr) && !isFixed(cx, value.expr)
    ? copyOf(cx, value)
    : value;
}

/** The value for a parameter: variables of the caller do not change during the call. */
export function passed(cx: Context, value: Typed): Typed {
  const { expr } = value;
  return isCopied(value.type) && !isFresh(expr) && !isNamedLocal(cx, expr)
    ? copyOf(cx, value)
    : value;
}

/** Whether nobody else can reach the object. */
function isFresh(expr: Expr): boolean {
  if (expr.kind === "if") return isFresh(expr.then) && isFresh(expr.else);
  if (expr.kind === "box" || expr.kind === "unbox") return isFresh(expr.operand);
  return made.has(expr.kind);
}

/** Expressions that give an object of their own, or nil. */
const made: ReadonlySet<string> = new Set(["new", "call", "call_closure", "host", "nil"]);

function isNamedLocal(cx: Context, expr: Expr): boolean {
  return expr.kind === "local" && cx.builder.locals[expr.local]?.name.startsWith("$") === false;
}

/** A variable of the program that is bound once. */
function isFixed(cx: Context, expr: Expr): boolean {
  return isNamedLocal(cx, expr) && cx.builder.isStable(expr);
}

/** A copy, with copies of the structs inside. Nil stays nil. */
export function copyOf(cx: Context, value: Typed): Typed {
  const { expr, type } = value;
  return typed(type, cx.lower.copy(cx, expr, type));
}
