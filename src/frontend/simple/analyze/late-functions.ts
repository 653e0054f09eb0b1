// Functions that depend on all types of the program, so that they are built after everything else: calls of members of
// values whose types are known at run time only.
import type { FunctionId } from "../../../ir/hir/index.ts";
import type { SyntheticFunction } from "./context.ts";

interface LateFunction {
  readonly id: FunctionId;
  readonly make: () => SyntheticFunction;
  /** How many types there were when it was built; -1 before that. */
  types: number;
}

/** The functions that are built last, and again where building them brought new types. */
export class LateFunctions {
  readonly #byKey = new Map<string, LateFunction>();

  /** The function of a key; `reserve` gives a new one its number. */
  get(key: string, make: () => SyntheticFunction, reserve: () => FunctionId): FunctionId {
    let late = this.#byKey.get(key);
    if (late === undefined) this.#byKey.set(key, (late = { id: reserve(), make, types: -1 }));
    return late.id;
  }

  /** Builds those that do not know of all types yet; whether there were any. */
  build(types: () => number, place: (id: FunctionId, fn: SyntheticFunction) => void): boolean {
    let news = false;
    for (const late of this.#byKey.values()) {
      const count = types();
      if (late.types === count) continue;
      late.types = count;
      news = true;
      place(late.id, late.make());
    }
    return news;
  }
}
