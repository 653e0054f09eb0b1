// The moves of block arguments into parameters on an edge, as a parallel copy.
import { blockAt, type Cfg } from "../../analysis/index.ts";
import type { Inst, Target, Value } from "../../ir/mir/index.ts";
import type { Code } from "./code.ts";
import type { ExpressionEmitter } from "./expression.ts";
import { shapes, type Trees } from "./trees.ts";

interface Move {
  readonly from: Value;
  readonly to: number;
}

/** Emits edges of one function. */
export class MoveEmitter {
  readonly #cfg: Cfg;
  readonly #code: Code;
  readonly #trees: Trees;
  readonly #local: Int32Array;
  readonly #expressions: ExpressionEmitter;
  /** By local: the number of the edge whose later moves read it. */
  readonly #readBy: Int32Array;
  #edge = 0;

  constructor(cfg: Cfg, code: Code, expressions: ExpressionEmitter, context: MoveContext) {
    this.#cfg = cfg;
    this.#code = code;
    this.#expressions = expressions;
    this.#trees = context.trees;
    this.#local = context.local;
    this.#readBy = new Int32Array(context.localCount);
  }

  /** Whether an edge moves anything. */
  needed(target: Target): boolean {
    if (target.args.length === 0) return false;
    return this.#moves(target).length > 0;
  }

  /**
   * Evaluates the arguments in order. A parameter's local is set at once unless a later argument reads it; the others
   * wait on the wasm stack, which makes cycles harmless.
   */
  emit(target: Target): void {
    if (target.args.length === 0) return;
    const moves = this.#moves(target);
    this.#edge += 1;
    const waits = new Uint8Array(moves.length);
    for (let i = moves.length - 1; i >= 0; i -= 1) {
      const move = moves[i];
      if (move === undefined) continue;
      if (this.#readBy[move.to] === this.#edge) waits[i] = 1;
      this.#markReads(move.from);
    }
    const waiting: number[] = [];
    moves.forEach((move, i) => {
      this.#expressions.value(move.from);
      if (waits[i] === 1) waiting.push(move.to);
      else this.#code.localSet(move.to);
    });
    for (let to = waiting.pop(); to !== undefined; to = waiting.pop()) this.#code.localSet(to);
  }

  /** Arguments that are not in their parameter's local already; unused parameters get none. */
  #moves(target: Target): Move[] {
    const { params } = blockAt(this.#cfg, this.#cfg.numberOf[target.block] ?? -1);
    const moves: Move[] = [];
    target.args.forEach((from, i) => {
      const param = params[i];
      if (param === undefined || this.#trees.shape[param] === shapes.dead) return;
      const to = this.#local[param] ?? -1;
      const inPlace = this.#trees.shape[from] === shapes.local && this.#local[from] === to;
      if (!inPlace) moves.push({ from, to });
    });
    return moves;
  }

  #markReads(value: Value): void {
    const shape = this.#trees.shape[value];
    if (shape === shapes.constant) return;
    const inst: Inst | undefined = this.#trees.definition[value];
    if (shape === shapes.nested && inst !== undefined) {
      for (const arg of inst.args) this.#markReads(arg);
      return;
    }
    const local = this.#local[value] ?? -1;
    if (local >= 0) this.#readBy[local] = this.#edge;
  }
}

export interface MoveContext {
  readonly trees: Trees;
  readonly local: Int32Array;
  /** Parameters included. */
  readonly localCount: number;
}
