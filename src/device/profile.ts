// How often the functions of a program are called, and how long they take: counted at their slots while a profile is taken.
import type { WasmFunction } from "../loader/index.ts";
import type { PlacedCode } from "./code.ts";

/** What a function did while the profile was taken. */
export interface FunctionFigures {
  /** As it is declared; a symbol if it is not. */
  readonly name: string;
  /** What its newest code is, with the level of its optimisation: `wasm O1`, `native O2`. */
  readonly tier: string;
  readonly calls: number;
  /** Milliseconds from entry to exit; of calls in calls of the same function only the outermost. */
  readonly total: number;
  /** The same without what it has called. */
  readonly self: number;
}

interface Counts {
  tier: string;
  calls: number;
  total: number;
  self: number;
  /** Calls under way. */
  depth: number;
}

/** A profile that is taken. */
export class Profile {
  readonly #now: () => number;
  readonly #counts = new Map<string, Counts>();
  readonly #start: number;
  /** Milliseconds that the innermost call under way has spent in others. */
  #inner = 0;

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  /** Milliseconds since it was begun. */
  get time(): number {
    return this.#now() - this.#start;
  }

  /** The code of a slot, with a count around it. */
  count(name: string, tier: string, { call }: PlacedCode): WasmFunction {
    const counts = this.#countsOf(name);
    counts.tier = tier;
    return (...args) => {
      const outer = this.#inner;
      this.#inner = 0;
      counts.calls += 1;
      counts.depth += 1;
      const start = this.#now();
      try {
        return call(...args);
      } finally {
        const time = this.#now() - start;
        counts.depth -= 1;
        counts.self += time - this.#inner;
        if (counts.depth === 0) counts.total += time;
        this.#inner = outer + time;
      }
    };
  }

  #countsOf(name: string): Counts {
    let counts = this.#counts.get(name);
    if (counts === undefined) {
      counts = { tier: "", calls: 0, total: 0, self: 0, depth: 0 };
      this.#counts.set(name, counts);
    }
    return counts;
  }

  /** What was called, by the time of its own, longest first. */
  figures(): FunctionFigures[] {
    return [...this.#counts]
      .filter(([, { calls }]) => calls > 0)
      .map(([name, { tier, calls, total, self }]) => ({ name, tier, calls, total, self }))
      .toSorted((left, right) => right.self - left.self);
  }
}
