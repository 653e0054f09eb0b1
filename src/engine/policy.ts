// The tier policy: what is compiled when, and why.
//
// auto    a function at `threshold` calls goes to tier 1 (counted), with others that are about to; after more calls it
//         goes to tier 2 together with all tier-1 functions and what they call: one batch module with direct and inlined calls. A
//         recursive function goes to tier 2 at once, since its calls of itself are direct and not counted. So does a
//         loop with enough back-edges, as a loop function, while it runs.
// hybrid  as auto, but by sampled time instead of counts.
// jit     everything is compiled to tier 2 before it runs.
// interpret  nothing is compiled.
import type { LowerRequest, OptLevel } from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import type { FunctionCell, LoopCell, PollSite } from "../interp/index.ts";
import type { Mode, TierEvent } from "./options.ts";
import type { FunctionState, Slots } from "./slots.ts";
import type { BackgroundCompiler } from "./background.ts";
import type { UnitFigures, UnitPlan, Units } from "./units.ts";

/** Back-edges of an interpreted loop before it moves to a loop function: some 0.1 ms of work. */
export const loopThreshold = 1000;
/** Counted entries of a tier-1 function before it moves to tier 2. */
export const secondTierCalls = 100;
/** Functions with this share of the threshold join the unit of one that has reached it. */
const warm = 0.8;
/** Most functions in a tier-1 unit, unless more of the program is compiled already. */
const smallestBatch = 8;
/** Tier-1 units that are compacted into one batch, even if none of them gets hotter. */
const mostSingles = 16;
/** Most functions in a batch: compile time stays bounded, the rest follows in later batches. */
const largestBatch = 200;
/** A function is compiled this often at most, then other units call it through its slot: bounds the time and the memory. */
const mostCompilations = 16;
/** hybrid: a function is compiled when it took this much sampled time (ms) and this share of all of it. */
const hybridTime = 1;
const hybridShare = 0.05;
/** hybrid: longest time (ms) that one sample can stand for; more was spent in compiled code or in the system. */
const longestSample = 1;

export interface PolicyEnvironment {
  readonly mode: Mode;
  readonly optLevel: OptLevel;
  readonly units: Units;
  readonly slots: Slots;
  readonly now: () => number;
  /** A compilation that fails ends the program, instead of leaving it in its tier. */
  readonly strict: boolean;
  /** Functions may be replaced while they run, so that each is compiled for itself. */
  readonly replaceable: boolean;
  readonly emit: (event: TierEvent) => void;
  /** The compiler on another thread, if there is one; started by the first call. */
  readonly background: () => BackgroundCompiler | null;
}

interface Pending {
  readonly plan: UnitPlan;
  readonly tier: number;
  readonly reason: string;
}

const tierNames = ["interpreter", "wasm tier 1", "wasm tier 2"] as const;

export function tierName(tier: number): string {
  return tierNames[tier] ?? `tier ${tier}`;
}

export class Policy {
  readonly #env: PolicyEnvironment;
  readonly #start: number;
  readonly #samples = new Map<FunctionId, number>();
  #sampled = 0;
  #lastSample: number;
  readonly #pending = new Map<number, Pending>();
  #nextRequest = 0;
  /** Tier-1 units since the last compaction. */
  #singles = 0;
  /** Functions that went to tier 1. */
  #promoted = 0;

  constructor(environment: PolicyEnvironment) {
    this.#env = environment;
    this.#start = environment.now();
    this.#lastSample = this.#start;
  }

  get facts(): Units["facts"] {
    return this.#env.units.facts;
  }

  /** jit: everything that init can reach, before it runs. */
  compileAll(init: FunctionId): void {
    const reachable = this.#withCallees([init], Number.POSITIVE_INFINITY);
    this.#compile(reachable, 2, "mode jit");
  }

  hotFunction(cell: FunctionCell): void {
    this.#promoteFunction(this.#env.slots.function(cell.fn.id), `${cell.calls} calls`);
  }

  /** Compiles the loop, with what it calls, to tier 2. */
  hotLoop(cell: LoopCell): void {
    const line = this.#lineOf(cell);
    this.#promoteLoop(cell, `loop at line ${line}: ${cell.backEdges} iterations`);
  }

  /** A tier-1 function has used up its count of calls, or one of its loops its fuel. */
  tierUp(id: FunctionId, reason: string): void {
    const state = this.#env.slots.function(id);
    if (state.requested >= 2) return;
    this.#compileBatch([id], reason);
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
    if (state.requested >= 1) return;
    const { id } = state.fn;
    if (this.facts.graph.recursive[id] === true) {
      this.#compile(this.#withCallees([id], largestBatch), 2, `${reason}, recursive`);
      return;
    }
    this.#compile([id, ...this.#warmBeside(id)], 1, reason);
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
    this.#run([loop, ...callees.flatMap((id) => this.#request(id, 2))], 2, reason);
  }

  /** Compaction: the tier-1 functions and what they call become one batch. */
  #compileBatch(roots: readonly FunctionId[], reason: string): void {
    const singles = this.#env.slots.functions.filter(
      (state) => state.tier === 1 && state.requested < 2 && this.#env.slots.owns(state),
    );
    const ids = this.#withCallees([...roots, ...singles.map((state) => state.fn.id)], largestBatch);
    this.#singles = 0;
    if (ids.length === 0) return;
    const background = this.#env.background();
    if (background === null) {
      this.#compile(ids, 2, reason);
      return;
    }
    const plan = this.#env.units.plan(
      ids.flatMap((id) => this.#request(id, 2)),
      this.#env.optLevel,
    );
    const id = this.#nextRequest++;
    this.#pending.set(id, { plan, tier: 2, reason });
    background.request({ id, plan });
  }

  /** Installs what the other thread has finished. */
  takeResults(): void {
    for (const { id, object, error, compileTime } of this.#env.background()?.take() ?? []) {
      const pending = this.#pending.get(id);
      if (pending === undefined) continue;
      this.#pending.delete(id);
      if (object === null) {
        this.#fail(pending, error);
        continue;
      }
      if (pending.plan.requests.every((request) => this.#tierOf(request) >= pending.tier)) continue;
      this.#attempt(pending, () =>
        this.#env.units.install(pending.plan, pending.tier, { object, compileTime }),
      );
    }
  }

  #compile(ids: readonly FunctionId[], tier: number, reason: string): void {
    this.#run(
      ids.flatMap((id) => this.#request(id, tier)),
      tier,
      reason,
    );
  }

  /** The function and those of its loops that it runs outlined. In tier 1 it goes on with the better code of its loops. */
  #request(id: FunctionId, tier: number): LowerRequest[] {
    const { slots, units } = this.#env;
    const state = slots.function(id);
    state.requested = Math.max(state.requested, tier);
    state.compilations += 1;
    const all = units.topLevelLoops(id);
    const ownLoops = all.filter((loop) => slots.loop(id, loop).tier <= tier);
    const outlined = units.runsLoopsOutlined(id) || ownLoops.length < all.length;
    const request: LowerRequest = { kind: "function", function: id, counted: tier === 1, outlined };
    if (!outlined) return [request];
    return [
      request,
      ...ownLoops.map((loop): LowerRequest => ({ kind: "loop", function: id, loop })),
    ];
  }

  #run(requests: readonly LowerRequest[], tier: number, reason: string): void {
    const { units, optLevel } = this.#env;
    const level = tier === 1 && optLevel > 1 ? 1 : optLevel;
    const plan = units.plan(requests, level);
    this.#attempt({ plan, tier, reason }, () => units.compile(plan, tier));
  }

  #attempt(pending: Pending, install: () => UnitFigures): void {
    try {
      this.#install(pending, install);
    } catch (error) {
      this.#fail(pending, error);
    }
  }

  /** The program goes on without the unit; the function that it was made for is tried once more, alone. */
  #fail({ plan: { requests }, tier, reason }: Pending, error: unknown): void {
    const { emit, now, slots, strict } = this.#env;
    const [first] = requests;
    if (first === undefined || strict) {
      throw new Error(`a unit could not be compiled: ${String(error)}`, { cause: error });
    }
    const state = slots.function(first.function);
    const from = tierName(this.#tierOf(first));
    emit({
      time: now() - this.#start,
      function: state.fn.name,
      from,
      to: from,
      reason: `${reason}; compilation failed: ${String(error)}`,
      compileTime: 0,
      codeBytes: 0,
    });
    const alone = requests.filter((request) => request.function === first.function);
    for (const request of requests) {
      const { tier: reached } = slots.function(request.function);
      if (request !== first) slots.function(request.function).requested = reached;
    }
    if (alone.length < requests.length) this.#run(alone, tier, reason);
    else if (first.kind === "function") state.compilations = mostCompilations;
  }

  #install({ plan: { requests }, tier, reason }: Pending, install: () => UnitFigures): void {
    const { emit, now, slots } = this.#env;
    const before = requests.map((request) => this.#tierOf(request));
    const figures = install();
    requests.forEach((request, index) => {
      const first = index === 0;
      const { fn } = slots.function(request.function);
      const loop = request.kind === "loop" ? ` loop at line ${this.#lineOf(request)}` : "";
      emit({
        time: now() - this.#start,
        function: `${fn.name}${loop}`,
        from: tierName(before[index] ?? 0),
        to: tierName(tier),
        reason: first ? reason : `in the unit of ${this.#nameOf(requests[0])}`,
        compileTime: first ? figures.compileTime : 0,
        codeBytes: first ? figures.codeBytes : 0,
      });
    });
  }

  #nameOf(request: LowerRequest | undefined): string {
    return request === undefined ? "" : this.#env.slots.function(request.function).fn.name;
  }

  #tierOf(request: LowerRequest): number {
    const { slots } = this.#env;
    return request.kind === "loop"
      ? slots.loop(request.function, request.loop).tier
      : slots.function(request.function).tier;
  }

  #lineOf(loop: { readonly function: FunctionId; readonly loop: number }): number {
    const { span } = this.#env.units.facts.loops(loop.function)[loop.loop]?.statement ?? {};
    return span === undefined ? 0 : span.file.position(span.start).line;
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
