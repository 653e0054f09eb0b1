// Which values are computed on the wasm stack inside the instruction that uses them, and which need a local.
//
// A value with one use in its own block is nested in its user if nothing observable changes places: pure operations go
// anywhere; loads do not pass writes and calls; traps pass neither those nor other traps; calls and traps keep their order.
import { blockAt, type Cfg } from "../../analysis/index.ts";
import {
  isIndex,
  opcodeSpec,
  type Block,
  type Inst,
  type Opcode,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** How a value reaches its uses. */
export const shapes = {
  /** Through a wasm local. */
  local: 0,
  /** Computed in place by its only user. */
  nested: 1,
  /** A constant, computed at every use. */
  constant: 2,
  /** Never computed. */
  dead: 3,
} as const;

/** All by value. */
export interface Trees {
  readonly shape: Uint8Array;
  readonly useCount: Int32Array;
  /** The defining instruction; undefined for block parameters. */
  readonly definition: (Inst | undefined)[];
  /** Rpo number of the defining block; -1 if it is not reachable. */
  readonly definedIn: Int32Array;
}

const pure = 0;
const reads = 1;
const traps = 2;
const writes = 3;

/** Nested instructions are emitted by recursion, which this bounds. */
const maxDepth = 100;

/** The order-keeping class of an instruction. */
function effectClass(inst: Inst, definition: readonly (Inst | undefined)[]): number {
  const effects = opcodeSpec(inst.op).effects;
  if (effects === undefined) return pure;
  if (effects.writes === true || effects.calls === true) return writes;
  if (effects.allocates === true) return writes;
  if (effects.traps !== true) return reads;
  if (isIndex(inst.op)) return traps;
  const divisor = definition[inst.args[1] ?? -1];
  return divisor?.op === "iconst" && divisor.imm !== 0n ? pure : traps;
}

export function isConstant(op: Opcode): boolean {
  return op === "iconst" || op === "fconst" || op === "symbol_addr" || op === "slot_index";
}

/** Whether a signed division must check for MIN / -1: neither operand is a constant that excludes it. */
export function needsOverflowCheck(inst: Inst, trees: Trees): boolean {
  if (inst.op !== "sdiv") return false;
  const [dividend, divisor] = inst.args;
  if (dividend === undefined || divisor === undefined) return false;
  if (trees.definition[divisor]?.op === "iconst") return false;
  const least = inst.type === "i32" ? -0x8000_0000n : -0x8000_0000_0000_0000n;
  const definition = trees.definition[dividend];
  return definition?.op !== "iconst" || definition.imm === least;
}

/** Whether the code of an instruction has its operands in two places, so that they must be locals or constants. */
function namesOperandsTwice(inst: Inst, trees: Trees): boolean {
  if (inst.op === "f64_bits" || inst.op === "f32_bits" || isIndex(inst.op)) return true;
  return inst.op === "sdiv" && needsOverflowCheck(inst, trees);
}

export function computeTrees(cfg: Cfg): Trees {
  const trees = collectDefinitions(cfg);
  countLiveUses(cfg, trees);
  markDead(trees);
  const nesting = new Nesting(cfg, trees);
  cfg.order.forEach((block, number) => nesting.nestBlock(block, number));
  return trees;
}

function collectDefinitions(cfg: Cfg): Trees {
  const count = cfg.fn.valueTypes.length;
  const shape = new Uint8Array(count);
  const definition = Array.from<Inst | undefined>({ length: count });
  const definedIn = new Int32Array(count).fill(-1);
  cfg.order.forEach((block, number) => {
    for (const param of block.params) definedIn[param] = number;
    for (const inst of block.insts) {
      for (const result of inst.results) {
        definition[result] = inst;
        definedIn[result] = number;
        if (isConstant(inst.op)) shape[result] = shapes.constant;
      }
    }
  });
  return { shape, useCount: new Int32Array(count), definition, definedIn };
}

/** Whether an instruction only computes its one result, so that it goes if nothing uses that. */
function isRemovable(inst: Inst, trees: Trees): boolean {
  return inst.results.length === 1 && effectClass(inst, trees.definition) <= reads;
}

/** Counts the uses by what has effects, and by what they use in turn. */
function countLiveUses(cfg: Cfg, trees: Trees): void {
  const { useCount, definition, definedIn } = trees;
  const incoming: Target[][] = cfg.order.map(() => []);
  const places = new Int32Array(useCount.length);
  const work: Value[] = [];
  const use = (value: Value | undefined): void => {
    if (value === undefined) return;
    const uses = useCount[value] ?? 0;
    useCount[value] = uses + 1;
    if (uses === 0) work.push(value);
  };
  for (const block of cfg.order) {
    block.params.forEach((param, place) => (places[param] = place));
    for (const inst of block.insts) {
      for (const target of inst.targets) incoming[cfg.numberOf[target.block] ?? 0]?.push(target);
      if (!isRemovable(inst, trees)) for (const arg of inst.args) use(arg);
    }
  }
  for (let value = work.pop(); value !== undefined; value = work.pop()) {
    const inst = definition[value];
    if (inst === undefined) {
      const place = places[value] ?? 0;
      for (const target of incoming[definedIn[value] ?? 0] ?? []) use(target.args[place]);
    } else if (isRemovable(inst, trees)) {
      for (const arg of inst.args) use(arg);
    }
  }
}

function markDead(trees: Trees): void {
  const { useCount, definition, shape } = trees;
  for (let value = 0; value < shape.length; value += 1) {
    if (useCount[value] !== 0 || shape[value] !== shapes.local) continue;
    const inst = definition[value];
    if (inst === undefined || isRemovable(inst, trees)) shape[value] = shapes.dead;
  }
}

/** Decides for one block after the other; the arrays are per block. */
class Nesting {
  readonly #cfg: Cfg;
  readonly #trees: Trees;
  readonly #blockOf: Int32Array;
  #block = 0;
  /** By instruction: how many instructions with effects stand before it. Typed arrays would take longer to make. */
  readonly #effectsBefore: number[] = [];
  /** By number of effect: the last one before it that writes; that writes or traps. */
  readonly #lastWrite: number[] = [];
  readonly #lastBarrier: number[] = [];
  /** By value: index of the defining instruction in its block. */
  readonly #indexOf: Int32Array;
  /** The first effect of the tree under construction; what was left behind it. */
  #cursor = 0;
  #skippedAny = false;
  #skippedTrap = false;

  constructor(cfg: Cfg, trees: Trees) {
    this.#cfg = cfg;
    this.#trees = trees;
    this.#blockOf = trees.definedIn;
    this.#indexOf = new Int32Array(trees.definedIn.length);
  }

  nestBlock(block: Block, number: number): void {
    this.#block = number;
    this.#numberEffects(block);
    const { shape } = this.#trees;
    for (let i = block.insts.length - 1; i >= 0; i -= 1) {
      const inst = block.insts[i];
      if (inst === undefined) continue;
      const result = inst.results[0];
      if (result !== undefined && shape[result] !== shapes.local) continue;
      this.#cursor = this.#effectsBefore[i] ?? 0;
      this.#skippedAny = false;
      this.#skippedTrap = false;
      if (inst.targets.length > 0) this.#nestEdges(inst);
      this.#nestOperands(inst, 1);
    }
  }

  #effectOf(inst: Inst): number {
    return effectClass(inst, this.#trees.definition);
  }

  #numberEffects(block: Block): void {
    const count = block.insts.length;
    let effects = 0;
    let write = -1;
    let barrier = -1;
    this.#lastWrite[0] = -1;
    this.#lastBarrier[0] = -1;
    for (let i = 0; i < count; i += 1) {
      const inst = block.insts[i];
      if (inst === undefined) continue;
      for (const result of inst.results) this.#indexOf[result] = i;
      this.#effectsBefore[i] = effects;
      const effect = this.#effectOf(inst);
      if (effect === pure) continue;
      if (effect === writes) write = effects;
      if (effect >= traps) barrier = effects;
      effects += 1;
      this.#lastWrite[effects] = write;
      this.#lastBarrier[effects] = barrier;
    }
  }

  /** Arguments of a jump are computed always; those of a branch only if it is taken, so they must be pure. */
  #nestEdges(inst: Inst): void {
    const { shape } = this.#trees;
    for (let t = inst.targets.length - 1; t >= 0; t -= 1) {
      const target = inst.targets[t];
      if (target === undefined) continue;
      const { params } = blockAt(this.#cfg, this.#cfg.numberOf[target.block] ?? -1);
      for (let i = target.args.length - 1; i >= 0; i -= 1) {
        const arg = target.args[i];
        // The argument of an unused parameter is not computed here; its use count speaks of other places.
        if (arg === undefined || shape[params[i] ?? -1] === shapes.dead) continue;
        this.#nest(arg, 1, inst.op !== "jump");
      }
    }
  }

  #nestOperands(inst: Inst, depth: number): void {
    const { args } = inst;
    if (inst.op === "select") {
      // wasm takes the condition last.
      for (const i of [0, 2, 1]) this.#nestOperand(args[i], depth);
      return;
    }
    if (inst.op === "call_table") {
      // wasm takes the number last.
      for (let i = args.length; i > 0; i -= 1) this.#nestOperand(args[i % args.length], depth);
      return;
    }
    if (namesOperandsTwice(inst, this.#trees)) return;
    for (let i = args.length - 1; i >= 0; i -= 1) this.#nestOperand(args[i], depth);
  }

  #nestOperand(value: Value | undefined, depth: number): void {
    if (value !== undefined) this.#nest(value, depth, false);
  }

  #nest(value: Value, depth: number, onlyPure: boolean): void {
    const { shape, useCount, definition } = this.#trees;
    if (useCount[value] !== 1 || shape[value] !== shapes.local) return;
    if (this.#blockOf[value] !== this.#block || depth > maxDepth) return;
    const inst = definition[value];
    if (inst === undefined || inst.results.length !== 1) return;
    const effect = this.#effectOf(inst);
    if (effect !== pure && (onlyPure || !this.#admit(effect, this.#indexOf[value] ?? 0))) return;
    shape[value] = shapes.nested;
    if (!onlyPure) this.#nestOperands(inst, depth + 1);
    else for (const arg of inst.args) this.#nest(arg, depth + 1, true);
  }

  /** Whether an instruction with effects may move down to the front of the tree; if so it becomes the front. */
  #admit(effect: number, index: number): boolean {
    const place = this.#effectsBefore[index] ?? 0;
    const cursor = this.#cursor;
    if (place >= cursor) return false;
    const lastBarrier = this.#lastBarrier[cursor] ?? -1;
    if (effect === writes) {
      if (place !== cursor - 1 || this.#skippedAny) return false;
    } else if (effect === traps) {
      if (lastBarrier !== place || this.#skippedTrap) return false;
    } else if ((this.#lastWrite[cursor] ?? -1) >= place) {
      return false;
    }
    if (place < cursor - 1) this.#skippedAny = true;
    if (lastBarrier > place) this.#skippedTrap = true;
    this.#cursor = place;
    return true;
  }
}
