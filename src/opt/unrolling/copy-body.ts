// Copies of a loop's body, one behind the other.
import {
  createBlock,
  createValue,
  typeOf,
  type Block,
  type BlockId,
  type Inst,
  type MirFunction,
  type Opcode,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";
import { wrap } from "../rewriter.ts";
import type { LoopShape } from "../innermost.ts";
import type { Recurrence } from "./recurrence.ts";

interface Plan {
  /** How many bodies there are in the end. */
  readonly factor: number;
  readonly recurrences: readonly Recurrence[];
}

/** A recurrence after some iterations since the header: `param * power + sum`, modulo its modulus. */
interface Progress {
  readonly recurrence: Recurrence;
  power: bigint;
  sum: bigint | Value;
}

/** Makes the body `factor` times as long. The loop is closed (`closeLoop`). */
export function copyBody(fn: MirFunction, shape: LoopShape, plan: Plan): void {
  new BodyCopier(fn, shape, plan.recurrences).run(plan.factor);
}

class BodyCopier {
  readonly #fn: MirFunction;
  readonly #shape: LoopShape;
  /** The arguments of the back-edge as the loop had it. */
  readonly #backArgs: readonly Value[];
  /** By the instruction of the loop that defines the next value. */
  readonly #progress = new Map<Inst, Progress>();
  /** What the loop's values and blocks are in the copy that is being made. */
  readonly #values = new Map<Value, Value>();
  readonly #blocks = new Map<BlockId, BlockId>();

  constructor(fn: MirFunction, shape: LoopShape, recurrences: readonly Recurrence[]) {
    this.#fn = fn;
    this.#shape = shape;
    this.#backArgs = shape.backEdge.args;
    for (const recurrence of recurrences) {
      const { next, factor, addend } = recurrence;
      this.#progress.set(next, { recurrence, power: factor, sum: addend });
    }
  }

  run(factor: number): void {
    const { header, blocks, backEdge } = this.#shape;
    const last = blocks.reduce((at, block) => Math.max(at, this.#fn.blocks.indexOf(block)), 0);
    const added: Block[] = [];
    let edge = backEdge;
    for (let copy = 1; copy < factor; copy += 1) {
      const { args } = edge;
      const copies = blocks.map(() => createBlock(this.#fn));
      for (const [i, block] of blocks.entries()) {
        this.#blocks.set(block.id, copies[i]?.id ?? block.id);
      }
      // The header's copy has one way in: its parameters are what comes that way.
      edge.block = this.#blocks.get(header.id) ?? header.id;
      edge.args = [];
      for (const [i, param] of header.params.entries()) this.#values.set(param, args[i] ?? param);
      edge = this.#fill(copies);
      added.push(...copies);
    }
    this.#fn.blocks.splice(last + 1, 0, ...added);
  }

  /** Fills the copies of the loop's blocks; the result is the edge back to the header. */
  #fill(copies: readonly Block[]): Target {
    const { header, blocks, backEdge } = this.#shape;
    const back: Target = { block: header.id, args: [] };
    for (const [i, block] of blocks.entries()) {
      const copy = copies[i];
      if (copy === undefined) continue;
      if (block !== header) copy.params = block.params.map((param) => this.#define(param));
      for (const inst of block.insts) {
        if (inst.op === "safepoint") continue;
        const args = inst.args.map((arg) => this.#use(arg));
        const progress = this.#progress.get(inst);
        if (progress !== undefined) {
          this.#step(inst, progress, copy);
          continue;
        }
        const targets = inst.targets.map((target) =>
          target === backEdge ? back : this.#target(target),
        );
        const results = inst.results.map((result) => this.#define(result));
        copy.insts.push({ ...inst, args, targets, results });
      }
    }
    back.args = this.#backArgs.map((arg) => this.#use(arg));
    return back;
  }

  /** The next value from the header's parameter in place of the one before. */
  #step(inst: Inst, progress: Progress, copy: Block): void {
    const { param, factor, addend, modulus } = progress.recurrence;
    const { type, location } = inst;
    const emit = (op: Opcode, args: Value[], imm: bigint | null = null): Value => {
      const result = createValue(this.#fn, type ?? "i64");
      copy.insts.push({ op, type, args, imm, targets: [], results: [result], location });
      return result;
    };
    const constant = (value: bigint): Value => emit("iconst", [], wrap(type ?? "i64", value));
    const reduced = (value: bigint): bigint => (modulus === undefined ? value : value % modulus);
    progress.power = reduced(progress.power * factor);
    const product = emit("imul", [param, constant(progress.power)]);
    let next = product;
    if (typeof addend === "bigint" && typeof progress.sum === "bigint") {
      progress.sum = reduced(progress.sum * factor + addend);
      if (progress.sum !== 0n) next = emit("iadd", [product, constant(progress.sum)]);
    } else if (typeof addend === "number" && typeof progress.sum === "number") {
      const scaled = emit("imul", [progress.sum, constant(factor)]);
      progress.sum = emit("iadd", [scaled, this.#use(addend)]);
      next = emit("iadd", [product, progress.sum]);
    }
    if (modulus !== undefined) next = emit(inst.op, [next, constant(modulus)]);
    for (const result of inst.results) this.#values.set(result, next);
  }

  #define(value: Value): Value {
    const copy = createValue(this.#fn, typeOf(this.#fn, value));
    this.#values.set(value, copy);
    return copy;
  }

  /** Values from before the loop are themselves. */
  #use(value: Value): Value {
    return this.#values.get(value) ?? value;
  }

  #target({ block, args }: Target): Target {
    return { block: this.#blocks.get(block) ?? block, args: args.map((arg) => this.#use(arg)) };
  }
}
