// Puts a copy of a function's body in place of a call.
import { emptyTable } from "../../analysis/index.ts";
import {
  createBlock,
  createValue,
  noLocation,
  typeOf,
  type Block,
  type Inst,
  type LocationId,
  type MirFunction,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

export interface Splice {
  /** The blocks that were added, the last one being where control comes back; in layout order after the caller's. */
  readonly blocks: readonly Block[];
  /** The copies of the body's instructions that call the same or other functions of the module. */
  readonly calls: readonly Inst[];
}

/** A copy of a function's blocks, with the same values and locations, that later changes do not touch. */
export function snapshot(fn: MirFunction): MirFunction {
  const blocks = fn.blocks.map((block) => ({
    id: block.id,
    params: [...block.params],
    insts: block.insts.map((inst) => ({
      ...inst,
      args: [...inst.args],
      targets: inst.targets.map(({ block: id, args }) => ({ block: id, args: [...args] })),
      results: [...inst.results],
    })),
  }));
  return { ...fn, blocks, valueTypes: [...fn.valueTypes], locations: [...fn.locations] };
}

/** Copies one body to one call site. */
class BodyCopy {
  readonly #caller: MirFunction;
  readonly #callee: MirFunction;
  readonly #values: (Value | undefined)[];
  readonly #blocks: (Block | undefined)[];
  readonly #locations = new Map<LocationId, LocationId>();
  readonly #site: LocationId;
  readonly #exit: Block;
  readonly calls: Inst[] = [];

  constructor(caller: MirFunction, callee: MirFunction, call: Inst, exit: Block) {
    this.#caller = caller;
    this.#callee = callee;
    this.#site = call.location;
    this.#exit = exit;
    this.#values = emptyTable<Value>(callee.valueTypes.length);
    this.#blocks = emptyTable<Block>(callee.nextBlock);
    const [entry] = callee.blocks;
    for (const [i, param] of (entry?.params ?? []).entries()) this.#values[param] = call.args[i];
  }

  /** The copies of the blocks after the entry; the entry's instructions go to the end of `into`. */
  run(into: Block): Block[] {
    const copies: Block[] = [];
    for (const [i, block] of this.#callee.blocks.entries()) {
      const copy = i === 0 ? into : createBlock(this.#caller);
      this.#blocks[block.id] = copy;
      if (i > 0) {
        copy.params = block.params.map((param) => this.#define(param));
        copies.push(copy);
      }
      for (const inst of block.insts) for (const result of inst.results) this.#define(result);
    }
    for (const block of this.#callee.blocks) {
      const copy = this.#blocks[block.id];
      for (const inst of block.insts) {
        // The caller has polled at its own entry or loop header; what is copied in between is bounded.
        if (inst.op !== "safepoint" || block !== this.#callee.blocks[0]) {
          copy?.insts.push(this.#inst(inst));
        }
      }
    }
    return copies;
  }

  #define(value: Value): Value {
    const copy = createValue(this.#caller, typeOf(this.#callee, value));
    this.#values[value] = copy;
    return copy;
  }

  #use(value: Value): Value {
    const copy = this.#values[value];
    if (copy === undefined) throw new Error(`${this.#callee.symbol}: v${value} is not defined`);
    return copy;
  }

  #inst(inst: Inst): Inst {
    const location = this.#location(inst.location);
    const args = inst.args.map((arg) => this.#use(arg));
    if (inst.op === "return") {
      const targets = [{ block: this.#exit.id, args }];
      return { op: "jump", type: null, args: [], imm: null, targets, results: [], location };
    }
    const targets = inst.targets.map((target) => this.#target(target));
    const results = inst.results.map((result) => this.#use(result));
    const copy = { ...inst, args, targets, results, location };
    if (inst.op === "call") this.calls.push(copy);
    return copy;
  }

  #target(target: Target): Target {
    const block = this.#blocks[target.block];
    if (block === undefined) throw new Error(`block${target.block} is not placed`);
    return { block: block.id, args: target.args.map((arg) => this.#use(arg)) };
  }

  /** The location in the caller: the same place, reached from the call site. */
  #location(id: LocationId): LocationId {
    const location = this.#callee.locations[id];
    if (location === undefined) return this.#site;
    const known = this.#locations.get(id);
    if (known !== undefined) return known;
    const caller = location.caller === noLocation ? this.#site : this.#location(location.caller);
    this.#caller.locations.push({ ...location, caller });
    const copy = this.#caller.locations.length - 1;
    this.#locations.set(id, copy);
    return copy;
  }
}

/**
 * Replaces the call at an index of a block. What followed it moves to a new block, whose parameters are the call's
 * results. The callee must not change meanwhile: for a recursive call take a `snapshot`.
 */
export function spliceCall(
  caller: MirFunction,
  callee: MirFunction,
  { block, index }: { block: Block; index: number },
): Splice {
  const call = block.insts[index];
  if (call === undefined) throw new RangeError(`block${block.id} has no instruction ${index}`);
  const exit = createBlock(caller);
  exit.params = [...call.results];
  exit.insts = block.insts.slice(index + 1);
  block.insts = block.insts.slice(0, index);
  const body = new BodyCopy(caller, callee, call, exit);
  const copies = body.run(block);
  const blocks = [...copies, exit];
  caller.blocks.splice(caller.blocks.indexOf(block) + 1, 0, ...blocks);
  return { blocks, calls: body.calls };
}
