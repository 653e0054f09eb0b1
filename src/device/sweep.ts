// What of a device's program nothing can reach any more.
//
// The roots are the functions that a later declaration may replace, which new pieces may call; the functions of closures in
// the heap; code that a change would bring back; and units with frames on the stack. All else that is still there are
// functions that go by what they do (lambdas, nested functions) of pieces that have been replaced.
import type { UnitState } from "../engine/index.ts";
import type { LoadedCode } from "./code.ts";

/** What the code of a unit refers to. */
export interface UnitReferences {
  /** Keys of slots. */
  readonly slots: readonly string[];
  readonly texts: readonly string[];
  /** Symbols of module-level variables. */
  readonly variables: readonly string[];
}

/** A loaded unit with what it refers to. */
export interface LiveUnit extends UnitState, Pick<LoadedCode, "extraBytes" | "kept"> {
  readonly references: UnitReferences;
}

/** The unit of code that was loaded; in no slot yet. */
export function liveUnit(
  { name, data, codeBytes, extraBytes, kept, release }: LoadedCode,
  tier: number,
  references: UnitReferences,
): LiveUnit {
  const unit = { name, tier, data, codeBytes, extraBytes, kept, slots: 0, references };
  return release === undefined ? unit : { ...unit, release };
}

/** What is reached. */
export interface Reached {
  readonly slots: ReadonlySet<string>;
  readonly texts: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
}

/** Goes through the units from `roots` and `slots`; `unitOf` gives the unit whose code is in a slot. */
export function reachableFrom(
  roots: Iterable<LiveUnit>,
  slots: Iterable<string>,
  unitOf: (key: string) => LiveUnit | null,
): Reached {
  const reached = new Set<string>();
  const units = new Set<LiveUnit>();
  const pending: LiveUnit[] = [...roots];
  const enter = (key: string): void => {
    if (reached.has(key)) return;
    reached.add(key);
    const unit = unitOf(key);
    if (unit !== null) pending.push(unit);
  };
  for (const key of slots) enter(key);
  for (let unit = pending.pop(); unit !== undefined; unit = pending.pop()) {
    if (units.has(unit)) continue;
    units.add(unit);
    unit.references.slots.forEach(enter);
  }
  const all = [...units].map(({ references }) => references);
  return {
    slots: reached,
    texts: new Set(all.flatMap(({ texts }) => texts)),
    variables: new Set(all.flatMap(({ variables }) => variables)),
  };
}
