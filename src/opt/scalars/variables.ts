// The fields of replaced objects as values, after Braun and others, "Simple and Efficient Construction of Static Single
// Assignment Form": what a block does not assign itself it gets from its predecessors, through a parameter if they are
// several. Parameters that turn out to be copies are left to the pass `copy`.
import { blockAt, type Cfg, type Replacements } from "../../analysis/index.ts";
import {
  createValue,
  objectOf,
  terminatorOf,
  type Block,
  type Inst,
  type MirFunction,
  type MirType,
  type Value,
} from "../../ir/mir/index.ts";
import { accessOf, type Webs } from "./webs.ts";

/** Of all fields of all webs, in one numbering. */
type Variable = number;

export class FieldVariables {
  readonly #fn: MirFunction;
  readonly #cfg: Cfg;
  readonly #webs: Webs;
  readonly #replacements: Replacements;
  /** By web: its first variable. */
  readonly #first: number[] = [];
  readonly #types: MirType[] = [];
  /** By rpo number of a block: what its variables are at its start, as far as asked, and at its end, as far as assigned. */
  readonly #atStart: Map<Variable, Value>[];
  readonly #atEnd: Map<Variable, Value>[];
  /** The variables of the values that stand for the fields of new objects. */
  readonly #startOf = new Map<Value, Variable>();
  /** Parameters whose arguments are not passed yet, in the order in which they were made. */
  readonly #pending: { readonly number: number; readonly variable: Variable }[] = [];

  constructor(cfg: Cfg, webs: Webs, replacements: Replacements) {
    this.#fn = cfg.fn;
    this.#cfg = cfg;
    this.#webs = webs;
    this.#replacements = replacements;
    this.#atStart = cfg.order.map(() => new Map<Variable, Value>());
    this.#atEnd = cfg.order.map(() => new Map<Variable, Value>());
    for (let web = 0; web < webs.count; web += 1) {
      this.#first.push(this.#types.length);
      for (const { type } of webs.fieldsOf(web)) this.#types.push(type);
    }
  }

  /** Removes the instructions that make and use the objects; says in the replacements what loads give. */
  run(): void {
    this.#cfg.order.forEach((block, number) => this.#assign(block, number));
    this.#cfg.order.forEach((block, number) => this.#read(block, number));
    // Passing arguments may ask for more parameters.
    for (let next = 0; next < this.#pending.length; next += 1) {
      const made = this.#pending[next];
      if (made !== undefined) this.#passArguments(made.number, made.variable);
    }
  }

  /** Replaces `new` by the first values of its fields, and notes what each variable is at the end of the block. */
  #assign(block: Block, number: number): void {
    const atEnd = this.#atEnd[number];
    if (atEnd === undefined) return;
    block.insts = block.insts.flatMap((inst) => {
      const web = this.#webs.webOf(inst.op === "new" ? inst.results[0] : undefined);
      if (web >= 0) return this.#firstValues(inst, web, atEnd);
      const variable = this.#variableOf(inst);
      const [, stored] = inst.args;
      if (variable >= 0 && stored !== undefined) atEnd.set(variable, stored);
      return [inst];
    });
  }

  /** Constants for the fields of a new object. */
  #firstValues(inst: Inst, web: number, atEnd: Map<Variable, Value>): Inst[] {
    const { typeId } = objectOf(inst.imm);
    return this.#webs.fieldsOf(web).flatMap(({ offset, type }, index) => {
      const value = createValue(this.#fn, type);
      const variable = (this.#first[web] ?? 0) + index;
      const made = this.#constant(type, { ...inst, results: [value] });
      if (offset === 0 && made[0] !== undefined) made[0].imm = BigInt.asIntN(32, BigInt(typeId));
      atEnd.set(variable, value);
      this.#startOf.set(value, variable);
      return made;
    });
  }

  /** Zero of a type, as the result of the instruction. */
  #constant(type: MirType, inst: Inst): Inst[] {
    const constant: Inst = { ...inst, args: [], targets: [], type: null, imm: null };
    if (type === "ref") return [{ ...constant, op: "nil" }];
    if (type === "f32" || type === "f64") return [{ ...constant, op: "fconst", type, imm: 0 }];
    if (type !== "any") return [{ ...constant, op: "iconst", type, imm: 0n }];
    const bits = createValue(this.#fn, "i64");
    return [
      { ...constant, op: "iconst", type: "i64", imm: 0n, results: [bits] },
      { ...constant, op: "bits_any", args: [bits] },
    ];
  }

  /** The variable that a load or store accesses, or -1. */
  #variableOf(inst: Inst): Variable {
    const access = accessOf(inst);
    const web = access === undefined ? -1 : this.#webs.webOf(inst.args[0]);
    if (web < 0 || access === undefined) return -1;
    const index = this.#webs.fieldsOf(web).findIndex(({ offset }) => offset === access.offset);
    return (this.#first[web] ?? 0) + index;
  }

  #read(block: Block, number: number): void {
    const current = new Map<Variable, Value>();
    block.insts = block.insts.flatMap((inst) => {
      const [result] = inst.results;
      const started = result === undefined ? undefined : this.#startOf.get(result);
      if (started !== undefined && result !== undefined) current.set(started, result);
      if (inst.op === "ref_eq") this.#compare(inst);
      const variable = this.#variableOf(inst);
      if (variable < 0) return [inst];
      const [, stored] = inst.args;
      if (stored !== undefined) {
        current.set(variable, stored);
        return [];
      }
      const value = current.get(variable) ?? this.#valueAtStart(number, variable);
      return this.#replaceLoad(inst, value);
    });
  }

  /** What a load gives, given the value last stored: of a narrow one the low bits, extended. */
  #replaceLoad(load: Inst, value: Value): Inst[] {
    if (load.op === "load8_s" || load.op === "load16_s") {
      const op = load.op === "load8_s" ? "sext8" : "sext16";
      return [{ ...load, op, type: "i32", args: [value], imm: null }];
    }
    if (load.op === "load8_u" || load.op === "load16_u") {
      const mask = createValue(this.#fn, "i32");
      const imm = load.op === "load8_u" ? 0xffn : 0xffffn;
      return [
        { ...load, op: "iconst", type: "i32", args: [], imm, results: [mask] },
        { ...load, op: "band", type: "i32", args: [value, mask], imm: null },
      ];
    }
    const [result] = load.results;
    if (result !== undefined) this.#replacements[result] = value;
    return [];
  }

  /** A replaced object is the same as itself only: whatever else is compared with it is another one, or nil. */
  #compare(inst: Inst): void {
    const [left, right] = inst.args;
    if (this.#webs.webOf(left) < 0 && this.#webs.webOf(right) < 0) return;
    inst.op = "iconst";
    inst.type = "i32";
    inst.imm = left === right ? 1n : 0n;
    inst.args = [];
  }

  #valueAtEnd(number: number, variable: Variable): Value {
    return this.#atEnd[number]?.get(variable) ?? this.#valueAtStart(number, variable);
  }

  /** The value of a variable at the start of a block. Long chains of blocks are walked, not recursed into. */
  #valueAtStart(number: number, variable: Variable): Value {
    const chain: number[] = [];
    let value: Value | undefined;
    for (let at = number; value === undefined;) {
      value = this.#atStart[at]?.get(variable);
      if (value !== undefined) break;
      chain.push(at);
      const predecessors = this.#cfg.predecessors[at] ?? [];
      const [only] = predecessors;
      if (predecessors.length !== 1 || only === undefined) {
        value = this.#parameter(at, variable);
        break;
      }
      value = this.#atEnd[only]?.get(variable);
      at = only;
    }
    for (const block of chain) this.#atStart[block]?.set(variable, value);
    return value;
  }

  /** A new parameter; its arguments are passed later, as they may depend on it. */
  #parameter(number: number, variable: Variable): Value {
    const block = this.#cfg.order[number];
    const type = this.#types[variable];
    if (block === undefined || type === undefined || number === 0) {
      throw new Error(`${this.#fn.symbol}: a field is read before its object is made`);
    }
    const param = createValue(this.#fn, type);
    block.params = [...block.params, param];
    this.#pending.push({ number, variable });
    return param;
  }

  #passArguments(number: number, variable: Variable): void {
    const block = this.#cfg.order[number];
    for (const from of new Set(this.#cfg.predecessors[number])) {
      const value = this.#valueAtEnd(from, variable);
      for (const target of terminatorOf(blockAt(this.#cfg, from)).targets) {
        if (target.block === block?.id) target.args = [...target.args, value];
      }
    }
  }
}
