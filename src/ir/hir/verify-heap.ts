// The typing rules of HIR expressions and statements about memory.
import { firstLayout, type Expr, type HirModule, type LayoutId, type Stmt } from "./hir.ts";
import type { HeapExpr, HeapStmt } from "./heap-kinds.ts";
import { isIntType, isScalarType, storageSize, type Type } from "./types.ts";

/** Bytes of an object's header. */
const headerSize = 8;

interface HeapSite {
  readonly module: HirModule;
  report(at: Expr | Stmt | null, message: string): void;
}

function expectType(site: HeapSite, at: Expr | Stmt, found: Type, wanted: Type): void {
  if (found !== wanted)
    site.report(at, `${at.kind} wants a value of type ${wanted}, found ${found}`);
}

function expectBase(site: HeapSite, at: Expr | Stmt, found: Type): void {
  if (found !== "ref" && found !== "u32")
    site.report(at, `${at.kind} from a value of type ${found}`);
}

/** Checks one expression; its operands are checked already. */
export function checkHeapExpr(site: HeapSite, expr: HeapExpr): void {
  switch (expr.kind) {
    case "nil":
    case "text":
      break;
    case "singleton":
      checkSingleton(site, expr);
      break;
    case "load":
      expectBase(site, expr, expr.base.type);
      checkOffset(site, expr);
      break;
    case "element":
      expectType(site, expr, expr.array.type, "ref");
      expectType(site, expr, expr.index.type, "i64");
      break;
    case "new":
      checkNew(site, expr);
      break;
    case "new_array":
      for (const element of expr.elements) expectType(site, expr, element.type, expr.element);
      break;
    case "function_slot":
      if (site.module.functions[expr.callee] === undefined)
        site.report(expr, `there is no function ${expr.callee}`);
      break;
    case "call_closure":
      expectType(site, expr, expr.closure.type, "ref");
      break;
    case "format":
      checkFormat(site, expr);
      break;
    case "box":
      if (!isScalarType(expr.operand.type) && expr.operand.type !== "ref")
        site.report(expr, `box of ${expr.operand.type}`);
      break;
    case "unbox":
      expectType(site, expr, expr.operand.type, "any");
      break;
  }
}

function layoutOf(site: HeapSite, at: Expr, id: LayoutId) {
  const layout = site.module.layouts[id - firstLayout];
  if (layout === undefined || layout.id !== id) site.report(at, `there is no layout ${id}`);
  return layout;
}

function checkOffset(
  site: HeapSite,
  at: (Expr & { kind: "load" }) | (Stmt & { kind: "store" }),
): void {
  if (at.base.type !== "ref") return;
  if (at.offset < 0 || at.offset % storageSize(at.type) !== 0)
    site.report(at, `offset ${at.offset} of a ${at.type}`);
}

function checkNew(site: HeapSite, expr: Expr & { kind: "new" }): void {
  const layout = layoutOf(site, expr, expr.layout);
  if (layout === undefined) return;
  if (layout.fields.length !== expr.fields.length)
    site.report(
      expr,
      `${layout.name} has ${layout.fields.length} fields, found ${expr.fields.length}`,
    );
  layout.fields.forEach(({ type, offset }, index) => {
    const value = expr.fields[index];
    if (value !== undefined) expectType(site, expr, value.type, type);
    if (offset < headerSize || offset + storageSize(type) > layout.size)
      site.report(expr, `field ${index} of ${layout.name} lies outside the object`);
  });
}

function checkSingleton(site: HeapSite, expr: Expr & { kind: "singleton" }): void {
  if (layoutOf(site, expr, expr.layout)?.fields.length !== 0)
    site.report(expr, "a singleton has fields");
}

function checkFormat(site: HeapSite, expr: Expr & { kind: "format" }): void {
  for (const part of expr.parts)
    if (part.kind === "value" && part.value.type === "unit")
      site.report(expr, "unit has no display form");
}

/** Checks the operands of a statement that works on memory. */
export function checkHeapStmt(site: HeapSite, stmt: HeapStmt): void {
  switch (stmt.kind) {
    case "store":
      expectBase(site, stmt, stmt.base.type);
      expectType(site, stmt, stmt.value.type, stmt.type);
      checkOffset(site, stmt);
      break;
    case "set_element":
      expectType(site, stmt, stmt.array.type, "ref");
      expectType(site, stmt, stmt.index.type, "i64");
      expectType(site, stmt, stmt.value.type, stmt.type);
      break;
    case "memory_copy":
      for (const expr of [stmt.to, stmt.from, stmt.size]) expectType(site, stmt, expr.type, "u32");
      break;
    case "memory_fill":
      for (const expr of [stmt.to, stmt.size]) expectType(site, stmt, expr.type, "u32");
      if (!isIntType(stmt.value.type)) site.report(stmt, "memory_fill wants a byte");
      break;
  }
}
