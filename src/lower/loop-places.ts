// Where the loops of a function stand: found without a look at their expressions.
import type { HirFunction, Stmt } from "../ir/hir/index.ts";

/** Where one loop of a function stands. */
export interface LoopPlace {
  readonly statement: Extract<Stmt, { kind: "while" }>;
  /** The loop directly around it, or -1. */
  readonly parent: number;
}

/** The place of each loop of a function, indexed by loop number. */
export function loopPlaces(fn: HirFunction): readonly LoopPlace[] {
  const places: LoopPlace[] = [];
  if (fn.loopCount > 0) collect(fn.body, -1, places);
  return places;
}

function collect(body: readonly Stmt[], parent: number, places: LoopPlace[]): void {
  for (const stmt of body) {
    if (stmt.kind === "if") {
      collect(stmt.then, parent, places);
      collect(stmt.else, parent, places);
    } else if (stmt.kind === "while") {
      places[stmt.loop] = { statement: stmt, parent };
      collect(stmt.body, stmt.loop, places);
    }
  }
}
