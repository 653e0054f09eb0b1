// Which values of interest are live where, as bit sets. The values are numbered by the caller, so that the sets of a large
// function stay small when few of its values matter.
import type { Inst } from "../ir/mir/index.ts";
import { blockAt, type Cfg } from "./cfg.ts";

/** A set of small numbers. */
export class BitSet {
  readonly words: Uint32Array;

  constructor(size: number, words = new Uint32Array((size + 31) >>> 5)) {
    this.words = words;
  }

  has(element: number): boolean {
    return ((this.words[element >>> 5] ?? 0) & (1 << (element & 31))) !== 0;
  }

  add(element: number): void {
    const word = element >>> 5;
    this.words[word] = (this.words[word] ?? 0) | (1 << (element & 31));
  }

  delete(element: number): void {
    const word = element >>> 5;
    this.words[word] = (this.words[word] ?? 0) & ~(1 << (element & 31));
  }

  copy(): BitSet {
    return new BitSet(0, this.words.slice());
  }

  fill(): void {
    this.words.fill(0xffff_ffff);
  }

  /** Adds the elements of another set of the size; says whether there were new ones. */
  unite(other: BitSet): boolean {
    const { words } = this;
    let changed = 0;
    for (let i = 0; i < words.length; i += 1) {
      const before = words[i] ?? 0;
      const after = before | (other.words[i] ?? 0);
      words[i] = after;
      changed |= before ^ after;
    }
    return changed !== 0;
  }

  /** Keeps what another set of the size has too; says whether anything went. */
  intersect(other: BitSet): boolean {
    const { words } = this;
    let changed = 0;
    for (let i = 0; i < words.length; i += 1) {
      const before = words[i] ?? 0;
      const after = before & (other.words[i] ?? 0);
      words[i] = after;
      changed |= before ^ after;
    }
    return changed !== 0;
  }

  /** The elements below a limit in ascending order. */
  elements(limit: number): number[] {
    const found: number[] = [];
    for (let at = 0; at < limit; at += 1) if (this.has(at)) found.push(at);
    return found;
  }
}

/** Numbers of the values of interest: by value, -1 for others. */
export interface ValueNumbers {
  readonly numberOf: Int32Array;
  readonly count: number;
}

/** By rpo number of a block: what is live where it ends, behind its terminator's own uses. */
export function liveAtEnds(cfg: Cfg, { numberOf, count }: ValueNumbers): BitSet[] {
  const atStart = cfg.order.map(() => new BitSet(count));
  const atEnd = cfg.order.map(() => new BitSet(count));
  for (let again = true; again;) {
    again = false;
    for (let number = cfg.order.length - 1; number >= 0; number -= 1) {
      const end = atEnd[number];
      const start = atStart[number];
      if (end === undefined || start === undefined) continue;
      for (const to of cfg.successors[number] ?? []) {
        const below = atStart[to];
        if (below !== undefined) end.unite(below);
      }
      const live = end.copy();
      const block = blockAt(cfg, number);
      for (let i = block.insts.length - 1; i >= 0; i -= 1) {
        const inst = block.insts[i];
        if (inst !== undefined) stepBackward(inst, live, numberOf);
      }
      for (const param of block.params) remove(live, numberOf[param]);
      again = start.unite(live) || again;
    }
  }
  return atEnd;
}

/** Turns what is live behind an instruction into what is live before it. */
export function stepBackward(inst: Inst, live: BitSet, numberOf: Int32Array): void {
  for (const result of inst.results) remove(live, numberOf[result]);
  for (const arg of inst.args) insert(live, numberOf[arg]);
  for (const { args } of inst.targets) for (const arg of args) insert(live, numberOf[arg]);
}

function remove(live: BitSet, number: number | undefined): void {
  if (number !== undefined && number >= 0) live.delete(number);
}

function insert(live: BitSet, number: number | undefined): void {
  if (number !== undefined && number >= 0) live.add(number);
}
