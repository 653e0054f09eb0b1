// Calls of host functions and of the runtime library.
import type { Expr, Type } from "../ir/hir/index.ts";
import type { FunctionBuilder, MirType, Value } from "../ir/mir/index.ts";
import type { FunctionLowering } from "./function.ts";
import { isRuntimeSymbol, runtimeFunction, type RuntimeSymbol } from "./symbols.ts";
import { mirResults, mirType } from "./types.ts";

/** Emits the call; null if the function has no result. */
export function callRuntime(
  to: FunctionLowering,
  symbol: RuntimeSymbol,
  args: Value[],
): Value | null {
  const signature = to.unit.declareRuntime(symbol);
  return to.builder.call(callOpcode(symbol), symbol, signature, args)[0] ?? null;
}

/** Emits the call of a function with a result. */
export function callRuntimeValue(
  to: FunctionLowering,
  symbol: RuntimeSymbol,
  args: Value[],
): Value {
  const value = callRuntime(to, symbol, args);
  if (value === null) throw new Error(`${symbol} has no result`);
  return value;
}

/** A `host` expression; null if the function has no result. */
export function lowerHostCall(
  to: FunctionLowering,
  expr: Extract<Expr, { kind: "host" }>,
): Value | null {
  const { symbol, type } = expr;
  if (!isRuntimeSymbol(symbol)) return lowerExternCall(to, expr);
  const values = to.values(expr.args);
  to.locate(expr.span);
  const { params } = to.unit.declareRuntime(symbol);
  const args = values.map((value, index) => carry(to.builder, value, params[index]));
  const result = callRuntime(to, symbol, args);
  return result === null || type === "unit" ? null : carry(to.builder, result, mirType(type));
}

/** A function of the application, of which nothing is known but its types. */
function lowerExternCall(
  to: FunctionLowering,
  { symbol, type, args, span }: Extract<Expr, { kind: "host" }>,
): Value | null {
  const signature = {
    params: args.map((arg) => argumentType(arg.type)),
    results: mirResults(type),
  };
  const values = to.values(args);
  to.locate(span);
  to.unit.declareExtern(symbol, signature);
  return to.builder.call("call_host", symbol, signature, values)[0] ?? null;
}

function argumentType(type: Type): MirType {
  if (type === "unit") throw new Error("an argument without a value");
  return mirType(type);
}

/** The low-level dialect holds references and `any` values as integers. */
function carry(builder: FunctionBuilder, value: Value, wanted: MirType | undefined): Value {
  const found = builder.fn.valueTypes[value];
  if (found === wanted) return value;
  const op =
    wanted === "ref"
      ? "addr_ref"
      : wanted === "any"
        ? "bits_any"
        : found === "ref"
          ? "ref_addr"
          : "any_bits";
  return builder.value(op, null, [value]);
}

function callOpcode(symbol: RuntimeSymbol): "call_pure" | "call_read" | "call_host" {
  const { pure, reads, raises } = runtimeFunction(symbol);
  if (pure === true) return "call_pure";
  return reads === true && raises !== true ? "call_read" : "call_host";
}
