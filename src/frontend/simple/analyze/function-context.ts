// The context in which one function is built.
import type { Builder } from "./builder.ts";
import type { Analysis, Context, InitState, ReturnGoal } from "./context.ts";
import type { LocalBinding, Scope, TypeArgs } from "./scope.ts";
import { Unknowns } from "./unknowns.ts";

export interface ContextOptions {
  readonly analysis: Analysis;
  readonly scope: Scope;
  readonly goal: ReturnGoal;
  readonly discard: boolean;
  readonly path: string;
  readonly typeArgs: TypeArgs;
  readonly captured: ReadonlyMap<LocalBinding, LocalBinding>;
  readonly init: InitState | null;
  readonly builder: Builder;
  /** Left out where all types are declared. */
  readonly specialised?: boolean;
  /** Given where the body may hold empty literals. */
  readonly unknowns?: Unknowns;
}

export function newContext(options: ContextOptions): Context {
  const { report, lower } = options.analysis;
  // What is spread comes last: V8 makes a hidden class for each object that gets new properties behind a spread.
  return { unknowns: new Unknowns(), specialised: false, report, lower, loops: [], ...options };
}
