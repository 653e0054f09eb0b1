// Calls of host functions and of the runtime library.
import type { Value } from "../ir/mir/index.ts";
import type { FunctionLowering } from "./function.ts";
import { runtimeFunction, type RuntimeSymbol } from "./symbols.ts";

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

function callOpcode(symbol: RuntimeSymbol): "call_pure" | "call_read" | "call_host" {
  const { pure, reads, raises } = runtimeFunction(symbol);
  if (pure === true) return "call_pure";
  return reads === true && raises !== true ? "call_read" : "call_host";
}
