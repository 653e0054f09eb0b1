export { HirBuilder } from "./build.ts";
export { isHeapExpr, isHeapStmt, type HeapExpr, type HeapStmt } from "./heap-kinds.ts";
export type * from "./hir.ts";
export { printHirFunction, printHirModule } from "./print.ts";
export { firstLayout } from "./hir.ts";
export {
  singletonSymbol,
  staticTextSymbol,
  staticsOf,
  textSymbol,
  type HirStatics,
} from "./statics.ts";
export { intFacts, isFloatType, isIntType, isScalarType, storageSize } from "./types.ts";
export type {
  FloatType,
  IntType,
  ScalarType,
  SignedType,
  Type,
  UnsignedType,
  ValueType,
} from "./types.ts";
export { verifyHir } from "./verify.ts";
export type { HostSignatures } from "./verify-types.ts";
export { expressionsOf, operandsOf } from "./walk.ts";
