export { readDebugLines, type DebugLineCode, type DebugLineSections } from "./debug-lines.ts";
export {
  findSection,
  sectionBytes,
  sectionFlags,
  sectionTypes,
  sourceName,
  symbolPlaces,
  type ElfMachine,
  type ElfObject,
  type ElfRelocation,
  type ElfRelocations,
  type ElfSection,
  type ElfSymbol,
  type SymbolBinding,
  type SymbolType,
} from "./format.ts";
export { readHostSymbols, type HostSymbolEntry } from "./host-symbols.ts";
export { mergeElf, type MergedElf, type NameClash } from "./merge.ts";
export { parseElf } from "./parse.ts";
export {
  isThreadLocal,
  relocationTypes,
  type InstructionField,
  type RelocationCheck,
  type RelocationField,
  type RelocationType,
  type RelocationValue,
} from "./relocation-types.ts";
