// The frame on the shadow stack that holds a function's roots: taken before the first store, given back at each return.
//
// It is taken as late as it can be: in a block outside of loops that comes before all calls which need roots and that the
// returns behind it cannot be reached around. So a function that often returns early pays nothing on that way.
import {
  computeDominators,
  computeLoops,
  dominates,
  definingInsts,
  integerConstant,
  type Cfg,
  type DominatorTree,
} from "../../analysis/index.ts";
import {
  createBlock,
  createValue,
  FunctionBuilder,
  noLocation,
  terminatorOf,
  typeOf,
  type Block,
  type BlockId,
  type Inst,
  type LocationId,
  type MirFunction,
  type Value,
} from "../../ir/mir/index.ts";
import { shadowStackLimitAddress, shadowStackPointerAddress } from "../../runtime/index.ts";
import type { Placement, RootStore } from "./placement.ts";

/** Bytes of a slot. An `any` needs no more: of one that is a reference, the lower half is the address. */
const slotSize = 4;

/** Adds the frame and the stores of a placement to a function. */
export function addFrame(cfg: Cfg, placement: Placement): void {
  const { fn } = cfg;
  const tree = computeDominators(cfg);
  const moves = movesStackPointer(fn);
  const start = moves ? 0 : frameStart(cfg, tree, placement);
  const block = blockOf(cfg, start);
  const first = moves ? undefined : placement.stores.find((store) => store.block === start);
  const index = moves ? 0 : (first?.index ?? block.insts.length - 1);
  const frame = new FrameWriter(fn, placement.slotOf);
  // From the last store to the first, so that indices stay what they are.
  for (const store of placement.stores.toReversed()) frame.store(blockOf(cfg, store.block), store);
  cfg.order.forEach((each, number) => {
    if (dominates(tree, start, number)) frame.giveBack(each);
  });
  const atOnce = placement.stores.filter((store) => store.block === start && store.index === index);
  const set = new Set(atOnce.map(({ root }) => placement.slotOf.get(root)));
  const slots = Array.from({ length: placement.slotCount }, (_, slot) => slot);
  const zeroed = slots.filter((slot) => !set.has(slot));
  frame.take({ block, index }, { slotCount: placement.slotCount, zeroed });
}

function blockOf(cfg: Cfg, number: number): Block {
  const block = cfg.order[number];
  if (block === undefined) throw new RangeError(`${cfg.fn.symbol} has no block number ${number}`);
  return block;
}

/** Rpo number of the block that takes the frame. */
function frameStart(cfg: Cfg, tree: DominatorTree, placement: Placement): number {
  const forest = computeLoops(cfg, tree);
  let start = -1;
  for (const number of [...placement.blocks, ...placement.stores.map(({ block }) => block)]) {
    start = start < 0 ? number : commonDominator(tree, start, number);
  }
  while (start > 0) {
    const inLoop = (forest.innermost[start] ?? -1) >= 0;
    if (!inLoop && forest.reducible && returnsAreBehind(cfg, tree, start)) break;
    start = tree.idom[start] ?? 0;
  }
  return Math.max(start, 0);
}

function commonDominator(tree: DominatorTree, left: number, right: number): number {
  let at = left;
  while (!dominates(tree, at, right)) at = tree.idom[at] ?? 0;
  return at;
}

/** Whether every return that a block reaches can be reached through that block only. */
function returnsAreBehind(cfg: Cfg, tree: DominatorTree, start: number): boolean {
  const seen = new Uint8Array(cfg.order.length);
  const work = [start];
  for (let number = work.pop(); number !== undefined; number = work.pop()) {
    if (seen[number] === 1) continue;
    seen[number] = 1;
    const returns = terminatorOf(blockOf(cfg, number)).op === "return";
    if (returns && !dominates(tree, start, number)) return false;
    work.push(...(cfg.successors[number] ?? []));
  }
  return true;
}

/** Whether the function takes frames of its own, between whose taking and giving back this one must not be taken. */
function movesStackPointer(fn: MirFunction): boolean {
  const definitions = definingInsts(fn);
  return fn.blocks.some(({ insts }) =>
    insts.some(({ op, type, args, imm }) => {
      if (op !== "store" || type !== "i32") return false;
      const base = args[0] === undefined ? undefined : integerConstant(definitions, args[0]);
      return base !== undefined && Number(base) + Number(imm) === shadowStackPointerAddress;
    }),
  );
}

/** The instructions that take, fill and give back the frame. */
class FrameWriter {
  readonly #fn: MirFunction;
  readonly #slotOf: ReadonlyMap<Value, number>;
  /** The address of the frame. */
  readonly #frame: Value;

  constructor(fn: MirFunction, slotOf: ReadonlyMap<Value, number>) {
    this.#fn = fn;
    this.#slotOf = slotOf;
    this.#frame = createValue(fn, "i32");
  }

  /** Stores a root in front of the instruction at the store's index. */
  store(block: Block, { index, root }: RootStore): void {
    const builder = this.#before(block.insts[index]);
    let value = root;
    let type = typeOf(this.#fn, root);
    if (type === "any") value = builder.value("any_bits", null, [value]);
    if (type === "any" || type === "i64") {
      value = builder.value("ireduce", null, [value]);
      type = "i32";
    }
    const offset = slotSize * (this.#slotOf.get(root) ?? 0);
    builder.effect("store", type, [this.#frame, value], offset);
    block.insts.splice(index, 0, ...builder.block.insts);
  }

  /** Gives the frame back if the block returns. */
  giveBack(block: Block): void {
    const last = terminatorOf(block);
    if (last.op !== "return") return;
    const builder = this.#before(last);
    const pointer = constant(builder, shadowStackPointerAddress);
    builder.effect("store", "i32", [pointer, this.#frame], 0);
    block.insts.splice(-1, 0, ...builder.block.insts);
  }

  /** Takes the frame in front of an instruction, whose block is split there. */
  take(
    { block, index }: { block: Block; index: number },
    { slotCount, zeroed }: { slotCount: number; zeroed: readonly number[] },
  ): void {
    const fn = this.#fn;
    const rest = createBlock(fn);
    const overflow = createBlock(fn);
    rest.insts = block.insts.splice(index);
    fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, rest);
    const builder = new FunctionBuilder(fn, block);
    builder.location = firstLocation(fn);
    const pointer = constant(builder, shadowStackPointerAddress);
    builder.append("load", "i32", [pointer], 0, [], [this.#frame]);
    const size = Math.ceil((slotSize * slotCount) / 8) * 8;
    const top = builder.value("iadd", "i32", [this.#frame, constant(builder, size)]);
    const limit = builder.value("load", "i32", [constant(builder, shadowStackLimitAddress)], 0);
    const over = builder.value("icmp", "i32", [top, limit], "ugt");
    builder.branch(over, { block: overflow.id, args: [] }, { block: rest.id, args: [] });
    builder.enter(overflow);
    builder.effect("trap", null, [], "stack_overflow");
    const opening = this.#before(rest.insts[0]);
    opening.effect("store", "i32", [constant(opening, shadowStackPointerAddress), top], 0);
    this.#zero(opening, zeroed);
    rest.insts.unshift(...opening.block.insts);
  }

  /** Two slots at a time where they stand together. */
  #zero(builder: FunctionBuilder, slots: readonly number[]): void {
    for (let i = 0; i < slots.length; i += 1) {
      const slot = slots[i] ?? 0;
      const pair = slots[i + 1] === slot + 1;
      const type = pair ? "i64" : "i32";
      const zero = builder.value("iconst", type, [], 0n);
      builder.effect("store", type, [this.#frame, zero], slotSize * slot);
      if (pair) i += 1;
    }
  }

  /** Collects instructions that are to come before another one. */
  #before(inst: Inst | undefined): FunctionBuilder {
    const builder = new FunctionBuilder(this.#fn, { id: noBlock, params: [], insts: [] });
    builder.location = inst?.location ?? noLocation;
    return builder;
  }
}

const noBlock = -1 as BlockId;

function constant(builder: FunctionBuilder, value: number): Value {
  return builder.value("iconst", "i32", [], BigInt(value));
}

function firstLocation(fn: MirFunction): LocationId {
  for (const { insts } of fn.blocks) {
    for (const { location } of insts) if (location !== noLocation) return location;
  }
  return noLocation;
}
