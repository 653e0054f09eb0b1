export { abiDescription, abiHash, currentAbi } from "./abi.ts";
export { abiDifferences, abiFields } from "./abi-fields.ts";
export {
  ProgramError,
  isStackExhaustion,
  renderTrace,
  runtimeError,
  runtimeErrorMessages,
  stopCode,
  trapCodes,
  type RuntimeErrorCode,
  type TraceFrame,
  type TrapName,
  displayBytes,
  indexError,
  outOfHeap,
} from "./errors.ts";
export {
  hostFunction,
  hostFunctions,
  isHostSymbol,
  type HostFunction,
  type HostSymbol,
  type HostType,
} from "./host.ts";
export {
  controlInterrupt,
  controlAttention,
  controlTimeLimit,
  setControlWord,
  controlWordAddress,
  dataStart,
  defaultHeapBudget,
  firstLoopFuel,
  frameLocalOffset,
  frameResultOffset,
  frameSize,
  loopFinished,
  leastHeapBudget,
  memoryLayout,
  mostHeapBudget,
  mostLoopFuel,
  nativeStackLimitAddress,
  loopReturned,
  loopSuspended,
  type MemoryLayout,
  pageSize,
  resultsWordAddress,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackSize,
  shadowStackStart,
} from "./layout.ts";
export {
  addI64,
  addU64,
  andI64,
  andU64,
  canonicalInt,
  divI64,
  divU64,
  maxSafe,
  minSafe,
  mulI64,
  mulU64,
  narrowIntOps,
  orI64,
  orU64,
  remI64,
  remU64,
  shlI64,
  shlU64,
  shrI64,
  shrU64,
  subI64,
  subU64,
  wideIntOps,
  wrapI64,
  wrapU64,
  xorI64,
  xorU64,
  type IntOp,
  type IntOps,
  type IntType,
  type IntValue,
  type NarrowIntType,
  type WideIntType,
} from "./int.ts";
export {
  convertFloat,
  convertInt,
  floatToI64,
  floatToNarrow,
  floatToU64,
  intToF32,
  intToF64,
  intToI64,
  intToNarrow,
  intToU64,
} from "./convert.ts";
export {
  anyFloatOffset,
  anyIntTag,
  anyTags,
  arrayLayout,
  arrayTypeId,
  boxValueOffset,
  bufferLayout,
  closureSlotOffset,
  collectorWordOffset,
  dictLayout,
  firstProgramType,
  headerSize,
  storageCode,
  storageSizes,
  storageTypes,
  textLayout,
  typeIdOffset,
  typeIds,
  type LibraryType,
  type StorageType,
} from "./object-layout.ts";
export { isLibrarySymbol, libraryFunctions, type LibrarySymbol } from "./library.ts";
export { displayBool, displayF32, displayF64, displayInt } from "./display.ts";
export { floatRemainder, mathHost, roundHalfAway } from "./math.ts";
export {
  MemoryViews,
  loadI64,
  loadSlot,
  loadU64,
  storeSlot,
  storeWide,
  type MemoryLike,
  type SlotType,
  type SlotValue,
} from "./memory.ts";
export {
  formatSpecProblem,
  parseFormatSpec,
  type FormatAlign,
  type FormatKind,
  type FormatSpec,
  type FormatType,
} from "./format-spec.ts";
export { formatBool, formatF32, formatFloat, formatInt, formatText } from "./format.ts";
export {
  createHost,
  type Host,
  type HostCode,
  type HostImport,
  type HostOptions,
} from "./host-implementation.ts";
export type { FileHost, JitHost } from "./jit-host.ts";
export type { SpecHost } from "./spec-host.ts";
export { TextBuffer } from "./text-buffer.ts";
export { decodeUtf8, encodeUtf8, measureUtf8 } from "./utf8.ts";
export {
  anyKind,
  anyOfBool,
  anyOfF64,
  anyOfI64,
  boolOfAny,
  f64OfAny,
  intOfAny,
  type AnyKind,
} from "./any.ts";
export { ObjectDisplay, type ObjectLayout } from "./object-display.ts";
export {
  ObjectHeap,
  singletonSize,
  writeStaticObject,
  writeStaticText,
  type LibraryCode,
} from "./object-heap.ts";
export {
  blockKinds,
  blockShift,
  blockSize,
  heapWords,
  libraryStackReserve,
  mostCellSize,
  mostTableSize,
  sizeClass,
  sizeClassFields,
  sizeClassRecord,
  sizeClassRecords,
  sizeClassRecordSize,
  sizeClassTable,
  sizeClasses,
} from "./heap-layout.ts";
export { setUpHeap, type HeapPlan } from "./heap-setup.ts";
export { encodeTypeTable, typeDescriptorFields, type TypeLayout } from "./type-table.ts";
export { kernelSignatures, type KernelFunctionName } from "./kernel-signatures.ts";
export type {
  LinkedArgument,
  LinkedArrays,
  LinkedCode,
  LinkedFunction,
  LinkedSignature,
  LinkedType,
} from "./linked.ts";
export {
  encodeThunk,
  firstHostFailure,
  frameHeadSize,
  mostTraceFrames,
  registerLayouts,
  runtimeNames,
  stubNames,
  symbolNames,
  thunkSize,
  type NativeMachine,
  type RegisterLayout,
} from "./native.ts";
