export {
  FunctionBuilder,
  createBlock,
  createFunction,
  createValue,
  entryBlock,
  terminatorOf,
  typeOf,
} from "./builder.ts";
export {
  noLocation,
  type Block,
  type BlockId,
  type DataItem,
  type Declaration,
  type Immediate,
  type Inst,
  type Location,
  type LocationId,
  type MirFunction,
  type MirModule,
  type Signature,
  type Target,
  type Value,
} from "./function.ts";
export { formatFloat, formatSymbol, parseFloatText, parseIntText } from "./literal.ts";
export {
  floatConds,
  intConds,
  inverseIntCond,
  isIndex,
  isOpcode,
  mirTraps,
  mirTypes,
  objectImmediate,
  objectOf,
  opcodeSpec,
  opcodes,
  type Effects,
  type FloatCond,
  type ImmediateKind,
  type IntCond,
  type MirType,
  type Opcode,
  type OpcodeSpec,
  type TrapCode,
  type TypeRule,
} from "./opcodes.ts";
export { parseModule, parseModuleWithPlaces, type ParsePlaces } from "./parse.ts";
export {
  printFunction,
  printFunctionLines,
  printModule,
  printSignature,
  type PrintOptions,
  type PrintedLine,
} from "./print.ts";
export { renderVerifyErrors } from "./verify-render.ts";
export { verifyFunction, verifyModule, type VerifyError } from "./verify.ts";
