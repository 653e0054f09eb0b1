// How the runtime library's own objects lie in memory. Part of the ABI, and the contract between tier 0, lowering, the
// library (src/library) and the display forms. Every object starts with a header: type id, then the collector's word.
import type { IntType } from "./int.ts";

/** What a field of an object or an element of an array is stored as. */
export type StorageType = IntType | "f32" | "f64" | "bool" | "ref" | "any";

/** Byte offset of the u32 type id. */
export const typeIdOffset = 0;
/** Byte offset of the u32 that belongs to the collector; 0 in a new object. */
export const collectorWordOffset = 4;
/** First byte behind the header. */
export const headerSize = 8;

/** Type ids of the objects that the library itself knows; program types start at 64. Append only. */
export const typeIds = {
  /** A cell that no object uses. */
  free: 0,
  text: 1,
  /** Bytes without references. */
  buffer_raw: 2,
  /** u32 references, all scanned. */
  buffer_ref: 3,
  /** 64-bit `any` values, all scanned. */
  buffer_any: 4,
  array_bool: 5,
  array_i8: 6,
  array_u8: 7,
  array_i16: 8,
  array_u16: 9,
  array_i32: 10,
  array_u32: 11,
  array_i64: 12,
  array_u64: 13,
  array_f32: 14,
  array_f64: 15,
  array_ref: 16,
  array_any: 17,
  dict_i64: 18,
  dict_text: 19,
  dict_any: 20,
  /** A boxed scalar: its value at `boxValueOffset`. `any` holds most `i64`, every `f64` and `bool` inline. */
  box_i8: 21,
  box_u8: 22,
  box_i16: 23,
  box_u16: 24,
  box_i32: 25,
  box_u32: 26,
  box_i64: 27,
  box_u64: 28,
  box_f32: 29,
  /** `Some` around a value that is itself optional: an `any` at `boxValueOffset`. */
  some: 30,
} as const;

/** A type of object that every program has. */
export type LibraryType = keyof typeof typeIds;

/** First type id of a program's own layouts. */
export const firstProgramType = 64;

/** Offset of the value in a box. */
export const boxValueOffset = 8;

/** An immutable UTF-8 text. `owner` is the buffer that holds the bytes, 0 if they lie outside the heap. */
export const textLayout = {
  owner: 8,
  /** Address of the first byte. */
  data: 12,
  /** Bytes. */
  length: 16,
  /** Characters (code points). */
  count: 20,
  /** 0 if it was not computed yet. */
  hash: 24,
  size: 32,
} as const;

/** Storage that arrays, dictionaries and texts own. */
export const bufferLayout = {
  /** Bytes of a raw buffer, slots of the others; the slots that are not in use are 0. */
  capacity: 8,
  /** Bytes in use, for a buffer that texts share. */
  used: 12,
  data: 16,
} as const;

/** Offsets in an array's object; its elements are in a buffer of their own. */
export const arrayLayout = {
  /** 0 while the capacity is 0. */
  buffer: 8,
  /** Elements. */
  length: 12,
  capacity: 16,
  size: 24,
} as const;

/** Insertion-ordered: entries are numbered in order, and an open-addressing index of entry numbers finds them. */
export const dictLayout = {
  /** Raw buffer of u32: entry number + 1, or 0; a power of two of them. */
  index: 8,
  /** Buffer of the keys: raw i64 for `dict_i64`, references for `dict_text`, `any` for `dict_any`. */
  keys: 12,
  /** Buffer of the values, raw unless they are `ref` or `any`. */
  values: 16,
  /** Raw buffer of one u32 per entry: the key's hash, 0 for a removed entry. */
  hashes: 20,
  /** Entries, with the removed ones. */
  used: 24,
  /** Entries without the removed ones. */
  live: 28,
  /** `storageCode` of the values. */
  valueType: 32,
  /** Entries that the buffers have room for. */
  capacity: 36,
  size: 48,
} as const;

/** A closure's function slot; captures follow at their layout's offsets. */
export const closureSlotOffset = 8;

/** The name of the field of a closure that stands for another function: the closure of that one, whose display form it has. */
export const adaptedFunctionField = "function";

/** Scalars by their codes, of which other encodings are made (`storageTypes`, `passing.ts`): append only. */
export const scalarTypes = [
  "bool",
  "i8",
  "u8",
  "i16",
  "u16",
  "i32",
  "u32",
  "i64",
  "u64",
  "f32",
  "f64",
] as const satisfies readonly StorageType[];

/** Numbers of storage types, in `dictLayout.valueType` and as arguments of library functions: `array_T - array_bool`. */
export const storageTypes = [
  ...scalarTypes,
  "ref",
  "any",
] as const satisfies readonly StorageType[];

/** Bytes of a field or an element. */
export const storageSizes: Readonly<Record<StorageType, 1 | 2 | 4 | 8>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f32: 4,
  f64: 8,
  ref: 4,
  any: 8,
};

/** The number of a storage type: its index in `storageTypes`. Part of the ABI. */
export function storageCode(type: StorageType): number {
  return storageTypes.indexOf(type);
}

/** The type id of arrays with such elements. */
export function arrayTypeId(element: StorageType): number {
  return typeIds.array_bool + storageCode(element);
}

// The `any` encoding: see docs/architecture.md, "Values".

/** In bits 32 to 47 of an `any` whose top 16 bits are 0; the low 32 bits are the payload. */
export const anyTags = { ref: 0, bool: 1 } as const;
/** The top 16 bits of an inline integer; its low 48 bits are the signed value. */
export const anyIntTag = 1n;
/** Added to the bits of an f64, so that its top 16 bits are 2 or more. */
export const anyFloatOffset = 2n ** 49n;
