export { CallError } from "./calls.ts";
export {
  type CodeFigures,
  DeviceProgram,
  isProgramError,
  type PieceOutcome,
  type ProgramProfile,
} from "./device-program.ts";
export { retainedBytes } from "./retained.ts";
export type { FunctionFigures } from "./profile.ts";
export type { CodeLoader, CodeParts, NativeRuntime } from "./code.ts";
export { NativeCode } from "./native-code.ts";
export { NativeSymbols } from "./native-symbols.ts";
export type { DeviceOptions } from "./options.ts";
export { HostSymbols, type HostSymbol, type WasmExports } from "./host-symbols.ts";
export { SlotError } from "./live-slots.ts";
