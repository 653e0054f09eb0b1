// Which functions take so much of a native program's time that they are worth the highest level.
import { loopSymbol, type LowerRequest, type ModuleFacts } from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import type { LoadedNative } from "../loader/native/index.ts";
import { symbolNames } from "../runtime/index.ts";
import type { NativeProfile, SampleFigures } from "./native/index.ts";
import type { UnitPlan } from "./units.ts";

/** A function with more than this share of the samples is compiled again. */
const hotShare = 0.05;
/** Samples that a share is computed from, and that the function has itself: fewer say little. */
const leastSamples = 50;
const leastOwn = 10;

/** Functions and loops to compile again, the one with the largest share first. */
export interface HotUnit {
  readonly requests: readonly LowerRequest[];
  /** Those of them that take the time. */
  readonly hot: readonly LowerRequest[];
  /** Functions that these call, directly or not. */
  readonly below: readonly LowerRequest[];
  readonly reason: string;
}

export interface SharesEnvironment {
  readonly facts: ModuleFacts;
  /** Samples the program from now on; null if that cannot be done. */
  readonly profile: () => NativeProfile | null;
  /** What the code of a loaded object was compiled from; undefined if it cannot get better. */
  readonly planOf: (loaded: LoadedNative) => UnitPlan | undefined;
}

/** Looks for them, from `start` on. */
export class HotShares {
  readonly #env: SharesEnvironment;
  #profile: NativeProfile | null | undefined;
  #stopped = false;
  /** Functions that were found, by object. */
  readonly #found = new WeakMap<LoadedNative, Set<string>>();

  constructor(environment: SharesEnvironment) {
    this.#env = environment;
  }

  get #facts(): ModuleFacts {
    return this.#env.facts;
  }

  /** There is code now that may become hot. */
  start(): void {
    if (this.#profile === undefined && !this.#stopped) this.#profile = this.#env.profile();
  }

  /** The program does not run any more. */
  stop(): void {
    this.#stopped = true;
    this.#profile?.stop();
  }

  /** The samples that were looked at; null if there were none to be had. */
  figures(): SampleFigures | null {
    return this.#profile?.figures() ?? null;
  }

  /** Whether `take` has anything to look at. */
  get due(): boolean {
    return this.#profile?.due ?? false;
  }

  /** What has become hot; each function of an object is found once. */
  take(): HotUnit[] {
    const profile = this.#profile;
    if (profile === undefined || profile === null || !profile.due) return [];
    profile.update();
    if (profile.kept < leastSamples) return [];
    return [...profile.counts].flatMap(([loaded, counts]) => {
      const plan = this.#env.planOf(loaded);
      if (plan === undefined) return [];
      const hot = this.#newlyHot(loaded, counts, profile.kept);
      if (hot.length === 0) return [];
      const share = (counts.get(hot[0] ?? "") ?? 0) / profile.kept;
      return this.#unit(
        plan,
        hot,
        `${Math.round(100 * share)}% of ${Math.round(profile.kept)} samples`,
      );
    });
  }

  /** Names of functions, the hottest first. */
  #newlyHot(loaded: LoadedNative, counts: ReadonlyMap<string, number>, kept: number): string[] {
    const found = this.#found.get(loaded) ?? new Set<string>();
    this.#found.set(loaded, found);
    const least = Math.max(leastOwn, hotShare * kept);
    const hot = [...counts].filter(([name, count]) => count > least && !found.has(name));
    for (const [name] of hot) found.add(name);
    return hot.toSorted(([, left], [, right]) => right - left).map(([name]) => name);
  }

  /** Of the plan what leads to the hot functions, as their callers there call them directly, and what they call. */
  #unit(plan: UnitPlan, hot: readonly string[], reason: string): HotUnit[] {
    const { requests } = plan;
    const [hottest = ""] = hot;
    const roots = requests.filter((request) => hot.includes(this.#nameOf(request)));
    const first = roots.find((request) => this.#nameOf(request) === hottest) ?? roots[0];
    // Code of a function that LLVM has split off.
    if (first === undefined) return [];
    const ids = new Set(roots.filter(({ kind }) => kind === "function").map((one) => one.function));
    const below = new Set(roots.flatMap((root) => [...this.#reached(root)]));
    const chosen = requests.filter(
      (request) =>
        roots.includes(request) ||
        (request.kind === "function" && below.has(request.function)) ||
        [...this.#reached(request)].some((id) => ids.has(id)),
    );
    const others = chosen.filter((request) => request !== first);
    const called = others.filter((one) => one.kind === "function" && below.has(one.function));
    return [{ requests: [first, ...others], hot: roots, below: called, reason }];
  }

  /** The symbol of a request's function in its object. */
  #nameOf(request: LowerRequest): string {
    const fn = this.#facts.function(request.function);
    return symbolNames.code(request.kind === "loop" ? loopSymbol(fn, request.loop) : fn.symbol);
  }

  /** The functions that it calls, directly or not. */
  #reached(request: LowerRequest): ReadonlySet<FunctionId> {
    const { callees } = this.#facts.graph;
    const reached = new Set<FunctionId>(
      request.kind === "loop"
        ? this.#facts.loopCallees(request.function, request.loop)
        : callees[request.function],
    );
    for (const id of reached) for (const callee of callees[id] ?? []) reached.add(callee);
    return reached;
  }
}
