export { HirBuilder } from "./build.ts";
export type * from "./hir.ts";
export { printHirFunction, printHirModule } from "./print.ts";
export { intFacts, isFloatType, isIntType } from "./types.ts";
export type { FloatType, IntType, ScalarType, SignedType, Type, UnsignedType } from "./types.ts";
export { verifyHir } from "./verify.ts";
export type { HostSignatures } from "./verify-types.ts";
export { expressionsOf, operandsOf } from "./walk.ts";
