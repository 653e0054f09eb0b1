// One forward sweep over a function in which each instruction may be changed, replaced by a value, or get new
// instructions put before it.
import {
  createReplacements,
  definingInsts,
  integerConstant,
  replaceIn,
  replaceUses,
  resolve,
  type Replacements,
} from "../analysis/index.ts";
import {
  createValue,
  typeOf,
  type Block,
  type Immediate,
  type Inst,
  type MirFunction,
  type MirType,
  type Opcode,
  type Value,
} from "../ir/mir/index.ts";

/** The instruction stays as it is. */
export const unchanged = -1;
/** The instruction was rewritten in place; other rules may now apply. */
export const rewritten = -2;

/** A value that stands for the instruction's only result, `unchanged` or `rewritten`. */
export type Outcome = Value | typeof unchanged | typeof rewritten;

export type Rule = (inst: Inst, rewriter: Rewriter) => Outcome;

/** As `Rule`; undefined is `unchanged`. */
export type Visitor = (inst: Inst, rewriter: Rewriter) => Outcome | undefined;

/** By opcode: the rule for it. */
export type RuleTable = ReadonlyMap<string, Rule>;

export function ruleTable(rules: Readonly<Partial<Record<Opcode, Rule>>>): RuleTable {
  return new Map(Object.entries(rules));
}

/** Rules rewrite toward simpler forms, so a chain is short; the limit turns a cycle into an error. */
const longestRewriteChain = 64;

export class Rewriter {
  readonly fn: MirFunction;
  readonly definitions: (Inst | undefined)[];
  readonly #replacements: Replacements;
  #output: Inst[] | null = null;
  #block: Block;
  #position = 0;
  #current: Inst | undefined;
  #changed = false;
  #replaced = false;

  constructor(fn: MirFunction, definitions: (Inst | undefined)[] = definingInsts(fn)) {
    this.fn = fn;
    this.definitions = definitions;
    this.#replacements = createReplacements(fn);
    const [entry] = fn.blocks;
    if (entry === undefined) throw new Error(`${fn.symbol} has no blocks`);
    this.#block = entry;
  }

  /** Applies the rules of each instruction's opcode until none applies. Blocks should come in dominance order. */
  sweep(blocks: readonly Block[], rules: RuleTable): boolean {
    return this.sweepOnce(blocks, (inst) => this.#applyRules(inst, rules));
  }

  /** Shows each instruction to a function once, which may say what becomes of it. */
  sweepOnce(blocks: readonly Block[], apply: Visitor): boolean {
    for (const block of blocks) this.#sweepBlock(block, apply);
    if (this.#replaced) replaceUses(this.fn, this.#replacements);
    return this.#changed;
  }

  #sweepBlock(block: Block, apply: Visitor): void {
    const insts = block.insts;
    this.#block = block;
    this.#output = null;
    for (let i = 0; i < insts.length; i += 1) {
      const inst = insts[i];
      if (inst === undefined) break;
      this.#position = i;
      if (this.#replaced) {
        replaceIn(inst.args, this.#replacements);
        for (const target of inst.targets) replaceIn(target.args, this.#replacements);
      }
      this.#current = inst;
      const result = apply(inst, this) ?? unchanged;
      if (result !== unchanged) this.#changed = true;
      if (result >= 0) {
        this.#drop(inst, result as Value);
        this.#output ??= insts.slice(0, i);
      } else {
        this.#output?.push(inst);
      }
    }
    if (this.#output !== null) block.insts = this.#output;
  }

  #applyRules(inst: Inst, rules: RuleTable): Outcome {
    let last: Outcome = unchanged;
    for (let count = 0; count < longestRewriteChain; count += 1) {
      const outcome = rules.get(inst.op)?.(inst, this) ?? unchanged;
      if (outcome === unchanged) return last;
      if (outcome !== rewritten) return outcome;
      last = rewritten;
    }
    throw new Error(`${this.fn.symbol}: rewrite rules do not end at ${inst.op}`);
  }

  #drop(inst: Inst, replacement: Value): void {
    const [result] = inst.results;
    if (result === undefined) throw new Error(`${inst.op} has no result to replace`);
    this.#replacements[result] = replacement;
    this.#replaced = true;
  }

  /** The instruction that defines a value, if it is not a block parameter. */
  definition(value: Value): Inst | undefined {
    return this.definitions[value];
  }

  /** The value's current stand-in. */
  resolve(value: Value): Value {
    return this.#replaced ? resolve(value, this.#replacements) : value;
  }

  typeOf(value: Value): MirType {
    return typeOf(this.fn, value);
  }

  /** The value of an integer constant, or undefined. */
  int(value: Value | undefined): bigint | undefined {
    return value === undefined ? undefined : integerConstant(this.definitions, value);
  }

  /** The value of a float constant that is not a NaN with a payload, or undefined. */
  float(value: Value | undefined): number | undefined {
    const inst = value === undefined ? undefined : this.definitions[value];
    return inst?.op === "fconst" && typeof inst.imm === "number" ? inst.imm : undefined;
  }

  /** Puts an instruction before the current one, at its location. */
  emit(
    op: Opcode,
    type: MirType | null,
    args: Value[],
    more: { imm?: Immediate; result?: MirType } = {},
  ): Value {
    const resultType = more.result ?? type;
    if (resultType === null) throw new Error(`${op} needs a result type`);
    const value = createValue(this.fn, resultType);
    const inst: Inst = {
      op,
      type,
      args,
      imm: more.imm ?? null,
      targets: [],
      results: [value],
      location: this.#current?.location ?? -1,
    };
    this.definitions[value] = inst;
    this.#output ??= this.#block.insts.slice(0, this.#position);
    this.#output.push(inst);
    return value;
  }

  /** An integer constant before the current instruction; wraps to the type. */
  iconst(type: MirType, value: bigint): Value {
    return this.emit("iconst", type, [], { imm: wrap(type, value) });
  }

  fconst(type: MirType, value: number): Value {
    return this.emit("fconst", type, [], { imm: value });
  }
}

/** The canonical signed value of an integer type. */
export function wrap(type: MirType, value: bigint): bigint {
  return type === "i64" ? BigInt.asIntN(64, value) : BigInt.asIntN(32, value);
}

/** The unsigned reading of a canonical value. */
export function unsigned(type: MirType, value: bigint): bigint {
  return type === "i64" ? BigInt.asUintN(64, value) : BigInt.asUintN(32, value);
}

export function bitWidth(type: MirType): bigint {
  return type === "i64" || type === "f64" ? 64n : 32n;
}

/** Rewrites an instruction in place, keeping its results and location. */
export function become(
  inst: Inst,
  op: Opcode,
  args: Value[],
  imm: Immediate = null,
): typeof rewritten {
  inst.op = op;
  inst.args = args;
  inst.imm = imm;
  return rewritten;
}

/** `become` with another controlling type. */
export function becomeTyped(
  inst: Inst,
  op: Opcode,
  type: MirType | null,
  args: Value[],
): typeof rewritten {
  inst.type = type;
  return become(inst, op, args);
}

/** Turns an instruction into an integer constant of its result type. */
export function becomeInt(inst: Inst, type: MirType, value: bigint): typeof rewritten {
  inst.type = type;
  return become(inst, "iconst", [], wrap(type, value));
}

/** Turns an instruction into a float constant. */
export function becomeFloat(inst: Inst, type: MirType, value: number): typeof rewritten {
  inst.type = type;
  return become(inst, "fconst", [], value);
}
