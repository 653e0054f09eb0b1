// Names and signatures that units agree on.
import type { HirFunction } from "../ir/hir/index.ts";
import type { MirType, Signature } from "../ir/mir/index.ts";
import { hostFunction, type HostSymbol, type HostType } from "../runtime/index.ts";

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

/** The MIR signature of a host function. */
export function hostSignature(symbol: HostSymbol): Signature {
  const { params, result } = hostFunction(symbol);
  const value = (type: HostType): MirType[] => (type === "unit" ? [] : [hostMirType(type)]);
  return { params: params.flatMap(value), results: value(result) };
}
