// Functions that a module calls and nobody defines: the program beside it may give them.
import type { LlvmFunctionPart } from "../codegen/llvm/index.ts";
import type { JitCallback, JitCallbackFunction, JitCallbackSignature } from "./callback-types.ts";
import { checkCall } from "./checks.ts";
import { JitError } from "./error.ts";
import { hostTypes } from "./host-functions.ts";

/** A function that a module wants to call. */
export interface JitImport extends JitCallbackSignature {
  readonly name: string;
  /** The module. */
  readonly origin: string;
  /** Says what it is; until then a call of it throws. */
  readonly bind: (call: JitCallbackFunction) => void;
}

/** An import, and where native code finds it. */
export interface FoundImport {
  readonly wanted: JitImport;
  readonly pointer: JitCallback;
}

/** The import for a function that is not defined; undefined if its types cannot be passed. */
export function importOf(
  part: LlvmFunctionPart,
  origin: string,
  make: (signature: JitCallbackSignature, call: JitCallbackFunction) => JitCallback,
): FoundImport | undefined {
  const signature = hostTypes(part);
  if (part.defined || part.strength !== "strong" || signature === undefined) return undefined;
  const { name } = part;
  let bound: JitCallbackFunction = () => {
    throw new JitError(`\`${name}\`, which ${origin} calls, is not defined`);
  };
  const bind = (call: JitCallbackFunction): void => {
    checkCall(call);
    bound = call;
  };
  const pointer = make(signature, (...args) => bound(...args));
  return { wanted: { name, ...signature, origin, bind }, pointer };
}
