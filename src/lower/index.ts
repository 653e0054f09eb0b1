export { lowerObjects } from "./allocate.ts";
export { buildCallGraph, type CallGraph } from "./call-graph.ts";
export { analyzeLoops, type LoopFacts } from "./liveness.ts";
export { loopInterface, type LoopInterface } from "./loop-interface.ts";
export { counterSymbol, hostSignature, loopSignature, loopSymbol } from "./symbols.ts";
export { ModuleFacts } from "./facts.ts";
export { lowerUnit, type LowerOptions, type LowerRequest } from "./unit.ts";
export { signatureOf } from "./types.ts";
export { insertRoots } from "./roots/roots.ts";
