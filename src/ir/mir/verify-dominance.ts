// The verifier's rules for values (V1 and V2 of verify.ts). `ir` may not import `analysis`, so it has a small dominator
// tree of its own: Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", numbered so that a query is O(1).
import type { Block, Inst, Value } from "./function.ts";
import type { VerifyContext } from "./verify.ts";

export function verifyDominance(context: VerifyContext): void {
  const definitions = collectDefinitions(context);
  const tree = new DominatorTree(context);
  context.fn.blocks.forEach((block, blockIndex) => {
    block.insts.forEach((inst, instIndex) => {
      const use = (value: Value): void => {
        const definedIn = definitions.block[value] ?? -1;
        if (definedIn < 0) {
          context.report(block, inst, `v${value} is not defined`);
        } else if (definedIn === blockIndex) {
          const before = (definitions.inst[value] ?? 0) < instIndex;
          if (!before) context.report(block, inst, `v${value} is used before its definition`);
        } else if (!tree.dominates(definedIn, blockIndex)) {
          const id = context.fn.blocks[definedIn]?.id ?? -1;
          const where = `its definition in block${id} does not dominate this use`;
          context.report(block, inst, `v${value}: ${where}`);
        }
      };
      inst.args.forEach(use);
      for (const target of inst.targets) target.args.forEach(use);
    });
  });
}

/** For each value, the index of its block in the layout (-1: none) and of its instruction (-1: block parameter). */
interface Definitions {
  readonly block: Int32Array;
  readonly inst: Int32Array;
}

function collectDefinitions({ fn, report }: VerifyContext): Definitions {
  const count = fn.valueTypes.length;
  const definitions = { block: new Int32Array(count).fill(-1), inst: new Int32Array(count) };
  const define = (value: Value, at: { block: number; inst: number }, shown: Inst | null): void => {
    const block = fn.blocks[at.block] ?? null;
    if (fn.valueTypes[value] === undefined) {
      report(block, shown, `v${value} has no type in the function`);
    } else if ((definitions.block[value] ?? -1) >= 0) {
      report(block, shown, `v${value} is defined more than once`);
    } else {
      definitions.block[value] = at.block;
      definitions.inst[value] = at.inst;
    }
  };
  fn.blocks.forEach((block, blockIndex) => {
    for (const param of block.params) define(param, { block: blockIndex, inst: -1 }, null);
    block.insts.forEach((inst, instIndex) => {
      for (const result of inst.results)
        define(result, { block: blockIndex, inst: instIndex }, inst);
    });
  });
  return definitions;
}

class DominatorTree {
  // By layout index. `first` is -1 for unreachable blocks; a dominates b iff first[a] <= first[b] and last[b] <= last[a].
  readonly #first: Int32Array;
  readonly #last: Int32Array;

  constructor(context: VerifyContext) {
    const { blocks } = context.fn;
    this.#first = new Int32Array(blocks.length).fill(-1);
    this.#last = new Int32Array(blocks.length);
    if (blocks.length > 0) this.#number(immediateDominators(successors(context)));
  }

  /** Whether every path from the entry to `to` passes `from`; true if `to` is unreachable. */
  dominates(from: number, to: number): boolean {
    const first = this.#first[to] ?? -1;
    if (first < 0) return true;
    const outer = this.#first[from] ?? -1;
    return outer >= 0 && outer <= first && (this.#last[to] ?? 0) <= (this.#last[from] ?? 0);
  }

  #number({ order, dominator }: Dominators): void {
    const children = new Map<number, number[]>();
    for (const block of order.slice(1)) {
      const parent = dominator[block] ?? 0;
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [block]);
      else list.push(block);
    }
    let clock = 0;
    // A negative entry leaves the block ~entry.
    const stack = [0];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next < 0) {
        this.#last[~next] = clock;
        continue;
      }
      this.#first[next] = clock;
      clock += 1;
      stack.push(~next, ...(children.get(next) ?? []));
    }
  }
}

function successors({ fn, blocks }: VerifyContext): number[][] {
  const indexOf = new Map<Block, number>(fn.blocks.map((block, index) => [block, index]));
  return fn.blocks.map((block) => {
    const targets = block.insts.at(-1)?.targets ?? [];
    const out: number[] = [];
    for (const target of targets) {
      const to = blocks.get(target.block);
      const index = to === undefined ? undefined : indexOf.get(to);
      if (index !== undefined) out.push(index);
    }
    return out;
  });
}

interface Dominators {
  /** Reachable blocks in reverse postorder, the entry first. */
  readonly order: readonly number[];
  /** Immediate dominator by layout index; -1 for unreachable blocks, itself for the entry. */
  readonly dominator: Int32Array;
}

function immediateDominators(edges: readonly (readonly number[])[]): Dominators {
  const order = reversePostorder(edges);
  const rank = new Int32Array(edges.length).fill(-1);
  order.forEach((block, index) => (rank[block] = index));
  const predecessors: number[][] = edges.map(() => []);
  for (const block of order) {
    for (const to of edges[block] ?? []) predecessors[to]?.push(block);
  }
  const dominator = new Int32Array(edges.length).fill(-1);
  dominator[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order.slice(1)) {
      let best = -1;
      for (const from of predecessors[block] ?? []) {
        if ((dominator[from] ?? -1) < 0) continue;
        best = best < 0 ? from : intersect(best, from, rank, dominator);
      }
      if (dominator[block] !== best) {
        dominator[block] = best;
        changed = true;
      }
    }
  }
  return { order, dominator };
}

function intersect(a: number, b: number, rank: Int32Array, dominator: Int32Array): number {
  let left = a;
  let right = b;
  while (left !== right) {
    while ((rank[left] ?? 0) > (rank[right] ?? 0)) left = dominator[left] ?? 0;
    while ((rank[right] ?? 0) > (rank[left] ?? 0)) right = dominator[right] ?? 0;
  }
  return left;
}

function reversePostorder(edges: readonly (readonly number[])[]): number[] {
  const seen = new Uint8Array(edges.length);
  const postorder: number[] = [];
  const stack: { block: number; next: number }[] = [{ block: 0, next: 0 }];
  seen[0] = 1;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const to = edges[top.block]?.[top.next];
    if (to === undefined) {
      postorder.push(top.block);
      stack.pop();
      continue;
    }
    top.next += 1;
    if (seen[to] === 0) {
      seen[to] = 1;
      stack.push({ block: to, next: 0 });
    }
  }
  return postorder.reverse();
}
