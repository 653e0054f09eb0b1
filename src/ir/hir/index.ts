export type * from "./hir.ts";
export { intFacts, isFloatType, isIntType } from "./types.ts";
export type { FloatType, IntType, ScalarType, SignedType, Type, UnsignedType } from "./types.ts";
