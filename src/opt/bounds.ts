// Removes the checks of indices that are known to be in range: not negative by their intervals, and below the length by
// the conditions and loops that lead to them. Of an index that is only not negative a cheaper check is left.
import {
  computeCfg,
  computeDominators,
  computeLoops,
  definingInsts,
  dominates,
  visitRanges,
  type Cfg,
  type Definitions,
  type DominatorTree,
  type RangeView,
} from "../analysis/index.ts";
import {
  inverseIntCond,
  isIndex,
  terminatorOf,
  type Inst,
  type IntCond,
  type MirFunction,
  type Value,
} from "../ir/mir/index.ts";

/** How many block parameters and strips a proof may go through. */
const deepest = 4;

/** Proves that values are below others, at the start of a block. */
class Prover {
  readonly #cfg: Cfg;
  readonly #tree: DominatorTree;
  readonly #definitions: Definitions;
  /** By value: the rpo number of the block that defines it. */
  readonly #home: Int32Array;
  /** Parameters that a proof under way takes to be below the bound: it shows that they stay so. */
  readonly #assumed = new Set<Value>();

  constructor(cfg: Cfg, tree: DominatorTree, definitions: Definitions) {
    this.#cfg = cfg;
    this.#tree = tree;
    this.#definitions = definitions;
    this.#home = new Int32Array(cfg.fn.valueTypes.length).fill(-1);
    for (const [number, block] of cfg.order.entries()) {
      for (const param of block.params) this.#home[param] = number;
      for (const { results } of block.insts)
        for (const result of results) this.#home[result] = number;
    }
  }

  /** Whether `value` is below `bound`, as signed numbers, wherever control is in the block. */
  isBelow(value: Value, bound: Value, block: number, view: RangeView): boolean {
    return this.#below(value, { bound, view, depth: 0 }, block);
  }

  #below(value: Value, goal: Goal, block: number): boolean {
    if (this.#assumed.has(value)) return true;
    for (let at = block; at > 0; at = this.#tree.idom[at] ?? 0) {
      const [from, ...others] = this.#cfg.predecessors[at] ?? [];
      if (from !== undefined && others.length === 0 && this.#onEdge(value, goal, from, at))
        return true;
    }
    return this.#definitions[value] === undefined && this.#entersBelow(value, goal);
  }

  /** Whether a branch from one block to another says so. */
  #onEdge(value: Value, goal: Goal, from: number, to: number): boolean {
    const block = this.#cfg.order[from];
    const target = this.#cfg.order[to];
    if (block === undefined || target === undefined) return false;
    const branch = terminatorOf(block);
    const [then, otherwise] = branch.targets;
    if (branch.op !== "brif" || then === undefined || otherwise === undefined) return false;
    if (then.block === otherwise.block) return false;
    const condition = this.#definitions[branch.args[0] ?? -1];
    if (condition?.op !== "icmp" || condition.type !== "i64") return false;
    const [left, right] = condition.args;
    if (left === undefined || right === undefined) return false;
    const given = condition.imm as IntCond;
    const cond = then.block === target.id ? given : inverseIntCond[given];
    if (cond === "slt") return left === value && this.#isAtMost(right, goal);
    return cond === "sgt" && right === value && this.#isAtMost(left, goal);
  }

  /** Whether a value is the bound, or the end of a strip of a loop to the bound. */
  #isAtMost(value: Value, goal: Goal): boolean {
    if (value === goal.bound) return true;
    const strip = goal.depth < deepest ? this.#stripOf(value, goal.bound) : null;
    if (strip === null || goal.view.low(strip.most) < 0) return false;
    const inner = { ...goal, depth: goal.depth + 1 };
    return this.#below(strip.start, inner, this.#home[value] ?? 0);
  }

  /** `bound - start <u most ? bound : start + most`, which `lower/loop.ts` makes: not above the bound if start is not. */
  #stripOf(value: Value, bound: Value): { start: Value; most: Value } | null {
    const select = this.#definitions[value];
    const fits = this.#operandOf(select, 0, "icmp");
    const distance = this.#operandOf(fits, 0, "isub");
    const sum = this.#operandOf(select, 2, "iadd");
    if (select?.op !== "select" || fits?.imm !== "ult") return null;
    if (select.args[1] !== bound || distance?.args[0] !== bound) return null;
    const [, most] = fits.args;
    const [, start] = distance.args;
    if (most === undefined || start === undefined || sum === undefined) return null;
    return sum.args.includes(start) && sum.args.includes(most) ? { start, most } : null;
  }

  /** The definition of an operand, if it is of this opcode. */
  #operandOf(inst: Inst | undefined, place: number, op: Inst["op"]): Inst | undefined {
    const definition = this.#definitions[inst?.args[place] ?? -1];
    return definition?.op === op ? definition : undefined;
  }

  /** Whether a block's parameter is below the bound however the block is entered. */
  #entersBelow(param: Value, goal: Goal): boolean {
    const home = this.#home[param] ?? -1;
    const block = this.#cfg.order[home];
    if (block === undefined || home === 0 || goal.depth >= deepest) return false;
    const boundHome = this.#home[goal.bound] ?? home;
    // In a loop the bound must be the same each time round.
    if (boundHome === home || !dominates(this.#tree, boundHome, home)) return false;
    const place = block.params.indexOf(param);
    const inner = { ...goal, depth: goal.depth + 1 };
    this.#assumed.add(param);
    const proven = (this.#cfg.predecessors[home] ?? []).every((from) =>
      this.#passesBelow({ from, to: home, place }, inner),
    );
    this.#assumed.delete(param);
    return proven;
  }

  #passesBelow(
    { from, to, place }: { from: number; to: number; place: number },
    goal: Goal,
  ): boolean {
    const block = this.#cfg.order[from];
    const target = this.#cfg.order[to];
    if (block === undefined || target === undefined) return false;
    const edges = terminatorOf(block).targets.filter((edge) => edge.block === target.id);
    return edges.every((edge) => {
      const arg = edge.args[place];
      if (arg === undefined) return false;
      return this.#onEdge(arg, goal, from, to) || this.#below(arg, goal, from);
    });
  }
}

interface Goal {
  readonly bound: Value;
  readonly view: RangeView;
  readonly depth: number;
}

/** Makes `index` a change of width where the index is in range, and `index_up` where it is only not negative. */
export function bounds(fn: MirFunction): boolean {
  const places = new Map<Inst, number>();
  const cfg = computeCfg(fn);
  for (const [number, block] of cfg.order.entries()) {
    for (const inst of block.insts) if (isIndex(inst.op)) places.set(inst, number);
  }
  if (places.size === 0) return false;
  const tree = computeDominators(cfg);
  const forest = computeLoops(cfg, tree);
  const prover = new Prover(cfg, tree, definingInsts(fn));
  const inRange: Inst[] = [];
  let upward = 0;
  visitRanges({ cfg, tree, forest }, (inst, view) => {
    const block = places.get(inst);
    const [index, length] = inst.args;
    if (block === undefined || index === undefined || length === undefined) return;
    if (view.low(index) < 0) return;
    const known = view.high(index) < view.low(length);
    if (known || prover.isBelow(index, length, block, view)) inRange.push(inst);
    else if (inst.op === "index") {
      inst.op = "index_up";
      upward += 1;
    }
  });
  for (const inst of inRange) {
    inst.op = "ireduce";
    inst.args = inst.args.slice(0, 1);
  }
  return inRange.length + upward > 0;
}
