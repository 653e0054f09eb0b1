// How compiled units are put to use: loaded, placed into slots and reported; and what becomes of those that cannot be.
import type { LowerRequest } from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import type { UnitNotes } from "./background.ts";
import type { Chore } from "./chores.ts";
import { ladders } from "./ladders.ts";
import type { TierEvent } from "./options.ts";
import type { PeakUnit } from "./peaks.ts";
import type { FunctionState, LoopState, Slots } from "./slots.ts";
import {
  tierName,
  type CompiledUnit,
  type UnitFigures,
  type UnitPlan,
  type Units,
} from "./units.ts";

/** A function is compiled this often at most, then other units call it through its slot: bounds the time and the memory. */
export const mostCompilations = 16;

/** A unit that was asked for. */
export interface Pending {
  readonly plan: UnitPlan;
  readonly tier: number;
  readonly reason: string;
  /** What it was made of, if it takes much of the time. */
  readonly peak?: PeakUnit;
}

/** What of a program it works on. */
export interface InstallationEnvironment {
  readonly units: Units;
  readonly slots: Slots;
  readonly now: () => number;
  /** See `PolicyEnvironment`. */
  readonly strict: boolean;
  readonly count: (id: FunctionId, calls: number) => void;
  readonly emit: (event: TierEvent) => void;
}

/** What the policy has to do with it. */
interface InstallationHooks {
  /** A unit is in its slots. */
  readonly installed: (unit: Pending) => void;
  /** Compiles requests on this thread. */
  readonly compile: (requests: readonly LowerRequest[], tier: number, reason: string) => void;
}

/** See the head of this file. */
export class Installation {
  readonly #env: InstallationEnvironment;
  readonly #hooks: InstallationHooks;
  readonly #start: number;

  constructor(environment: InstallationEnvironment, hooks: InstallationHooks) {
    this.#env = environment;
    this.#hooks = hooks;
    this.#start = environment.now();
  }

  /** Puts a unit to use that was compiled on another thread. */
  *install(pending: Pending, compiled: CompiledUnit): Chore {
    const { plan, tier } = pending;
    try {
      const before = this.#tierNames(plan);
      const figures = yield* this.#env.units.install(plan, tier, compiled);
      this.#report(pending, before, figures);
    } catch (error) {
      this.fail(pending, error);
    }
  }

  /** Compiles a unit on this thread and puts it to use. */
  compile(pending: Pending): void {
    const { plan, tier } = pending;
    try {
      const before = this.#tierNames(plan);
      this.#report(pending, before, this.#env.units.compile(plan, tier));
    } catch (error) {
      this.fail(pending, error);
    }
  }

  #tierNames({ requests }: UnitPlan): string[] {
    return requests.map((request) => this.stateOf(request).tierName);
  }

  /** The program goes on without the unit; the function that it was made for is tried once more, alone. */
  fail({ plan: { requests }, tier, reason }: Pending, error: unknown): void {
    const { emit, now, slots, strict } = this.#env;
    const [first] = requests;
    if (first === undefined || strict) {
      throw new Error(`a unit could not be compiled: ${String(error)}`, { cause: error });
    }
    const state = slots.function(first.function);
    const from = this.stateOf(first).tierName;
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
    if (alone.length < requests.length) this.#hooks.compile(alone, tier, reason);
    else if (first.kind === "function") state.compilations = mostCompilations;
  }

  #report(pending: Pending, before: readonly string[], figures: UnitFigures): void {
    const { plan, tier, reason } = pending;
    this.#hooks.installed(pending);
    const { emit, now, slots, count } = this.#env;
    const { requests } = plan;
    requests.forEach((request, index) => {
      // What has better code already, from a unit that was asked for later, keeps it.
      if (this.stateOf(request).tier > tier) return;
      const first = index === 0;
      const calls = ladders[plan.backend][tier - 1]?.calls;
      if (request.kind === "function" && calls !== undefined) count(request.function, calls);
      const { fn } = slots.function(request.function);
      const loop = request.kind === "loop" ? ` loop at line ${this.lineOf(request)}` : "";
      emit({
        time: now() - this.#start,
        function: `${fn.name}${loop}`,
        from: before[index] ?? "",
        to: tierName(plan, tier),
        reason: first ? reason : `in the unit of ${this.#nameOf(requests[0])}`,
        compileTime: first ? figures.compileTime : 0,
        codeBytes: first ? figures.codeBytes : 0,
      });
    });
  }

  /** How loops of a unit are called, as the other thread has found out. */
  noteInterfaces(requests: readonly LowerRequest[], { interfaces }: UnitNotes): void {
    requests.forEach((request, index) => {
      const shape = interfaces[index] ?? null;
      if (request.kind === "loop" && shape !== null)
        this.#env.slots.loop(request.function, request.loop).shape = shape;
    });
  }

  #nameOf(request: LowerRequest | undefined): string {
    return request === undefined ? "" : this.#env.slots.function(request.function).fn.name;
  }

  /** What a request is for. */
  stateOf(request: LowerRequest): FunctionState | LoopState {
    const { slots } = this.#env;
    return request.kind === "loop"
      ? slots.loop(request.function, request.loop)
      : slots.function(request.function);
  }

  /** The line of a loop, counted from 1. */
  lineOf(loop: { readonly function: FunctionId; readonly loop: number }): number {
    const places = this.#env.units.facts.loopPlaces(loop.function);
    const { span } = places[loop.loop]?.statement ?? {};
    return span === undefined ? 0 : span.file.position(span.start).line;
  }
}
