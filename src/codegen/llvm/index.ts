export { LlvmCompiler, type LlvmCompileOptions } from "./compile.ts";
export {
  LlvmError,
  type LlvmContext,
  type LlvmHost,
  type LlvmLevel,
  type LlvmLibrary,
  type LlvmMachine,
  type LlvmMachineOptions,
  type LlvmModule,
  type LlvmPassOptions,
} from "./library.ts";
export { hostTarget, LlvmMachines } from "./machines.ts";
export type { KernelFacts } from "./kernel.ts";
export type { LocationForm } from "./locations.ts";
export { printLlvmModule, type LlvmText, type LlvmTextOptions } from "./module.ts";
export { printRuntimeModule, type NativeHostFunction } from "./runtime.ts";
export { sectionNames } from "./names.ts";
export {
  labelsOwner,
  llvmPartNames,
  type LlvmFunctionPart,
  type LlvmModuleParts,
  type LlvmParameter,
  type LlvmSeparation,
  type LlvmStrength,
  type LlvmUnit,
  type LlvmValueType,
  type LlvmVariablePart,
} from "./parts.ts";
export { jumpBufferType, printSlotStub, runtimeAttributes } from "./slot-stub.ts";
export {
  llvmArchitectures,
  machineOptions,
  pointerBits,
  tripleOf,
  type LlvmArchitecture,
  type LlvmTarget,
} from "./target.ts";
