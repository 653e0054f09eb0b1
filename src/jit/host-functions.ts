// The functions of a module for a program in another language, by types that both know.
import type { LlvmFunctionPart, LlvmParameter } from "../codegen/llvm/index.ts";
import type { JitFunction } from "./call.ts";
import type { JitHostType } from "./callback-types.ts";
import type { JitArgument, JitResult } from "./types.ts";

/** A function that takes and gives scalars and addresses only. */
export interface JitHostFunction {
  readonly name: string;
  readonly params: readonly JitHostType[];
  readonly result: JitHostType | "unit";
  /** The module. */
  readonly origin: string;
  /** Integers may be signed or unsigned; results are signed unless LLVM says otherwise. */
  readonly call: (...args: readonly JitArgument[]) => JitResult;
}

/** The function with its types; undefined if one of them cannot be passed. */
export function hostFunction(
  part: LlvmFunctionPart,
  origin: string,
  bind: () => JitFunction,
): JitHostFunction | undefined {
  const types = hostTypes(part);
  if (types === undefined) return undefined;
  const fn = bind();
  return { name: fn.name, ...types, origin, call: (...args) => fn.call(...args) };
}

/** The types of a function; undefined if one of them cannot be passed. */
export function hostTypes(
  part: LlvmFunctionPart,
): Pick<JitHostFunction, "params" | "result"> | undefined {
  const params = part.parameters.map(hostType);
  const result = hostType(part.result);
  if (part.variadic || result === undefined) return undefined;
  const known = params.filter((type) => type !== undefined && type !== "unit");
  return known.length === params.length ? { params: known, result } : undefined;
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
      return "ptr";
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
