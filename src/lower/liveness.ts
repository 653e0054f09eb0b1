// Liveness of HIR locals at loop headers, on the structured tree: one bottom-up pass for upward-exposed uses and
// definite assignments, one backward pass for the sets. Linear in the tree times the set size; no fixed point is
// needed because the only cycles are `while` loops, whose header set is (uses of the loop) ∪ (live behind it).
import { unreachable } from "../base/index.ts";
import { expressionsOf, operandsOf } from "../ir/hir/index.ts";
import type { Expr, HirFunction, LocalId, Stmt } from "../ir/hir/index.ts";
import { loopPlaces, type LoopPlace } from "./loop-places.ts";

type WhileStmt = Extract<Stmt, { kind: "while" }>;

/**
 * What is known of one loop of a function. The live sets hold only locals that the outermost loop around it reads or
 * assigns: no other is of interest to the code of the nest, and there may be very many of them.
 */
export interface LoopFacts extends LoopPlace {
  /** The loops nested in it are `loop + 1 … last`. */
  readonly last: number;
  /** Locals that the loop, with the loops nested in it, assigns. */
  readonly assigned: ReadonlySet<LocalId>;
  /** Locals that may be read from the header on: in the loop or behind it. */
  readonly liveAtHeader: ReadonlySet<LocalId>;
  /** Locals that may be read behind the loop. */
  readonly liveBehind: ReadonlySet<LocalId>;
}

interface OpenLoop {
  readonly header: ReadonlySet<LocalId>;
  readonly behind: ReadonlySet<LocalId>;
  /** What the outermost loop around it reads or assigns. */
  readonly touched: ReadonlySet<LocalId>;
}

interface Summary {
  /** Locals read before they are assigned. */
  readonly exposed: Set<LocalId>;
  /** Locals assigned on every path that completes normally. */
  readonly definite: Set<LocalId>;
  /** Neither a loop nor a jump in a loop stands in it. */
  readonly plain: boolean;
}

/** Facts of each loop of a function, indexed by loop number. */
export function analyzeLoops(fn: HirFunction): readonly LoopFacts[] {
  return fn.loopCount === 0 ? [] : new LoopAnalysis(loopPlaces(fn)).run(fn);
}

class LoopAnalysis {
  readonly #summaries = new Map<Stmt, Summary>();
  readonly #facts: LoopFacts[] = [];
  readonly #assigned = new Map<number, Set<LocalId>>();
  readonly #lasts = new Map<number, number>();
  readonly #places: readonly LoopPlace[];

  constructor(places: readonly LoopPlace[]) {
    this.#places = places;
  }

  run(fn: HirFunction): readonly LoopFacts[] {
    this.#collect(fn.body, []);
    this.#summarize(fn.body);
    this.#liveBefore(fn.body, new Set(), null);
    return this.#facts;
  }

  /** Assigned sets and nesting. */
  #collect(body: readonly Stmt[], open: number[]): void {
    for (const stmt of body) {
      if (stmt.kind === "set") {
        for (const loop of open) this.#assigned.get(loop)?.add(stmt.local);
      } else if (stmt.kind === "if") {
        this.#collect(stmt.then, open);
        this.#collect(stmt.else, open);
      } else if (stmt.kind === "while") {
        this.#assigned.set(stmt.loop, new Set());
        for (const loop of open) this.#lasts.set(loop, stmt.loop);
        this.#lasts.set(stmt.loop, stmt.loop);
        this.#collect(stmt.body, [...open, stmt.loop]);
      }
    }
  }

  #summarize(body: readonly Stmt[]): Summary {
    const exposed = new Set<LocalId>();
    const definite = new Set<LocalId>();
    let plain = true;
    for (const stmt of body) {
      const part = this.#summarizeStmt(stmt);
      plain &&= part.plain;
      for (const local of part.exposed) if (!definite.has(local)) exposed.add(local);
      for (const local of part.definite) definite.add(local);
    }
    return { exposed, definite, plain };
  }

  #summarizeStmt(stmt: Stmt): Summary {
    const exposed = new Set<LocalId>();
    const definite = new Set<LocalId>();
    let plain = stmt.kind !== "while" && stmt.kind !== "break" && stmt.kind !== "continue";
    readsOf(stmt, exposed);
    if (stmt.kind === "set") {
      definite.add(stmt.local);
    } else if (stmt.kind === "if") {
      const then = this.#summarize(stmt.then);
      const otherwise = this.#summarize(stmt.else);
      for (const local of then.exposed) exposed.add(local);
      for (const local of otherwise.exposed) exposed.add(local);
      for (const local of then.definite) if (otherwise.definite.has(local)) definite.add(local);
      plain = then.plain && otherwise.plain;
    } else if (stmt.kind === "while") {
      for (const local of this.#summarize(stmt.body).exposed) exposed.add(local);
    }
    const summary = { exposed, definite, plain };
    if (stmt.kind === "if" || stmt.kind === "while") this.#summaries.set(stmt, summary);
    return summary;
  }

  /** The live set before `body`, given the set behind it; records the facts of the loops inside. */
  #liveBefore(
    body: readonly Stmt[],
    behind: ReadonlySet<LocalId>,
    loop: OpenLoop | null,
  ): Set<LocalId> {
    let live = new Set(behind);
    for (let index = body.length - 1; index >= 0; index -= 1) {
      const stmt = body[index];
      if (stmt === undefined) continue;
      live = this.#liveBeforeEffect(stmt, live, loop);
      readsOf(stmt, live);
    }
    return live;
  }

  /** The live set before what the statement does with its operands. May change `live`. */
  #liveBeforeEffect(stmt: Stmt, live: Set<LocalId>, loop: OpenLoop | null): Set<LocalId> {
    switch (stmt.kind) {
      case "set":
        live.delete(stmt.local);
        return live;
      case "if":
        return this.#liveBeforeIf(stmt, live, loop);
      case "while":
        this.#loopHeader(stmt, live, loop);
        for (const local of this.#summaries.get(stmt)?.exposed ?? []) live.add(local);
        return live;
      case "break":
        return new Set(loop?.behind);
      case "continue":
        return new Set(loop?.header);
      case "return":
      case "fail":
        return new Set();
      case "set_global":
      case "expr":
      case "print":
      case "store":
      case "set_element":
      case "memory_copy":
      case "memory_fill":
        return live;
      default:
        return unreachable(stmt);
    }
  }

  /** May change `live`. Where there is nothing to record and control goes on behind it, the summary will do. */
  #liveBeforeIf(
    stmt: Extract<Stmt, { kind: "if" }>,
    live: Set<LocalId>,
    loop: OpenLoop | null,
  ): Set<LocalId> {
    const summary = this.#summaries.get(stmt);
    if (summary?.plain === true) {
      for (const local of summary.definite) live.delete(local);
      for (const local of summary.exposed) live.add(local);
      return live;
    }
    const then = this.#liveBefore(stmt.then, live, loop);
    for (const local of this.#liveBefore(stmt.else, live, loop)) then.add(local);
    return then;
  }

  #loopHeader(stmt: WhileStmt, live: ReadonlySet<LocalId>, loop: OpenLoop | null): void {
    const exposed = this.#summaries.get(stmt)?.exposed ?? new Set();
    const assigned = this.#assigned.get(stmt.loop) ?? new Set();
    const touched = loop?.touched ?? new Set([...exposed, ...assigned]);
    const behind = new Set([...touched].filter((local) => live.has(local)));
    const header = new Set([...behind, ...exposed]);
    this.#facts[stmt.loop] = {
      statement: stmt,
      last: this.#lasts.get(stmt.loop) ?? stmt.loop,
      parent: this.#places[stmt.loop]?.parent ?? -1,
      assigned,
      liveAtHeader: header,
      liveBehind: behind,
    };
    this.#liveBefore(stmt.body, header, { header, behind, touched });
  }
}

/** Adds the locals that the statement's own expressions read; nested statements are not entered. */
function readsOf(stmt: Stmt, into: Set<LocalId>): void {
  for (const expr of expressionsOf(stmt)) readsOfExpr(expr, into);
}

function readsOfExpr(expr: Expr, into: Set<LocalId>): void {
  if (expr.kind === "local") into.add(expr.local);
  else for (const child of operandsOf(expr)) readsOfExpr(child, into);
}
