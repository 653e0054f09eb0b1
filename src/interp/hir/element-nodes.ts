// Elements of arrays: the index is checked, then it is a read or write of memory.
import type { Expr, Stmt } from "../../ir/hir/index.ts";
import { storageSize } from "../../ir/hir/index.ts";
import {
  arrayLayout,
  bufferLayout,
  indexError,
  loadI64,
  storeWide,
  type IntValue,
  type MemoryViews,
} from "../../runtime/index.ts";
import { normal } from "./context.ts";
import { loadBoolAt, loadIntAt, loadNumberAt, numberWriter } from "./memory-nodes.ts";
import {
  isIntNodeType,
  type BoolNode,
  type ExprCompiler,
  type IntNode,
  type NumberNode,
  type StmtNode,
} from "./node.ts";
import { keepNumber, keptOperands } from "./roots.ts";
import { located, type Site } from "./site.ts";

/** Address of an element; negative indices count from the end. Throws if there is none. */
function elementAddress(
  { i32 }: MemoryViews,
  array: number,
  index: IntValue,
  { size, site }: ElementSite,
): number {
  const length = (i32[(array + arrayLayout.length) >>> 2] ?? 0) >>> 0;
  if (typeof index === "number") {
    const at = index < 0 ? index + length : index;
    if (at >= 0 && at < length) {
      const buffer = (i32[(array + arrayLayout.buffer) >>> 2] ?? 0) >>> 0;
      return buffer + bufferLayout.data + at * size;
    }
  }
  throw located(indexError(index, length), site);
}

interface ElementSite {
  readonly size: number;
  readonly site: Site;
}

interface ElementNodes {
  readonly memory: MemoryViews;
  readonly array: NumberNode;
  readonly index: IntNode;
  readonly where: ElementSite;
}

type Element = Expr & { kind: "element" };

function compileParts(
  compiler: ExprCompiler,
  { array, index, type, span }: Element | (Stmt & { kind: "set_element" }),
  value: readonly Expr[] = [],
): ElementNodes {
  const [kept = false] = keptOperands(compiler, [array, index, ...value], false);
  return {
    memory: compiler.context.memory,
    array: keepNumber(compiler, compiler.number(array), kept),
    index: compiler.int(index),
    where: { size: storageSize(type), site: compiler.site(span) },
  };
}

function addressNode({ memory, array, index, where }: ElementNodes): NumberNode {
  return (frame) => elementAddress(memory, array(frame), index(frame), where);
}

/** An element that is an i64, u64 or `any`. */
export function compileElementInt(compiler: ExprCompiler, expr: Element): IntNode {
  const parts = compileParts(compiler, expr);
  const { memory, array, index, where } = parts;
  if (expr.type === "u64") return loadIntAt(memory, addressNode(parts), expr.type);
  return (frame) => loadI64(memory, elementAddress(memory, array(frame), index(frame), where));
}

/** An element that is a number. */
export function compileElementNumber(compiler: ExprCompiler, expr: Element): NumberNode {
  const parts = compileParts(compiler, expr);
  const { memory, array, index, where } = parts;
  if (expr.type === "f64") {
    return (frame) =>
      memory.f64[elementAddress(memory, array(frame), index(frame), where) >>> 3] ?? 0;
  }
  if (expr.type === "ref") {
    return (frame) =>
      (memory.i32[elementAddress(memory, array(frame), index(frame), where) >>> 2] ?? 0) >>> 0;
  }
  return loadNumberAt(memory, addressNode(parts), expr.type);
}

export function compileElementBool(compiler: ExprCompiler, expr: Element): BoolNode {
  const parts = compileParts(compiler, expr);
  return loadBoolAt(parts.memory, addressNode(parts));
}

export function compileSetElement(
  compiler: ExprCompiler,
  statement: Stmt & { kind: "set_element" },
): StmtNode {
  const { type, value } = statement;
  const { memory, array, index, where } = compileParts(compiler, statement, [value]);
  if (isIntNodeType(type)) {
    const node = compiler.int(value);
    return (frame) => {
      const object = array(frame);
      const at = index(frame);
      const element = node(frame);
      storeWide(memory, elementAddress(memory, object, at, where), element);
      return normal;
    };
  }
  if (type === "bool") {
    const node = compiler.bool(value);
    return (frame) => {
      const object = array(frame);
      const at = index(frame);
      const bit = node(frame) ? 1 : 0;
      memory.u8[elementAddress(memory, object, at, where)] = bit;
      return normal;
    };
  }
  const node = compiler.number(value);
  const write = numberWriter(memory, type);
  return (frame) => {
    const object = array(frame);
    const at = index(frame);
    const element = node(frame);
    write(elementAddress(memory, object, at, where), element);
    return normal;
  };
}
