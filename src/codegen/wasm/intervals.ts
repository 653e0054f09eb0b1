// When each value that needs a local is live, as one interval of positions in emission order.
//
// Every emitted block and every instruction that is not nested has a position. A value is live from its definition (for
// a parameter: the start of its block) to its last use; a use inside a loop that the definition is outside of counts at
// the end of that loop. A use and a definition at the same position do not overlap: operands are read first.
import { blockAt, type Cfg } from "../../analysis/index.ts";
import { type Inst, type Value } from "../../ir/mir/index.ts";
import { outermostLeft, type Layout } from "./layout.ts";
import { shapes, type Trees } from "./trees.ts";

export interface Intervals {
  /** By value: first position; -1 for a function parameter. Meaningless without a local. */
  readonly start: Int32Array;
  /** By value: position of the last use, or one past the start if there is none. */
  readonly end: Int32Array;
  /** Values that need a local, in ascending order of `start`. */
  readonly values: readonly Value[];
  /** One past the last position. */
  readonly length: number;
}

export function computeIntervals(layout: Layout, trees: Trees): Intervals {
  const walk = new IntervalWalk(layout, trees);
  walk.number();
  walk.run();
  return walk;
}

class IntervalWalk implements Intervals {
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly values: Value[] = [];
  length = 0;
  readonly #layout: Layout;
  readonly #cfg: Cfg;
  readonly #trees: Trees;
  /** By block: position of its start. */
  readonly #blockStart: Int32Array;
  /** By loop: one past the last position inside it. */
  readonly #loopEnd: Int32Array;

  constructor(layout: Layout, trees: Trees) {
    const count = trees.shape.length;
    this.start = new Int32Array(count).fill(-1);
    this.end = new Int32Array(count).fill(-1);
    this.#layout = layout;
    this.#cfg = layout.cfg;
    this.#trees = trees;
    this.#blockStart = new Int32Array(layout.cfg.order.length);
    this.#loopEnd = new Int32Array(layout.forest.loops.length);
  }

  /** Gives every block its first position and finds the ends of the loops. */
  number(): void {
    const { forest, order } = this.#layout;
    let position = 0;
    for (const number of order) {
      this.#blockStart[number] = position;
      position += 1 + blockAt(this.#cfg, number).insts.length;
      const loop = forest.innermost[number] ?? -1;
      if (loop >= 0) this.#loopEnd[loop] = position;
    }
    this.length = position + 1;
    for (let loop = forest.loops.length - 1; loop >= 0; loop -= 1) {
      const parent = forest.loops[loop]?.parent ?? -1;
      if (parent < 0) continue;
      this.#loopEnd[parent] = Math.max(this.#loopEnd[parent] ?? 0, this.#loopEnd[loop] ?? 0);
    }
  }

  run(): void {
    for (const number of this.#layout.order) {
      const block = blockAt(this.#cfg, number);
      let position = this.#blockStart[number] ?? 0;
      for (const param of block.params) this.#define(param, number === 0 ? -1 : position);
      for (const inst of block.insts) {
        position += 1;
        const result = inst.results[0];
        const shape = result === undefined ? shapes.local : this.#trees.shape[result];
        if (shape !== shapes.local) continue;
        this.#useOperands(inst, number, position);
        for (const target of inst.targets) this.#useEdge(target, number, position);
        for (const defined of inst.results) this.#define(defined, position);
      }
    }
  }

  #define(value: Value, position: number): void {
    if (this.#trees.shape[value] !== shapes.local || this.#trees.useCount[value] === 0) return;
    this.start[value] = position;
    // Written even if it is never read: nothing else defined here may share its local.
    this.end[value] = position + 1;
    this.values.push(value);
  }

  #useEdge(target: Inst["targets"][number], block: number, position: number): void {
    const { params } = blockAt(this.#cfg, this.#cfg.numberOf[target.block] ?? -1);
    target.args.forEach((arg, i) => {
      if (this.#trees.shape[params[i] ?? -1] !== shapes.dead) this.#use(arg, block, position);
    });
  }

  /** The locals that an instruction and what is nested in it read. */
  #useOperands(inst: Inst, block: number, position: number): void {
    for (const arg of inst.args) this.#use(arg, block, position);
  }

  #use(value: Value, block: number, position: number): void {
    const shape = this.#trees.shape[value];
    if (shape === shapes.constant) return;
    const definition = this.#trees.definition[value];
    if (shape === shapes.nested && definition !== undefined) {
      this.#useOperands(definition, block, position);
      return;
    }
    const left = outermostLeft(this.#layout.forest, block, this.#trees.definedIn[value] ?? 0);
    const at = left < 0 ? position : (this.#loopEnd[left] ?? position);
    if (at > (this.end[value] ?? -1)) this.end[value] = at;
  }
}
