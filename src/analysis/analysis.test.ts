import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBlock, createFunction, FunctionBuilder, type Block } from "../ir/mir/index.ts";
import { computeCfg, computeDominators, computeLoops, dominates, loopContains } from "./index.ts";
import type { Cfg } from "./index.ts";

/** A function whose block i branches to the blocks of `edges[i]` (0, 1 or 2 of them, or more as a table). */
function graph(edges: readonly (readonly number[])[]): Cfg {
  const fn = createFunction("f", { params: ["i32"], results: [] });
  const blocks: Block[] = edges.map((_, i) =>
    i === 0 ? (fn.blocks[0] as Block) : createBlock(fn),
  );
  const condition = (blocks[0] as Block).params[0];
  const builder = new FunctionBuilder(fn);
  edges.forEach((out, i) => {
    builder.enter(blocks[i] as Block);
    const targets = out.map((to) => ({ block: (blocks[to] as Block).id, args: [] }));
    if (targets.length === 0) builder.effect("return", null, []);
    else if (targets.length === 1) builder.append("jump", null, [], null, targets, []);
    else {
      const op = targets.length === 2 ? "brif" : "br_table";
      builder.append(op, null, condition === undefined ? [] : [condition], null, targets, []);
    }
  });
  return computeCfg(fn);
}

const ids = (cfg: Cfg, numbers: Iterable<number>): number[] =>
  [...numbers].map((number) => cfg.order[number]?.id ?? -1);

describe("cfg", () => {
  it("numbers reachable blocks in reverse post-order, the first target first", () => {
    const cfg = graph([[1, 2], [3], [3], [], [3]]);
    expect(cfg.order.map((block) => block.id)).toEqual([0, 1, 2, 3]);
    expect(cfg.numberOf[4]).toBe(-1);
    expect(cfg.predecessors[3]).toEqual([1, 2]);
  });

  it("lists one predecessor for each edge", () => {
    const cfg = graph([[1, 1], []]);
    expect(cfg.predecessors[1]).toEqual([0, 0]);
  });
});

describe("dominators", () => {
  it("finds the immediate dominators of a diamond in a loop", () => {
    const cfg = graph([[1], [2, 5], [3, 4], [1], [1], []]);
    const tree = computeDominators(cfg);
    const idoms = cfg.order.map((block, i) => [block.id, cfg.order[tree.idom[i] ?? -1]?.id ?? -1]);
    expect(Object.fromEntries(idoms)).toEqual({ 0: -1, 1: 0, 2: 1, 3: 2, 4: 2, 5: 1 });
  });

  it("agrees with the definition by removal of a block on random graphs", () => {
    const edges = fc.integer({ min: 2, max: 12 }).chain((count) =>
      fc.array(fc.array(fc.integer({ min: 1, max: count - 1 }), { maxLength: 3 }), {
        minLength: count,
        maxLength: count,
      }),
    );
    fc.assert(
      fc.property(edges, (out) => {
        const cfg = graph(out);
        const tree = computeDominators(cfg);
        for (let removed = 0; removed < cfg.order.length; removed += 1) {
          const seen = new Set<number>(removed === 0 ? [] : [0]);
          const work = [...seen];
          while (work.length > 0) {
            for (const to of cfg.successors[work.pop() ?? 0] ?? []) {
              if (to === removed || seen.has(to)) continue;
              seen.add(to);
              work.push(to);
            }
          }
          for (let block = 0; block < cfg.order.length; block += 1) {
            expect(dominates(tree, removed, block)).toBe(!seen.has(block));
          }
        }
      }),
    );
  });
});

describe("loops", () => {
  it("nests loops and lists their blocks", () => {
    // 1 outer header, 2 inner header, 3 inner latch, 4 outer latch, 5 exit
    const cfg = graph([[1], [2, 5], [3, 4], [2], [1], []]);
    const forest = computeLoops(cfg, computeDominators(cfg));
    expect(forest.reducible).toBe(true);
    expect(forest.loops.map((loop) => ids(cfg, loop.blocks).sort((a, b) => a - b))).toEqual([
      [1, 2, 3, 4],
      [2, 3],
    ]);
    expect(forest.loops.map((loop) => [loop.depth, loop.parent])).toEqual([
      [1, -1],
      [2, 0],
    ]);
  });

  it("finds a loop of one block inside another with a shared exit", () => {
    const cfg = graph([[1], [1, 2], [0 + 1, 3], []]);
    const forest = computeLoops(cfg, computeDominators(cfg));
    expect(forest.loops).toHaveLength(1);
    expect(ids(cfg, forest.loops[0]?.latches ?? [])).toEqual([1, 2]);
  });

  it("tells an irreducible graph", () => {
    const cfg = graph([[1, 2], [2], [1, 3], []]);
    expect(computeLoops(cfg, computeDominators(cfg)).reducible).toBe(false);
  });

  it("agrees with the definition on random graphs", () => {
    const edges = fc.integer({ min: 2, max: 10 }).chain((count) =>
      fc.array(fc.array(fc.integer({ min: 1, max: count - 1 }), { maxLength: 2 }), {
        minLength: count,
        maxLength: count,
      }),
    );
    fc.assert(
      fc.property(edges, (out) => {
        const cfg = graph(out);
        const tree = computeDominators(cfg);
        const forest = computeLoops(cfg, tree);
        if (!forest.reducible) return;
        for (const loop of forest.loops) {
          const body = new Set<number>([loop.header]);
          const work = loop.latches.filter((latch) => latch !== loop.header);
          for (const latch of work) body.add(latch);
          while (work.length > 0) {
            for (const from of cfg.predecessors[work.pop() ?? 0] ?? []) {
              if (body.has(from)) continue;
              body.add(from);
              work.push(from);
            }
          }
          expect([...body].sort((a, b) => a - b)).toEqual(loop.blocks);
          for (let block = 0; block < cfg.order.length; block += 1) {
            expect(loopContains(forest, loop.index, block)).toBe(body.has(block));
          }
        }
      }),
    );
  });
});
