// The kernels as functions that programs of Simple declare with `extern fn`: `runtime/kernel-signatures.ts`.
import {
  kernelSignatures,
  type KernelFunctionName,
  type LinkedArgument,
  type LinkedFunction,
} from "../runtime/index.ts";
import { catalogSizes, type CatalogName, type InputType } from "./catalog.ts";
import type { KernelArray } from "./definition.ts";
import { KernelError } from "./error.ts";
import type { Kernels } from "./kernels.ts";

const functions: Readonly<Record<KernelFunctionName, readonly [CatalogName, InputType]>> = {
  rt_matmul_f32: ["matmul", "f32"],
  rt_matmul_i8: ["matmul", "i8"],
  rt_matvec_f32: ["matvec", "f32"],
  rt_matvec_i8: ["matvec", "i8"],
};

/** The functions for an engine's option `linked`. Kernels are opened by the first call; what cannot be done is an error of the program. */
export function kernelFunctions(open: () => Kernels): LinkedFunction[] {
  let opened: Kernels | undefined;
  return kernelSignatures.map((signature) => ({
    ...signature,
    call: (...args: readonly LinkedArgument[]): undefined => {
      callKernelFunction((opened ??= open()), signature.name, args);
    },
  }));
}

/** Calls one of the functions. Throws `KernelError`, with all that there is to say in the message. */
export function callKernelFunction(
  kernels: Kernels,
  fn: KernelFunctionName,
  args: readonly LinkedArgument[],
): void {
  const [name, type] = functions[fn];
  const arrays = args.filter(isArray);
  const numbers = args.slice(arrays.length).map(Number);
  const sizes = catalogSizes[name];
  const shape = Object.fromEntries(sizes.map((size, i) => [size, numbers[i] ?? 0]));
  const reassociate = numbers[sizes.length] === 1;
  try {
    kernels[name](type, shape, { reassociate }).run(...arrays);
  } catch (error) {
    if (!(error instanceof KernelError) || error.help === "") throw error;
    throw new KernelError(`${error.message}: ${error.help}`);
  }
}

function isArray(argument: LinkedArgument): argument is KernelArray & LinkedArgument {
  return typeof argument === "object";
}
