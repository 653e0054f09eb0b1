// Signatures of the functions of the runtime as wasm imports them.
import type { FunctionType } from "../object/index.ts";
import {
  hostFunctions,
  isHostSymbol,
  libraryFunctions,
  type HostFunction,
  type HostSymbol,
  type HostType,
  type LibrarySymbol,
} from "../runtime/index.ts";

const wasmTypes = {
  i32: "i32",
  u32: "i32",
  bool: "i32",
  ref: "i32",
  i64: "i64",
  u64: "i64",
  any: "i64",
  f32: "f32",
  f64: "f64",
} as const satisfies Record<Exclude<HostType, "unit">, string>;

const known = new WeakMap<HostFunction, FunctionType>();

/** The type of a function with this signature. */
export function wasmSignature({
  params,
  result,
}: Pick<HostFunction, "params" | "result">): FunctionType {
  const value = (type: HostType): FunctionType["params"][number][] =>
    type === "unit" ? [] : [wasmTypes[type]];
  return { params: params.flatMap(value), results: value(result) };
}

/** The type of a host function or of a function of the runtime library. */
export function hostFunctionType(symbol: HostSymbol | LibrarySymbol): FunctionType {
  const fn: HostFunction = isHostSymbol(symbol) ? hostFunctions[symbol] : libraryFunctions[symbol];
  let type = known.get(fn);
  if (type === undefined) known.set(fn, (type = wasmSignature(fn)));
  return type;
}
