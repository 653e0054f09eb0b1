// Code for runs of shifts.
import { integerConstant, type Definitions } from "../../analysis/index.ts";
import {
  createBlock,
  FunctionBuilder,
  typeOf,
  type Block,
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
  readonly #builder: FunctionBuilder;
  /** How often the number is halved, by type. */
  readonly #counts = new Map<MirType, Value>();

  constructor(fn: MirFunction, header: Block, definitions: Definitions) {
    this.#fn = fn;
    this.#header = header;
    this.#definitions = definitions;
    this.#builder = new FunctionBuilder(fn);
    this.#builder.enter(createBlock(fn));
  }

  /**
   * Leads an edge into a run from an even number on. `values` are what the header's parameters would be; the edge
   * `otherwise` is taken if the loop must be left before the run ends.
   */
  emit(edge: Target, run: Run, values: readonly Value[], otherwise: Target): void {
    const { number, shift, remaining } = run;
    edge.block = this.#builder.block.id;
    edge.args = [];
    const even = this.#at(number, values);
    const wide = typeOf(this.#fn, number);
    const times = this.#op("ictz", wide, [even]);
    this.#counts.set(wide, times);
    for (const { left, right } of remaining) {
      const type = typeOf(this.#fn, left);
      const ends = [this.#at(left, values), this.#at(right, values)];
      const args = [this.#count(type), this.#op("isub", type, ends)];
      const enough = this.#builder.value("icmp", type, args, "ule");
      const next = createBlock(this.#fn);
      const goesOn = { block: next.id, args: [] };
      this.#builder.branch(enough, goesOn, { ...otherwise, args: [...otherwise.args] });
      this.#builder.enter(next);
    }
    const args = this.#header.params.map((param, i) => {
      if (param === number) return this.#op(shift, wide, [even, times]);
      return this.#moved(this.#at(param, values), run.steps[i] ?? 0n);
    });
    this.#builder.jump(this.#header, args);
  }

  /** A header parameter as the edge passes it. Constants of the way stand where they are used. */
  #at(value: Value, values: readonly Value[]): Value {
    const place = this.#header.params.indexOf(value);
    if (place >= 0) return values[place] ?? value;
    const constant = integerConstant(this.#definitions, value);
    return constant === undefined ? value : this.#constant(typeOf(this.#fn, value), constant);
  }

  /** The count in this width. */
  #count(type: MirType): Value {
    const known = this.#counts.get(type);
    if (known !== undefined) return known;
    const [other] = this.#counts.values();
    if (other === undefined) throw new Error("a run has a count");
    const made = this.#builder.value(type === "i64" ? "uextend" : "ireduce", null, [other]);
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
    return this.#builder.value("iconst", type, [], wrap(type, value));
  }

  #op(op: Opcode, type: MirType, args: Value[]): Value {
    return this.#builder.value(op, type, args);
  }
}
