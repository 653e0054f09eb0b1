// What has become of a program's functions, as a report.
import type { FunctionId } from "../ir/hir/index.ts";
import type { RunStats, TierEvent } from "./options.ts";
import type { FunctionState } from "./slots.ts";

/** What the figures of functions are made from. */
export interface FunctionFigures {
  readonly functions: readonly FunctionState[];
  /** The top level. */
  readonly init: FunctionId;
  /** Calls of a function that compiled code has counted. */
  readonly counted: (id: FunctionId) => number;
}

/** The functions with their tiers, and the sums of all compilations. */
export function tierFigures(
  { functions, init, counted }: FunctionFigures,
  events: readonly TierEvent[],
): Pick<RunStats, "functions" | "compiles" | "compileTime" | "codeBytes" | "events"> {
  const compiles = events.filter((event) => event.codeBytes > 0);
  return {
    functions: functions.map((state) => ({
      function: state.fn.id === init ? state.fn.name : state.fn.symbol,
      tier: tierOf(state),
      calls: state.cell.calls + counted(state.fn.id),
      compileTime: state.compileTime,
      codeBytes: state.codeBytes,
    })),
    compiles: compiles.length,
    compileTime: compiles.reduce((sum, event) => sum + event.compileTime, 0),
    codeBytes: compiles.reduce((sum, event) => sum + event.codeBytes, 0),
    events,
  };
}

/** The tier of a function, and that of its loops if they have left it behind. */
function tierOf(state: FunctionState): string {
  const [highest] = state.loops.toSorted((a, b) => b.tier - a.tier);
  const leads = highest !== undefined && highest.tier > state.tier;
  return leads ? `${state.tierName}, loop in ${highest.tierName}` : state.tierName;
}
