// Closures that the interpreter compiles expressions and statements to, and what compiling needs to know.
import type { Expr, HirFunction, ScalarType } from "../../ir/hir/index.ts";
import type { Span } from "../../base/index.ts";
import type { IntValue } from "../../runtime/index.ts";
import type { Completion, FunctionCell, InterpContext } from "./context.ts";
import { slotOf, type Frame, type IntSlot, type NumberSlot, type Value } from "./frame.ts";
import { Site } from "./site.ts";

/** Yields an f32, f64 or an integer of 32 bits and less. */
export type NumberNode = (frame: Frame) => number;
/** Yields an i64 or u64. */
export type IntNode = (frame: Frame) => IntValue;
export type BoolNode = (frame: Frame) => boolean;
export type ValueNode = (frame: Frame) => Value;
export type StmtNode = (frame: Frame) => Completion;

/** Compiles an expression of a type that yields a number, an `IntValue`, a boolean, or any of them. */
export interface ExprCompiler {
  number(expr: Expr): NumberNode;
  int(expr: Expr): IntNode;
  bool(expr: Expr): BoolNode;
  value(expr: Expr): ValueNode;
  readonly context: InterpContext;
  readonly cell: FunctionCell;
  site(span: Span): Site;
}

export function siteIn(fn: HirFunction, span: Span): Site {
  return new Site(fn.name, span);
}

/** Whether values of the type are always numbers in tier 0. */
export function isNumberType(type: ScalarType | "unit"): boolean {
  return type !== "i64" && type !== "u64" && type !== "bool" && type !== "unit";
}

/** The slot if the expression is a local that holds a number, else null. */
export function numberLocal(expr: Expr): NumberSlot | null {
  return expr.kind === "local" && isNumberType(expr.type) ? slotOf<NumberSlot>(expr.local) : null;
}

/** The slot if the expression is a local that holds an i64 or u64, else null. */
export function intLocal(expr: Expr): IntSlot | null {
  return expr.kind === "local" && (expr.type === "i64" || expr.type === "u64")
    ? slotOf<IntSlot>(expr.local)
    : null;
}

/** The value if the expression is a constant that is a number in tier 0, else null. */
export function numberConstant(expr: Expr): number | null {
  if (expr.kind === "float") return expr.value;
  return expr.kind === "int" && typeof expr.value === "number" ? expr.value : null;
}
