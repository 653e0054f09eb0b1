export { ObjectError } from "./error.ts";
export { ByteReader } from "./reader.ts";
export { ByteWriter } from "./writer.ts";
export { decodeDylink, encodeDylink, type Dylink } from "./dylink.ts";
export {
  decodeLines,
  encodeLines,
  lookupLine,
  type LineEntry,
  type LineFrame,
  type LineLocation,
  type LineLookup,
  type LineTable,
} from "./lines.ts";
export {
  customSections,
  formatSignature,
  sameSignature,
  sectionIds,
  slotCallName,
  typeBytes,
  type AbiSection,
  type DataSegment,
  type ExternalKind,
  type FunctionBody,
  type FunctionType,
  type Limits,
  type NameSection,
  type SlotUse,
  type ValueType,
  type WasmExport,
  type WasmImport,
  type WasmObject,
  type WasmSection,
} from "./module.ts";
export {
  TypeTable,
  writeAbiSection,
  writeCustomSection,
  writeExportSection,
  writeForward,
  writeHeader,
  writeImportSection,
  writeNameSection,
  writeSection,
  writeTypeSection,
} from "./sections.ts";
export { parseObject } from "./parse.ts";
export { withFunctionValues, type FunctionValues } from "./function-values.ts";
export { withSharedMemory } from "./shared-memory.ts";
export {
  wasmImmediate,
  wasmInstructionName,
  wasmOpcodes,
  type WasmImmediate,
  type WasmInstruction,
} from "./instructions.ts";
export { describeObject } from "./describe.ts";
export { printWasm, type PrintWasmOptions } from "./print.ts";
