// The types of HIR values.

/** Two's complement, wrapping at its width. */
export type SignedType = "i8" | "i16" | "i32" | "i64";
/** Wrapping at its width. */
export type UnsignedType = "u8" | "u16" | "u32" | "u64";
/** The integers of all widths. */
export type IntType = SignedType | UnsignedType;
/** IEEE 754; an `f32` is rounded at each step. */
export type FloatType = "f32" | "f64";
/** What fits into a register and refers to nothing. */
export type ScalarType = IntType | FloatType | "bool";
/**
 * `ref` is a 32-bit offset into linear memory, 0 for nil; what it refers to says the object's header. `any` is a 64-bit
 * value with its type in it; the encoding is in `runtime/any.ts`.
 */
export type ValueType = ScalarType | "ref" | "any";
/** `unit` is the type of functions and statements without a value; no local has it. */
export type Type = ValueType | "unit";

interface IntFacts {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  readonly min: bigint;
  readonly max: bigint;
}

const ints: Readonly<Record<IntType, IntFacts>> = {
  i8: { bits: 8, signed: true, min: -(2n ** 7n), max: 2n ** 7n - 1n },
  i16: { bits: 16, signed: true, min: -(2n ** 15n), max: 2n ** 15n - 1n },
  i32: { bits: 32, signed: true, min: -(2n ** 31n), max: 2n ** 31n - 1n },
  i64: { bits: 64, signed: true, min: -(2n ** 63n), max: 2n ** 63n - 1n },
  u8: { bits: 8, signed: false, min: 0n, max: 2n ** 8n - 1n },
  u16: { bits: 16, signed: false, min: 0n, max: 2n ** 16n - 1n },
  u32: { bits: 32, signed: false, min: 0n, max: 2n ** 32n - 1n },
  u64: { bits: 64, signed: false, min: 0n, max: 2n ** 64n - 1n },
};

/** Width, signedness and bounds of an integer type. */
export function intFacts(type: IntType): IntFacts {
  return ints[type];
}

const storageSizes: Readonly<Record<ValueType, 1 | 2 | 4 | 8>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  ref: 4,
  i64: 8,
  u64: 8,
  f64: 8,
  any: 8,
};

/** Bytes that a value takes as a field of an object or an element of an array; also its alignment. */
export function storageSize(type: ValueType): 1 | 2 | 4 | 8 {
  return storageSizes[type];
}

/** Whether values of the type are neither references nor may hold one, and exist at all. */
export function isScalarType(type: Type): type is ScalarType {
  return type !== "ref" && type !== "any" && type !== "unit";
}

/** Whether a type, or the name of one, is an integer's. */
export function isIntType(type: unknown): type is IntType {
  return typeof type === "string" && Object.hasOwn(ints, type);
}

/** Whether a type, or the name of one, is a float's. */
export function isFloatType(type: unknown): type is FloatType {
  return type === "f32" || type === "f64";
}
