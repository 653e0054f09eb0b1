export { folderCache, userCacheFolder, type ObjectFolder } from "../native-host/index.ts";
export type { CatalogName, InputType } from "./catalog.ts";
export type {
  KernelArray,
  KernelArrayDefinition,
  KernelArrays,
  KernelDefinition,
  KernelElement,
  KernelShape,
} from "./definition.ts";
export { KernelError } from "./error.ts";
export { callKernelFunction, kernelFunctions } from "./host-functions.ts";
export type { Kernel, KernelFigures, KernelOrigin } from "./kernel.ts";
export {
  Kernels,
  type KernelRequestOptions,
  type KernelsOptions,
  type KernelsStatistics,
} from "./kernels.ts";
