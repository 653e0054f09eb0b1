export {
  DeviceProgram,
  isProgramError,
  type DeviceOptions,
  type PieceOutcome,
} from "./device-program.ts";
export { HostSymbols, type HostSymbol, type WasmExports } from "./host-symbols.ts";
export { SlotError } from "./live-slots.ts";
