// The tier policy: what is compiled when, and why.
//
// auto    a function at `threshold` calls goes to tier 1 (counted), with others that are about to; after more calls it
//         climbs the ladder of its backend. To the top it goes together with all functions below and what they call: one
//         batch module with direct and inlined calls. A recursive function goes to the top at once, since its calls of
//         itself are direct and not counted. So does a loop with enough back-edges, as a loop function, while it runs.
//         Native code at the top that takes much of the time is compiled once more, at the highest level (`shares.ts`).
// hybrid  as auto, but by sampled time instead of counts.
// jit     everything is compiled to the top tier before it runs.
// interpret  nothing is compiled.
import type { LowerRequest, OptLevel } from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import type { FunctionCell, LoopCell, PollSite } from "../interp/index.ts";
import type { Backend, Mode, TierEvent } from "./options.ts";
import { Chores, type Chore } from "./chores.ts";
import { Installation, mostCompilations, type Pending } from "./installation.ts";
import type { FunctionState, Slots } from "./slots.ts";
import { ladders, peakLevel, type Rung } from "./ladders.ts";
import { rehearsal, type BackgroundCompiler, type BackgroundResult } from "./background.ts";
import type { NativeProfile } from "./native/index.ts";
import { Peaks, type PeakUnit } from "./peaks.ts";
import type { ProfileMemory } from "./profile-memory.ts";
import { HotShares, type SharesEnvironment } from "./shares.ts";
import type { UnitPlan, Units } from "./units.ts";

/** Back-edges of an interpreted loop before it moves to a loop function: some 0.1 ms of work. */
export const loopThreshold = 1000;
/** Functions with this share of the threshold join the unit of one that has reached it. */
const warm = 0.8;
/** Most functions in a tier-1 unit, unless more of the program is compiled already. */
const smallestBatch = 8;
/** Tier-1 units that are compacted into one batch, even if none of them gets hotter. */
const mostSingles = 16;
/** Most functions in a batch: compile time stays bounded, the rest follows in later batches. */
const largestBatch = 200;
/** hybrid: a function is compiled when it took this much sampled time (ms) and this share of all of it. */
const hybridTime = 1;
const hybridShare = 0.05;
/** hybrid: longest time (ms) that one sample can stand for; more was spent in compiled code or in the system. */
const longestSample = 1;

export interface PolicyEnvironment {
  readonly mode: Mode;
  readonly optLevel: OptLevel;
  /** The backend of what is compiled from now on. */
  readonly backend: () => Backend;
  /** Sets how many calls a function has left before it asks for its next tier. */
  readonly count: (id: FunctionId, calls: number) => void;
  readonly units: Units;
  readonly slots: Slots;
  readonly now: () => number;
  /** A compilation that fails ends the program, instead of leaving it in its tier. */
  readonly strict: boolean;
  /** Functions may be replaced while they run, so that each is compiled for itself. */
  readonly replaceable: boolean;
  readonly emit: (event: TierEvent) => void;
  /** Has the program poll soon. */
  readonly remind: () => void;
  /** The compiler on another thread, if there is one; started by the first call. */
  readonly background: () => BackgroundCompiler | null;
  /** Whether what takes much of the time goes above `optLevel`. */
  readonly peaks: boolean;
  /** Samples the program from now on; null if that cannot be done. */
  readonly profile: () => NativeProfile | null;
  /** Where native code notes what it works on. */
  readonly profileMemory: ProfileMemory;
}

export class Policy {
  readonly #env: PolicyEnvironment;
  readonly #chores: Chores;
  /** Names of chores that are not finished. */
  readonly #underWay = new Set<string>();
  readonly #installation: Installation;
  readonly #samples = new Map<FunctionId, number>();
  #sampled = 0;
  #lastSample: number;
  readonly #pending = new Map<number, Pending>();
  #nextRequest = 0;
  /** What takes much of the time; null if that is not looked for. */
  readonly #shares: HotShares | null;
  /** What becomes of that; null as well. */
  readonly #peaks: Peaks | null;
  /** Tier-1 units since the last compaction. */
  #singles = 0;
  /** Functions that went to tier 1. */
  #promoted = 0;

  constructor(environment: PolicyEnvironment) {
    this.#env = environment;
    this.#chores = new Chores(environment.now);
    this.#installation = new Installation(environment, {
      installed: ({ plan, tier }) => {
        if (plan.backend === "llvm" && tier === this.top) this.#shares?.start();
      },
      compile: (requests, tier, reason) => this.#run(requests, tier, reason),
    });
    this.#lastSample = environment.now();
    const { peaks, profile, units, optLevel } = environment;
    const planOf: SharesEnvironment["planOf"] = (loaded) => {
      const plan = units.planOf(loaded);
      const { level, observing } = plan?.options ?? {};
      return level === optLevel && observing === undefined ? plan : undefined;
    };
    const { facts } = units;
    const shares = peaks ? new HotShares({ facts, profile, planOf }) : null;
    this.#shares = shares;
    const { slots, replaceable, profileMemory: memory } = environment;
    this.#peaks = shares && new Peaks({ shares, facts, slots, memory, replaceable });
  }

  get facts(): Units["facts"] {
    return this.#env.units.facts;
  }

  get #ladder(): readonly Rung[] {
    return ladders[this.#env.backend()];
  }

  /** The highest tier of the backend. */
  get top(): number {
    return this.#ladder.length + 1;
  }

  /** jit: everything that init can reach, before it runs. */
  compileAll(init: FunctionId): void {
    const reachable = this.#withCallees([init], Number.POSITIVE_INFINITY);
    this.#compile(reachable, this.top, "mode jit");
  }

  /** A function of tier 0 has made the calls that it had. */
  hotFunction(cell: FunctionCell): void {
    const state = this.#env.slots.function(cell.fn.id);
    if (state.requested >= 1) return;
    state.requested = 1;
    const reason = `${cell.calls} calls`;
    this.#whenPolled(() => {
      // It may be in a better unit by now.
      if (state.requested === 1) this.#promoteFunction(state, reason);
    });
  }

  /** Compiles the loop, with what it calls, to the top tier. */
  hotLoop(cell: LoopCell): void {
    const { backEdges } = cell;
    this.#whenPolled(() => {
      const line = this.#installation.lineOf(cell);
      this.#promoteLoop(cell, `loop at line ${line}: ${backEdges} iterations`);
    });
  }

  /** Does it at the next poll if it asks the other thread for native code, else now. */
  #whenPolled(work: () => void): void {
    if (this.#env.backend() !== "llvm" || this.#env.background() === null) {
      work();
      return;
    }
    this.#later(asChore(work));
  }

  #later(chore: Chore): void {
    this.#chores.add(chore);
    this.#env.remind();
  }

  /** A function below the top has used up its count of calls, or one of its loops its fuel: `why` says which. */
  tierUp(id: FunctionId, why: "calls" | "loop"): void {
    const state = this.#env.slots.function(id);
    const { tier, requested, tierName: name } = state;
    // The next tier is being made.
    if (requested > tier || tier >= this.top) return;
    const calls = this.#ladder[tier - 1]?.calls ?? 0;
    const reason = why === "calls" ? `${calls} calls in ${name}` : `a loop in ${name}`;
    if (why === "loop" || tier + 1 === this.top) this.#compileBatch([id], reason);
    else this.#request([id], tier + 1, reason);
  }

  /** Has native code compiled once more that takes much of the time, if it is time to look. */
  watchShares(): void {
    this.#start("look", () => this.#lookAtShares());
    this.#env.remind();
  }

  *#lookAtShares(): Chore {
    if (this.#peaks === null) return;
    for (const unit of yield* this.#peaks.look()) {
      yield;
      this.#sendPeak(unit);
    }
  }

  #sendPeak(peak: PeakUnit): void {
    const tier = this.top + 1;
    const { requests, reason, observing, speculations } = peak;
    for (const { kind, function: id } of requests) {
      if (kind === "function") askFor(this.#env.slots.function(id), tier);
    }
    const { units, optLevel, backend } = this.#env;
    const level = observing === undefined ? peakLevel : optLevel;
    const profiling = {
      ...(observing === undefined ? {} : { observing }),
      ...(speculations === undefined ? {} : { speculations }),
    };
    const plan = units.plan(requests, level, backend(), profiling);
    this.#sendPlan({ plan, tier, reason, peak });
  }

  /** Where the time of native code goes; null if that is not looked for. */
  get shares(): HotShares | null {
    return this.#shares;
  }

  /** hybrid: time since the last sample belongs to the function that polls. */
  sample(site: PollSite): void {
    const now = this.#env.now();
    const elapsed = Math.min(now - this.#lastSample, longestSample);
    this.#lastSample = now;
    this.#sampled += elapsed;
    const spent = (this.#samples.get(site.function) ?? 0) + elapsed;
    this.#samples.set(site.function, spent);
    if (spent < hybridTime || spent < hybridShare * this.#sampled) return;
    const state = this.#env.slots.function(site.function);
    const share = Math.round((100 * spent) / this.#sampled);
    const reason = `${share}% of sampled time`;
    if (state.requested === 0) this.#promoteFunction(state, reason);
    const loop = state.cell.loops[site.loop];
    // The loop that polls is still running in the interpreter: have it replaced at its next back-edge.
    if (loop !== undefined && loop.runner === null) loop.hotAt = loop.backEdges + 1;
  }

  #promoteFunction(state: FunctionState, reason: string): void {
    const { id } = state.fn;
    if (this.facts.graph.recursive[id] === true) {
      this.#request(this.#withCallees([id], largestBatch), this.top, `${reason}, recursive`);
      return;
    }
    this.#request([id, ...this.#warmBeside(id)], 1, reason);
    this.#singles += 1;
    if (this.#singles >= mostSingles)
      this.#compileBatch([], `compaction of ${this.#singles} units`);
  }

  /** Functions that will reach the threshold soon: one unit for many costs a fraction of many units. */
  #warmBeside(root: FunctionId): FunctionId[] {
    const { functions } = this.#env.slots;
    const { recursive } = this.facts.graph;
    const ids = functions.flatMap(({ fn, cell, requested }) => {
      const joins = requested === 0 && cell.calls >= warm * cell.hotAt && recursive[fn.id] !== true;
      return joins && fn.id !== root && this.#mayCompile(fn.id) ? [fn.id] : [];
    });
    const most = Math.min(Math.max(smallestBatch, this.#promoted), largestBatch);
    this.#promoted += 1 + Math.min(ids.length, most - 1);
    return ids.slice(0, most - 1);
  }

  #promoteLoop(cell: LoopCell, reason: string): void {
    const called = this.facts
      .loopCallees(cell.function, cell.loop)
      .filter((id) => this.#mayCompile(id));
    const loop: LowerRequest = { kind: "loop", function: cell.function, loop: cell.loop };
    const callees = this.#withCallees(called, largestBatch);
    const { top } = this;
    const requests = [loop, ...callees.flatMap((id) => this.#requestsOf(id, top))];
    if (this.#env.backend() === "llvm") this.#send(requests, top, reason);
    else this.#run(requests, top, reason);
  }

  /** Compaction: the functions below the top and what they call become one batch. */
  #compileBatch(roots: readonly FunctionId[], reason: string): void {
    const { top } = this;
    const singles = this.#env.slots.functions.filter(
      (state) =>
        state.tier > 0 && state.tier < top && state.requested < top && this.#env.slots.owns(state),
    );
    const ids = this.#withCallees([...roots, ...singles.map((state) => state.fn.id)], largestBatch);
    this.#singles = 0;
    if (ids.length === 0) return;
    const requests = ids.flatMap((id) => this.#requestsOf(id, top));
    this.#send(requests, top, reason);
  }

  /** Compiles functions to a tier, native ones on the other thread. */
  #request(ids: readonly FunctionId[], tier: number, reason: string): void {
    const requests = ids.flatMap((id) => this.#requestsOf(id, tier));
    if (this.#env.backend() === "llvm") this.#send(requests, tier, reason);
    else this.#run(requests, tier, reason);
  }

  /** Has a unit compiled on the other thread, if there is one. */
  #send(requests: readonly LowerRequest[], tier: number, reason: string): void {
    const background = this.#env.background();
    if (background === null) {
      this.#run(requests, tier, reason);
      return;
    }
    this.#sendPlan({ plan: this.#plan(requests, tier), tier, reason });
  }

  #sendPlan(pending: Pending): void {
    const id = this.#nextRequest++;
    this.#pending.set(id, pending);
    this.#env.background()?.request({ id, plan: pending.plan });
  }

  #plan(requests: readonly LowerRequest[], tier: number): UnitPlan {
    const { units, optLevel, backend } = this.#env;
    const level = Math.min(this.#ladder[tier - 1]?.level ?? optLevel, optLevel) as OptLevel;
    return units.plan(requests, tier > this.top ? peakLevel : level, backend());
  }

  /** Does some of what waits; whether there is more. */
  doChores(): boolean {
    this.#start("take", () => this.#takeResults());
    this.#chores.run();
    return !this.#chores.isEmpty;
  }

  /** Adds a chore of which there is at most one. */
  #start(name: string, chore: () => Chore): void {
    if (this.#underWay.has(name)) return;
    this.#underWay.add(name);
    this.#chores.add(this.#once(name, chore()));
  }

  *#once(name: string, chore: Chore): Chore {
    try {
      yield* chore;
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** Puts to use what the other thread has finished. */
  *#takeResults(): Chore {
    const background = this.#env.background();
    if (background === null) return;
    for (let results = background.take(); results.length > 0; results = background.take()) {
      yield;
      for (const result of results) yield* this.#putToUse(result);
    }
  }

  *#putToUse({ id, object, error, compileTime, about }: BackgroundResult): Chore {
    if (id === rehearsal && object !== null) {
      yield* this.#env.units.rehearse(object);
      yield;
      return;
    }
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    const { plan, tier, peak } = pending;
    if (object === null) {
      if (peak !== undefined) this.#peaks?.failed(peak);
      this.#installation.fail(pending, error);
      return;
    }
    if (peak === undefined) {
      const reached = plan.requests.map((request) => this.#installation.stateOf(request).tier);
      if (reached.every((one) => one >= tier)) return;
    } else {
      const instead = this.#peaks?.compiled(peak, about?.report) ?? null;
      yield;
      if (instead !== null) {
        this.#sendPeak(instead);
        return;
      }
    }
    if (about !== undefined) this.#installation.noteInterfaces(plan.requests, about);
    const reason = [pending.reason, ...(about?.madeFor ?? [])].join(", ");
    yield* this.#installation.install({ ...pending, reason }, { object, compileTime });
    yield;
  }

  #compile(ids: readonly FunctionId[], tier: number, reason: string): void {
    this.#run(
      ids.flatMap((id) => this.#requestsOf(id, tier)),
      tier,
      reason,
    );
  }

  /** The function and those of its loops that it runs outlined. Below the top it goes on with the better code of its loops. */
  #requestsOf(id: FunctionId, tier: number): LowerRequest[] {
    const { slots, units } = this.#env;
    const state = slots.function(id);
    askFor(state, tier);
    const { top } = this;
    const counted = tier < top;
    const all = units.topLevelLoops(id);
    const loopRequests = (loops: readonly number[]): LowerRequest[] =>
      loops.map((loop) => ({ kind: "loop", function: id, loop }));
    if (this.#env.backend() === "llvm" && tier === top) {
      // Unlike V8 LLVM gives a loop its best code at once. One that runs in lesser code now goes on in new code.
      const running = all.filter((loop) => {
        const { tier: reached } = slots.loop(id, loop);
        return reached > 0 && reached < top;
      });
      const request: LowerRequest = { kind: "function", function: id, counted, outlined: false };
      return [request, ...loopRequests(running)];
    }
    const ownLoops = all.filter((loop) => slots.loop(id, loop).tier <= tier);
    const outlined = units.runsLoopsOutlined(id) || ownLoops.length < all.length;
    const request: LowerRequest = { kind: "function", function: id, counted, outlined };
    if (!outlined) return [request];
    return [request, ...loopRequests(ownLoops)];
  }

  #run(requests: readonly LowerRequest[], tier: number, reason: string): void {
    this.#installation.compile({ plan: this.#plan(requests, tier), tier, reason });
  }

  /** The functions and what they call, transitively, breadth first, up to a count. */
  #withCallees(roots: readonly FunctionId[], most: number): FunctionId[] {
    const { graph } = this.#env.units.facts;
    const found = new Set(roots);
    for (const id of found) {
      for (const callee of graph.callees[id] ?? []) {
        if (found.size < most && this.#mayCompile(callee) && !this.#isApart(callee, most))
          found.add(callee);
      }
    }
    return [...found];
  }

  /** Whether the callee gains nothing from being in a unit with its callers: its calls go through its slot anyway. */
  #isApart(callee: FunctionId, most: number): boolean {
    const { replaceable, slots, units } = this.#env;
    const state = slots.function(callee);
    if (!replaceable || state.fn.replaceable === undefined) return false;
    return Number.isFinite(most) || units.isCompiled(state);
  }

  #mayCompile(id: FunctionId): boolean {
    const { slots } = this.#env;
    const state = slots.function(id);
    return state.compilations < mostCompilations && slots.owns(state);
  }
}

function* asChore(work: () => void): Chore {
  work();
  yield;
}

/** Takes note that a function is to be compiled to a tier. */
function askFor(state: FunctionState, tier: number): void {
  state.requested = Math.max(state.requested, tier);
  state.compilations += 1;
}
