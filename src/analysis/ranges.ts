// Intervals of integer values, refined by the branch conditions that dominate a place.
//
// Blocks are walked in dominator-tree order, again and again until the parameters of loop headers no longer grow; there
// an end that keeps growing goes to its limit (widening), which two more walks then take back where conditions allow it. It
// goes part of the way first: where a condition behind a sum bounds the next value, the sum must not wrap meanwhile.
import type { Block, Inst, IntCond, Target, Value } from "../ir/mir/index.ts";
import { isIndex, terminatorOf } from "../ir/mir/index.ts";
import { after, before, isExact } from "./bounds.ts";
import type { Cfg } from "./cfg.ts";
import type { DominatorTree } from "./dominators.ts";
import type { LoopForest } from "./loops.ts";
import { Intervals, relationOf, transferInterval } from "./range-transfer.ts";
import type { Definitions } from "./effects.ts";
import { definingInsts } from "./uses.ts";

/** What is known at the place a walk has come to. Ends are codes of `bounds.ts`. */
export interface RangeView {
  low(value: Value | undefined): number;
  high(value: Value | undefined): number;
}

/** Walks that may grow intervals; if they do not settle, loop parameters may be anything. */
const mostGrowingWalks = 12;
/** Walks before widening: enough for `x = (x * a + b) % m` to settle by itself. */
const plainWalks = 4;
const narrowingWalks = 2;
/** The length of an array is at most this. */
const longest = 2 ** 32 - 1;

type Phase = "grow" | "widen" | "narrow" | "give up";

class RangeAnalysis implements RangeView {
  readonly #cfg: Cfg;
  readonly #tree: DominatorTree;
  readonly #definitions: Definitions;
  readonly #at: Intervals;
  /** By value of a block parameter: the union over the edges walked so far, empty if low > high. */
  readonly #inLow: Float64Array;
  readonly #inHigh: Float64Array;
  /** By value of a loop header's parameter: what it was taken to be on the last walk. */
  readonly #stateLow: Float64Array;
  readonly #stateHigh: Float64Array;
  readonly #isHeader: Uint8Array;
  readonly #reached: Uint8Array;
  /** Refinements to take back: value, low, high. */
  readonly #undo: number[] = [];
  #phase: Phase = "grow";
  #grew = false;

  constructor(cfg: Cfg, tree: DominatorTree, forest: LoopForest) {
    const { fn } = cfg;
    const count = fn.valueTypes.length;
    this.#cfg = cfg;
    this.#tree = tree;
    this.#definitions = definingInsts(fn);
    this.#at = new Intervals(fn);
    this.#at.setConstants(fn);
    this.#inLow = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#inHigh = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#stateLow = this.#inLow.slice();
    this.#stateHigh = this.#inHigh.slice();
    this.#isHeader = new Uint8Array(cfg.order.length);
    this.#reached = new Uint8Array(cfg.order.length);
    for (const loop of forest.loops) this.#isHeader[loop.header] = 1;
  }

  low(value: Value | undefined): number {
    return this.#at.lowOf(value);
  }

  high(value: Value | undefined): number {
    return this.#at.highOf(value);
  }

  solve(hasLoops: boolean): void {
    if (!hasLoops) return;
    for (let walk = 0; walk < mostGrowingWalks; walk += 1) {
      this.#phase = walk < plainWalks ? "grow" : "widen";
      this.#grew = false;
      this.#walk(null);
      if (!this.#grew) break;
    }
    if (this.#grew) {
      this.#phase = "give up";
      this.#walk(null);
    }
    this.#phase = "narrow";
    for (let walk = 1; walk < narrowingWalks; walk += 1) this.#walk(null);
  }

  /** Shows every instruction that may run, with what is known of its operands and results. */
  visit(visitor: (inst: Inst, view: RangeView) => void): void {
    this.#phase = "narrow";
    this.#walk(visitor);
  }

  #walk(visitor: ((inst: Inst, view: RangeView) => void) | null): void {
    this.#reached.fill(0);
    this.#reached[0] = 1;
    this.#resetJoins();
    /** Subtrees that the walk is in: one past their last place, and the length of `#undo` before them. */
    const ends: number[] = [];
    const marks: number[] = [];
    const { preorder, leave } = this.#tree;
    for (let place = 0; place < preorder.length; place += 1) {
      while (ends.length > 0 && (ends.at(-1) ?? 0) <= place) {
        ends.pop();
        this.#takeBack(marks.pop() ?? 0);
      }
      const number = preorder[place] ?? 0;
      const block = this.#cfg.order[number];
      if (block === undefined || this.#reached[number] !== 1) continue;
      ends.push(leave[number] ?? 0);
      marks.push(this.#undo.length);
      this.#enter(block, number);
      for (const inst of block.insts) {
        transferInterval(inst, this.#at);
        visitor?.(inst, this);
        if (isIndex(inst.op)) this.#passIndex(inst);
      }
      this.#sendArguments(block);
    }
    this.#takeBack(0);
  }

  /** Forgets the last walk's unions, but for those of loop headers, whose back-edges come later in a walk. */
  #resetJoins(): void {
    for (const [number, block] of this.#cfg.order.entries()) {
      if (this.#isHeader[number] === 1) continue;
      for (const param of block.params) {
        this.#inLow[param] = Number.POSITIVE_INFINITY;
        this.#inHigh[param] = Number.NEGATIVE_INFINITY;
      }
    }
  }

  #enter(block: Block, number: number): void {
    if (number === 0) return;
    const header = this.#isHeader[number] === 1;
    for (const param of block.params) {
      if (!this.#isInteger(param)) continue;
      if (header) this.#enterHeaderParam(param);
      else this.#at.set(param, this.#inLow[param] ?? 0, this.#inHigh[param] ?? 0);
    }
    const predecessors = this.#cfg.predecessors[number];
    const [only] = predecessors ?? [];
    const from = predecessors?.length === 1 ? this.#cfg.order[only ?? -1] : undefined;
    if (from === undefined) return;
    const branch = terminatorOf(from);
    if (branch.op === "brif") this.#assume(branch, branch.targets[0]?.block === block.id);
  }

  /** The union of what came in on this walk's entries and the last walk's back-edges becomes the state. */
  #enterHeaderParam(param: Value): void {
    const inLow = this.#inLow[param] ?? 0;
    const inHigh = this.#inHigh[param] ?? 0;
    this.#inLow[param] = Number.POSITIVE_INFINITY;
    this.#inHigh[param] = Number.NEGATIVE_INFINITY;
    const oldLow = this.#stateLow[param] ?? 0;
    const oldHigh = this.#stateHigh[param] ?? 0;
    if (this.#phase === "give up") {
      this.#at.setFull(param);
    } else if (this.#phase === "narrow") {
      this.#at.set(param, Math.max(inLow, oldLow), Math.min(inHigh, oldHigh));
    } else {
      const widen = this.#phase === "widen";
      const grownLow = widen ? this.#widenLow(param, inLow) : inLow;
      const grownHigh = widen ? this.#widenHigh(param, inHigh) : inHigh;
      const low = inLow >= oldLow ? oldLow : grownLow;
      const high = inHigh <= oldHigh ? oldHigh : grownHigh;
      this.#grew ||= low < oldLow || high > oldHigh;
      this.#at.set(param, low, high);
    }
    this.#stateLow[param] = this.low(param);
    this.#stateHigh[param] = this.high(param);
  }

  #widenLow(param: Value, low: number): number {
    if (low >= 0) return 0;
    const part = -this.#partOfTheWay(param);
    if (low >= part) return part;
    this.#at.setFull(param);
    return this.low(param);
  }

  #widenHigh(param: Value, high: number): number {
    const part = this.#partOfTheWay(param);
    if (high <= part) return part;
    this.#at.setFull(param);
    return this.high(param);
  }

  #partOfTheWay(param: Value): number {
    return this.#cfg.fn.valueTypes[param] === "i64" ? 2 ** 40 : 2 ** 30;
  }

  #isInteger(value: Value): boolean {
    const type = this.#cfg.fn.valueTypes[value];
    return type === "i32" || type === "i64";
  }

  #sendArguments(block: Block): void {
    const branch = terminatorOf(block);
    for (const [i, target] of branch.targets.entries()) {
      const mark = this.#undo.length;
      const possible = branch.op !== "brif" || this.#assume(branch, i === 0);
      if (possible) this.#send(target);
      this.#takeBack(mark);
    }
  }

  #send(target: Target): void {
    const number = this.#cfg.numberOf[target.block] ?? -1;
    const block = this.#cfg.order[number];
    if (block === undefined) return;
    this.#reached[number] = 1;
    for (let i = 0; i < block.params.length; i += 1) {
      const param = block.params[i];
      const arg = target.args[i];
      if (param === undefined || !this.#isInteger(param)) continue;
      this.#inLow[param] = Math.min(this.#inLow[param] ?? 0, this.low(arg));
      this.#inHigh[param] = Math.max(this.#inHigh[param] ?? 0, this.high(arg));
    }
  }

  /** Takes a branch to have gone a way; false if it cannot. */
  #assume(branch: Inst, taken: boolean): boolean {
    const [condition] = branch.args;
    if (condition === undefined) return true;
    if (taken) {
      if (!this.#exclude(condition, 0)) return false;
    } else if (!this.#refine(condition, 0, 0)) {
      return false;
    }
    const comparison = this.#definitions[condition];
    if (comparison?.op !== "icmp") return true;
    const relation = relationOf(comparison.imm as IntCond, taken);
    const [left, right] = comparison.args;
    const x = relation.exchanged ? right : left;
    const y = relation.exchanged ? left : right;
    if (x === undefined || y === undefined) return true;
    if (relation.kind === "eq") return this.#assumeEqual(x, y);
    if (relation.kind === "ne") return this.#assumeDifferent(x, y);
    return this.#assumeLess(x, y, relation.kind === "lt", relation.unsigned);
  }

  /** Behind a check of an index this is at least minus the length, and below it. */
  #passIndex({ op, args: [index, length] }: Inst): void {
    if (index === undefined || length === undefined) return;
    const bound = Math.min(this.high(length), longest);
    this.#refine(index, op === "index" ? -bound : 0, before(bound));
  }

  #assumeEqual(x: Value, y: Value): boolean {
    const low = Math.max(this.low(x), this.low(y));
    const high = Math.min(this.high(x), this.high(y));
    return this.#refine(x, low, high) && this.#refine(y, low, high);
  }

  #assumeDifferent(x: Value, y: Value): boolean {
    if (this.low(y) === this.high(y) && !this.#exclude(x, this.low(y))) return false;
    if (this.low(x) === this.high(x) && !this.#exclude(y, this.low(x))) return false;
    return true;
  }

  #assumeLess(x: Value, y: Value, strict: boolean, unsigned: boolean): boolean {
    if (unsigned) {
      // Below a number whose sign bit is clear the sign bit is clear; above one it may be set.
      if (this.low(y) < 0) return true;
      if (!this.#refine(x, 0, strict ? before(this.high(y)) : this.high(y))) return false;
    }
    const high = strict ? before(this.high(y)) : this.high(y);
    const low = strict ? after(this.low(x)) : this.low(x);
    return this.#refine(x, this.low(x), high) && this.#refine(y, low, this.high(y));
  }

  /** Takes one integer out of an interval, if it is at an end. */
  #exclude(value: Value, code: number): boolean {
    if (!isExact(code)) return true;
    const low = this.low(value) === code ? after(code) : this.low(value);
    const high = this.high(value) === code ? before(code) : this.high(value);
    return this.#refine(value, low, high);
  }

  /** Cuts an interval down until `#takeBack`; false if nothing is left (or an end is NaN). */
  #refine(value: Value, low: number, high: number): boolean {
    const oldLow = this.low(value);
    const oldHigh = this.high(value);
    const newLow = Math.max(oldLow, low);
    const newHigh = Math.min(oldHigh, high);
    if (!(newLow <= newHigh)) return false;
    if (newLow === oldLow && newHigh === oldHigh) return true;
    this.#undo.push(value, oldLow, oldHigh);
    this.#at.set(value, newLow, newHigh);
    return true;
  }

  #takeBack(mark: number): void {
    const undo = this.#undo;
    while (undo.length > mark) {
      const high = undo.pop() ?? 0;
      const low = undo.pop() ?? 0;
      this.#at.set(undo.pop() ?? 0, low, high);
    }
  }
}

/**
 * Computes intervals and shows every instruction that may run, in an order where definitions come before uses, with
 * what is known there of its operands and results. In an irreducible graph it shows none.
 */
export function visitRanges(
  { cfg, tree, forest }: { cfg: Cfg; tree: DominatorTree; forest: LoopForest },
  visitor: (inst: Inst, view: RangeView) => void,
): void {
  if (!forest.reducible) return;
  const analysis = new RangeAnalysis(cfg, tree, forest);
  analysis.solve(forest.loops.length > 0);
  analysis.visit(visitor);
}
