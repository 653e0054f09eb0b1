export { bindParameters } from "./bind-parameters.ts";
export type { FunctionPass, ModulePass, PassContext } from "./pass.ts";
export {
  checkOrder,
  isPassName,
  PassError,
  passes,
  runPasses,
  type PassName,
  type PassOptions,
  type PassReport,
} from "./passes.ts";
export { kernelPasses, pipelines, type OptLevel } from "./pipelines.ts";
