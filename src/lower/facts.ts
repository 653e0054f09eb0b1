// What is computed once per HIR module and shared by all its units.
import { expressionsOf, operandsOf } from "../ir/hir/index.ts";
import type { Expr, FunctionId, HirFunction, HirModule, LocalId, Stmt } from "../ir/hir/index.ts";
import { buildCallGraph, calleesIn, type CallGraph } from "./call-graph.ts";
import { analyzeLoops, type LoopFacts } from "./liveness.ts";
import { loopPlaces, type LoopPlace } from "./loop-places.ts";
import { nonNegativeLocals } from "./nonnegative.ts";
import { isRuntimeSymbol, runtimeFunction, type RuntimeSymbol } from "./symbols.ts";

/** What is computed once per HIR module and shared by all its units. */
export class ModuleFacts {
  readonly module: HirModule;
  readonly graph: CallGraph;
  readonly #places: (readonly LoopPlace[])[] = [];
  readonly #loops: (readonly LoopFacts[])[] = [];
  readonly #nonNegative: ReadonlySet<LocalId>[] = [];

  constructor(module: HirModule) {
    this.module = module;
    this.graph = buildCallGraph(module);
  }

  function(id: FunctionId): HirFunction {
    const fn = this.module.functions[id];
    if (fn === undefined) throw new RangeError(`function ${id} is not in ${this.module.file.path}`);
    return fn;
  }

  /** Where the loops of a function stand; takes a fraction of the time of `loops`. */
  loopPlaces(id: FunctionId): readonly LoopPlace[] {
    return (this.#places[id] ??= loopPlaces(this.function(id)));
  }

  loops(id: FunctionId): readonly LoopFacts[] {
    return (this.#loops[id] ??= analyzeLoops(this.function(id)));
  }

  /** The i64 locals of a function that are never negative. */
  nonNegative(id: FunctionId): ReadonlySet<LocalId> {
    return (this.#nonNegative[id] ??= nonNegativeLocals(this.function(id)));
  }

  /** Functions that a loop calls, without repetition, in source order. */
  loopCallees(id: FunctionId, loop: number): FunctionId[] {
    const place = this.loopPlaces(id)[loop];
    if (place === undefined) throw new RangeError(`function ${id} has no loop ${loop}`);
    return calleesIn([place.statement]);
  }

  /**
   * Whether statements print, call a function that itself calls or loops, or one that is not known, or a function of the
   * runtime whose time depends on how large its operands are.
   */
  mayTakeLong(body: readonly Stmt[]): boolean {
    return body.some((stmt) => {
      if (stmt.kind === "print") return true;
      if (expressionsOf(stmt).some((expr) => this.#callsFar(expr))) return true;
      // Loops inside have their own safepoints.
      return stmt.kind === "if" && (this.mayTakeLong(stmt.then) || this.mayTakeLong(stmt.else));
    });
  }

  #callsFar(expr: Expr): boolean {
    if (expr.kind === "call_closure" || expr.kind === "format") return true;
    if (expr.kind === "host" && !isBrief(expr.symbol)) return true;
    if (expr.kind === "call") {
      const calls = this.graph.calls[expr.callee] === true;
      if (calls || this.function(expr.callee).loopCount > 0) return true;
    }
    return operandsOf(expr).some((child) => this.#callsFar(child));
  }
}

/** Functions of the runtime that take little time whatever their operands are, at least on the average. */
const briefCalls: ReadonlySet<string> = new Set<RuntimeSymbol>([
  "rt_array_grow",
  "rt_dict_entry_i64",
  "rt_dict_find_i64",
  "rt_dict_next",
  "rt_any_kind",
  "rt_any_truthy",
  "rt_any_to_f64",
  "rt_any_to_i64",
  "rt_any_length",
]);

function isBrief(symbol: string): boolean {
  if (!isRuntimeSymbol(symbol)) return false;
  const { pure, extern } = runtimeFunction(symbol);
  return pure === true || extern === true || briefCalls.has(symbol);
}
