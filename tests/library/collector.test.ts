// The collector under random graphs of objects, small budgets and every kind of reference.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { heapWords, ProgramError, shadowStackPointerAddress } from "../../src/runtime/index.ts";
import { layoutOf, TestHeap } from "./heap.ts";
import { libraryImage } from "./image.ts";

const image = libraryImage();
/** Two references and a number that says which object it is. */
const node = layoutOf(0, ["ref", "i64", "any", "ref"]);
const [firstOffset = 0, numberOffset = 0, anyOffset = 0, secondOffset = 0] = node.fields.map(
  ({ offset }) => offset,
);

/** What the heap should hold: objects by number. */
interface Model {
  readonly address: number;
  readonly size: number;
  readonly refs: (number | null)[];
}

/** Generates operations from a seed; a linear congruence is enough. */
class Torture {
  readonly heap: TestHeap;
  readonly objects = new Map<number, Model>();
  readonly roots: (number | null)[] = Array.from({ length: 12 }, () => null);
  #state: number;
  #next = 1;

  constructor(seed: number, options: ConstructorParameters<typeof TestHeap>[1]) {
    this.heap = new TestHeap(image, { layouts: [node], ...options });
    this.#state = seed;
    for (const _ of this.roots) this.heap.push(0);
  }

  random(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  #rootAddress(index: number): number {
    return this.heap.u32(shadowStackPointerAddress) - 4 * (this.roots.length - index);
  }

  #setRoot(index: number, number: number | null): void {
    this.roots[index] = number;
    const address = number === null ? 0 : (this.objects.get(number)?.address ?? 0);
    // An address inside an object keeps it too.
    const inside = address === 0 ? 0 : address + this.random(24);
    this.heap.setU32(this.#rootAddress(index), inside);
  }

  /** A new object of the program, or an array of references. */
  #create(): void {
    const { heap } = this;
    const number = this.#next++;
    if (this.random(4) > 0) {
      const address = heap.ref("rt_new", node.id, node.size);
      heap.setI64(address + numberOffset, BigInt(number));
      this.objects.set(number, { address, size: node.size, refs: [null, null, null] });
    } else {
      const length = this.random(8) === 0 ? this.random(3000) : this.random(20);
      const array = heap.ref("rt_array_new", 11, BigInt(length));
      heap.keeping([array], () => heap.call("rt_array_resize", array, BigInt(length)));
      const refs = Array.from({ length }, () => null);
      this.objects.set(number, { address: array, size: 24, refs });
    }
    this.#setRoot(this.random(this.roots.length), number);
  }

  #place(model: Model, index: number): { at: number; any: boolean } {
    const { heap } = this;
    if (model.size === 24) return { at: heap.element(model.address, index, 4), any: false };
    const offset = [firstOffset, secondOffset, anyOffset][index] ?? 0;
    return { at: model.address + offset, any: offset === anyOffset };
  }

  #link(): void {
    const from = this.roots[this.random(this.roots.length)] ?? null;
    const to = this.roots[this.random(this.roots.length)] ?? null;
    const model = from === null ? undefined : this.objects.get(from);
    if (model === undefined || model.refs.length === 0) return;
    const index = this.random(model.refs.length);
    model.refs[index] = to;
    const target = to === null ? 0 : (this.objects.get(to)?.address ?? 0);
    const { at, any } = this.#place(model, index);
    if (any) this.heap.setI64(at, BigInt(target));
    else this.heap.setU32(at, target);
  }

  step(): void {
    const what = this.random(10);
    if (what < 4) this.#create();
    else if (what < 8) this.#link();
    else if (what < 9) this.#setRoot(this.random(this.roots.length), null);
    else {
      // A root moves to something that it refers to.
      const index = this.random(this.roots.length);
      const model = this.objects.get(this.roots[index] ?? 0);
      const next = model?.refs[this.random(model.refs.length)];
      if (next !== undefined && next !== null) this.#setRoot(index, next);
    }
  }

  /** Everything that is reachable is as it was; gives the number of reachable objects. */
  check(): number {
    const { heap } = this;
    const seen = new Set<number>();
    const open = this.roots.filter((root) => root !== null);
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (seen.has(number)) continue;
      seen.add(number);
      const model = this.objects.get(number);
      if (model === undefined) throw new Error(`no object ${number}`);
      expect(heap.u32(model.address)).toBe(model.size === 24 ? 16 : node.id);
      if (model.size === 24) expect(heap.length(model.address)).toBe(model.refs.length);
      else expect(heap.i64(model.address + numberOffset)).toBe(BigInt(number));
      model.refs.forEach((target, index) => {
        const { at, any } = this.#place(model, index);
        const found = any ? Number(heap.i64(at)) : heap.u32(at);
        const wanted = target === null ? 0 : (this.objects.get(target)?.address ?? -1);
        if (found !== wanted) throw new Error(`object ${number}: ${found} is not ${wanted}`);
        if (target !== null) open.push(target);
      });
    }
    for (const number of this.objects.keys()) if (!seen.has(number)) this.objects.delete(number);
    return seen.size;
  }
}

describe("random graphs", () => {
  test.each([
    ["4 MiB", { budget: 4 << 20, leastTrigger: 64 << 10 }, 60_000],
    ["1 MiB", { budget: 1 << 20 }, 60_000],
    ["collecting at every allocation", { budget: 4 << 20, stress: true }, 6000],
  ] as const)("survive: %s", (_name, options, steps) => {
    for (const seed of [1, 2, 3]) {
      const torture = new Torture(seed, options);
      for (let step = 0; step < steps; step += 1) {
        torture.step();
        if (step % 500 === 499) torture.check();
      }
      expect(torture.heap.collections).toBeGreaterThan(2);
    }
  });
});

describe("memory", () => {
  test("what is unreachable is used again: 1 GB through 1 MiB", () => {
    const heap = new TestHeap(image, { budget: 1 << 20 });
    const fresh = heap.code("rt_new");
    for (let count = 0; count < 1 << 24; count += 1) fresh(64, 24);
    const array = heap.code("rt_array_new");
    for (let count = 0; count < 1 << 14; count += 1) array(7, 4096n);
    expect(heap.library.stats().peak).toBeLessThan(1 << 20);
  }, 120_000);

  test("more than there is, is an error with figures, and the heap goes on", () => {
    const heap = new TestHeap(image, { budget: 1 << 20, layouts: [node] });
    const fill = (): number => {
      let list = 0;
      let count = 0;
      const root = heap.push(0);
      try {
        for (; ; count += 1) {
          const next = heap.ref("rt_new", node.id, node.size);
          heap.setU32(next + firstOffset, list);
          list = next;
          heap.setU32(root, list);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ProgramError);
        expect(String(error)).toMatch(
          /out of heap: \d+(\.\d+)? (KiB|MiB) in use, needed \d+ bytes more/,
        );
      }
      heap.setU32(root, 0);
      heap.pop();
      return count;
    };
    const first = fill();
    expect(first * 48).toBeGreaterThan(700 << 10);
    for (let round = 0; round < 5; round += 1) expect(fill()).toBe(first);
  });

  test("sizes beyond the address space are errors", () => {
    const heap = new TestHeap(image);
    for (const count of [
      2n ** 20n,
      2n ** 29n,
      2n ** 31n,
      2n ** 32n,
      2n ** 33n,
      2n ** 61n,
      2n ** 63n - 1n,
    ]) {
      for (const code of [0, 3, 6, 7, 11, 12]) {
        if (code < 6 && count === 2n ** 20n) continue;
        expect(() => heap.ref("rt_array_new", code, count)).toThrow("out of heap");
      }
      const array = heap.ref("rt_array_new", 7, 3n);
      heap.keeping([array], () => {
        expect(() => heap.call("rt_array_resize", array, count)).toThrow("out of heap");
        expect(() => heap.ref("rt_text_repeat", heap.text("abcdefgh"), count)).toThrow(
          "out of heap",
        );
        expect(() =>
          heap.ref(
            "rt_text_pad_left",
            heap.text("ab"),
            count * 8n > 2n ** 62n ? 2n ** 62n : count * 8n,
            heap.text("€"),
          ),
        ).toThrow("out of heap");
      });
    }
    expect(heap.length(heap.ref("rt_array_new", 7, -5n))).toBe(0);
  });

  test("a list of a million nodes and a wide array fit the mark stack", () => {
    const heap = new TestHeap(image, { budget: 128 << 20, layouts: [node] });
    const root = heap.push(0);
    const wide = heap.ref("rt_array_new", 11, 1_000_000n);
    heap.push(wide);
    heap.call("rt_array_resize", wide, 1_000_000n);
    let list = 0;
    for (let count = 0; count < 1_000_000; count += 1) {
      const next = heap.ref("rt_new", node.id, node.size);
      heap.setI64(next + numberOffset, BigInt(count));
      heap.setU32(next + firstOffset, list);
      heap.setI64(next + anyOffset, BigInt(list));
      list = next;
      heap.setU32(root, list);
      heap.setU32(heap.element(wide, (count * 7919) % 1_000_000, 4), next);
    }
    heap.call("rt_collect");
    let at = list;
    for (let count = 999_999; count >= 0; count -= 1) {
      if (heap.i64(at + numberOffset) !== BigInt(count)) throw new Error(`node ${count} is lost`);
      at = heap.u32(at + firstOffset);
    }
    const live = heap.u32(heapWords.liveBytes);
    heap.pop();
    heap.setU32(root, 0);
    heap.call("rt_collect");
    expect(heap.u32(heapWords.liveBytes)).toBeLessThan(live / 100);
  });

  test("trees wider than the mark stack", () => {
    // 1 MiB has the smallest mark stack, 1024 entries; each node of this tree pushes 60 others.
    const heap = new TestHeap(image, { budget: 1 << 20 });
    const make = (depth: number): number => {
      const array = heap.ref("rt_array_new", 11, 30n);
      heap.keeping([array], () => {
        heap.call("rt_array_resize", array, 30n);
        for (let i = 0; depth > 0 && i < 30; i += 1) {
          const child = make(i < 2 ? depth - 1 : 0);
          heap.setU32(heap.element(array, i, 4), child);
        }
      });
      return array;
    };
    const tree = make(6);
    heap.push(tree);
    const count = (array: number): number =>
      heap.refs(array).reduce((sum, child) => sum + (child === 0 ? 0 : count(child)), 1);
    const before = count(tree);
    for (let round = 0; round < 3; round += 1) {
      heap.call("rt_collect");
      for (let i = 0; i < 2000; i += 1) heap.ref("rt_array_new", 11, BigInt(i % 40));
      expect(count(tree)).toBe(before);
    }
  });

  test("fragmented: every second object stays, larger ones find room after the rest is gone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 9000 }),
        fc.integer({ min: 16, max: 60_000 }),
        (small, large) => {
          const heap = new TestHeap(image, { budget: 2 << 20 });
          const kept: number[] = [];
          const count = Math.floor((700 << 10) / (small + 32));
          for (let i = 0; i < count; i += 1) {
            const array = heap.ref("rt_array_new", 2, BigInt(small));
            if (i % 2 === 0) kept.push(heap.push(array));
          }
          const sum = (): number =>
            kept.reduce((total, at) => total + heap.u32(heap.u32(at) + 16), 0);
          const before = sum();
          for (let i = 0; i < 100; i += 1) heap.ref("rt_array_new", 2, BigInt(large));
          expect(sum()).toBe(before);
          for (const at of kept) heap.setU32(at, 0);
          const most = heap.ref("rt_array_new", 2, 700n << 10n);
          expect(heap.u32(heap.u32(most + 8))).toBe(2);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("references of the host are roots; words that are no references are none", () => {
    const heap = new TestHeap(image, { layouts: [node] });
    const object = heap.ref("rt_new", node.id, node.size);
    heap.hostRoots.add(object);
    heap.keeping([1, 15, 0xffffffff, object + 48, 12345], () => heap.call("rt_collect"));
    heap.setI64(object + numberOffset, 77n);
    for (let i = 0; i < 300_000; i += 1) heap.ref("rt_new", node.id, node.size);
    expect(heap.i64(object + numberOffset)).toBe(77n);
  });

  test("reserved blocks are never given away", () => {
    const heap = new TestHeap(image, { budget: 1 << 20 });
    const block = heap.ref("rt_reserve", 20_000n);
    heap.views.u8.fill(0xab, block, block + 20_000);
    for (let i = 0; i < 200_000; i += 1) heap.ref("rt_new", 64, 40);
    for (let i = 0; i < 500; i += 1) heap.ref("rt_array_new", 2, 30_000n);
    expect(heap.views.u8.subarray(block, block + 20_000).every((byte) => byte === 0xab)).toBe(true);
  });
});
