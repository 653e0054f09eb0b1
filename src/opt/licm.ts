// Loop-invariant code motion: moves computations whose operands do not change in a loop in front of it. Constants stay:
// they cost nothing where they are used, and a value live across the loop costs a register.
//
// A load moves if nothing in the loop may write what it reads, and if its address is good in front of the loop too. An
// object's field can be read in any case, even of nil: the first page of memory is there. But what is read too early may
// be nonsense, so it is no object to read from in turn. That is remembered for one run only: a list has `licm` once.
import {
  allocatesObject,
  callsCode,
  computeCfg,
  computeDominators,
  computeLoops,
  definingInsts,
  endsBlock,
  instEffects,
  isLoad,
  readPart,
  trapsMaybe,
  WrittenParts,
  writesMemory,
  type Cfg,
  type Loop,
  type LoopForest,
} from "../analysis/index.ts";
import {
  createBlock,
  createValue,
  terminatorOf,
  typeOf,
  type Block,
  type Inst,
  type MirFunction,
  type Value,
} from "../ir/mir/index.ts";

/** No loop holds the value's definition. */
const outside = -1;

class Hoister {
  readonly #fn: MirFunction;
  readonly #cfg: Cfg;
  readonly #forest: LoopForest;
  readonly #definitions: (Inst | undefined)[];
  /** By value: index of the innermost loop that holds the definition, or `outside`. */
  readonly #home: number[];
  /** By rpo number of a loop header: the preheader that was made for it. */
  readonly #preheaders = new Map<number, Block>();
  /** What was loaded where it may not have been before, and what is computed from it. */
  readonly #early = new Set<Value>();
  changed = false;

  constructor(fn: MirFunction, cfg: Cfg, forest: LoopForest) {
    this.#fn = fn;
    this.#cfg = cfg;
    this.#forest = forest;
    this.#definitions = definingInsts(fn);
    this.#home = fn.valueTypes.map(() => outside);
    for (const [number, block] of cfg.order.entries()) {
      const loop = forest.innermost[number] ?? outside;
      for (const param of block.params) this.#home[param] = loop;
      for (const inst of block.insts) for (const result of inst.results) this.#home[result] = loop;
    }
  }

  /** Hoists out of one loop. Inner loops come first, so that what leaves them may leave this one too. */
  run(loop: Loop): void {
    const written = this.#writtenIn(loop);
    const hoisted: Inst[] = [];
    for (const number of loop.blocks) {
      const made = this.#preheaders.get(number);
      if (made !== undefined) this.#takeFrom(made, { loop, written, hoisted, first: false });
      const block = this.#cfg.order[number];
      const first = number === loop.header;
      if (block !== undefined) this.#takeFrom(block, { loop, written, hoisted, first });
    }
    if (hoisted.length === 0) return;
    this.changed = true;
    const preheader = this.#preheader(loop);
    preheader.insts.splice(preheader.insts.length - 1, 0, ...hoisted);
  }

  /** Takes what can be hoisted out of a block; `first` is for the header. */
  #takeFrom(
    block: Block,
    {
      loop,
      written,
      hoisted,
      first,
    }: { loop: Loop; written: WrittenParts; hoisted: Inst[]; first: boolean },
  ): void {
    // The header runs at least once; up to its first effect its traps come first too.
    let certain = first;
    const kept: Inst[] = [];
    for (const inst of block.insts) {
      const effects = instEffects(inst, this.#definitions);
      if (
        this.#isMovable(inst, { effects, written, certain }) &&
        this.#isInvariant(inst, loop.index)
      ) {
        this.#takeConstants(inst, loop, hoisted);
        hoisted.push(inst);
        const early = (!certain && isLoad(inst)) || inst.args.some((arg) => this.#early.has(arg));
        if (early) for (const result of inst.results) this.#early.add(result);
        for (const result of inst.results) this.#home[result] = loop.parent;
      } else {
        kept.push(inst);
        if ((effects & (writesMemory | callsCode | trapsMaybe)) !== 0) certain = false;
      }
    }
    if (kept.length < block.insts.length) block.insts = kept;
  }

  #writtenIn(loop: Loop): WrittenParts {
    const written = new WrittenParts();
    for (const number of loop.blocks) {
      const block = this.#cfg.order[number];
      if (block !== undefined) written.add(this.#fn, block.insts);
    }
    return written;
  }

  #isMovable(
    inst: Inst,
    { effects, written, certain }: { effects: number; written: WrittenParts; certain: boolean },
  ): boolean {
    if ((effects & (writesMemory | callsCode | endsBlock | allocatesObject)) !== 0) return false;
    // A safepoint is there for each time round.
    if (inst.results.length === 0) return false;
    const part = readPart(this.#fn, inst);
    if (part !== undefined) return !written.meets(part) && (certain || this.#isSafe(inst));
    if ((effects & trapsMaybe) !== 0 && !certain) return false;
    // The loop may check that an object is there before it asks something of it.
    if (inst.op === "call_pure" && !certain && this.#takesReferences(inst)) return false;
    return !isConstant(inst);
  }

  /** Whether a load does no harm in front of the loop even if the loop would not come to it. */
  #isSafe(inst: Inst): boolean {
    const [address] = inst.args;
    if (address === undefined || !isLoad(inst)) return false;
    const definition = this.#definitions[address];
    if (typeOf(this.#fn, address) !== "ref") return definition?.op === "symbol_addr";
    // What comes out of an `any` is a reference only where the program has looked.
    return definition?.op !== "addr_ref" && !this.#early.has(address);
  }

  #takesReferences(inst: Inst): boolean {
    return inst.args.some((arg) => {
      const type = typeOf(this.#fn, arg);
      return type === "ref" || type === "any";
    });
  }

  #isInvariant(inst: Inst, loop: number): boolean {
    return inst.args.every((arg) => {
      const definition = this.#definitions[arg];
      if (definition !== undefined && isConstant(definition)) return true;
      return !this.#isInside(this.#home[arg] ?? outside, loop);
    });
  }

  #isInside(home: number, loop: number): boolean {
    let at = home;
    while (at > loop) at = this.#forest.loops[at]?.parent ?? outside;
    return at === loop;
  }

  /** Copies the constants that an instruction takes from inside the loop. */
  #takeConstants(inst: Inst, loop: Loop, hoisted: Inst[]): void {
    for (const [i, arg] of inst.args.entries()) {
      if (!this.#isInside(this.#home[arg] ?? outside, loop.index)) continue;
      const constant = this.#definitions[arg];
      if (constant === undefined) continue;
      const value = createValue(this.#fn, typeOf(this.#fn, arg));
      const clone: Inst = { ...constant, args: [], targets: [], results: [value] };
      this.#definitions[value] = clone;
      this.#home[value] = loop.parent;
      hoisted.push(clone);
      inst.args[i] = value;
    }
  }

  /** The block that all entries of the loop go through and that goes nowhere else, made if there is none. */
  #preheader(loop: Loop): Block {
    const header = this.#cfg.order[loop.header];
    if (header === undefined) throw new Error(`${this.#fn.symbol}: a loop has no header`);
    const entering = this.#enteringBlocks(loop, header);
    const [only] = entering;
    if (only !== undefined && entering.length === 1 && terminatorOf(only).op === "jump")
      return only;
    const types = header.params.map((param) => typeOf(this.#fn, param));
    const preheader = createBlock(this.#fn, types);
    for (const param of preheader.params) this.#home[param] = loop.parent;
    for (const block of entering) {
      for (const target of terminatorOf(block).targets) {
        if (target.block === header.id) target.block = preheader.id;
      }
    }
    preheader.insts.push({
      op: "jump",
      type: null,
      args: [],
      imm: null,
      targets: [{ block: header.id, args: [...preheader.params] }],
      results: [],
      location: -1,
    });
    this.#fn.blocks.splice(this.#fn.blocks.indexOf(header), 0, preheader);
    this.#preheaders.set(loop.header, preheader);
    return preheader;
  }

  /** The blocks outside the loop that branch to its header, preheaders made for inner loops included. */
  #enteringBlocks(loop: Loop, header: Block): Block[] {
    return this.#fn.blocks.filter((block) => {
      if (!terminatorOf(block).targets.some((target) => target.block === header.id)) return false;
      const number = this.#cfg.numberOf[block.id];
      return number === undefined || !loop.latches.includes(number);
    });
  }
}

function isConstant(inst: Inst): boolean {
  const { op } = inst;
  return (
    op === "iconst" ||
    op === "fconst" ||
    op === "symbol_addr" ||
    op === "slot_index" ||
    op === "nil"
  );
}

/** Moves loop-invariant computations out of loops; divisions that may trap only where they trap first anyway. */
export function licm(fn: MirFunction): boolean {
  const cfg = computeCfg(fn);
  const forest = computeLoops(cfg, computeDominators(cfg));
  if (forest.loops.length === 0 || !forest.reducible) return false;
  const hoister = new Hoister(fn, cfg, forest);
  for (const loop of forest.loops.toReversed()) hoister.run(loop);
  return hoister.changed;
}
