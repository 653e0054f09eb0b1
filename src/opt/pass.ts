// What a pass is.
import type { MirFunction, MirModule } from "../ir/mir/index.ts";

/** What a pass may look at besides its function. */
export interface PassContext {
  readonly module: MirModule;
}

/** Rewrites one function in place; says whether it changed anything. */
export type FunctionPass = (fn: MirFunction, context: PassContext) => boolean;

/** Rewrites functions of a module in place; says whether it changed anything. */
export type ModulePass = (context: PassContext) => boolean;
