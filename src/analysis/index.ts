export { blockAt, blocksById, computeCfg, isReachable, rpoNumber, type Cfg } from "./cfg.ts";
export { computeDominators, dominates, type DominatorTree } from "./dominators.ts";
export { computeLoops, loopContains, type Loop, type LoopForest } from "./loops.ts";
export {
  countUses,
  definingBlocks,
  definingInsts,
  replaceIn,
  replaceUses,
  resolve,
} from "./uses.ts";
