// Methods of built-in types: their arguments, and those that are functions of the prelude.
import { Sequence } from "./builder.ts";
import { argumentOf } from "./placeholders.ts";
import { withScope, type Context } from "./context.ts";
import { expectType, expectValue } from "./convert.ts";
import type { Demand } from "./convert.ts";
import { holderOf } from "./annotations.ts";
import { expectIndex } from "./indices.ts";
import type { MethodCall } from "./methods.ts";
import { suggestion } from "./names.ts";
import { plural } from "./number-methods.ts";
import { respell } from "./operands.ts";
import type { PreludeModule } from "./prelude.ts";
import type { FunctionBinding, TypeArgs } from "./scope.ts";
import { isScalar, type SimpleType } from "./simple-type.ts";
import { resolveValueType } from "./type-names.ts";
import { isNumeric } from "./types.ts";
import { errorValue, neverValue, pendingValue, type Typed, type Value } from "./value.ts";

/** What a parameter takes: a type, any integer, or anything. */
export type Wanted = SimpleType | "index" | "anything";

/** The receiver and the arguments, evaluated in order; null stands for one that was left out. */
export interface MethodOperands {
  readonly kind: "method_operands";
  readonly self: Typed;
  readonly args: readonly (Typed | null)[];
}

/** The parameters of a method; from `least` on they may be left out. */
export interface ParamTypes {
  readonly wanted: readonly Wanted[];
  readonly least?: number | undefined;
}

/** Methods whose last argument becomes an element. */
const adding: ReadonlySet<string> = new Set(["push", "append", "insert"]);

/** Lowers the arguments of a built-in method. */
export function methodOperands(
  cx: Context,
  self: Typed,
  call: MethodCall,
  { wanted, least = wanted.length }: ParamTypes,
): MethodOperands | Value {
  const { name, args, span } = call;
  if (!checkCount(cx, call, least, wanted.length)) return errorValue;
  const sequence = new Sequence(cx.builder);
  sequence.add(self.expr);
  const values: Typed[] = [];
  const missing: Value[] = [];
  for (const [index, arg] of args.entries()) {
    const type = wanted[index] ?? "anything";
    const hint = type === "index" ? "i64" : type === "anything" ? null : type;
    const node = argumentOf(arg.value);
    const lowered = expectValue(cx, cx.lower.expr(cx, node, hint), arg.span);
    if (lowered.kind === "never") return neverValue;
    const fitting = fit(cx, lowered, type, {
      span: arg.span,
      what: `the argument of \`${name.text}\``,
      holder: adding.has(name.text) ? holderOf(cx, call.object) : null,
    });
    if (fitting.kind !== "typed") {
      missing.push(fitting);
      continue;
    }
    values.push(fitting);
    sequence.add(fitting.expr);
  }
  if (missing.length > 0)
    return missing.every(({ kind }) => kind === "pending") ? pendingValue : errorValue;
  const [first, ...rest] = sequence.finish();
  const placed = values.map((value, index) => respell(value, rest[index]));
  const padding = Array.from({ length: wanted.length - placed.length }, () => null);
  return {
    kind: "method_operands",
    self: respell(self, first ?? { ...self.expr, span }),
    args: [...placed, ...padding],
  };
}

function fit(cx: Context, value: Value, wanted: Wanted, demand: Demand): Value {
  if (value.kind !== "typed" || wanted === "anything") return value;
  if (wanted !== "index") return expectType(cx, value, wanted, demand);
  return expectIndex(cx, value, demand) ?? errorValue;
}

function checkCount(cx: Context, call: MethodCall, least: number, most: number): boolean {
  const { name, args, span } = call;
  const odd = args.find((arg) => arg.name !== null || arg.spread);
  if (odd !== undefined) {
    const text = `\`${name.text}\` takes plain arguments`;
    cx.report.error("type/argument-name", text, odd.span);
    return false;
  }
  if (args.length >= least && args.length <= most) return true;
  const takes = least === most ? plural(least) : `${least} or ${plural(most)}`;
  const text = `\`${name.text}\` takes ${takes}, found ${args.length}`;
  cx.report.error("type/argument-count", text, span);
  return false;
}

/** A method that is a function of the prelude; `types` are the parts of the receiver's type by name. */
export function callPrelude(
  cx: Context,
  fn: FunctionBinding,
  receiver: Typed,
  { call, types }: { readonly call: MethodCall; readonly types: TypeArgs },
): Value {
  const params = fn.decl.params.slice(1);
  const required = params.filter((param) => param.default === null).length;
  const site = { report: cx.report, scope: fn.scope, typeArgs: types };
  const wanted = params.map(({ type, name }): Wanted => {
    if (type !== null) {
      const resolved = resolveValueType(site, type);
      return resolved === "error" ? "anything" : resolved;
    }
    // The first value of a sum is written as `0`, whatever the numbers are.
    const element = types.get("T");
    const number = name.text === "initial" && element !== undefined && element !== "error";
    return number && isFloatLike(element) && isPlainInt(call) ? element : "anything";
  });
  const operands = methodOperands(cx, receiver, call, { wanted, least: required });
  if (operands.kind !== "method_operands") return operands;
  const args: Typed[] = [operands.self];
  for (const [index, arg] of operands.args.entries()) {
    if (arg !== null) {
      args.push(arg);
      continue;
    }
    const node = params[index]?.default;
    const type = wanted[index];
    if (node == null || type === undefined) return errorValue;
    const hint = type === "index" || type === "anything" ? null : type;
    const value = withScope(cx, fn.scope, () => cx.lower.expr(cx, node, hint));
    if (value.kind !== "typed") return pendingValue;
    args.push(value);
  }
  const typeArgs = new Map([...types].filter(([name]) => isGeneric(fn, name)));
  return cx.lower.callInstance(cx, fn, args, { typeArgs, span: call.span });
}

function isGeneric(fn: FunctionBinding, name: string): boolean {
  return fn.decl.generics.some(({ text }) => text === name);
}

function isFloatLike(type: SimpleType): boolean {
  return isScalar(type) && isNumeric(type);
}

/** Whether the first argument is a literal that says no type. */
function isPlainInt({ args }: MethodCall): boolean {
  const value = args[0]?.value;
  return value?.kind === "int" && value.suffix === null;
}

/** A method of a module of the prelude; undefined if it has none of this name. */
export function preludeMethod(
  cx: Context,
  module: PreludeModule,
  name: string,
): FunctionBinding | undefined {
  return cx.analysis.preludeModule(module).get(name);
}

/** Says that a type has no such method. */
export function unknownMethod(
  cx: Context,
  type: SimpleType,
  { name }: MethodCall,
  known: Iterable<string>,
): Value {
  cx.report.error(
    "resolve/unknown-method",
    `\`${type}\` has no method \`${name.text}\``,
    name.span,
    suggestion(
      name.text,
      [...known].filter((text) => !text.startsWith("_")),
    ),
  );
  return errorValue;
}
