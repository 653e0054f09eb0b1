// Closures that the interpreter compiles expressions and statements to, and what compiling needs to know.
import type { Expr, Type } from "../../ir/hir/index.ts";
import type { Span } from "../../base/index.ts";
import type { IntValue } from "../../runtime/index.ts";
import type { Completion, FunctionCell, InterpContext } from "./context.ts";
import { slotOf, type Frame, type IntSlot, type NumberSlot, type Value } from "./frame.ts";
import type { Temporaries } from "./roots.ts";
import type { Site } from "./site.ts";

/** Yields an f32, f64, an integer of 32 bits and less, or a `ref` (unsigned). */
export type NumberNode = (frame: Frame) => number;
/** Yields an i64, a u64, or an `any` in its i64 encoding. */
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
  /** Whether evaluating the expression may collect. */
  mayCollect(expr: Expr): boolean;
  readonly temporaries: Temporaries;
  readonly context: InterpContext;
  readonly cell: FunctionCell;
  site(span: Span): Site;
}

/** Whether values of the type are always numbers in tier 0. */
export function isNumberType(type: Type): boolean {
  return !isIntNodeType(type) && type !== "bool" && type !== "unit";
}

/** Whether values of the type are `IntValue`s in tier 0. */
export function isIntNodeType(type: Type): boolean {
  return type === "i64" || type === "u64" || type === "any";
}

/** The slot if the expression is a local that holds a number, else null. */
export function numberLocal(expr: Expr): NumberSlot | null {
  return expr.kind === "local" && isNumberType(expr.type) ? slotOf<NumberSlot>(expr.local) : null;
}

/** The slot if the expression is a local that holds an `IntValue`, else null. */
export function intLocal(expr: Expr): IntSlot | null {
  return expr.kind === "local" && isIntNodeType(expr.type) ? slotOf<IntSlot>(expr.local) : null;
}

/** The value if the expression is a constant that is a number in tier 0, else null. */
export function numberConstant(expr: Expr): number | null {
  if (expr.kind === "float") return expr.value;
  return expr.kind === "int" && typeof expr.value === "number" ? expr.value : null;
}
