// Expressions to closures, by the kind of value that they yield.
import type { Span } from "../../base/index.ts";
import { isHeapExpr, operandsOf, type Expr } from "../../ir/hir/index.ts";
import type { IntValue } from "../../runtime/index.ts";
import { compileCompare, compileLogic } from "./bool-nodes.ts";
import { compileCall, compileClosureCall, compileHostCall } from "./call-nodes.ts";
import type { FunctionCell, InterpContext } from "./context.ts";
import {
  compileConvertToInt,
  compileConvertToNumber,
  compileIntMath,
  compileNumberMath,
} from "./convert-nodes.ts";
import { slotOf, type BoolSlot, type IntSlot, type NumberSlot, type Value } from "./frame.ts";
import { loadBoolGlobal, loadIntGlobal, loadNumberGlobal } from "./global-nodes.ts";
import { compileHeapBool, compileHeapInt, compileHeapNumber } from "./heap-expr.ts";
import { compileIntBinary, compileIntUnary } from "./int-nodes.ts";
import {
  isNumberType,
  type BoolNode,
  type ExprCompiler,
  type IntNode,
  type NumberNode,
  type ValueNode,
} from "./node.ts";
import { compileNumberBinary, compileNumberUnary } from "./number-nodes.ts";
import { mayCollect, Temporaries } from "./roots.ts";
import { Site } from "./site.ts";

export function exprCompiler(context: InterpContext, cell: FunctionCell): ExprCompiler {
  const collecting = new Map<Expr, boolean>();
  const compiler: ExprCompiler = {
    context,
    cell,
    site: (span: Span) => new Site(cell.fn.name, span),
    number: (expr) => compileNumber(compiler, expr),
    int: (expr) => compileInt(compiler, expr),
    bool: (expr) => compileBool(compiler, expr),
    mayCollect: (expr) => {
      let known = collecting.get(expr);
      if (known === undefined) {
        known = mayCollect(expr, () =>
          operandsOf(expr).some((operand) => compiler.mayCollect(operand)),
        );
        collecting.set(expr, known);
      }
      return known;
    },
    temporaries: new Temporaries(cell.fn.locals.length),
    value: (expr) => compileValue(compiler, expr),
  };
  return compiler;
}

function compileValue(compiler: ExprCompiler, expr: Expr): ValueNode {
  if (expr.type === "unit") return compileAnyCall(compiler, expr);
  if (expr.type === "bool") return compileBool(compiler, expr);
  return isNumberType(expr.type) ? compileNumber(compiler, expr) : compileInt(compiler, expr);
}

function compileAnyCall(compiler: ExprCompiler, expr: Expr): ValueNode {
  if (expr.kind === "call") return compileCall(compiler, expr);
  if (expr.kind === "host") return compileHostCall(compiler, expr);
  if (expr.kind === "call_closure") return compileClosureCall(compiler, expr);
  throw new Error(`${expr.kind} does not yield ${expr.type}`);
}

function constant<V extends Value>(value: V): () => V {
  return () => value;
}

function compileNumber(compiler: ExprCompiler, expr: Expr): NumberNode {
  if (isHeapExpr(expr)) return compileHeapNumber(compiler, expr);
  switch (expr.kind) {
    case "int":
    case "float":
      return constant(Number(expr.value));
    case "local": {
      const slot = slotOf<NumberSlot>(expr.local);
      return (frame) => frame[slot];
    }
    case "global":
      return loadNumberGlobal(compiler, expr);
    case "unary":
      return compileNumberUnary(compiler, expr);
    case "binary":
      return compileNumberBinary(compiler, expr);
    case "convert":
      return compileConvertToNumber(compiler, expr);
    case "math":
      return compileNumberMath(compiler, expr);
    case "if": {
      const condition = compiler.bool(expr.condition);
      const whenTrue = compiler.number(expr.then);
      const whenFalse = compiler.number(expr.else);
      return (frame) => (condition(frame) ? whenTrue(frame) : whenFalse(frame));
    }
    case "call":
    case "host":
      // The verifier has matched the callee's result type.
      return compileAnyCall(compiler, expr) as NumberNode;
    case "bool":
    case "compare":
    case "logic":
      throw new Error(`${expr.kind} does not yield a number`);
  }
}

function compileInt(compiler: ExprCompiler, expr: Expr): IntNode {
  if (isHeapExpr(expr)) return compileHeapInt(compiler, expr);
  switch (expr.kind) {
    case "int":
      return constant<IntValue>(expr.value);
    case "local": {
      const slot = slotOf<IntSlot>(expr.local);
      return (frame) => frame[slot];
    }
    case "global":
      return loadIntGlobal(compiler, expr);
    case "unary":
      return compileIntUnary(compiler, expr, wideType(expr));
    case "binary":
      return compileIntBinary(compiler, expr, wideType(expr));
    case "convert":
      return compileConvertToInt(compiler, expr);
    case "math":
      return compileIntMath(compiler, expr);
    case "if": {
      const condition = compiler.bool(expr.condition);
      const whenTrue = compiler.int(expr.then);
      const whenFalse = compiler.int(expr.else);
      return (frame) => (condition(frame) ? whenTrue(frame) : whenFalse(frame));
    }
    case "call":
    case "host":
      return compileAnyCall(compiler, expr) as IntNode;
    case "float":
    case "bool":
    case "compare":
    case "logic":
      throw new Error(`${expr.kind} does not yield a 64-bit integer`);
  }
}

function wideType(expr: Expr): "i64" | "u64" {
  if (expr.type === "i64" || expr.type === "u64") return expr.type;
  throw new Error(`${expr.type} is not a 64-bit integer type`);
}

function compileBool(compiler: ExprCompiler, expr: Expr): BoolNode {
  if (isHeapExpr(expr)) return compileHeapBool(compiler, expr);
  switch (expr.kind) {
    case "bool":
      return constant(expr.value);
    case "local": {
      const slot = slotOf<BoolSlot>(expr.local);
      return (frame) => frame[slot];
    }
    case "global":
      return loadBoolGlobal(compiler, expr);
    case "unary": {
      const operand = compiler.bool(expr.operand);
      return (frame) => !operand(frame);
    }
    case "compare":
      return compileCompare(compiler, expr);
    case "logic":
      return compileLogic(compiler, expr);
    case "if": {
      const condition = compiler.bool(expr.condition);
      const whenTrue = compiler.bool(expr.then);
      const whenFalse = compiler.bool(expr.else);
      return (frame) => (condition(frame) ? whenTrue(frame) : whenFalse(frame));
    }
    case "call":
    case "host":
      return compileAnyCall(compiler, expr) as BoolNode;
    case "int":
    case "float":
    case "binary":
    case "convert":
    case "math":
      throw new Error(`${expr.kind} does not yield a bool`);
  }
}
