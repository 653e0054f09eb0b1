// Values to wasm locals: parameters share a local with the values that flow into them where their lives do not overlap,
// then a linear scan reuses the locals whose values are dead.
import { blockAt } from "../../analysis/index.ts";
import { mirTypes, terminatorOf, type MirType, type Value } from "../../ir/mir/index.ts";
import { computeIntervals, type Intervals } from "./intervals.ts";
import type { Layout } from "./layout.ts";
import { shapes, type Trees } from "./trees.ts";

export interface Locals {
  /** By value: the local, or -1 if it has none. */
  readonly local: Int32Array;
  /** Declared locals in order, behind the parameters: how many of which type. */
  readonly declared: readonly (readonly [count: number, type: MirType])[];
}

/** Merging looks at all members, so classes stop growing here. */
const maxClassSize = 128;

const declaredTypes: readonly MirType[] = mirTypes;

export function assignLocals(layout: Layout, trees: Trees): Locals {
  const intervals = computeIntervals(layout, trees);
  const { fn } = layout.cfg;
  const params = blockAt(layout.cfg, 0).params;
  const classes = new Classes(intervals, fn.valueTypes, params);
  for (const [param, arg] of affinities(layout, trees)) classes.merge(param, arg);
  return allocate(intervals, classes, { params, types: fn.valueTypes });
}

/** Pairs of a block parameter and a value that flows into it, those on the edges of the deepest loops first. */
function affinities(layout: Layout, trees: Trees): [Value, Value][] {
  const { cfg, forest } = layout;
  const byDepth: [Value, Value][][] = [];
  cfg.order.forEach((block, number) => {
    const depth = forest.loops[forest.innermost[number] ?? -1]?.depth ?? 0;
    for (const target of terminatorOf(block).targets) {
      if (target.args.length === 0) continue;
      const { params } = blockAt(cfg, cfg.numberOf[target.block] ?? -1);
      target.args.forEach((arg, i) => {
        const param = params[i];
        if (param === undefined || trees.shape[param] !== shapes.local) return;
        if (trees.shape[arg] === shapes.local && arg !== param) {
          (byDepth[depth] ??= []).push([param, arg]);
        }
      });
    }
  });
  return byDepth.reverse().flat();
}

/** Disjoint sets of values that share a local: no two members are live at once. */
class Classes {
  readonly #parent: Int32Array;
  /** By representative with more than one member: the members in ascending order of their starts. */
  readonly #members = new Map<number, Value[]>();
  readonly #intervals: Intervals;
  readonly #types: readonly MirType[];
  /** By value: 1 for a function parameter, whose local is given. */
  readonly #fixed: Uint8Array;

  constructor(intervals: Intervals, types: readonly MirType[], params: readonly Value[]) {
    this.#intervals = intervals;
    this.#types = types;
    this.#fixed = new Uint8Array(types.length);
    for (const param of params) this.#fixed[param] = 1;
    this.#parent = new Int32Array(types.length);
    for (let value = 0; value < types.length; value += 1) this.#parent[value] = value;
  }

  find(value: Value): Value {
    let at: number = value;
    for (let up = this.#parent[at] ?? at; up !== at; up = this.#parent[at] ?? at) {
      const above = this.#parent[up] ?? up;
      this.#parent[at] = above;
      at = above;
    }
    return at as Value;
  }

  /** Position of the last use of any member. */
  end(representative: Value): number {
    let end = -1;
    for (const member of this.#membersOf(representative)) {
      end = Math.max(end, this.#intervals.end[member] ?? -1);
    }
    return end;
  }

  merge(left: Value, right: Value): void {
    const a = this.find(left);
    const b = this.find(right);
    if (a === b || this.#types[a] !== this.#types[b]) return;
    const merged = this.#mergeMembers(this.#membersOf(a), this.#membersOf(b));
    if (merged === null) return;
    // A class with a function parameter is named after it; it has one at most, for they all live from the start.
    const [kept, gone] = this.#fixed[b] === 1 ? [b, a] : [a, b];
    this.#parent[gone] = kept;
    this.#members.delete(gone);
    this.#members.set(kept, merged);
  }

  #membersOf(representative: Value): Value[] {
    return this.#members.get(representative) ?? [representative];
  }

  /** Both lists in order of starts, or null if two lives overlap. */
  #mergeMembers(left: readonly Value[], right: readonly Value[]): Value[] | null {
    if (left.length + right.length > maxClassSize) return null;
    const { start, end } = this.#intervals;
    const merged: Value[] = [];
    let l = 0;
    let r = 0;
    let lastEnd = -2;
    while (l < left.length || r < right.length) {
      const a = left[l];
      const b = right[r];
      const takeLeft = a !== undefined && (b === undefined || (start[a] ?? 0) <= (start[b] ?? 0));
      const next = takeLeft ? a : b;
      if (next === undefined) break;
      if ((start[next] ?? 0) < lastEnd) return null;
      lastEnd = Math.max(lastEnd, end[next] ?? -1);
      merged.push(next);
      if (takeLeft) l += 1;
      else r += 1;
    }
    return merged;
  }
}

/** Locals that are free, by type, and those that become free at a position. */
class LocalPool {
  readonly types: MirType[];
  readonly #free: Record<MirType, number[]> = {
    i32: [],
    i64: [],
    f32: [],
    f64: [],
    ref: [],
    any: [],
  };
  readonly #expiring: (number[] | undefined)[];
  #position = -1;

  constructor(paramTypes: readonly MirType[], length: number) {
    this.types = [...paramTypes];
    this.#expiring = Array.from<number[] | undefined>({ length: length + 1 });
  }

  /** Frees what is dead at a position; positions ascend. */
  advance(position: number): void {
    while (this.#position < position) {
      this.#position += 1;
      for (const local of this.#expiring[this.#position] ?? []) this.free(local);
    }
  }

  take(type: MirType): number {
    const free = this.#free[type].pop();
    return free ?? this.types.push(type) - 1;
  }

  free(local: number): void {
    const type = this.types[local];
    if (type !== undefined) this.#free[type].push(local);
  }

  freeAt(local: number, position: number): void {
    if (position <= this.#position) this.free(local);
    else (this.#expiring[position] ??= []).push(local);
  }
}

interface AllocatedFunction {
  readonly params: readonly Value[];
  readonly types: readonly MirType[];
}

function allocate(intervals: Intervals, classes: Classes, fn: AllocatedFunction): Locals {
  const { params, types } = fn;
  const local = new Int32Array(types.length).fill(-1);
  const pool = new LocalPool(
    params.map((param) => types[param] ?? "i32"),
    intervals.length,
  );
  params.forEach((param, i) => {
    local[param] = i;
    pool.freeAt(i, classes.end(param));
  });
  for (const value of intervals.values) {
    const representative = classes.find(value);
    let shared = local[representative] ?? -1;
    if (shared < 0) {
      pool.advance(intervals.start[value] ?? 0);
      shared = pool.take(types[value] ?? "i32");
      local[representative] = shared;
      pool.freeAt(shared, classes.end(representative));
    }
    local[value] = shared;
  }
  return orderByType(local, pool.types, params.length);
}

/** Renumbers the locals behind the parameters so that those of one type stand together. */
function orderByType(local: Int32Array, types: readonly MirType[], paramCount: number): Locals {
  const renumbered = new Int32Array(types.length);
  for (let i = 0; i < paramCount; i += 1) renumbered[i] = i;
  const declared: [number, MirType][] = [];
  let next = paramCount;
  for (const type of declaredTypes) {
    const first = next;
    for (let i = paramCount; i < types.length; i += 1) {
      if (types[i] !== type) continue;
      renumbered[i] = next;
      next += 1;
    }
    if (next > first) declared.push([next - first, type]);
  }
  for (let value = 0; value < local.length; value += 1) {
    const old = local[value] ?? -1;
    if (old >= 0) local[value] = renumbered[old] ?? -1;
  }
  return { local, declared };
}
