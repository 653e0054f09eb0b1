// Structured control flow: blocks in layout order, branches to labels, and falling through where nothing lies between.
//
// The work to do is a stack of steps, not recursion, so nesting depth is bounded by memory alone.
import { blockAt, type Cfg } from "../../analysis/index.ts";
import { wasmOpcodes as op } from "../../object/index.ts";
import { terminatorOf, type Inst, type Target } from "../../ir/mir/index.ts";
import type { Code } from "./code.ts";
import { trapNumber, type ExpressionEmitter } from "./expression.ts";
import type { Layout } from "./layout.ts";
import type { MoveEmitter } from "./moves.ts";
import type { ModuleScope } from "./scope.ts";
import { shapes, type Trees } from "./trees.ts";

type Step =
  | { readonly kind: "block"; readonly block: number }
  | { readonly kind: "edge"; readonly target: Target; readonly from: number }
  | { readonly kind: "end" }
  | { readonly kind: "else" };

const endStep: Step = { kind: "end" };
const elseStep: Step = { kind: "else" };

/** What control reaches by falling out of a construct: a block, or one of these. */
const functionEnd = -1;
const nothing = -2;

export interface ControlContext {
  readonly layout: Layout;
  readonly trees: Trees;
  readonly scope: ModuleScope;
  readonly local: Int32Array;
}

/** Emits the body of one function from its layout. */
export class ControlEmitter {
  readonly #cfg: Cfg;
  readonly #layout: Layout;
  readonly #trees: Trees;
  readonly #local: Int32Array;
  readonly #scope: ModuleScope;
  readonly #code: Code;
  readonly #expressions: ExpressionEmitter;
  readonly #moves: MoveEmitter;
  readonly #steps: Step[] = [];
  /** For each open construct: what falling out of it reaches. */
  readonly #follow: number[] = [];
  /** By block: nesting depth of the construct that a branch to it names; one for its label, one for its loop. */
  readonly #labelDepth: Int32Array;
  readonly #loopDepth: Int32Array;
  readonly #hasResults: boolean;
  /** Whether the code just emitted does not go on. */
  #stopped = false;

  constructor(
    code: Code,
    expressions: ExpressionEmitter,
    moves: MoveEmitter,
    context: ControlContext,
  ) {
    this.#code = code;
    this.#expressions = expressions;
    this.#moves = moves;
    this.#layout = context.layout;
    this.#cfg = context.layout.cfg;
    this.#trees = context.trees;
    this.#scope = context.scope;
    this.#local = context.local;
    const count = this.#cfg.order.length;
    this.#labelDepth = new Int32Array(count).fill(-1);
    this.#loopDepth = new Int32Array(count).fill(-1);
    this.#hasResults = this.#cfg.fn.signature.results.length > 0;
  }

  /** Emits all instructions, the function's `end` included. */
  run(): void {
    this.#steps.push({ kind: "block", block: 0 });
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      if (step.kind === "block") this.#block(step.block);
      else if (step.kind === "edge") this.#goTo(step.target, step.from);
      else if (step.kind === "end") this.#end();
      else this.#else();
    }
    if (this.#hasResults && !this.#stopped) this.#code.op(op.unreachable);
    this.#code.op(op.end);
  }

  #open(code: number, follow: number): void {
    this.#code.open(code);
    this.#follow.push(follow);
  }

  #end(): void {
    this.#code.op(op.end);
    this.#follow.pop();
    this.#stopped = false;
  }

  #else(): void {
    this.#code.op(op.else);
    this.#stopped = false;
  }

  get #reachedByFalling(): number {
    return this.#follow.at(-1) ?? functionEnd;
  }

  #block(number: number): void {
    const { inner, outer, isHeader } = this.#layout;
    this.#openLabels(outer[number]);
    if (isHeader[number] === 1) {
      this.#open(op.loop, this.#reachedByFalling);
      this.#loopDepth[number] = this.#follow.length;
      this.#steps.push(endStep);
    }
    this.#openLabels(inner[number]);
    const block = blockAt(this.#cfg, number);
    const last = block.insts.length - 1;
    for (let i = 0; i < last; i += 1) {
      const inst = block.insts[i];
      if (inst !== undefined) this.#statement(inst);
    }
    this.#terminator(terminatorOf(block), number);
  }

  /** Opens a `block` for each of the blocks that follow, the last one outermost. */
  #openLabels(blocks: readonly number[] | undefined): void {
    if (blocks === undefined) return;
    for (let i = blocks.length - 1; i >= 0; i -= 1) {
      const block = blocks[i] ?? 0;
      this.#open(op.block, block);
      this.#labelDepth[block] = this.#follow.length;
      this.#steps.push({ kind: "block", block }, endStep);
    }
  }

  /** An instruction that is not nested: its results go to their locals. */
  #statement(inst: Inst): void {
    const { results } = inst;
    const first = results[0];
    if (first !== undefined && this.#trees.shape[first] !== shapes.local) return;
    this.#expressions.inst(inst);
    for (let i = results.length - 1; i >= 0; i -= 1) {
      const result = results[i];
      const local = result === undefined ? -1 : (this.#local[result] ?? -1);
      if (local >= 0) this.#code.localSet(local);
      else this.#code.op(op.drop);
    }
  }

  #terminator(inst: Inst, from: number): void {
    this.#stopped = true;
    if (inst.op === "jump") for (const target of inst.targets) this.#goTo(target, from);
    else if (inst.op === "brif") this.#branch(inst, from);
    else if (inst.op === "br_table") this.#table(inst, from);
    else if (inst.op === "return") this.#return(inst);
    else if (inst.op === "trap") this.#trap(inst);
    else throw new Error(`${this.#cfg.fn.symbol}: ${inst.op} does not end a block`);
  }

  #return(inst: Inst): void {
    for (const arg of inst.args) this.#expressions.value(arg);
    if (!this.#isFunctionEnd()) this.#code.op(op.return);
  }

  /** Whether the function's own `end` comes next and returns what is on the stack. */
  #isFunctionEnd(): boolean {
    if (this.#hasResults) return this.#follow.length === 0 && this.#steps.length === 0;
    return this.#reachedByFalling === functionEnd;
  }

  #trap(inst: Inst): void {
    const code = typeof inst.imm === "string" ? trapNumber(inst.imm) : -1;
    this.#code.i32Const(code);
    this.#code.mark(inst.location, code);
    this.#code.opWith(op.call, this.#scope.hostIndex("rt_trap"));
    this.#code.op(op.unreachable);
  }

  #numberOf(target: Target): number {
    return this.#cfg.numberOf[target.block] ?? -1;
  }

  /** Whether the edge continues into a block that is emitted right there. */
  #isInline(target: Target, from: number): boolean {
    const to = this.#numberOf(target);
    return to > from && this.#layout.labelled[to] === 0;
  }

  /** Takes an edge always: moves, then the block itself, a branch or falling through. */
  #goTo(target: Target, from: number): void {
    this.#moves.emit(target);
    if (this.#isInline(target, from)) {
      this.#steps.push({ kind: "block", block: this.#numberOf(target) });
    } else if (!this.#isNext(target, from)) {
      this.#code.opWith(op.br, this.#depthOf(target, from));
    }
  }

  /** Whether a labelled target is reached by falling through. */
  #isNext(target: Target, from: number): boolean {
    const to = this.#numberOf(target);
    return to > from && to === this.#reachedByFalling;
  }

  /** Relative depth of the label of an edge. */
  #depthOf(target: Target, from: number): number {
    const to = this.#numberOf(target);
    const depth = (to <= from ? this.#loopDepth[to] : this.#labelDepth[to]) ?? -1;
    if (depth < 0) throw new Error(`${this.#cfg.fn.symbol}: block${target.block} has no label`);
    return this.#follow.length - depth;
  }

  #branch(inst: Inst, from: number): void {
    const [condition] = inst.args;
    const [then, otherwise] = inst.targets;
    if (condition === undefined || then === undefined || otherwise === undefined) return;
    const thenDirect = this.#isDirect(then, from);
    const otherwiseDirect = this.#isDirect(otherwise, from);
    if (otherwiseDirect && (!thenDirect || this.#isNext(then, from))) {
      this.#expressions.condition(condition, true);
      this.#code.opWith(op.br_if, this.#depthOf(otherwise, from));
      this.#goTo(then, from);
    } else if (thenDirect) {
      this.#expressions.condition(condition, false);
      this.#code.opWith(op.br_if, this.#depthOf(then, from));
      this.#goTo(otherwise, from);
    } else {
      this.#branchWithMoves(inst, from);
    }
  }

  /** Whether an edge is a branch to a label and nothing else. */
  #isDirect(target: Target, from: number): boolean {
    return !this.#isInline(target, from) && !this.#moves.needed(target);
  }

  /** Each side has code of its own: the next block, or moves. */
  #branchWithMoves(inst: Inst, from: number): void {
    const [condition] = inst.args;
    const [then, otherwise] = inst.targets;
    if (condition === undefined || then === undefined || otherwise === undefined) return;
    const thenInline = this.#isInline(then, from);
    const otherwiseInline = this.#isInline(otherwise, from);
    if (thenInline && otherwiseInline) {
      const inverted = !this.#isShort(then) && this.#isShort(otherwise);
      const [first, second] = inverted ? [otherwise, then] : [then, otherwise];
      this.#expressions.condition(condition, inverted);
      this.#bothInline(first, second, from);
      return;
    }
    const inverted = thenInline || (!otherwiseInline && this.#isNext(then, from));
    const [leaving, staying] = inverted ? [otherwise, then] : [then, otherwise];
    this.#expressions.condition(condition, inverted);
    this.#open(op.if, nothing);
    this.#moves.emit(leaving);
    this.#code.opWith(op.br, this.#depthOf(leaving, from));
    this.#end();
    this.#stopped = true;
    this.#goTo(staying, from);
  }

  /** `if first else second end`, or `if first end second` where the first one surely leaves. */
  #bothInline(first: Target, second: Target, from: number): void {
    if (this.#isShort(first)) {
      this.#open(op.if, nothing);
      this.#steps.push({ kind: "edge", target: second, from }, endStep);
    } else {
      this.#open(op.if, this.#reachedByFalling);
      this.#steps.push(endStep, { kind: "edge", target: second, from }, elseStep);
    }
    this.#steps.push({ kind: "edge", target: first, from });
  }

  /** Whether a block leaves the function itself. */
  #isShort(target: Target): boolean {
    return terminatorOf(blockAt(this.#cfg, this.#numberOf(target))).targets.length === 0;
  }

  /** Edges that move something go through a `block` each, whose end does the moves. */
  #table(inst: Inst, from: number): void {
    const [index] = inst.args;
    if (index === undefined) return;
    const moving = inst.targets.filter((target) => this.#moves.needed(target));
    moving.forEach(() => this.#open(op.block, nothing));
    const depths: number[] = [];
    let next = 0;
    for (const target of inst.targets) {
      if (target === moving[next]) {
        depths.push(next);
        next += 1;
      } else {
        depths.push(this.#depthOf(target, from));
      }
    }
    this.#expressions.value(index);
    this.#code.opWith(op.br_table, depths.length - 1);
    for (const depth of depths) this.#code.bytes.uleb(depth);
    for (const target of moving) {
      this.#end();
      this.#goTo(target, from);
    }
    this.#stopped = true;
  }
}
