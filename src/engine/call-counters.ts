// The words that compiled code of tier 1 counts down: the calls that a function may make before its next tier.
import type { FunctionId } from "../ir/hir/index.ts";
import type { MemoryViews } from "../runtime/index.ts";
import { firstTierCalls } from "./ladders.ts";

interface Counter {
  /** Of the word. */
  readonly address: number;
  /** What it began with. */
  calls: number;
  /** Calls that were counted before that. */
  before: number;
}

/** The counters of a program's functions. */
export class CallCounters {
  readonly #views: MemoryViews;
  readonly #counters: Counter[] = [];

  constructor(views: MemoryViews) {
    this.#views = views;
  }

  /** Gives a function its word. `goesOn`: it has been counted there already. */
  add(id: FunctionId, address: number, goesOn: boolean): void {
    if (!goesOn) this.#views.i32[address >> 2] = firstTierCalls;
    this.#counters[id] = { address, calls: firstTierCalls, before: 0 };
  }

  /** Gives a function so many calls until it asks for its next tier. */
  restart(id: FunctionId, calls: number): void {
    const counter = this.#counters[id];
    if (counter === undefined) return;
    counter.before += counter.calls - (this.#views.i32[counter.address >> 2] ?? 0);
    counter.calls = calls;
    this.#views.i32[counter.address >> 2] = calls;
  }

  /** Whether a function has made the calls that it had. */
  hasRunOut(id: FunctionId): boolean {
    return this.#views.i32[(this.#counters[id]?.address ?? 0) >> 2] === 0;
  }

  /** Calls of a function that were counted. */
  counted(id: FunctionId): number {
    const counter = this.#counters[id];
    if (counter === undefined) return 0;
    const { address, calls, before } = counter;
    return before + calls - (this.#views.i32[address >> 2] ?? calls);
  }
}
