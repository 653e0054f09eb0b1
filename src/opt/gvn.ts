// Global value numbering: an instruction that computes what a dominating one has computed is replaced by its value.
// Loads count as equal while nothing may have written what they read between them.
import {
  allocatesObject,
  computeCfg,
  computeDominators,
  computeLoops,
  createReplacements,
  dominates,
  opcodeEffects,
  readPart,
  replaceIn,
  replaceUses,
  sideEffects,
  trapsMaybe,
  type DominatorTree,
  type Replacements,
} from "../analysis/index.ts";
import {
  opcodes,
  opcodeSpec,
  type Block,
  type Inst,
  type MirFunction,
  type Opcode,
} from "../ir/mir/index.ts";
import { MemoryStates } from "./memory-states.ts";

/** An instruction that later ones may equal. */
interface Entry {
  readonly inst: Inst;
  /** The rpo number of its block. */
  readonly block: number;
  /** The version of what it reads of memory; 0 if it reads none. */
  readonly memory: number;
  readonly next: Entry | undefined;
}

interface OpcodeNumber {
  readonly number: number;
  readonly commutes: boolean;
}

const opcodeNumbers: ReadonlyMap<string, OpcodeNumber> = new Map(
  (Object.keys(opcodes) as Opcode[]).map((opcode, number) => [
    opcode,
    { number, commutes: opcodeSpec(opcode).commutes === true },
  ]),
);

const typeNumbers = { i32: 1, i64: 2, f32: 3, f64: 4, ref: 5, any: 6 } as const;

function hashImmediate(imm: Inst["imm"]): number {
  if (imm === null) return 0;
  if (typeof imm === "bigint") return Number(BigInt.asIntN(31, imm ^ (imm >> 31n)));
  if (typeof imm === "number") return (imm * 31) | 0;
  let hash = imm.length;
  for (let i = 0; i < imm.length; i += 1) hash = (Math.imul(hash, 31) + imm.charCodeAt(i)) | 0;
  return hash;
}

/** Equal for equal instructions, also with the operands of a commutative operation exchanged. */
function hashInst(inst: Inst, memory: number): number {
  const opcode = opcodeNumbers.get(inst.op);
  let hash = Math.imul(opcode?.number ?? 0, 0x9e3779b1);
  hash = (hash + hashImmediate(inst.imm) + Math.imul(memory, 7919)) | 0;
  if (inst.type !== null) hash = (hash + typeNumbers[inst.type]) | 0;
  if (opcode?.commutes === true) {
    let sum = 0;
    for (const arg of inst.args) sum = (sum + Math.imul(arg + 1, 0x85ebca6b)) | 0;
    return Math.imul(hash ^ sum, 0xc2b2ae35);
  }
  for (const arg of inst.args) hash = Math.imul(hash ^ arg, 0x85ebca6b) ^ (hash >>> 15);
  return hash;
}

function sameImmediate(a: Inst["imm"], b: Inst["imm"]): boolean {
  // -0 and 0 are different constants, and NaN is one.
  return typeof a === "number" ? Object.is(a, b) : a === b;
}

function equalInsts(a: Inst, b: Inst): boolean {
  if (a.op !== b.op || a.type !== b.type || a.args.length !== b.args.length) return false;
  if (!sameImmediate(a.imm, b.imm)) return false;
  let same = true;
  for (let i = 0; i < a.args.length; i += 1) same &&= a.args[i] === b.args[i];
  if (same) return true;
  if (opcodeNumbers.get(a.op)?.commutes !== true) return false;
  return a.args[0] === b.args[1] && a.args[1] === b.args[0];
}

class ValueTable {
  readonly #entries = new Map<number, Entry>();
  readonly #tree: DominatorTree;

  constructor(tree: DominatorTree) {
    this.#tree = tree;
  }

  /** The dominating equal of an instruction, else undefined after the instruction is entered. */
  findOrAdd(inst: Inst, block: number, memory: number): Inst | undefined {
    const hash = hashInst(inst, memory);
    const first = this.#entries.get(hash);
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (entry.memory !== memory || !equalInsts(entry.inst, inst)) continue;
      if (dominates(this.#tree, entry.block, block)) return entry.inst;
    }
    this.#entries.set(hash, { inst, block, memory, next: first });
    return undefined;
  }
}

class Numbering {
  readonly #fn: MirFunction;
  readonly #table: ValueTable;
  readonly #memory: MemoryStates;
  readonly #replacements: Replacements;
  replaced = false;

  constructor(fn: MirFunction, tree: DominatorTree, memory: MemoryStates) {
    this.#fn = fn;
    this.#table = new ValueTable(tree);
    this.#memory = memory;
    this.#replacements = createReplacements(fn);
  }

  run(block: Block, number: number): void {
    this.#memory.enter(number);
    const duplicates: Inst[] = [];
    for (const inst of block.insts) {
      if (this.replaced) {
        replaceIn(inst.args, this.#replacements);
        for (const target of inst.targets) replaceIn(target.args, this.#replacements);
      }
      if (this.#visit(inst, number)) duplicates.push(inst);
    }
    this.#memory.leave(number);
    if (duplicates.length > 0) {
      const dropped = new Set(duplicates);
      block.insts = block.insts.filter((inst) => !dropped.has(inst));
    }
  }

  /** Replaces what was used before its block was visited. */
  finish(): void {
    if (this.replaced) replaceUses(this.#fn, this.#replacements);
  }

  /** Whether the instruction is a duplicate and was replaced. */
  #visit(inst: Inst, block: number): boolean {
    const effects = opcodeEffects(inst.op);
    this.#memory.pass(inst);
    if (inst.op === "store") this.#forward(inst, block);
    // An equal division before this one has trapped already if this one would.
    if (
      (effects & (sideEffects | allocatesObject) & ~trapsMaybe) !== 0 ||
      inst.results.length === 0
    )
      return false;
    const part = readPart(this.#fn, inst);
    const memory = part === undefined ? 0 : this.#memory.version(part);
    const equal = this.#table.findOrAdd(inst, block, memory);
    if (equal === undefined) return false;
    for (const [i, result] of inst.results.entries()) {
      const value = equal.results[i];
      if (value !== undefined) this.#replacements[result] = value;
    }
    this.replaced = true;
    return true;
  }

  /** Enters the load that would give what was just stored. */
  #forward(store: Inst, block: number): void {
    const [address, stored] = store.args;
    if (address === undefined || stored === undefined) return;
    const load: Inst = { ...store, op: "load", args: [address], results: [stored] };
    const part = readPart(this.#fn, load);
    if (part !== undefined) this.#table.findOrAdd(load, block, this.#memory.version(part));
  }
}

/** Removes computations that a dominating instruction has done. */
export function gvn(fn: MirFunction): boolean {
  const cfg = computeCfg(fn);
  const tree = computeDominators(cfg);
  const memory = new MemoryStates(cfg, computeLoops(cfg, tree));
  const numbering = new Numbering(fn, tree, memory);
  for (const [number, block] of cfg.order.entries()) numbering.run(block, number);
  numbering.finish();
  return numbering.replaced;
}
