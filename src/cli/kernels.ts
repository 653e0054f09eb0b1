// The kernels of programs, in a bundle of their own: it is loaded when a program first calls one.
import path from "node:path";
import { callKernelFunction, folderCache, Kernels, userCacheFolder } from "../kernels/index.ts";
import type { KernelFunctionName, LinkedArgument } from "../runtime/index.ts";

let opened: Kernels | undefined;

/**
 * Calls a kernel as a program does; `root` is the folder of the package. Throws `KernelError` if this machine has none, or for what the kernel
 * refuses.
 */
export function callKernel(
  root: string,
  name: KernelFunctionName,
  args: readonly LinkedArgument[],
): undefined {
  opened ??= Kernels.open({
    cache: folderCache(userCacheFolder()),
    sources: path.join(root, "dist", "kernels"),
    from: path.join(root, "package.json"),
  });
  callKernelFunction(opened, name, args);
}
