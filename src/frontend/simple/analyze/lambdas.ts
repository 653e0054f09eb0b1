// Function values: lambdas, placeholder lambdas, functions as values, and what happens when their type is forgotten.
//
// A lambda is a nested function without a name. Its value is a closure with what it captures, or one static object if that
// is nothing; a call of it goes directly to the function, with the captures behind the arguments. Where only a signature is
// known (`fn(i64) -> i64`), the value is a closure of an adapter around the lambda's own closure.
import type { Span } from "../../../base/index.ts";
import type { Expr, HirLayout } from "../../../ir/hir/index.ts";
import { adaptedFunctionField } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { Builder } from "./builder.ts";
import { owned } from "./copies.ts";
import type { Analysis, Context } from "./context.ts";
import { newContext } from "./function-context.ts";
import { keyOfTypes } from "./generics.ts";
import { captureFor, localize } from "./names.ts";
import { Scope, type FunctionBinding } from "./scope.ts";
import { signatureOf } from "./signature.ts";
import {
  anyType,
  found,
  functionOf,
  isScalar,
  LambdaType,
  noSpan,
  representation,
  type FunctionType,
  type ResultType,
  type SimpleType,
} from "./simple-type.ts";
import { Unknowns } from "./unknowns.ts";
import {
  errorValue,
  intConst,
  pendingValue,
  typed,
  unitValue,
  type Typed,
  type Value,
} from "./value.ts";

const declarations = new WeakMap<ast.LambdaExpr, ast.FunctionDecl>();

/** The lambda as a function declaration; the same one each time, so that instances are found again. */
function declarationOf(expr: ast.LambdaExpr): ast.FunctionDecl {
  let decl = declarations.get(expr);
  if (decl === undefined) {
    const { params, result, body, span } = expr;
    decl = {
      kind: "function",
      name: { text: "lambda", span },
      generics: [],
      params,
      result,
      receiver: "plain",
      body,
      head: span,
      span,
    };
    declarations.set(expr, decl);
  }
  return decl;
}

/** `\x: e` */
export function lowerLambda(cx: Context, expr: ast.LambdaExpr): Value {
  const fn: FunctionBinding = {
    kind: "function",
    name: "lambda",
    decl: declarationOf(expr),
    path: cx.path === "" ? "lambda" : `${cx.path}$lambda`,
    scope: cx.scope,
    typeArgs: cx.typeArgs,
    captures: null,
    signature: null,
    single: null,
  };
  captureFor(cx, fn);
  cx.analysis.noteLambda(cx, fn);
  return closureOf(cx, fn, expr.span);
}

/** A function by its name, not called. */
export function functionValue(cx: Context, fn: FunctionBinding, span: Span): Value {
  if (fn.captures !== null) return closureOf(cx, fn, span);
  cx.report.error(
    "resolve/used-before-declaration",
    `\`${fn.name}\` is used before its definition`,
    span,
    "Move the definition up.",
  );
  return errorValue;
}

function closureOf(cx: Context, fn: FunctionBinding, span: Span): Value {
  const captured: Typed[] = [];
  for (const { source, value } of fn.captures ?? []) {
    const local = localize(cx, value) ?? localize(cx, source);
    if (local === null || local.type === "error") return errorValue;
    if (local.type === "pending") return pendingValue;
    const { type } = local;
    const captive = typed(type, {
      kind: "local",
      type: representation(type),
      local: local.local,
      span,
    });
    captured.push(owned(cx, captive));
  }
  const type = lambdaType(cx, fn, captured);
  const layout = captureLayout(cx, type).id;
  if (captured.length === 0) return typed(type, { kind: "singleton", type: "ref", layout, span });
  const fields = [intConst("u32", 0n, span), ...captured.map(({ expr }) => expr)];
  return typed(type, { kind: "new", type: "ref", layout, fields, span });
}

/** One type for each lambda, types of its captures and type arguments around it. */
function lambdaType(cx: Context, fn: FunctionBinding, captured: readonly Typed[]): LambdaType {
  const { lambdas } = cx.analysis;
  let types = lambdas.get(fn.decl);
  if (types === undefined) lambdas.set(fn.decl, (types = new Map()));
  const captures = captured.map(({ type }) => type);
  const key = `${keyOfTypes(captures)};${keyOfTypes(fn.typeArgs.values())}`;
  const type = types.get(key) ?? new LambdaType({ fn, captures });
  types.set(key, type);
  // It may be lowered again, in other scopes, when types were looked for.
  for (const each of types.values()) {
    if (each === type || each.source.declared?.plain === type) each.source.fn = fn;
  }
  return type;
}

/** Slot (unused) and captures of a lambda's own closure; no fields if there are no captures. */
function captureLayout(cx: Context, type: LambdaType): HirLayout {
  const { fn, captures, declared } = type.source;
  return cx.analysis.layouts.of(declared?.plain ?? type, () => {
    const captured = captures.map(
      (capture) => ({ name: null, type: representation(capture) }) as const,
    );
    return {
      kind: "closure",
      name: fn.name,
      fields: captured.length === 0 ? [] : [{ name: null, type: "u32" }, ...captured],
      equality: "identity",
    };
  });
}

/** What the closure of a lambda captured, read out of it. The closure is a local. */
export function capturesOf(cx: Context, closure: Typed, span: Span): Typed[] {
  const type = found(closure.type);
  if (isScalar(type) || type.kind !== "lambda" || type.source.captures.length === 0) return [];
  const { fields } = captureLayout(cx, type);
  return type.source.captures.map((capture, index) =>
    typed(capture, {
      kind: "load",
      type: representation(capture),
      base: closure.expr,
      offset: fields[index + 1]?.offset ?? 0,
      span,
    }),
  );
}

// ------------------------------------------------------------------------------------------- erasure

/** The signature by which a lambda is known in an `Any`. */
export function dynamicSignature(arity: number): FunctionType {
  return functionOf(
    Array.from({ length: arity }, () => anyType),
    anyType,
  );
}

/** The value where a function type, or `Any`, is wanted; undefined if this is not about a function. */
export function erased(cx: Context, value: Typed, wanted: SimpleType): Typed | null | undefined {
  const from = found(value.type);
  const to = found(wanted);
  if (isScalar(from) || !isCallable(from) || isScalar(to)) return undefined;
  if (to === from) return value;
  if (to === anyType) {
    const closure = adapt(cx, { ...value, type: from }, dynamicSignature(arityOf(from)));
    if (closure === null) return null;
    return typed(anyType, {
      kind: "box",
      type: "any",
      operand: closure.expr,
      span: value.expr.span,
    });
  }
  const target = to.kind === "option" ? found(to.inner) : to;
  if (isScalar(target) || target.kind !== "function") return undefined;
  if (from.kind === "function" && !passesOn(from, target)) return undefined;
  const closure = adapt(cx, { ...value, type: from }, target);
  return closure === null ? null : typed(wanted, closure.expr);
}

/** A function out of an `Any` that holds one of so many parameters. */
export function functionFromAny(cx: Context, value: Typed, wanted: FunctionType): Typed | null {
  const type = dynamicSignature(wanted.params.length);
  const { expr } = value;
  const closure: Expr = { kind: "unbox", type: "ref", operand: expr, span: expr.span };
  return adapt(cx, { ...typed(type, closure), type }, wanted);
}

type CallableType = LambdaType | FunctionType;

function isCallable(type: Exclude<SimpleType, string>): type is CallableType {
  return type.kind === "lambda" || type.kind === "function";
}

function arityOf(type: CallableType): number {
  return type.kind === "function" ? type.params.length : type.source.fn.decl.params.length;
}

/** Whether a function can stand for one of another signature: where they differ one of them takes or gives anything. */
export function passesOn(from: FunctionType, to: FunctionType): boolean {
  if (from.params.length !== to.params.length) return false;
  const agrees = (a: ResultType, b: ResultType): boolean =>
    a === b || (a !== "unit" && b !== "unit" && (found(a) === anyType || found(b) === anyType));
  return (
    agrees(from.result, to.result) &&
    from.params.every((param, index) => agrees(param, to.params[index] ?? "unit"))
  );
}

/** A closure of an adapter with this signature around the lambda; null if the parameters do not fit. */
function adapt(
  cx: Context,
  value: Typed & { readonly type: CallableType },
  signature: FunctionType,
): Typed | null {
  const { type, expr } = value;
  if (type === signature) return value;
  if (arityOf(type) !== signature.params.length) return null;
  const { span } = expr;
  if (cx.discard) return typed(signature, { kind: "nil", type: "ref", span });
  const layout = signatureLayout(cx, signature);
  const callee = cx.analysis.synthetic(`${keyOfTypes([type, signature])}`, () =>
    cx.report.from(placeOf(type), () => adapterOf(cx, type, signature)),
  );
  const slot: Expr = { kind: "function_slot", type: "u32", callee, span };
  return typed(signature, {
    kind: "new",
    type: "ref",
    layout: layout.id,
    fields: [slot, expr],
    span,
  });
}

/** Closures of one signature: the adapter's slot and the lambda's own closure. */
export function signatureLayout(cx: Context, signature: FunctionType): HirLayout {
  return cx.analysis.layouts.of(signature, () => ({
    kind: "closure",
    name: String(signature),
    fields: [
      { name: null, type: "u32" },
      { name: adaptedFunctionField, type: "ref" },
    ],
    equality: "identity",
  }));
}

function placeOf(type: CallableType): Span | null {
  return type.kind === "lambda" ? type.source.fn.decl.head : null;
}

/** The body of an adapter: takes the closure and the arguments, calls the lambda with its captures. */
function adapterOf(outer: Context, type: CallableType, signature: FunctionType) {
  const { fn } = type.kind === "lambda" ? type.source : { fn: null };
  const name = fn?.name ?? "lambda";
  const path = fn?.path ?? "function";
  const span = noSpan;
  const builder = new Builder();
  const cx = newContext({
    analysis: outer.analysis,
    scope: fn?.scope ?? new Scope(null),
    goal: { kind: "declared", type: signature.result },
    discard: false,
    path,
    typeArgs: fn?.typeArgs ?? new Map(),
    captured: new Map(),
    unknowns: new Unknowns(),
    init: null,
    builder,
  });
  const self = builder.addRaw("$closure", "ref", true);
  const args = signature.params.map((param, index) => {
    const local = builder.addLocal(`$${index}`, param, true);
    return typed(param, builder.read(local, span));
  });
  const offset = signatureLayout(cx, signature).fields[1]?.offset ?? 0;
  const inner: Expr = { kind: "load", type: "ref", base: builder.read(self, span), offset, span };
  const result = applyLambda(cx, typed(type, inner), args, span);
  finishAdapter(cx, result, signature.result, span);
  const symbol = `${path}.adapter`;
  const parameterCount = signature.params.length + 1;
  return { symbol, name, parameterCount, result: signature.result, span, builder };
}

function finishAdapter(cx: Context, value: Value, result: ResultType, span: Span): void {
  if (result !== "unit" && value.kind === "unit" && found(result) === anyType) {
    const nil = typed(anyType, { kind: "nil", type: "any", span });
    cx.lower.returnValue(cx, nil, { span, explicit: false });
  } else if (result === "unit" && value.kind === "typed") {
    cx.builder.emit({ kind: "expr", value: value.expr, span });
    cx.lower.returnValue(cx, unitValue, { span, explicit: false });
  } else cx.lower.returnValue(cx, value, { span, explicit: false });
}

/** The signature that two lambdas share: their declared types where they agree, else `Any`. */
export function commonSignature(
  analysis: Analysis,
  a: SimpleType,
  b: SimpleType,
): FunctionType | null {
  const [first, second] = [signatureTypes(analysis, a), signatureTypes(analysis, b)];
  if (first === null || second === null || first.length !== second.length) return null;
  const params = first.map((type, index) => (type === second[index] ? type : anyType));
  const results = [resultFor(analysis, a, params), resultFor(analysis, b, params)];
  const [result] = results;
  return functionOf(params, result !== undefined && result === results[1] ? result : anyType);
}

/** The types of the parameters that a function value takes: `Any` where it takes all; null if it is no function. */
export function signatureTypes(analysis: Analysis, value: SimpleType): SimpleType[] | null {
  const type = found(value);
  if (isScalar(type)) return null;
  if (type.kind === "function") return [...type.params];
  if (type.kind !== "lambda") return null;
  const { declared } = type.source;
  if (declared !== undefined) return [...declared.signature.params];
  return signatureOf(analysis.report, type.source.fn).params.map((param) =>
    param.kind === "fixed" && param.type !== "error" ? param.type : anyType,
  );
}

/** The result of a function value for parameters of these types; undefined while it is not known. */
export function resultFor(
  analysis: Analysis,
  value: SimpleType,
  params: readonly SimpleType[],
): ResultType | undefined {
  const type = found(value);
  if (isScalar(type)) return undefined;
  if (type.kind === "function") return type.result;
  if (type.kind !== "lambda") return undefined;
  const { fn, captures, declared } = type.source;
  if (declared !== undefined) return declared.signature.result;
  const instance = analysis.instance(fn, [...params, ...captures], fn.typeArgs);
  const result = analysis.resultOf(instance);
  return result === "error" || result === "pending" ? undefined : result;
}

// --------------------------------------------------------------------------------------------- calls

/** Calls a lambda, or any function value, with arguments that are lowered already. */
export function applyLambda(cx: Context, callee: Typed, args: readonly Typed[], span: Span): Value {
  const type = found(callee.type);
  if (!isScalar(type) && type.kind === "lambda") {
    const { declared } = type.source;
    if (declared !== undefined) return applyDeclared(cx, callee, args, { ...declared, span });
    const closure = type.source.captures.length === 0 ? callee : cx.builder.spillTyped(callee);
    const fitted = fitToSignature(cx, type.source.fn, args, span);
    if (fitted === null) return errorValue;
    const { fn } = type.source;
    const captured = capturesOf(cx, closure, span);
    return cx.lower.callInstance(cx, fn, fitted, { typeArgs: fn.typeArgs, span, captured });
  }
  return applyErased(cx, callee, args, span);
}

/** A lambda behind a parameter that declares a signature: the arguments and the result are of its types. */
function applyDeclared(
  cx: Context,
  callee: Typed,
  args: readonly Typed[],
  { signature, plain, span }: { signature: FunctionType; plain: LambdaType; span: Span },
): Value {
  const fitted = fitArguments(cx, signature, args, span);
  if (!Array.isArray(fitted)) return fitted;
  const value = applyLambda(cx, { ...callee, type: plain }, fitted, span);
  if (signature.result !== "unit") {
    return cx.lower.expectType(cx, value, signature.result, { span, what: "the result" });
  }
  if (value.kind !== "typed") return value;
  cx.builder.emit({ kind: "expr", value: value.expr, span });
  return unitValue;
}

/** The arguments as a signature wants them. */
function fitArguments(
  cx: Context,
  { params }: FunctionType,
  args: readonly Typed[],
  span: Span,
): Typed[] | Value {
  if (params.length !== args.length) {
    reportArity(cx, params.length, args.length, span);
    return errorValue;
  }
  const fitted: Typed[] = [];
  for (const [index, arg] of args.entries()) {
    const what = `argument ${index + 1} of the function`;
    const value = cx.lower.expectType(cx, arg, params[index] ?? anyType, { span, what });
    if (value.kind !== "typed") return value;
    fitted.push(value);
  }
  return fitted;
}

/** The arguments as the declared parameters want them. */
function fitToSignature(
  cx: Context,
  fn: FunctionBinding,
  args: readonly Typed[],
  span: Span,
): Typed[] | null {
  const { params } = signatureOf(cx.report, fn);
  if (params.length !== args.length) {
    reportArity(cx, params.length, args.length, span);
    return null;
  }
  const fitted: Typed[] = [];
  for (const [index, arg] of args.entries()) {
    const param = params[index];
    const name = fn.decl.params[index]?.name.text ?? "";
    if (param?.kind !== "fixed" || param.type === "error") fitted.push({ ...arg, literal: null });
    else {
      const what = `argument \`${name}\` of the function`;
      const value = cx.lower.expectType(cx, arg, param.type, { span, what });
      if (value.kind !== "typed") return null;
      fitted.push(value);
    }
  }
  return fitted;
}

function reportArity(cx: Context, takes: number, given: number, span: Span): void {
  const plural = takes === 1 ? "argument" : "arguments";
  cx.report.error(
    "type/argument-count",
    `the function takes ${takes === 0 ? "no" : takes} ${plural}, found ${given}`,
    span,
  );
}

function applyErased(cx: Context, callee: Typed, args: readonly Typed[], span: Span): Value {
  const type = found(callee.type);
  if (type === anyType) return applyAny(cx, callee, args, span);
  if (isScalar(type) || type.kind !== "function") {
    cx.report.error("type/not-callable", `\`${type}\` is not a function`, span);
    return errorValue;
  }
  const fitted = fitArguments(cx, type, args, span);
  if (!Array.isArray(fitted)) return fitted;
  const exprs = fitted.map(({ expr }) => expr);
  return closureCall(cx, { closure: callee.expr, args: exprs, result: type.result, span });
}

interface ClosureCall {
  readonly closure: Expr;
  readonly args: readonly Expr[];
  readonly result: ResultType;
  readonly span: Span;
}

function closureCall(cx: Context, { closure, args, result, span }: ClosureCall): Value {
  const type = result === "unit" ? "unit" : representation(result);
  const expr: Expr = { kind: "call_closure", type, closure, args, span };
  if (result !== "unit") return typed(result, expr);
  cx.builder.emit({ kind: "expr", value: expr, span });
  return unitValue;
}

/** A value of any type is called: at run time it must be a function of so many parameters. */
function applyAny(cx: Context, callee: Typed, args: readonly Typed[], span: Span): Value {
  const { builder } = cx;
  const signature = dynamicSignature(args.length);
  const layout = signatureLayout(cx, signature).id;
  const value = builder.spill(callee.expr);
  const code: Expr = { kind: "host", type: "u32", symbol: "rt_any_type", args: [value], span };
  const wrong: Expr = {
    kind: "compare",
    type: "bool",
    op: "ne",
    left: code,
    right: intConst("u32", BigInt(layout), span),
    span,
  };
  const message = `the value is not a function of ${args.length} argument${args.length === 1 ? "" : "s"}: `;
  const parts = [
    { kind: "literal", text: message },
    { kind: "value", value },
  ] as const;
  builder.emit({
    kind: "if",
    condition: wrong,
    then: [{ kind: "fail", parts, span }],
    else: [],
    span,
  });
  const closure: Expr = { kind: "unbox", type: "ref", operand: value, span };
  const exprs: Expr[] = [];
  for (const arg of args) {
    const boxed = cx.lower.expectType(cx, arg, anyType, { span, what: "the argument" });
    if (boxed.kind !== "typed") return boxed;
    exprs.push(boxed.expr);
  }
  return closureCall(cx, { closure, args: exprs, result: anyType, span });
}
