// If-conversion: a branch around a few cheap integer operations becomes those operations and selects. A branch that
// cannot be predicted costs some twenty cycles; what is computed in vain must cost much less.
import { blocksById, computeCfg } from "../analysis/index.ts";
import {
  createValue,
  terminatorOf,
  typeOf,
  type Block,
  type Inst,
  type MirFunction,
  type Target,
} from "../ir/mir/index.ts";
import { removeUnreachable } from "./simplify/merge.ts";

/** Both arms together may cost this much. */
const mostCost = 4;
/** How many values may be selected. */
const mostSelects = 2;

/** Cycles, about; opcodes that are not here are too dear, or of floats, whose selection engines branch for. */
const costs: ReadonlyMap<string, number> = new Map(
  Object.entries({
    iconst: 0,
    iadd: 1,
    isub: 1,
    imul: 2,
    band: 1,
    bor: 1,
    bxor: 1,
    ishl: 1,
    sshr: 1,
    ushr: 1,
    sext8: 1,
    sext16: 1,
    icmp: 1,
    select: 1,
    sextend: 1,
    uextend: 1,
    ireduce: 0,
  }),
);

/** What an edge of a branch computes on its way to the join. */
interface Arm {
  /** The instructions of the block that is only there for this edge; none if the edge goes to the join itself. */
  readonly insts: readonly Inst[];
  readonly cost: number;
  /** The edge into the join. */
  readonly exit: Target;
}

/** How many edges go to each block, by id. */
function countEdges(fn: MirFunction): Int32Array {
  const edges = new Int32Array(fn.nextBlock);
  for (const block of fn.blocks) {
    for (const { block: to } of terminatorOf(block).targets) edges[to] = (edges[to] ?? 0) + 1;
  }
  return edges;
}

function costOf(insts: readonly Inst[]): number {
  let cost = 0;
  for (const inst of insts) cost += costs.get(inst.op) ?? mostCost + 1;
  return cost;
}

class Converter {
  readonly #fn: MirFunction;
  readonly #byId: readonly (Block | undefined)[];
  readonly #edges: Int32Array;

  constructor(fn: MirFunction) {
    this.#fn = fn;
    this.#byId = blocksById(fn);
    this.#edges = countEdges(fn);
  }

  /** Converts the branch at the end of a block if that pays; the blocks of its arms are then unreachable. */
  run(block: Block): boolean {
    const branch = terminatorOf(block);
    const [then, otherwise] = branch.targets;
    if (branch.op !== "brif" || then === undefined || otherwise === undefined) return false;
    for (const [a, b] of this.#ways(then, otherwise)) {
      if (a.exit.block !== b.exit.block || a.cost + b.cost > mostCost) continue;
      if (!this.#selectable(a.exit, b.exit)) continue;
      this.#convert(block, a, b);
      return true;
    }
    return false;
  }

  /** The diamond, then the two triangles. */
  #ways(then: Target, otherwise: Target): (readonly [Arm, Arm])[] {
    const direct = (exit: Target): Arm => ({ insts: [], cost: 0, exit });
    const a = this.#arm(then);
    const b = this.#arm(otherwise);
    const ways: (readonly [Arm, Arm])[] = [];
    if (a !== undefined && b !== undefined) ways.push([a, b]);
    if (a !== undefined) ways.push([a, direct(otherwise)]);
    if (b !== undefined) ways.push([direct(then), b]);
    return ways;
  }

  #arm(edge: Target): Arm | undefined {
    const block = this.#byId[edge.block];
    if (block === undefined || this.#edges[edge.block] !== 1) return undefined;
    // Parameters of a block with one predecessor are gone once `copy` has run.
    if (block.params.length > 0) return undefined;
    const jump = terminatorOf(block);
    const [exit] = jump.targets;
    if (jump.op !== "jump" || exit === undefined || exit.block === edge.block) return undefined;
    const insts = block.insts.slice(0, -1);
    const cost = costOf(insts);
    return cost > mostCost ? undefined : { insts, cost, exit };
  }

  #selectable(a: Target, b: Target): boolean {
    let selects = 0;
    for (const [i, arg] of a.args.entries()) {
      if (arg === b.args[i]) continue;
      const type = typeOf(this.#fn, arg);
      if (type === "f32" || type === "f64") return false;
      selects += 1;
    }
    return selects <= mostSelects;
  }

  #convert(block: Block, a: Arm, b: Arm): void {
    const branch = block.insts.pop();
    const [condition] = branch?.args ?? [];
    if (branch === undefined || condition === undefined) throw new Error("a brif has a condition");
    block.insts.push(...a.insts, ...b.insts);
    const args = a.exit.args.map((arg, i) => {
      const other = b.exit.args[i];
      if (other === undefined || other === arg) return arg;
      const type = typeOf(this.#fn, arg);
      const result = createValue(this.#fn, type);
      block.insts.push({
        op: "select",
        type,
        args: [condition, arg, other],
        imm: null,
        targets: [],
        results: [result],
        location: branch.location,
      });
      return result;
    });
    branch.op = "jump";
    branch.args = [];
    branch.targets = [{ block: a.exit.block, args }];
    block.insts.push(branch);
    // The join has one edge from here where it had two; its own conversion, if any, is for the next run.
    this.#edges[a.exit.block] = (this.#edges[a.exit.block] ?? 2) - 1;
  }
}

/** Converts branches around cheap integer operations to selects. */
export function ifConvert(fn: MirFunction): boolean {
  const converter = new Converter(fn);
  let changed = false;
  // Inner branches come after outer ones in reverse post-order and are converted first.
  for (const block of computeCfg(fn).order.toReversed()) changed = converter.run(block) || changed;
  if (changed) removeUnreachable(fn, computeCfg(fn));
  return changed;
}
