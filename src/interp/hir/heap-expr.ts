// Expressions about the heap to closures, by the kind of value that they yield.
import type { HeapExpr } from "../../ir/hir/index.ts";
import { compileClosureCall } from "./call-nodes.ts";
import { heapOf } from "./context.ts";
import { compileElementBool, compileElementInt, compileElementNumber } from "./element-nodes.ts";
import { compileLoadBool, compileLoadInt, compileLoadNumber } from "./memory-nodes.ts";
import type { BoolNode, ExprCompiler, IntNode, NumberNode } from "./node.ts";
import {
  compileBox,
  compileNew,
  compileNewArray,
  compileUnboxBool,
  compileUnboxInt,
  compileUnboxNumber,
} from "./object-nodes.ts";
import { compileFormatText } from "./text-nodes.ts";

/** An expression that yields a reference or another number. */
export function compileHeapNumber(compiler: ExprCompiler, expr: HeapExpr): NumberNode {
  switch (expr.kind) {
    case "nil":
      return () => 0;
    case "text":
      return constant(heapOf(compiler.context).text(expr.value));
    case "singleton":
      return constant(heapOf(compiler.context).singleton(expr.layout));
    case "function_slot":
      return constant(heapOf(compiler.context).functionSlot(expr.callee));
    case "new":
      return compileNew(compiler, expr);
    case "new_array":
      return compileNewArray(compiler, expr);
    case "format":
      return compileFormatText(compiler, expr);
    case "load":
      return compileLoadNumber(compiler, expr);
    case "element":
      return compileElementNumber(compiler, expr);
    case "unbox":
      return compileUnboxNumber(compiler, expr);
    case "call_closure":
      // The closure's function yields the type of the call.
      return compileClosureCall(compiler, expr) as NumberNode;
    case "box":
      throw new Error("an any is not a number");
  }
}

function constant(value: number): NumberNode {
  return () => value;
}

/** An expression that yields an i64, a u64 or an `any`. */
export function compileHeapInt(compiler: ExprCompiler, expr: HeapExpr): IntNode {
  switch (expr.kind) {
    case "nil":
      return () => 0;
    case "load":
      return compileLoadInt(compiler, expr);
    case "element":
      return compileElementInt(compiler, expr);
    case "box":
      return compileBox(compiler, expr);
    case "unbox":
      return compileUnboxInt(compiler, expr);
    case "call_closure":
      return compileClosureCall(compiler, expr) as IntNode;
    case "text":
    case "singleton":
    case "function_slot":
    case "new":
    case "new_array":
    case "format":
      throw new Error(`${expr.kind} does not yield a 64-bit integer`);
  }
}

export function compileHeapBool(compiler: ExprCompiler, expr: HeapExpr): BoolNode {
  switch (expr.kind) {
    case "load":
      return compileLoadBool(compiler, expr);
    case "element":
      return compileElementBool(compiler, expr);
    case "unbox":
      return compileUnboxBool(compiler, expr);
    case "call_closure":
      return compileClosureCall(compiler, expr) as BoolNode;
    case "nil":
    case "text":
    case "singleton":
    case "function_slot":
    case "new":
    case "new_array":
    case "format":
    case "box":
      throw new Error(`${expr.kind} does not yield a bool`);
  }
}
