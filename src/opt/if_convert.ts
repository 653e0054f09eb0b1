// If-conversion: a branch around a few cheap integer operations becomes those operations and selects. A branch that
// cannot be predicted costs some twenty cycles; what is computed in vain must cost much less.
//
// Where both arms end in the same operation with an operand in common, as in `if c: s = s + x else: s = s + y`, the other
// operands are selected and the operation is there once: a chain of such sums does not wait for the selection. A
// float takes a way through the integer registers to be selected, so floats are selected in this form alone.
import { blocksById, computeCfg, countUses, definingInsts } from "../analysis/index.ts";
import {
  createValue,
  opcodeSpec,
  terminatorOf,
  typeOf,
  type Block,
  type Inst,
  type MirFunction,
  type Opcode,
  type Target,
  type Value,
} from "../ir/mir/index.ts";
import { removeUnreachable } from "./simplify/merge.ts";

/** Both arms together may cost this much. */
const mostCost = 4;
/** How many values may be selected. */
const mostSelects = 2;

/** Cycles, about, of which floats overlap more; opcodes that are not here are too dear. */
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
    nil: 0,
    ref_addr: 0,
    addr_ref: 0,
    any_bits: 0,
    bits_any: 0,
    ref_eq: 1,
    fconst: 0,
    fneg: 1,
    fadd: 2,
    fsub: 2,
    fmul: 2,
    i32_to_float_s: 2,
    i32_to_float_u: 2,
    i64_to_float_s: 2,
  }),
);

/** Operations with two operands that may stand behind a selection of one of them. */
const mergeable: ReadonlySet<string> = new Set([
  "iadd",
  "isub",
  "imul",
  "band",
  "bor",
  "bxor",
  "ishl",
  "sshr",
  "ushr",
  "fadd",
  "fsub",
  "fmul",
]);

/** What an edge of a branch computes on its way to the join. */
interface Arm {
  /** The instructions of the block that is only there for this edge; none if the edge goes to the join itself. */
  readonly insts: readonly Inst[];
  readonly cost: number;
  /** The edge into the join. */
  readonly exit: Target;
}

/** `a` and `b`, the last of either arm, as one operation on the operand in common and a selection of the others. */
interface Merge {
  readonly a: Inst;
  readonly b: Inst;
  readonly shared: Value;
  readonly sharedFirst: boolean;
  readonly whenTaken: Value;
  readonly otherwise: Value;
}

/** By index of the join's parameter: how it is merged; undefined where it is not. */
type Merges = readonly (Merge | undefined)[];

/** The operand that two operations of one kind have in common, in places where it means the same. */
function commonOperand(a: Inst, b: Inst): Merge | undefined {
  const [a0, a1] = a.args;
  const [b0, b1] = b.args;
  if (a0 === undefined || a1 === undefined || b0 === undefined || b1 === undefined)
    return undefined;
  if (a0 === b0) return { a, b, shared: a0, sharedFirst: true, whenTaken: a1, otherwise: b1 };
  if (a1 === b1) return { a, b, shared: a1, sharedFirst: false, whenTaken: a0, otherwise: b0 };
  if (opcodeSpec(a.op).commutes !== true) return undefined;
  if (a0 === b1) return { a, b, shared: a0, sharedFirst: true, whenTaken: a1, otherwise: b0 };
  if (a1 === b0) return { a, b, shared: a1, sharedFirst: true, whenTaken: a0, otherwise: b1 };
  return undefined;
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

/** What merged operations cost less: each is there once, and is wanted whichever way the branch goes. */
function costSaved(merges: Merges): number {
  let cost = 0;
  for (const merge of merges) if (merge !== undefined) cost += costOf([merge.a, merge.b]);
  return cost;
}

class Converter {
  readonly #fn: MirFunction;
  readonly #byId: readonly (Block | undefined)[];
  readonly #edges: Int32Array;
  readonly #uses: Int32Array;
  readonly #definitions: readonly (Inst | undefined)[];

  constructor(fn: MirFunction) {
    this.#fn = fn;
    this.#uses = countUses(fn);
    this.#definitions = definingInsts(fn);
    this.#byId = blocksById(fn);
    this.#edges = countEdges(fn);
  }

  /** Converts the branch at the end of a block if that pays; the blocks of its arms are then unreachable. */
  run(block: Block): boolean {
    const branch = terminatorOf(block);
    const [then, otherwise] = branch.targets;
    if (branch.op !== "brif" || then === undefined || otherwise === undefined) return false;
    for (const [a, b] of this.#ways(then, otherwise)) {
      if (a.exit.block !== b.exit.block) continue;
      const merges = this.#findMerges(a, b);
      if (a.cost + b.cost - costSaved(merges) > mostCost) continue;
      if (!this.#selectable(a.exit, b.exit, merges)) continue;
      this.#convert(block, { a, b, merges });
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
    return { insts, cost: costOf(insts), exit };
  }

  #findMerges(a: Arm, b: Arm): Merges {
    return a.exit.args.map((arg, i) => {
      const other = b.exit.args[i];
      const x = this.#lastOf(a, arg);
      const y = other === undefined ? undefined : this.#lastOf(b, other);
      if (x === undefined || y === undefined || x.op !== y.op || x.type !== y.type)
        return undefined;
      return commonOperand(x, y);
    });
  }

  /** What defines a value in an arm, for the join alone. */
  #lastOf(arm: Arm, value: Value): Inst | undefined {
    const inst = this.#definitions[value];
    if (inst === undefined || !mergeable.has(inst.op) || this.#uses[value] !== 1) return undefined;
    return arm.insts.includes(inst) ? inst : undefined;
  }

  #selectable(a: Target, b: Target, merges: Merges): boolean {
    let selects = 0;
    for (const [i, arg] of a.args.entries()) {
      if (arg === b.args[i]) continue;
      const type = typeOf(this.#fn, arg);
      if ((type === "f32" || type === "f64") && merges[i] === undefined) return false;
      selects += 1;
    }
    return selects <= mostSelects;
  }

  #convert(block: Block, { a, b, merges }: { a: Arm; b: Arm; merges: Merges }): void {
    const branch = block.insts.pop();
    const [condition] = branch?.args ?? [];
    if (branch === undefined || condition === undefined) throw new Error("a brif has a condition");
    const merged = new Set(merges.flatMap((merge) => (merge ? [merge.a, merge.b] : [])));
    const append = (op: Opcode, like: Value, args: Value[]): Value => {
      const type = typeOf(this.#fn, like);
      const result = createValue(this.#fn, type);
      const { location } = branch;
      block.insts.push({ op, type, args, imm: null, targets: [], results: [result], location });
      return result;
    };
    for (const inst of [...a.insts, ...b.insts]) if (!merged.has(inst)) block.insts.push(inst);
    const args = a.exit.args.map((arg, i) => {
      const other = b.exit.args[i];
      if (other === undefined || other === arg) return arg;
      const merge = merges[i];
      if (merge === undefined) return append("select", arg, [condition, arg, other]);
      const { shared, sharedFirst, whenTaken, otherwise } = merge;
      const chosen =
        whenTaken === otherwise
          ? whenTaken
          : append("select", whenTaken, [condition, whenTaken, otherwise]);
      return append(merge.a.op, arg, sharedFirst ? [shared, chosen] : [chosen, shared]);
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
