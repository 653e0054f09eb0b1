// The result types of functions: declared ones, and those that their bodies are built for.
import { buildBody, joinResults } from "./functions.ts";
import type { Analysis, Context, FoundResult, Instance } from "./context.ts";
import type { Scope } from "./scope.ts";
import type { ResultType } from "./simple-type.ts";
import { dispatchResult } from "./traits.ts";
import { resolveType } from "./type-names.ts";

/** Rounds of inference for a recursive function until its result type stays the same. */
const mostRounds = 4;
/** Nesting of functions that wait for each other's result types; deeper chains need declared results. */
const deepestInference = 400;
/** What one such function adds to the nesting. */
const inferenceDepth = 4;

/** Finds the result types of a module's functions. */
export class ResultInference {
  readonly #analysis: Analysis;
  readonly #context: (scope: Scope) => Context;
  readonly #unresolved: Instance[] = [];
  #inferring = 0;

  /** `context` makes one for a function of this scope in which nothing is emitted. */
  constructor(analysis: Analysis, context: (scope: Scope) => Context) {
    this.#analysis = analysis;
    this.#context = context;
  }

  /** Whether a function is being inferred. */
  get running(): boolean {
    return this.#inferring > 0;
  }

  /** Forgets what could not be inferred yet. */
  clear(): void {
    this.#unresolved.length = 0;
  }

  /** As `Analysis.resultOf`. */
  resultOf(instance: Instance): ResultType | "error" | "pending" {
    const { fn, typeArgs } = instance;
    const { result } = instance;
    if (result === "in-progress" || result === "unresolved") return "pending";
    if (result !== "unknown") return result;
    if (fn.decl.result !== null) {
      const site = { report: this.#analysis.report, scope: fn.scope, typeArgs };
      const declared = resolveType(site, fn.decl.result);
      // While types are tried its message was dropped: it is still to come.
      if (declared !== "error" || !this.#analysis.report.silent) instance.result = declared;
      return declared;
    }
    if (fn.dispatch !== undefined) {
      const cx = this.#context(fn.scope);
      const type = dispatchResult(cx, instance);
      if (type !== "pending") instance.result = type;
      return type;
    }
    if (this.#analysis.depth >= deepestInference) {
      this.#analysis.report.limit(
        "limit/inference",
        `the result type of \`${fn.name}\` depends on too many other functions`,
        fn.decl.head,
        "Declare the result with `-> T`.",
      );
      return "error";
    }
    const found = this.#infer(instance);
    if (found !== "pending") {
      instance.result = found;
      this.#retryUnresolved();
      return found;
    }
    if (this.#inferring > 0) {
      instance.result = "unresolved";
      this.#unresolved.push(instance);
      return "pending";
    }
    this.#analysis.report.error(
      "type/recursive-result",
      `the result type of \`${fn.name}\` cannot be inferred: every path calls it again`,
      fn.decl.head,
      "Declare the result with `-> T`.",
    );
    instance.result = "error";
    this.#retryUnresolved();
    return "error";
  }

  /** Something became known: what could not be inferred before is tried again. */
  #retryUnresolved(): void {
    for (const instance of this.#unresolved) instance.result = "unknown";
    this.#unresolved.length = 0;
  }

  /** Builds the body for its results alone, again with each guess until the guess is right. */
  #infer(instance: Instance): ResultType | "error" | "pending" {
    this.#inferring += 1;
    this.#analysis.depth += inferenceDepth;
    instance.result = "in-progress";
    let guess = this.#inferOnce(instance);
    for (
      let round = 1;
      round < mostRounds && guess.type !== "pending" && guess.pending;
      round += 1
    ) {
      if (guess.type === "error") break;
      instance.result = guess.type;
      const next = this.#inferOnce(instance);
      if (next.type === guess.type || next.type === "error") break;
      guess = { type: next.type, pending: true };
    }
    instance.result = "unknown";
    this.#inferring -= 1;
    this.#analysis.depth -= inferenceDepth;
    return guess.type;
  }

  #inferOnce(instance: Instance): { type: ResultType | "error" | "pending"; pending: boolean } {
    const found: FoundResult[] = [];
    const { fn, paramTypes, typeArgs } = instance;
    this.#analysis.report.silence(() =>
      buildBody(this.#analysis, {
        fn,
        paramTypes,
        typeArgs,
        goal: { kind: "infer", found },
        discard: true,
      }),
    );
    return { type: joinResults(this.#analysis, found), pending: instance.result === "in-progress" };
  }
}
