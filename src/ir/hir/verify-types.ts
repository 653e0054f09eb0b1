// The typing rules of HIR expressions.
import type { Expr, FunctionId, HirFunction, HirModule, LocalId, MathOp, Stmt } from "./hir.ts";
import { isHeapExpr } from "./heap-kinds.ts";
import { checkHeapExpr } from "./verify-heap.ts";
import { operandsOf } from "./walk.ts";
import { intFacts, isFloatType, isIntType, type Type } from "./types.ts";

/** The signature of a host function, if there is one of this symbol. */
export type HostSignatures = (
  symbol: string,
) => { readonly params: readonly Type[]; readonly result: Type } | undefined;

/** What the rules need to know about the place of an expression. */
export interface TypeSite {
  readonly module: HirModule;
  readonly fn: HirFunction;
  readonly hosts: HostSignatures | undefined;
  report(at: Expr | Stmt | null, message: string): void;
  callee(id: FunctionId): HirFunction | undefined;
  /** A local is read; called in evaluation order. */
  read(local: LocalId, at: Expr): void;
}

/** Checks an expression and everything in it. */
export function checkExprTypes(site: TypeSite, expr: Expr): void {
  for (const operand of operandsOf(expr)) checkExprTypes(site, operand);
  if (isHeapExpr(expr)) {
    checkHeapExpr(site, expr);
    return;
  }
  switch (expr.kind) {
    case "int":
      checkInt(site, expr);
      break;
    case "float":
      checkFloat(site, expr);
      break;
    case "bool":
      break;
    case "local":
      expect(site, expr, site.fn.locals[expr.local]?.type);
      site.read(expr.local, expr);
      break;
    case "global":
      expect(site, expr, site.module.globals[expr.global]?.type);
      break;
    case "unary":
      checkUnary(site, expr);
      break;
    case "binary":
    case "compare":
    case "logic":
      checkPair(site, expr);
      break;
    case "if":
      checkConditional(site, expr);
      break;
    case "convert":
      checkConvert(site, expr);
      break;
    case "math":
      checkMath(site, expr);
      break;
    case "call":
    case "host":
      checkCall(site, expr);
      break;
  }
}

function expect(site: TypeSite, expr: Expr, found: Type | undefined): void {
  if (found === undefined) site.report(expr, `${expr.kind} refers to nothing`);
  else if (found !== expr.type) {
    site.report(expr, `${expr.kind} has type ${expr.type}, its operand ${found}`);
  }
}

function checkInt(site: TypeSite, expr: Expr & { kind: "int" }): void {
  const { value, type } = expr;
  const canonical =
    typeof value === "number"
      ? Number.isSafeInteger(value) && !Object.is(value, -0)
      : !Number.isSafeInteger(Number(value));
  if (!canonical) {
    site.report(expr, `${value} is not a canonical integer`);
    return;
  }
  const { min, max } = intFacts(type);
  if (value < min || value > max) site.report(expr, `${value} is out of range for ${type}`);
}

function checkFloat(site: TypeSite, expr: Expr & { kind: "float" }): void {
  if (expr.type === "f32" && !Object.is(Math.fround(expr.value), expr.value)) {
    site.report(expr, `${expr.value} is not an f32`);
  }
}

function checkConditional(site: TypeSite, expr: Expr & { kind: "if" }): void {
  if (expr.condition.type !== "bool") site.report(expr, "the condition is not bool");
  expect(site, expr, expr.then.type);
  expect(site, expr, expr.else.type);
}

function checkUnary(site: TypeSite, expr: Expr & { kind: "unary" }): void {
  expect(site, expr, expr.operand.type);
  const { op, type } = expr;
  const allowed =
    op === "not"
      ? type === "bool"
      : op === "bnot"
        ? isIntType(type)
        : isIntType(type) || isFloatType(type);
  if (!allowed) site.report(expr, `${op} does not work on ${type}`);
}

function checkPair(site: TypeSite, expr: Expr & { kind: "binary" | "compare" | "logic" }): void {
  const { left, right, op } = expr;
  if (left.type !== right.type) {
    site.report(expr, `${op} takes two values of one type, found ${left.type} and ${right.type}`);
    return;
  }
  if (expr.kind === "logic") {
    if (left.type !== "bool") site.report(expr, `${op} takes bool, found ${left.type}`);
    return;
  }
  if (expr.kind === "compare") {
    const ordered = op !== "eq" && op !== "ne";
    const { type } = left;
    if (type === "unit" || (ordered && !isIntType(type) && !isFloatType(type))) {
      site.report(expr, `${op} does not work on ${left.type}`);
    }
    return;
  }
  expect(site, expr, left.type);
  const bitwise = op === "and" || op === "or" || op === "xor" || op === "shl" || op === "shr";
  if (!isIntType(expr.type) && (bitwise || !isFloatType(expr.type))) {
    site.report(expr, `${op} does not work on ${expr.type}`);
  }
}

function checkConvert(site: TypeSite, expr: Expr & { kind: "convert" }): void {
  const from = expr.operand.type;
  const numeric = isIntType(from) || isFloatType(from);
  const allowed =
    (numeric && (isIntType(expr.type) || isFloatType(expr.type))) ||
    (from === "bool" && isIntType(expr.type));
  if (!allowed) site.report(expr, `there is no conversion from ${from} to ${expr.type}`);
}

const mathArity: Readonly<Record<MathOp, number>> = {
  abs: 1,
  min: 2,
  max: 2,
  floor: 1,
  ceil: 1,
  trunc: 1,
  round: 1,
  sqrt: 1,
};

function checkMath(site: TypeSite, expr: Expr & { kind: "math" }): void {
  const { op, type, args } = expr;
  if (args.length !== mathArity[op])
    site.report(expr, `${op} takes ${mathArity[op]}, found ${args.length}`);
  for (const arg of args) expect(site, expr, arg.type);
  const onInts = op === "abs" || op === "min" || op === "max";
  if (!isFloatType(type) && !(onInts && isIntType(type))) {
    site.report(expr, `${op} does not work on ${type}`);
  }
}

function checkCall(site: TypeSite, expr: Expr & { kind: "call" | "host" }): void {
  const signature = signatureOf(site, expr);
  if (signature === undefined) return;
  const { name, params, result } = signature;
  if (expr.type !== result)
    site.report(expr, `${name} returns ${result}, the call has type ${expr.type}`);
  const found = expr.args.map((arg) => arg.type);
  if (found.length !== params.length || found.some((type, index) => type !== params[index])) {
    site.report(expr, `${name} takes (${params.join(", ")}), found (${found.join(", ")})`);
  }
}

function signatureOf(
  site: TypeSite,
  expr: Expr & { kind: "call" | "host" },
): { name: string; params: readonly Type[]; result: Type } | undefined {
  if (expr.kind === "call") {
    const callee = site.callee(expr.callee);
    if (callee === undefined) {
      site.report(expr, `there is no function ${expr.callee}`);
      return undefined;
    }
    const params = callee.locals.slice(0, callee.parameterCount).map(({ type }) => type);
    return { name: callee.symbol, params, result: callee.result };
  }
  if (site.hosts === undefined) return undefined;
  const host = site.hosts(expr.symbol);
  if (host === undefined) {
    site.report(expr, `there is no host function ${expr.symbol}`);
    return undefined;
  }
  return { name: expr.symbol, ...host };
}
