// The types of HIR values. Heap types join here when the heap lands.

export type SignedType = "i8" | "i16" | "i32" | "i64";
export type UnsignedType = "u8" | "u16" | "u32" | "u64";
export type IntType = SignedType | UnsignedType;
export type FloatType = "f32" | "f64";
export type ScalarType = IntType | FloatType | "bool";
/** `unit` is the type of functions and statements without a value; no local has it. */
export type Type = ScalarType | "unit";

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

export function isIntType(type: string): type is IntType {
  return Object.hasOwn(ints, type);
}

export function isFloatType(type: string): type is FloatType {
  return type === "f32" || type === "f64";
}
