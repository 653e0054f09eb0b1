export { decodeBound, encodeBound, greatestI64, isExact, leastI64 } from "./bounds.ts";
export { blockAt, blocksById, computeCfg, isReachable, rpoNumber, type Cfg } from "./cfg.ts";
export { computeDominators, dominates, type DominatorTree } from "./dominators.ts";
export {
  allocatesObject,
  callsCode,
  endsBlock,
  instEffects,
  integerConstant,
  opcodeEffects,
  readsMemory,
  sideEffects,
  trapsMaybe,
  writesMemory,
  type Definitions,
} from "./effects.ts";
export { BitSet, liveAtEnds, stepBackward, type ValueNumbers } from "./liveness.ts";
export {
  allMemory,
  isLoad,
  readPart,
  WrittenParts,
  writtenParts,
  type MemoryPart,
} from "./memory.ts";
export { computeLoops, loopContains, type Loop, type LoopForest } from "./loops.ts";
export { visitRanges, type RangeView } from "./ranges.ts";
export {
  countUses,
  createReplacements,
  definingInsts,
  emptyTable,
  replaceIn,
  replaceUses,
  resolve,
  type Replacements,
} from "./uses.ts";
