// Fields that a loop reads each time round are carried in values: read once in front of the loop, and again behind calls
// that may have changed them; what the loop stores in them is known. So an append to an array finds its length in a
// register, not in memory that was written a moment ago. The stores stay. (Load-PRE over a loop.)
//
// Only in innermost loops, and only where every iteration has a way without such a call: otherwise nothing is gained.
import {
  allMemory,
  callsCode,
  computeCfg,
  computeDominators,
  computeLoops,
  createReplacements,
  definingInsts,
  dominates,
  loopContains,
  opcodeEffects,
  readPart,
  replaceUses,
  writtenParts,
  type Cfg,
  type Definitions,
  type DominatorTree,
  type Loop,
  type LoopForest,
  type MemoryPart,
  type Replacements,
} from "../analysis/index.ts";
import {
  createValue,
  terminatorOf,
  typeOf,
  type Block,
  type Inst,
  type MirFunction,
  type MirType,
  type Opcode,
  type Value,
} from "../ir/mir/index.ts";

/** More values carried round a loop cost more than the loads. */
const mostCarried = 6;

/** A field of one object. */
interface Field {
  readonly base: Value;
  readonly offset: Inst["imm"];
  readonly type: MirType;
  readonly part: MemoryPart;
}

class Carrier {
  readonly #fn: MirFunction;
  readonly #cfg: Cfg;
  readonly #tree: DominatorTree;
  readonly #forest: LoopForest;
  readonly #definitions: Definitions;
  /** By value: rpo number of the block that defines it. */
  readonly #home: number[] = [];
  readonly #replacements: Replacements;
  changed = false;

  constructor(cfg: Cfg, tree: DominatorTree, forest: LoopForest) {
    this.#fn = cfg.fn;
    this.#cfg = cfg;
    this.#tree = tree;
    this.#forest = forest;
    this.#definitions = definingInsts(cfg.fn);
    for (const [number, block] of cfg.order.entries()) {
      for (const param of block.params) this.#home[param] = number;
      for (const inst of block.insts)
        for (const result of inst.results) this.#home[result] = number;
    }
    this.#replacements = createReplacements(cfg.fn);
  }

  run(loop: Loop): void {
    const entering = this.#entering(loop);
    if (entering === null) return;
    const fields = this.#fields(loop).filter((field) => this.#isWorthIt(loop, field));
    for (const field of fields.slice(0, mostCarried)) this.#carry(loop, entering, field);
  }

  finish(): void {
    if (this.changed) replaceUses(this.#fn, this.#replacements);
  }

  /** The blocks in front of the loop, if they go nowhere else. */
  #entering(loop: Loop): Block[] | null {
    if (loop.header === 0) return null;
    const entering: Block[] = [];
    for (const number of this.#cfg.predecessors[loop.header] ?? []) {
      if (loop.latches.includes(number)) continue;
      const block = this.#cfg.order[number];
      if (block === undefined || terminatorOf(block).op !== "jump") return null;
      entering.push(block);
    }
    return entering;
  }

  /** The fields that the loop reads, of objects that are the same all the time. */
  #fields(loop: Loop): Field[] {
    const found = new Map<string, Field>();
    for (const inst of this.#instsOf(loop)) {
      const [base] = inst.args;
      if (inst.op !== "load" || inst.type === null || base === undefined) continue;
      const part = readPart(this.#fn, inst);
      if (part === undefined || !this.#isSafeBase(loop, base)) continue;
      const key = `${base} ${String(inst.imm)} ${inst.type}`;
      if (!found.has(key)) found.set(key, { base, offset: inst.imm, type: inst.type, part });
    }
    return [...found.values()];
  }

  *#instsOf(loop: Loop): Iterable<Inst> {
    for (const number of loop.blocks) yield* this.#cfg.order[number]?.insts ?? [];
  }

  /**
   * Whether a field may be read in front of the loop even if the loop would not come to it: the reference is one, or nil. What
   * was loaded or computed in front of a check may be nonsense, see `licm.ts`.
   */
  #isSafeBase(loop: Loop, base: Value): boolean {
    if (typeOf(this.#fn, base) !== "ref") return false;
    if (loopContains(this.#forest, loop.index, this.#home[base] ?? 0)) return false;
    const inst = this.#definitions[base];
    if (inst === undefined || makesReferences.has(inst.op)) return true;
    return inst.op === "load" && typeOf(this.#fn, inst.args[0] ?? base) === "i32";
  }

  /** Something writes the field: the loop's own stores to just this field, and calls that some iteration goes past. */
  #isWorthIt(loop: Loop, field: Field): boolean {
    let written = false;
    for (const number of loop.blocks) {
      for (const inst of this.#cfg.order[number]?.insts ?? []) {
        if (!this.#writes(inst, field)) continue;
        written = true;
        if (this.#isStoreTo(inst, field)) continue;
        const always = loop.latches.some((latch) => dominates(this.#tree, number, latch));
        if (always || (opcodeEffects(inst.op) & callsCode) === 0) return false;
      }
    }
    return written;
  }

  #writes(inst: Inst, { part }: Field): boolean {
    const parts = writtenParts(this.#fn, inst);
    return parts.includes(part) || parts.includes(allMemory);
  }

  #isStoreTo(inst: Inst, field: Field): boolean {
    return inst.op === "store" && this.#isAccess(inst, field);
  }

  #isAccess(inst: Inst, { base, offset, type }: Field): boolean {
    return inst.args[0] === base && inst.imm === offset && inst.type === type;
  }

  #carry(loop: Loop, entering: readonly Block[], field: Field): void {
    this.changed = true;
    const atEnd = new Map<number, Value>();
    let carried: Value | undefined;
    for (const number of loop.blocks) {
      const block = this.#cfg.order[number];
      if (block === undefined) continue;
      let start: Value;
      if (number === loop.header) {
        start = createValue(this.#fn, field.type);
        block.params.push(start);
        carried = start;
      } else start = this.#atStart(block, number, { atEnd, type: field.type });
      atEnd.set(number, this.#rewrite(block, start, field));
    }
    if (carried === undefined) throw new Error(`${this.#fn.symbol}: a loop has no header`);
    const header = this.#cfg.order[loop.header];
    for (const block of entering) {
      const load = this.#load(field, terminatorOf(block));
      block.insts.splice(-1, 0, load.inst);
      pass(block, header, load.value);
    }
    for (const latch of loop.latches) {
      const value = atEnd.get(latch);
      if (value !== undefined) pass(this.#cfg.order[latch], header, value);
    }
  }

  /** What the blocks in front of a block agree on, or a new parameter. */
  #atStart(
    block: Block,
    number: number,
    { atEnd, type }: { atEnd: ReadonlyMap<number, Value>; type: MirType },
  ): Value {
    const from = [...new Set(this.#cfg.predecessors[number])];
    const values = from.map((each) => atEnd.get(each));
    const [first] = values;
    if (first !== undefined && values.every((value) => value === first)) return first;
    const param = createValue(this.#fn, type);
    block.params.push(param);
    for (const [index, each] of from.entries()) {
      const value = values[index];
      if (value === undefined)
        throw new Error(`${this.#fn.symbol}: a loop is entered beside its header`);
      pass(this.#cfg.order[each], block, value);
    }
    return param;
  }

  /** Takes the loads of the field out of a block; what it is at the end. */
  #rewrite(block: Block, start: Value, field: Field): Value {
    let value = start;
    block.insts = block.insts.flatMap((inst): Inst[] => {
      if (inst.op === "load" && this.#isAccess(inst, field)) {
        const [result] = inst.results;
        if (result !== undefined) this.#replacements[result] = value;
        return [];
      }
      if (!this.#writes(inst, field)) return [inst];
      const stored = inst.args[1];
      if (this.#isStoreTo(inst, field) && stored !== undefined) {
        value = stored;
        return [inst];
      }
      const again = this.#load(field, inst);
      value = again.value;
      return [inst, again.inst];
    });
    return value;
  }

  #load({ base, offset, type }: Field, { location }: Inst): { inst: Inst; value: Value } {
    const value = createValue(this.#fn, type);
    const load = { op: "load", type, args: [base], imm: offset, targets: [], results: [value] };
    return { inst: { ...load, op: "load", location }, value };
  }
}

const makesReferences: ReadonlySet<Opcode> = new Set([
  "new",
  "nil",
  "call",
  "call_slot",
  "call_table",
  "call_host",
]);

/** Passes one more argument on every edge from a block to another. */
function pass(from: Block | undefined, to: Block | undefined, value: Value): void {
  if (from === undefined || to === undefined) return;
  for (const target of terminatorOf(from).targets) {
    if (target.block === to.id) target.args.push(value);
  }
}

/** Carries fields that innermost loops read and write in values. */
export function carryLoads(fn: MirFunction): boolean {
  const cfg = computeCfg(fn);
  const tree = computeDominators(cfg);
  const forest = computeLoops(cfg, tree);
  if (forest.loops.length === 0 || !forest.reducible) return false;
  const outer = new Set(forest.loops.map(({ parent }) => parent));
  const carrier = new Carrier(cfg, tree, forest);
  for (const loop of forest.loops) if (!outer.has(loop.index)) carrier.run(loop);
  carrier.finish();
  return carrier.changed;
}
