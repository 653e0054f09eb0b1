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
export type { LocationForm } from "./locations.ts";
export { printLlvmModule, type LlvmText, type LlvmTextOptions } from "./module.ts";
export {
  firstHostFailure,
  mostTraceFrames,
  printRuntimeModule,
  runtimeNames,
  type NativeHostFunction,
} from "./runtime.ts";
export { sectionNames, symbolNames } from "./names.ts";
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
export {
  encodeThunk,
  registerLayouts,
  stubNames,
  thunkSize,
  type RegisterLayout,
  type StubArchitecture,
} from "./slot-stub.ts";
export {
  llvmArchitectures,
  machineOptions,
  pointerBits,
  tripleOf,
  type LlvmArchitecture,
  type LlvmTarget,
} from "./target.ts";
