// The functions of a module for a program in another language, by types that both know.
import type { LlvmFunctionPart, LlvmParameter } from "../codegen/llvm/index.ts";
import type { JitFunction } from "./call.ts";
import type { JitResult } from "./types.ts";

/** A scalar as hosts of other languages name it. */
export type JitHostType = "bool" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64";

/** A function that takes and gives scalars only. */
export interface JitHostFunction {
  readonly name: string;
  readonly params: readonly JitHostType[];
  readonly result: JitHostType | "unit";
  /** The module. */
  readonly origin: string;
  /** Integers may be signed or unsigned; results are signed unless LLVM says otherwise. */
  readonly call: (...args: readonly (number | bigint)[]) => JitResult;
}

/** The function with its types; undefined if one of them is no scalar. */
export function hostFunction(
  part: LlvmFunctionPart,
  origin: string,
  bind: () => JitFunction,
): JitHostFunction | undefined {
  const params = part.parameters.map(hostType);
  const result = hostType(part.result);
  if (part.variadic || result === undefined) return undefined;
  const known = params.filter((type) => type !== undefined);
  const scalars = known.filter((type) => type !== "unit");
  if (scalars.length !== params.length) return undefined;
  const fn = bind();
  return { name: fn.name, params: scalars, result, origin, call: (...args) => fn.call(...args) };
}

function hostType({ type, indirect }: LlvmParameter): JitHostType | "unit" | undefined {
  if (indirect) return undefined;
  switch (type.kind) {
    case "void":
      return "unit";
    case "float":
      return "f32";
    case "double":
      return "f64";
    case "integer":
      return integerTypes.get(type.bits);
    case "pointer":
    case "other":
      return undefined;
  }
}

const integerTypes: ReadonlyMap<number, JitHostType> = new Map([
  [1, "bool"],
  [8, "i8"],
  [16, "i16"],
  [32, "i32"],
  [64, "i64"],
]);
