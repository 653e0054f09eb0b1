// Module-level variables live in linear memory. The views are read at each access because growing replaces them.
import type { Expr, Stmt } from "../../ir/hir/index.ts";
import { loadI64, loadU64, storeWide } from "../../runtime/index.ts";
import { normal } from "./context.ts";
import {
  isIntNodeType,
  type BoolNode,
  type ExprCompiler,
  type IntNode,
  type NumberNode,
  type StmtNode,
} from "./node.ts";

function addressOf(compiler: ExprCompiler, global: number): number {
  const address = compiler.context.globals[global];
  if (address === undefined) throw new Error(`module-level variable ${global} has no address`);
  return address;
}

export function loadIntGlobal(compiler: ExprCompiler, expr: Expr & { kind: "global" }): IntNode {
  const { memory } = compiler.context;
  const address = addressOf(compiler, expr.global);
  return expr.type === "u64" ? () => loadU64(memory, address) : () => loadI64(memory, address);
}

export function loadBoolGlobal(compiler: ExprCompiler, expr: Expr & { kind: "global" }): BoolNode {
  const { memory } = compiler.context;
  const index = addressOf(compiler, expr.global) >> 2;
  return () => memory.i32[index] !== 0;
}

export function loadNumberGlobal(
  compiler: ExprCompiler,
  expr: Expr & { kind: "global" },
): NumberNode {
  const { memory } = compiler.context;
  const address = addressOf(compiler, expr.global);
  const index = address >> 2;
  if (expr.type === "f64") return () => memory.f64[address >> 3] ?? 0;
  if (expr.type === "f32") return () => memory.f32[index] ?? 0;
  if (expr.type === "u32" || expr.type === "ref") return () => (memory.i32[index] ?? 0) >>> 0;
  return () => memory.i32[index] ?? 0;
}

export function compileSetGlobal(
  compiler: ExprCompiler,
  { global, value }: Stmt & { kind: "set_global" },
): StmtNode {
  const { memory } = compiler.context;
  const address = addressOf(compiler, global);
  const index = address >> 2;
  if (isIntNodeType(value.type)) {
    const node = compiler.int(value);
    return (frame) => {
      storeWide(memory, address, node(frame));
      return normal;
    };
  }
  if (value.type === "bool") {
    const node = compiler.bool(value);
    return (frame) => {
      const bit = node(frame) ? 1 : 0;
      memory.i32[index] = bit;
      return normal;
    };
  }
  const node = compiler.number(value);
  if (value.type === "f64") {
    return (frame) => {
      const float = node(frame);
      memory.f64[address >> 3] = float;
      return normal;
    };
  }
  if (value.type === "f32") {
    return (frame) => {
      const float = node(frame);
      memory.f32[index] = float;
      return normal;
    };
  }
  return (frame) => {
    const integer = node(frame);
    memory.i32[index] = integer;
    return normal;
  };
}
