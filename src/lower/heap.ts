// Expressions and statements of HIR about memory and objects.
import { unreachable } from "../base/index.ts";
import type { HeapExpr, HeapStmt } from "../ir/hir/index.ts";
import type { Value } from "../ir/mir/index.ts";
import { lowerBox, lowerUnbox } from "./any.ts";
import { lowerElement, lowerPush, lowerSetElement } from "./elements.ts";
import type { FunctionLowering } from "./function.ts";
import { loadValue, placeAt, storeValue } from "./memory.ts";
import {
  lowerCallClosure,
  lowerFunctionSlot,
  lowerNew,
  lowerNewArray,
  lowerSingleton,
  lowerText,
} from "./objects.ts";
import { lowerFormat } from "./text-builder.ts";

/** Lowers an expression about the heap; null for one of type unit. */
export function lowerHeapExpr(to: FunctionLowering, expr: HeapExpr): Value | null {
  const { builder } = to;
  switch (expr.kind) {
    case "nil":
      return lowerNil(to, expr.type);
    case "text":
      return lowerText(to, expr.value);
    case "singleton":
      return lowerSingleton(to, expr.layout);
    case "load":
      return loadValue(builder, expr.type, placeAt(builder, to.value(expr.base), expr.offset));
    case "element":
      return lowerElement(to, expr);
    case "new":
      return lowerNew(to, expr);
    case "new_array":
      return lowerNewArray(to, expr);
    case "function_slot":
      return lowerFunctionSlot(to, expr.callee);
    case "call_closure":
      return lowerCallClosure(to, expr);
    case "format":
      return lowerFormat(to, expr);
    case "box":
      return lowerBox(to, expr);
    case "unbox":
      return lowerUnbox(to, expr);
    default:
      return unreachable(expr);
  }
}

function lowerNil({ builder }: FunctionLowering, type: "ref" | "any"): Value {
  if (type === "ref") return builder.value("nil", null, []);
  return builder.value("bits_any", null, [builder.value("iconst", "i64", [], 0n)]);
}

/** Lowers a statement about the heap. */
export function lowerHeapStmt(to: FunctionLowering, stmt: HeapStmt): void {
  const { builder } = to;
  switch (stmt.kind) {
    case "store": {
      if (lowerPush(to, stmt)) return;
      const base = to.value(stmt.base);
      const value = to.value(stmt.value);
      storeValue(builder, stmt.type, placeAt(builder, base, stmt.offset), value);
      break;
    }
    case "set_element":
      lowerSetElement(to, stmt);
      break;
    case "memory_copy":
      builder.effect("memory_copy", null, to.values([stmt.to, stmt.from, stmt.size]));
      break;
    case "memory_fill":
      builder.effect("memory_fill", null, to.values([stmt.to, stmt.value, stmt.size]));
      break;
    default:
      unreachable(stmt);
  }
}
