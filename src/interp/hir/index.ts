export {
  completions,
  never,
  type Completion,
  type FunctionCell,
  type FunctionCode,
  type InterpContext,
  type InterpHeap,
  type InterpHooks,
  type InterpOptions,
  type LoopCell,
  type LoopRunner,
  type PollSite,
} from "./context.ts";
export {
  frameTemplate,
  readLocal,
  writeLocal,
  writeResult,
  type Frame,
  type Value,
} from "./frame.ts";
export { compileFunction, createInterpContext, forwardCell } from "./function.ts";
export { markRoots } from "./roots.ts";
export {
  callClosure,
  callFunction,
  runInit,
  runInterpreted,
  type RunOptions,
  type RunResult,
} from "./run.ts";
export { Site } from "./site.ts";
