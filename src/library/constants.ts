// The numbers of the ABI as constants of the low-level dialect, so that the library has no second copy of them.
import {
  arrayLayout,
  blockKinds,
  blockShift,
  blockSize,
  boxValueOffset,
  bufferLayout,
  dictLayout,
  firstProgramType,
  heapWords,
  mostCellSize,
  mostTableSize,
  shadowStackPointerAddress,
  shadowStackStart,
  sizeClasses,
  sizeClassFields,
  sizeClassRecord,
  sizeClassRecords,
  sizeClassRecordSize,
  sizeClassTable,
  storageTypes,
  textLayout,
  typeDescriptorFields,
  typeIds,
  type StorageType,
} from "../runtime/index.ts";

const shifts: Readonly<Record<StorageType, number>> = {
  bool: 0,
  i8: 0,
  u8: 0,
  i16: 1,
  u16: 1,
  i32: 2,
  u32: 2,
  f32: 2,
  ref: 2,
  i64: 3,
  u64: 3,
  f64: 3,
  any: 3,
};

function storageShifts(): number {
  return storageTypes.reduce((bits, type, code) => bits + shifts[type] * 4 ** code, 0);
}

/** `fooBar` as `FOO_BAR`. */
function spell(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function group(prefix: string, values: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(values).map(([name, value]) => [`${prefix}_${spell(name)}`, value]);
}

const words = {
  stackPointer: shadowStackPointerAddress,
  heapStart: heapWords.heapStart,
  heapSize: heapWords.heapSize,
  blockTable: heapWords.blockTable,
  blockCount: heapWords.blockCount,
  markStart: heapWords.markStackStart,
  markEnd: heapWords.markStackEnd,
  markTop: heapWords.markStackTop,
  markOverflow: heapWords.markOverflow,
  typeTable: heapWords.typeTable,
  rootRanges: heapWords.rootRanges,
  rootRangeCount: heapWords.rootRangeCount,
  stress: heapWords.stress,
  characterTexts: heapWords.characterTexts,
  allocated: heapWords.allocatedSince,
  live: heapWords.liveBytes,
  trigger: heapWords.trigger,
  collections: heapWords.collections,
  usedBlocks: heapWords.usedBlocks,
  freeHint: heapWords.freeHint,
  leastTrigger: heapWords.leastTrigger,
  scratch: heapWords.scratch,
};

/** The declarations of all constants, one line each. */
export function libraryConstants(): string {
  const all: [string, number][] = [
    ...group("WORD", words),
    ...group("TYPE", typeIds),
    ...group("BUFFER", bufferLayout),
    ...group("TEXT", textLayout),
    ...group("ARRAY", arrayLayout),
    ...group("DICT", dictLayout),
    ...group("DESCRIPTOR", typeDescriptorFields),
    ...group("CLASS", sizeClassFields),
    ...group("BLOCK", { ...blockKinds, shift: blockShift, size: blockSize }),
    ...storageTypes.map((type, code): [string, number] => [`CODE_${type.toUpperCase()}`, code]),
    ["BOX_VALUE", boxValueOffset],
    ["FIRST_PROGRAM_TYPE", firstProgramType],
    ["SHADOW_STACK_START", shadowStackStart],
    ["STORAGE_SHIFTS", storageShifts()],
    ["CLASS_TABLE", sizeClassTable],
    ["CLASS_RECORDS", sizeClassRecords],
    ["CLASS_RECORDS_END", sizeClassRecord(sizeClasses.length)],
    ["CLASS_RECORD_SIZE", sizeClassRecordSize],
    ["FIRST_BIG_CLASS", sizeClassRecord(sizeClasses.indexOf(mostTableSize) + 1)],
    ["MOST_TABLE_SIZE", mostTableSize],
    ["MOST_CELL", mostCellSize],
  ];
  return all.map(([name, value]) => `const ${name} = ${value}u32\n`).join("");
}
