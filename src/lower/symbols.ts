// Names and signatures that units agree on.
import type { HirFunction } from "../ir/hir/index.ts";
import type { MirType, Signature } from "../ir/mir/index.ts";
import {
  hostFunctions,
  isHostSymbol,
  isLibrarySymbol,
  libraryFunctions,
  type HostFunction,
  type HostSymbol,
  type HostType,
  type LibrarySymbol,
} from "../runtime/index.ts";

/** A host function or a function of the runtime library; compiled code imports both in the same way. */
export type RuntimeSymbol = HostSymbol | LibrarySymbol;

export function isRuntimeSymbol(name: string): name is RuntimeSymbol {
  return isHostSymbol(name) || isLibrarySymbol(name);
}

export function runtimeFunction(symbol: RuntimeSymbol): HostFunction {
  return isHostSymbol(symbol) ? hostFunctions[symbol] : libraryFunctions[symbol];
}

/** Symbol of a loop function. */
export function loopSymbol(fn: HirFunction, loop: number): string {
  return `${fn.symbol}$loop${loop}`;
}

/** Symbol of the body behind a counted entry. */
export function bodySymbol(fn: HirFunction): string {
  return `${fn.symbol}$body`;
}

/** Data symbol of a function's call counter (i32, counts down). */
export function counterSymbol(fn: HirFunction): string {
  return `.calls.${fn.symbol}`;
}

/** `(frame, entry, fuel) -> code`: see "Loop functions" in docs/architecture.md. */
export const loopSignature: Signature = { params: ["i32", "i32", "i32"], results: ["i32"] };

const hostTypes = {
  i32: "i32",
  u32: "i32",
  bool: "i32",
  i64: "i64",
  u64: "i64",
  f32: "f32",
  f64: "f64",
  ref: "ref",
  any: "any",
} as const satisfies Record<Exclude<HostType, "unit">, MirType>;

function hostMirType(type: Exclude<HostType, "unit">): (typeof hostTypes)[typeof type] {
  return hostTypes[type];
}

/** The MIR signature of a function of the runtime. */
export function hostSignature(symbol: RuntimeSymbol): Signature {
  const { params, result } = runtimeFunction(symbol);
  const value = (type: HostType): MirType[] => (type === "unit" ? [] : [hostMirType(type)]);
  return { params: params.flatMap(value), results: value(result) };
}
