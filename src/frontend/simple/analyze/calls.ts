// Calls of user functions.
import { preludePath, type Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { assignArgs } from "./arguments.ts";
import { Sequence } from "./builder.ts";
import { callBuiltin } from "./builtins.ts";
import { withScope, type CallExtras, type Context, type InstanceSite } from "./context.ts";
import { coerce, expectValue, expectType, isMisdeclared, type Demand } from "./convert.ts";
import { callExtern } from "./extern-calls.ts";
import { mentions } from "./free-names.ts";
import { passed } from "./copies.ts";
import { callMethod, callOptional } from "./members.ts";
import { solveFunctions } from "./generic-functions.ts";
import { functionArgument } from "./lambda-params.ts";
import { capturesOf } from "./lambdas.ts";
import { argumentOf } from "./placeholders.ts";
import { callIntrinsic } from "./low-level.ts";
import { localize, memberOf, moduleOf, readBinding, reportImport, unknownName } from "./names.ts";
import { lowerOperandsAfter } from "./operands.ts";
import { optionTypeOf, presentValue } from "./option-values.ts";
import { expectation, lowerMatcher } from "./specs.ts";
import { Scope, type Binding, type FunctionBinding, type TypeArgs } from "./scope.ts";
import { signatureOf, type Signature } from "./signature.ts";
import { warnMisdeclared } from "./stores.ts";
import { typeBySpelling } from "./types.ts";
import {
  errorValue,
  intConst,
  neverValue,
  pendingValue,
  typed,
  unitValue,
  type Typed,
  type Value,
} from "./value.ts";
import { solve } from "./generics.ts";
import { callOfType } from "./type-members.ts";
import { resolveValueType } from "./type-names.ts";
import {
  found,
  isScalar,
  representation,
  resultRepresentation,
  type SimpleType,
} from "./simple-type.ts";

export function lowerCall(cx: Context, call: ast.CallExpr, hint: SimpleType | null = null): Value {
  const made = callOfType(cx, call, hint);
  if (made !== undefined) return made;
  const { callee } = call;
  if (callee.kind === "member") {
    const subject = expectation(cx, callee.object);
    if (subject !== null) return lowerMatcher(cx, subject, callee.name, call.args);
    const module = moduleOf(cx, callee.object);
    if (module !== null)
      return callName(cx, callee.name.text, call, memberOf(cx, module, callee.name));
    const method = {
      object: callee.object,
      name: callee.name,
      args: call.args,
      span: call.span,
    };
    return callee.optional ? callOptional(cx, method) : callMethod(cx, method);
  }
  if (callee.kind === "name") return callName(cx, callee.name, call);
  const value = expectValue(cx, cx.lower.expr(cx, callee, null), callee.span);
  return value.kind === "typed" ? callValue(cx, value, call) : value;
}

/** Calls a value: a lambda directly, any other function through its closure. */
export function callValue(cx: Context, given: Typed, call: ast.CallExpr): Value {
  // A function that may be missing, as in `handlers[name](x)`, must be there.
  const callee = optionTypeOf(given) === null ? given : presentValue(cx, given, call.callee.span);
  const type = found(callee.type);
  if (!isScalar(type) && type.kind === "lambda" && type.source.declared === undefined) {
    const closure = cx.builder.spillTyped(callee);
    return callUser(cx, type.source.fn, call, { captured: capturesOf(cx, closure, call.span) });
  }
  const odd = call.args.find((arg) => arg.name !== null || arg.spread);
  if (odd !== undefined) {
    cx.report.error("type/argument-name", "function values take plain arguments", odd.span);
    return errorValue;
  }
  const nodes = call.args.map(({ value }) => argumentOf(value));
  const params = declaredParams(type);
  const operands = lowerOperandsAfter(cx, callee, nodes, {
    hint: (before) => params[before.length - 1] ?? null,
  });
  if (operands.kind !== "operands") return operands;
  const [fn, ...args] = operands.values;
  return fn === undefined ? errorValue : cx.lower.applyLambda(cx, fn, args, call.span);
}

/** The parameters of a function value where its type says them. */
function declaredParams(type: SimpleType): readonly SimpleType[] {
  if (isScalar(type)) return [];
  if (type.kind === "function") return type.params;
  return type.kind === "lambda" ? (type.source.declared?.signature.params ?? []) : [];
}

function callName(
  cx: Context,
  name: string,
  call: ast.CallExpr,
  binding = cx.scope.lookup(name),
): Value {
  const at = call.callee.span;
  switch (binding?.kind) {
    case "function":
      return callUser(cx, binding, call);
    case "extern":
      return callExtern(cx, binding, call);
    case "object":
    case "enum":
    case "trait":
      cx.report.error(
        "type/not-callable",
        `\`${name}\` is ${binding.kind === "trait" ? "a trait" : "a type"}, expected a function`,
        at,
      );
      return errorValue;
    case "module":
      return readBinding(cx, binding, name, at);
    case "import":
      reportImport(cx, binding, at);
      return errorValue;
    case "alias":
      cx.report.error(
        "type/not-callable",
        `\`${name}\` is a type`,
        at,
        `Convert with \`x as ${name}\`.`,
      );
      return errorValue;
    case "local":
    case "global":
      return callVariable(cx, binding, call);
    case undefined: {
      const builtin =
        callBuiltin(cx, name, call) ??
        (cx.analysis.lowLevel ? callIntrinsic(cx, name, call) : undefined);
      if (builtin !== undefined) return builtin;
      if (typeBySpelling(name) === undefined) return unknownName(cx, name, at);
      cx.report.error(
        "type/not-callable",
        `\`${name}\` is a type`,
        at,
        `Convert with \`x as ${name}\`.`,
      );
      return errorValue;
    }
  }
}

function callVariable(cx: Context, binding: Binding, call: ast.CallExpr): Value {
  const { name } = binding;
  const value = readBinding(cx, binding, name, call.callee.span);
  if (value.kind !== "typed") return value;
  const type = found(value.type);
  const callable = !isScalar(type) && ["lambda", "function", "any"].includes(type.kind);
  if (callable) return callValue(cx, value, call);
  cx.report.error(
    "type/not-callable",
    `\`${name}\` is a variable of type \`${type}\`, expected a function`,
    call.callee.span,
    "Only functions can be called.",
  );
  return errorValue;
}

/** Calls a function; what a closure captured is given, else it is read where the call stands. */
export function callUser(
  cx: Context,
  fn: FunctionBinding,
  call: ast.CallExpr,
  { captured, receiver }: CallExtras = {},
): Value {
  const { params } = fn.decl;
  const signature = signatureOf(cx.report, fn);
  const own = receiver === undefined ? params : params.slice(1);
  const assigned = assignArgs(cx, fn.name, own, call);
  const slots =
    assigned === null || receiver === undefined ? assigned : [receiverSlot, ...assigned];
  if (slots === null) {
    for (const { value } of call.args) cx.lower.expr(cx, value, null);
    return errorValue;
  }
  if (fn.captures === null) {
    cx.report.error(
      "resolve/used-before-declaration",
      `\`${fn.name}\` is called before its definition`,
      call.span,
      "Move the definition up.",
    );
    return errorValue;
  }
  const values = lowerArgs(cx, fn, signature, { slots, call, receiver: receiver ?? null });
  if (!Array.isArray(values)) return values;
  const typeArgs = inferGenerics(cx, fn, signature, { values, call });
  if (typeArgs === null) return errorValue;
  const fitted = fitGenerics(cx, fn, signature, { values, typeArgs, call, slots });
  if (fitted === null) return errorValue;
  const site = { typeArgs, span: call.span };
  const result = callInstance(
    cx,
    fn,
    fitted,
    captured === undefined ? site : { ...site, captured },
  );
  return fn.path === "main" ? noteMain(cx, result) : result;
}

interface ArgSite {
  /** For each parameter the index of its argument, -1 for the default, `receiverSlot` for `self`. */
  readonly slots: readonly number[];
  readonly call: ast.CallExpr;
}

const receiverSlot = -2;

/**
 * The arguments in parameter order, evaluated in the order they are written, then the defaults. A default sees the
 * parameters before it.
 */
function lowerArgs(
  cx: Context,
  fn: FunctionBinding,
  signature: Signature,
  { slots, call, receiver }: ArgSite & { readonly receiver: Typed | null },
): Typed[] | Value {
  const { builder } = cx;
  const { params } = fn.decl;
  const sequence = new Sequence(builder);
  const order = [...slots.keys()];
  if (slots.some((arg, slot) => arg !== slot)) {
    order.sort((a, b) => rank(slots, a) - rank(slots, b));
  }
  const dependent = slots.includes(-1) && defaultsDepend(params, slots);
  const values: Value[] = [];
  for (const slot of dependent ? order.filter((slot) => slots[slot] !== -1) : order) {
    const value =
      slots[slot] === receiverSlot && receiver !== null
        ? receiver
        : lowerArg(cx, fn, signature, { slot, arg: call.args[slots[slot] ?? -1] ?? null });
    if (value.kind === "never") return neverValue;
    if (value.kind === "typed") sequence.add(value.expr);
    values.push(value);
  }
  if (values.some(({ kind }) => kind === "error")) return errorValue;
  if (values.some(({ kind }) => kind !== "typed")) return pendingValue;
  const inOrder = order.every((slot, index) => slot === index);
  const exprs = sequence.finish().map((expr) => (inOrder ? expr : builder.spill(expr)));
  const placed: Typed[] = [];
  order.forEach((slot, index) => {
    const value = values[index];
    const expr = exprs[index];
    if (value?.kind === "typed" && expr !== undefined) placed[slot] = { ...value, expr };
  });
  return dependent ? lowerDependent(cx, fn, signature, placed) : placed;
}

/** Whether a default that this call takes names a parameter. */
function defaultsDepend(params: readonly ast.Param[], slots: readonly number[]): boolean {
  const names = new Set(params.map(({ name }) => name.text));
  return slots.some((arg, slot) => {
    const node = arg === -1 ? params[slot]?.default : null;
    return node != null && mentions(node, names);
  });
}

/** The defaults where one of them names a parameter: those before it get locals that it can read. */
function lowerDependent(
  cx: Context,
  fn: FunctionBinding,
  signature: Signature,
  placed: readonly Typed[],
): Typed[] | Value {
  const { builder } = cx;
  const kept: Typed[] = [];
  placed.forEach((value, slot) => {
    kept[slot] = builder.spillTyped(value);
  });
  const scope = new Scope(fn.scope);
  for (const [slot, { name }] of fn.decl.params.entries()) {
    let value = kept[slot];
    if (value === undefined) {
      const inside = { ...fn, scope };
      const found = lowerArg(cx, inside, signature, { slot, arg: null });
      if (found.kind !== "typed") return found.kind === "unit" ? errorValue : found;
      value = builder.spillTyped(found);
      kept[slot] = value;
    }
    const { type, expr } = value;
    const local = builder.addLocal(name.text, type, true);
    builder.set(local, expr);
    scope.declare({
      kind: "local",
      name: name.text,
      owner: builder,
      local,
      type,
      mutable: false,
    });
  }
  return kept;
}

/** Arguments first, as written; then defaults by parameter. */
function rank(slots: readonly number[], slot: number): number {
  const arg = slots[slot] ?? -1;
  if (arg === receiverSlot) return -1;
  return arg < 0 ? slots.length + slot : arg;
}

function lowerArg(
  cx: Context,
  fn: FunctionBinding,
  signature: Signature,
  { slot, arg }: { slot: number; arg: ast.Arg | null },
): Value {
  const param = fn.decl.params[slot];
  const wanted = signature.params[slot];
  const node = arg === null ? param?.default : argumentOf(arg.value);
  if (param === undefined || wanted === undefined || node == null)
    throw new Error("no such parameter");
  const hint = wanted.kind === "fixed" && wanted.type !== "error" ? wanted.type : null;
  const lowered =
    arg === null
      ? withScope(cx, fn.scope, () => cx.lower.expr(cx, node, hint))
      : cx.lower.expr(cx, node, hint);
  if (wanted.kind === "free") {
    const value = expectValue(cx, lowered, node.span);
    const { declared } = wanted;
    if (declared === undefined || value.kind !== "typed") return value;
    const what = `argument \`${param.name.text}\` of \`${fn.name}\``;
    return functionArgument(cx, value, declared, { span: node.span, what });
  }
  if (wanted.kind !== "fixed") return expectValue(cx, lowered, node.span);
  if (wanted.type === "error") return lowered.kind === "typed" ? errorValue : lowered;
  const what = `${arg === null ? "the default" : "argument"} \`${param.name.text}\` of \`${fn.name}\``;
  if (isMisdeclared(lowered, wanted.type)) {
    warnMisdeclared(cx, wanted.type, lowered, { span: node.span, what });
    return lowered;
  }
  return expectType(cx, lowered, wanted.type, { span: node.span, what });
}

/** Lowers the defaults for their messages alone: a call may never need them. */
export function checkDefaults(cx: Context, fn: FunctionBinding): void {
  const signature = signatureOf(cx.report, fn);
  const scope = new Scope(fn.scope);
  for (const [slot, { name, default: node }] of fn.decl.params.entries()) {
    const wanted = signature.params[slot];
    if (node !== null) lowerArg(cx, { ...fn, scope }, signature, { slot, arg: null });
    const type = wanted?.kind === "fixed" ? wanted.type : "error";
    const local = type === "error" ? -1 : cx.builder.addLocal(name.text, type, true);
    const owner = cx.builder;
    scope.declare({ kind: "local", name: name.text, owner, local, type, mutable: false });
  }
}

interface GenericSite {
  readonly values: readonly Typed[];
  readonly call: ast.CallExpr;
}

/** The type arguments that the call writes out; null after a message. */
function writtenGenerics(
  cx: Context,
  fn: FunctionBinding,
  { callee, span }: ast.CallExpr,
): Map<string, SimpleType> | null {
  const written = callee.kind === "name" ? (callee.typeArgs ?? []) : [];
  const types = new Map<string, SimpleType>();
  const { generics } = fn.decl;
  if (written.length > 0 && written.length !== generics.length) {
    const count = `${generics.length === 0 ? "no" : generics.length} type argument${generics.length === 1 ? "" : "s"}`;
    const text = `\`${fn.name}\` takes ${count}, found ${written.length}`;
    cx.report.error("type/generic", text, span);
    return null;
  }
  const site = { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs };
  for (const [index, node] of written.entries()) {
    const type = resolveValueType(site, node);
    if (type === "error") return null;
    types.set(generics[index]?.text ?? "", type);
  }
  return types;
}

/** The type parameters: by the first argument that is not a literal, else by the first. */
function inferGenerics(
  cx: Context,
  fn: FunctionBinding,
  { params }: Signature,
  { values, call }: GenericSite,
): TypeArgs | null {
  const { generics } = fn.decl;
  const types = writtenGenerics(cx, fn, call);
  if (types === null) return null;
  if (generics.length === 0) return fn.typeArgs;
  const names = new Set(generics.map(({ text }) => text));
  const solution = { types, weak: new Set<string>() };
  if (types.size < names.size) {
    values.forEach((value, slot) => {
      const param = params[slot];
      if (param?.kind === "generic") solve(solution, names, param.type, value);
    });
    solveFunctions(cx, fn, { params, values, names, solution });
  }
  // What no argument decides is found by the uses of the result.
  for (const name of names) {
    if (!solution.types.has(name)) solution.types.set(name, cx.unknowns.typeOf(call, name));
  }
  return new Map([...fn.typeArgs, ...solution.types]);
}

function fitArgument(cx: Context, value: Typed, type: SimpleType, demand: Demand): Value {
  const wanted = found(type);
  if (!isScalar(wanted) && wanted.kind === "function") {
    return functionArgument(cx, value, wanted, demand);
  }
  return coerce(value, type) ?? expectType(cx, value, type, demand);
}

function fitGenerics(
  cx: Context,
  fn: FunctionBinding,
  { params }: Signature,
  site: ArgSite & { readonly values: readonly Typed[]; readonly typeArgs: TypeArgs },
): Typed[] | null {
  const fitted: Typed[] = [];
  const types = { report: cx.report, scope: fn.scope, typeArgs: site.typeArgs };
  for (const [slot, value] of site.values.entries()) {
    const param = params[slot];
    const type = param?.kind === "generic" ? resolveValueType(types, param.type) : value.type;
    if (type === "error") return null;
    const name = fn.decl.params[slot]?.name.text ?? "";
    const span = site.call.args[site.slots[slot] ?? -1]?.span ?? site.call.span;
    const what = `argument \`${name}\` of \`${fn.name}\``;
    const fit = fitArgument(cx, value, type, { span, what });
    if (fit.kind !== "typed") return null;
    fitted.push(site.slots[slot] === receiverSlot ? fit : passed(cx, fit));
  }
  return fitted;
}

/** A call with arguments that are lowered and of the types that the instance is for. */
export function callInstance(
  cx: Context,
  fn: FunctionBinding,
  args: readonly Typed[],
  { typeArgs, span, captured }: InstanceSite,
): Value {
  const all = [...args, ...(captured ?? [])];
  for (const { source, value } of captured === undefined ? (fn.captures ?? []) : []) {
    const local = localize(cx, value) ?? localize(cx, source);
    if (local === null || local.type === "error") return errorValue;
    if (local.type === "pending") return pendingValue;
    const { type } = local;
    all.push(typed(type, { kind: "local", type: representation(type), local: local.local, span }));
  }
  const { analysis, builder } = cx;
  const instance = analysis.instance(
    fn,
    all.map(({ type }) => type),
    typeArgs,
  );
  instance.origin ??= span.file.path === preludePath ? cx.report.origin : span;
  const result = analysis.resultOf(instance);
  const callee = cx.discard ? 0 : analysis.idOf(instance);
  if (result === "error") return errorValue;
  if (result === "pending") return pendingValue;
  const expr: Expr = {
    kind: "call",
    type: resultRepresentation(result),
    callee,
    args: all.map((arg) => arg.expr),
    span,
  };
  if (result !== "unit") return typed(result, expr);
  builder.emit({ kind: "expr", value: expr, span });
  return unitValue;
}

export function callFunction(
  cx: Context,
  fn: FunctionBinding,
  args: readonly Typed[],
  span: Span,
): Value {
  return callInstance(cx, fn, args, { typeArgs: fn.typeArgs, span });
}

/** An explicit call of `main` at the top level stands for the automatic one; an integer result is the exit code. */
function noteMain(cx: Context, result: Value): Value {
  const { init, builder } = cx;
  if (init === null) return result;
  let value = result;
  if (result.kind === "typed") {
    const kept = builder.spillTyped(result);
    const code = coerce(kept, "i64");
    if (init.exit !== null && code !== null) builder.set(init.exit, code.expr);
    value = kept;
  }
  if (init.ran !== null) {
    const span = init.span;
    builder.set(init.ran, intConst("i64", 1n, span));
  }
  return value;
}
