// What is computed once per HIR module and shared by all its units.
import { expressionsOf, operandsOf } from "../ir/hir/index.ts";
import type { Expr, FunctionId, HirFunction, HirModule, Stmt } from "../ir/hir/index.ts";
import { buildCallGraph, calleesIn, type CallGraph } from "./call-graph.ts";
import { analyzeLoops, type LoopFacts } from "./liveness.ts";

/** What is computed once per HIR module and shared by all its units. */
export class ModuleFacts {
  readonly module: HirModule;
  readonly graph: CallGraph;
  readonly #loops: (readonly LoopFacts[])[] = [];

  constructor(module: HirModule) {
    this.module = module;
    this.graph = buildCallGraph(module);
  }

  function(id: FunctionId): HirFunction {
    const fn = this.module.functions[id];
    if (fn === undefined) throw new RangeError(`function ${id} is not in ${this.module.file.path}`);
    return fn;
  }

  loops(id: FunctionId): readonly LoopFacts[] {
    return (this.#loops[id] ??= analyzeLoops(this.function(id)));
  }

  /** Functions that a loop calls, without repetition, in source order. */
  loopCallees(id: FunctionId, loop: number): FunctionId[] {
    const facts = this.loops(id)[loop];
    if (facts === undefined) throw new RangeError(`function ${id} has no loop ${loop}`);
    return calleesIn([facts.statement]);
  }

  /** Whether statements print, or call a function that itself calls or loops. */
  mayTakeLong(body: readonly Stmt[]): boolean {
    return body.some((stmt) => {
      if (stmt.kind === "print") return true;
      if (expressionsOf(stmt).some((expr) => this.#callsFar(expr))) return true;
      // Loops inside have their own safepoints.
      return stmt.kind === "if" && (this.mayTakeLong(stmt.then) || this.mayTakeLong(stmt.else));
    });
  }

  #callsFar(expr: Expr): boolean {
    if (expr.kind === "call") {
      const callees = this.graph.callees[expr.callee] ?? [];
      if (callees.length > 0 || this.function(expr.callee).loopCount > 0) return true;
    }
    return operandsOf(expr).some((child) => this.#callsFar(child));
  }
}
