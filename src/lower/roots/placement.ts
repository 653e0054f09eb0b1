// Where roots are stored: which are needed at which call, in which slot of the frame each is, and where it is put there.
//
// A root is needed at a call that may run the collector if it is live behind the call, or if it is an operand of a host
// call. It is stored in front of the call, or, if the call is in loops that the root comes from outside of, at the ends of
// the blocks that enter the outermost of them; not where every path has stored it already. Roots whose object another root
// that is needed there keeps alive are left out. A slot holds one root as long as that is live.
import {
  BitSet,
  blockAt,
  computeDominators,
  computeLoops,
  liveAtEnds,
  loopContains,
  stepBackward,
  type Cfg,
  type LoopForest,
  type ValueNumbers,
} from "../../analysis/index.ts";
import type { Inst, Value } from "../../ir/mir/index.ts";
import { isHostCall, type MayCollect } from "./collects.ts";
import type { RootValues } from "./values.ts";

/** A store of a root into its slot. */
export interface RootStore {
  /** Rpo number of the block. */
  readonly block: number;
  /** Index of the instruction that it comes before. */
  readonly index: number;
  readonly root: Value;
}

export interface Placement {
  /** In order of block and index. */
  readonly stores: readonly RootStore[];
  /** Slot of each root that is stored. */
  readonly slotOf: ReadonlyMap<Value, number>;
  readonly slotCount: number;
  /** Blocks with calls that need roots. */
  readonly blocks: readonly number[];
}

/** A place where roots must be in their slots; as numbers of roots. */
interface Need {
  readonly block: number;
  readonly index: number;
  readonly roots: readonly number[];
}

/** Places the stores of a function; null if it needs none. */
export function placeRoots(
  cfg: Cfg,
  { isRoot, base }: RootValues,
  mayCollect: MayCollect,
): Placement | null {
  const candidates = numberRoots(isRoot);
  const needs = findNeeds(cfg, candidates, { base, mayCollect });
  const needed = new Uint8Array(isRoot.length);
  for (const { roots } of needs) {
    for (const root of roots) needed[candidates.values[root] ?? 0] = 1;
  }
  if (!needed.includes(1)) return null;
  // From here on only the roots that are stored somewhere matter.
  const stored = numberRoots(needed);
  const renumbered = needs.map(({ block, index, roots }): Need => {
    const numbers = roots.map((root) => stored.numberOf[candidates.values[root] ?? 0] ?? 0);
    return { block, index, roots: numbers };
  });
  const slots = assignSlots(cfg, stored);
  const placer = new StorePlacer(cfg, stored, renumbered);
  return {
    stores: placer.run(),
    slotOf: new Map(stored.values.map((value, number) => [value, slots.slot[number] ?? 0])),
    slotCount: slots.count,
    blocks: renumbered.filter((need) => need.roots.length > 0).map(({ block }) => block),
  };
}

interface NumberedRoots extends ValueNumbers {
  /** By number. */
  readonly values: readonly Value[];
}

function numberRoots(isRoot: Uint8Array): NumberedRoots {
  const numberOf = new Int32Array(isRoot.length).fill(-1);
  const values: Value[] = [];
  for (let value = 0; value < isRoot.length; value += 1) {
    if (isRoot[value] === 1) numberOf[value] = values.push(value as Value) - 1;
  }
  return { numberOf, values, count: values.length };
}

function findNeeds(
  cfg: Cfg,
  roots: NumberedRoots,
  { base, mayCollect }: { base: Int32Array; mayCollect: MayCollect },
): Need[] {
  const { numberOf, values, count } = roots;
  const ends = liveAtEnds(cfg, roots);
  const needs: Need[] = [];
  cfg.order.forEach(({ insts }, block) => {
    const live = ends[block];
    if (live === undefined) return;
    for (let index = insts.length - 1; index >= 0; index -= 1) {
      const inst = insts[index];
      if (inst === undefined) continue;
      if (!mayCollect(inst)) {
        stepBackward(inst, live, numberOf);
        continue;
      }
      for (const result of inst.results) removeValue(live, numberOf, result);
      const across = live.copy();
      if (isHostCall(inst.op)) stepBackward(inst, across, numberOf);
      const isNeeded = (root: number): boolean => {
        const kept = base[values[root] ?? 0] ?? -1;
        const keeper = numberOf[kept] ?? -1;
        return keeper === root || keeper < 0 || !across.has(keeper);
      };
      needs.push({ block, index, roots: across.elements(count).filter(isNeeded) });
      stepBackward(inst, live, numberOf);
    }
  });
  return needs;
}

function removeValue(live: BitSet, numberOf: Int32Array, value: Value): void {
  const number = numberOf[value] ?? -1;
  if (number >= 0) live.delete(number);
}

/** Slots such that roots live at once have different ones: the least free one, in an order in which dominators come first. */
function assignSlots(cfg: Cfg, roots: NumberedRoots): { slot: Int32Array; count: number } {
  const { numberOf } = roots;
  const slot = new Int32Array(roots.count).fill(-1);
  const ends = liveAtEnds(cfg, roots);
  let count = 0;
  cfg.order.forEach((block, number) => {
    const after = liveBehindInsts(block.insts, ends[number] ?? new BitSet(roots.count), numberOf);
    const define = (values: readonly Value[], live: BitSet): void => {
      const taken = new Set(live.elements(roots.count).map((root) => slot[root] ?? -1));
      for (const value of values) {
        const root = numberOf[value] ?? -1;
        if (root < 0) continue;
        let free = 0;
        while (taken.has(free)) free += 1;
        slot[root] = free;
        taken.add(free);
        count = Math.max(count, free + 1);
      }
    };
    define(block.params, after[0] ?? new BitSet(roots.count));
    block.insts.forEach((inst, index) => {
      define(inst.results, after[index + 1] ?? new BitSet(roots.count));
    });
  });
  return { slot, count };
}

/** By index: what is live before the first instruction, then behind each. */
function liveBehindInsts(
  insts: readonly Inst[],
  end: BitSet,
  numberOf: Int32Array,
): (BitSet | undefined)[] {
  const after: (BitSet | undefined)[] = [];
  const live = end.copy();
  for (let index = insts.length - 1; index >= 0; index -= 1) {
    const inst = insts[index];
    if (inst === undefined) continue;
    if (inst.results.some((result) => (numberOf[result] ?? -1) >= 0)) {
      after[index + 1] = live.copy();
    }
    stepBackward(inst, live, numberOf);
  }
  after[0] = live;
  return after;
}

/** A root that must be in its slot at a place. */
interface Demand {
  readonly index: number;
  readonly root: number;
}

/** Decides where the stores go. */
class StorePlacer {
  readonly #cfg: Cfg;
  readonly #roots: NumberedRoots;
  readonly #forest: LoopForest;
  /** By value number of a root: rpo number of the defining block. */
  readonly #home: Int32Array;
  readonly #demands: Demand[][];

  constructor(cfg: Cfg, roots: NumberedRoots, needs: readonly Need[]) {
    this.#cfg = cfg;
    this.#roots = roots;
    this.#forest = computeLoops(cfg, computeDominators(cfg));
    this.#home = new Int32Array(roots.count);
    this.#demands = cfg.order.map(() => []);
    cfg.order.forEach((block, number) => {
      const define = (value: Value): void => {
        const root = roots.numberOf[value] ?? -1;
        if (root >= 0) this.#home[root] = number;
      };
      block.params.forEach(define);
      for (const { results } of block.insts) results.forEach(define);
    });
    for (const need of needs) for (const root of need.roots) this.#demand(need, root);
  }

  run(): RootStore[] {
    const available = this.#availableAtStarts();
    const stores: RootStore[] = [];
    this.#demands.forEach((demands, block) => {
      const inSlot = available[block];
      if (inSlot === undefined) return;
      demands.sort((a, b) => a.index - b.index || a.root - b.root);
      for (const { index, root } of demands) {
        if (inSlot.has(root)) continue;
        inSlot.add(root);
        stores.push({ block, index, root: this.#roots.values[root] ?? (0 as Value) });
      }
    });
    return stores;
  }

  /** At the call, or where the outermost loop around it is entered that the root is defined outside of. */
  #demand({ block, index }: Need, root: number): void {
    const { loops, innermost } = this.#forest;
    let left = -1;
    for (let loop = innermost[block] ?? -1; loop >= 0; loop = loops[loop]?.parent ?? -1) {
      if (loopContains(this.#forest, loop, this.#home[root] ?? -1)) break;
      left = loop;
    }
    const loop = loops[left];
    if (loop === undefined) {
      this.#demands[block]?.push({ index, root });
      return;
    }
    for (const from of this.#cfg.predecessors[loop.header] ?? []) {
      if (loop.latches.includes(from)) continue;
      const last = blockAt(this.#cfg, from).insts.length - 1;
      this.#demands[from]?.push({ index: last, root });
    }
  }

  /**
   * By block: the roots that every path to its start has put into their slots. Where a root is defined that is not so, also
   * in a loop: the first way there has not been past it.
   */
  #availableAtStarts(): BitSet[] {
    const { count } = this.#roots;
    const full = new BitSet(count);
    full.fill();
    const starts = this.#cfg.order.map((_, block) =>
      block === 0 ? new BitSet(count) : full.copy(),
    );
    for (let again = true; again;) {
      again = false;
      starts.forEach((start, block) => {
        const end = start.copy();
        for (const { root } of this.#demands[block] ?? []) end.add(root);
        for (const to of this.#cfg.successors[block] ?? []) {
          again = starts[to]?.intersect(end) === true || again;
        }
      });
    }
    return starts;
  }
}
