// Calls of `extern` functions.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { assignArgs } from "./arguments.ts";
import { Sequence } from "./builder.ts";
import { withScope, type Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { externFunction } from "./host.ts";
import { callLinked, linkedNumber } from "./linked.ts";
import { resolveType } from "./type-names.ts";
import type { ExternBinding } from "./scope.ts";
import { errorValue, typed, unitValue, zeroOf, type Value } from "./value.ts";
import { resultRepresentation, type SimpleType } from "./simple-type.ts";

/** A call of a host function that the program declares. */
export function callExtern(cx: Context, extern: ExternBinding, call: ast.CallExpr): Value {
  const { decl, name } = extern;
  const slots = assignArgs(cx, name, decl.params, call);
  if (slots === null) return errorValue;
  const site = { report: cx.report, scope: extern.scope, typeArgs: cx.typeArgs };
  const result = decl.result === null ? "unit" : resolveType(site, decl.result);
  const { builder } = cx;
  const sequence = new Sequence(builder);
  const types: SimpleType[] = [];
  const order = evaluationOrder(slots);
  const inOrder = order.every((slot, index) => slot === index);
  for (const slot of order) {
    const param = decl.params[slot];
    if (param === undefined) return errorValue;
    const type = param.type === null ? "i64" : resolveType(site, param.type);
    if (type === "error" || type === "unit") return errorValue;
    const value = lowerArg(cx, extern, { param, type, arg: call.args[slots[slot] ?? -1] });
    if (value.kind !== "typed") return value;
    sequence.add(value.expr);
    types[slot] = type;
  }
  if (result === "error") return errorValue;
  const args: Expr[] = [];
  sequence.finish().forEach((expr, index) => {
    args[order[index] ?? index] = inOrder ? expr : builder.spill(expr);
  });
  const isExtern = externFunction(name, cx.analysis) !== undefined;
  const number = isExtern ? undefined : linkedNumber(cx, name);
  if (number !== undefined) {
    const typedArgs = args.map((expr, slot) => typed(types[slot] ?? "i64", expr));
    return callLinked(cx, number, { args: typedArgs, result, span: call.span });
  }
  return isExtern
    ? hostValue(cx, result, {
        kind: "host",
        type: resultRepresentation(result),
        symbol: name,
        args,
        span: call.span,
      })
    : failUnknown(cx, name, { result, args, span: call.span });
}

/** As they are written, which is not the order of the parameters where arguments have names; then the defaults. */
function evaluationOrder(slots: readonly number[]): number[] {
  const rank = (slot: number): number => {
    const arg = slots[slot] ?? -1;
    return arg < 0 ? slots.length + slot : arg;
  };
  return [...slots.keys()].sort((left, right) => rank(left) - rank(right));
}

/** An argument, or the default where there is none, which sees the names of the declaration. */
function lowerArg(
  cx: Context,
  { name, scope }: ExternBinding,
  {
    param,
    type,
    arg,
  }: {
    readonly param: ast.Param;
    readonly type: SimpleType;
    readonly arg: ast.Arg | undefined;
  },
): Value {
  const node = arg?.value ?? param.default;
  if (node === null) return errorValue;
  const what = `${arg === undefined ? "the default" : "argument"} \`${param.name.text}\` of \`${name}\``;
  const lowered = withScope(cx, arg === undefined ? scope : cx.scope, () =>
    cx.lower.expr(cx, node, type),
  );
  return expectType(cx, lowered, type, { span: arg?.span ?? node.span, what });
}

function hostValue(cx: Context, type: SimpleType | "unit", expr: Expr): Value {
  if (type !== "unit") return typed(type, expr);
  cx.builder.emit({ kind: "expr", value: expr, span: expr.span });
  return unitValue;
}

/** The program may never come here, so the unknown function fails only when it is called. */
function failUnknown(
  cx: Context,
  name: string,
  { result, args, span }: { result: SimpleType | "unit"; args: readonly Expr[]; span: Span },
): Value {
  const { builder } = cx;
  for (const arg of args) builder.emit({ kind: "expr", value: arg, span: arg.span });
  const text = `extern function \`${name}\` is not available on this host`;
  builder.emit({ kind: "fail", parts: [{ kind: "literal", text }], span });
  builder.reachable = false;
  return result === "unit" ? unitValue : typed(result, zeroOf(result, span));
}
