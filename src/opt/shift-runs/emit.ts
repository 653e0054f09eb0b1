// Code for runs of shifts.
import { integerConstant, type Definitions } from "../../analysis/index.ts";
import {
  createBlock,
  createValue,
  typeOf,
  type Block,
  type Inst,
  type MirFunction,
  type MirType,
  type Opcode,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";
import { wrap } from "../rewriter.ts";
import type { Run } from "./way.ts";

/** Emits one run, in blocks of its own. */
export class RunEmitter {
  readonly #fn: MirFunction;
  readonly #header: Block;
  readonly #definitions: Definitions;
  #block: Block;
  /** How often the number is halved, by type. */
  readonly #counts = new Map<MirType, Value>();

  constructor(fn: MirFunction, header: Block, definitions: Definitions) {
    this.#fn = fn;
    this.#header = header;
    this.#definitions = definitions;
    this.#block = this.#place();
  }

  /**
   * Leads an edge into a run from an even number on. `values` are what the header's parameters would be; the edge
   * `otherwise` is taken if the loop must be left before the run ends.
   */
  emit(edge: Target, run: Run, values: readonly Value[], otherwise: Target): void {
    const { number, shift, remaining } = run;
    edge.block = this.#block.id;
    edge.args = [];
    const even = this.#at(number, values);
    const wide = typeOf(this.#fn, number);
    const times = this.#op("ictz", wide, [even]);
    this.#counts.set(wide, times);
    for (const { left, right } of remaining) {
      const type = typeOf(this.#fn, left);
      const ends = [this.#at(left, values), this.#at(right, values)];
      const enough = createValue(this.#fn, "i32");
      const args = [this.#count(type), this.#op("isub", type, ends)];
      this.#append({ op: "icmp", type, args, imm: "ule", results: [enough] });
      const next = this.#place();
      const targets = [
        { block: next.id, args: [] },
        { ...otherwise, args: [...otherwise.args] },
      ];
      this.#append({ op: "brif", args: [enough], targets });
      this.#block = next;
    }
    const args = this.#header.params.map((param, i) => {
      if (param === number) return this.#op(shift, wide, [even, times]);
      return this.#moved(this.#at(param, values), run.steps[i] ?? 0n);
    });
    this.#append({ op: "jump", args: [], targets: [{ block: this.#header.id, args }] });
  }

  /** A header parameter as the edge passes it. Constants of the way stand where they are used. */
  #at(value: Value, values: readonly Value[]): Value {
    const place = this.#header.params.indexOf(value);
    if (place >= 0) return values[place] ?? value;
    const constant = integerConstant(this.#definitions, value);
    return constant === undefined ? value : this.#constant(typeOf(this.#fn, value), constant);
  }

  #place(): Block {
    const block = createBlock(this.#fn);
    this.#fn.blocks.push(block);
    return block;
  }

  /** The count in this width. */
  #count(type: MirType): Value {
    const known = this.#counts.get(type);
    if (known !== undefined) return known;
    const [other] = this.#counts.values();
    if (other === undefined) throw new Error("a run has a count");
    const made = createValue(this.#fn, type);
    this.#append({ op: type === "i64" ? "uextend" : "ireduce", args: [other], results: [made] });
    this.#counts.set(type, made);
    return made;
  }

  #moved(value: Value, step: bigint): Value {
    if (step === 0n) return value;
    const type = typeOf(this.#fn, value);
    if (step === 1n) return this.#op("iadd", type, [value, this.#count(type)]);
    if (step === -1n) return this.#op("isub", type, [value, this.#count(type)]);
    const product = this.#op("imul", type, [this.#count(type), this.#constant(type, step)]);
    return this.#op("iadd", type, [value, product]);
  }

  #constant(type: MirType, value: bigint): Value {
    const result = createValue(this.#fn, type);
    this.#append({ op: "iconst", type, args: [], imm: wrap(type, value), results: [result] });
    return result;
  }

  #op(op: Opcode, type: MirType, args: Value[]): Value {
    const result = createValue(this.#fn, type);
    this.#append({ op, type, args, results: [result] });
    return result;
  }

  #append(parts: Pick<Inst, "op" | "args"> & Partial<Inst>): void {
    const inst = { type: null, imm: null, targets: [], results: [], location: -1, ...parts };
    this.#block.insts.push(inst);
  }
}
