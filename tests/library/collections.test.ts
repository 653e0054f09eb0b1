// Arrays and dictionaries of the runtime library against JavaScript's.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dictLayout, shadowStackPointerAddress } from "../../src/runtime/index.ts";
import { TestHeap } from "./heap.ts";
import { libraryImage } from "./image.ts";

const image = libraryImage();
const i64Code = 7;
const f64Code = 10;
const refCode = 11;

const step = fc.record({
  what: fc.constantFrom(
    "push",
    "push",
    "push",
    "insert",
    "remove",
    "resize",
    "slice",
    "concat",
    "extend",
    "self",
    "reverse",
    "sort",
  ),
  value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  index: fc.nat(60),
});

/** One operation on a rooted array and on its model. */
function apply(
  heap: TestHeap,
  root: number,
  model: bigint[],
  { what, value, index }: { what: string; value: bigint; index: number },
): bigint[] {
  const array = heap.u32(root);
  const place = model.length === 0 ? 0 : index % model.length;
  switch (what) {
    case "push":
      heap.setI64(heap.ref("rt_array_grow", array), value);
      return [...model, value];
    case "insert": {
      const at = index % (model.length + 1);
      heap.setI64(heap.ref("rt_array_insert", array, BigInt(at)), value);
      return model.toSpliced(at, 0, value);
    }
    case "remove":
      if (model.length === 0) return model;
      heap.call("rt_array_remove", array, BigInt(place));
      return model.toSpliced(place, 1);
    case "resize":
      heap.call("rt_array_resize", array, BigInt(index));
      return Array.from({ length: index }, (_, i) => model[i] ?? 0n);
    case "slice": {
      heap.setU32(root, heap.ref("rt_array_slice", array, BigInt(place), BigInt(model.length)));
      return model.slice(place);
    }
    case "concat":
      if (model.length > 500) return model;
      heap.setU32(root, heap.ref("rt_array_concat", array, array));
      return [...model, ...model];
    case "extend": {
      const other = heap.ref("rt_array_slice", array, 0n, BigInt(place));
      heap.keeping([other], () => heap.call("rt_array_extend", array, other));
      return [...model, ...model.slice(0, place)];
    }
    case "self":
      if (model.length > 500) return model;
      heap.call("rt_array_extend", array, array);
      return [...model, ...model];
    case "reverse":
      heap.call("rt_array_reverse", array);
      return model.toReversed();
    default:
      heap.call("rt_array_sort", array, index % 2);
      return model.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0) * (index % 2 === 0 ? 1 : -1));
  }
}

describe.each([false, true])("collecting at every allocation: %s", (stress) => {
  test("arrays do what JavaScript's do", () => {
    const heap = new TestHeap(image, { stress });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const root = heap.push(heap.ref("rt_array_new", i64Code, 0n));
        let model: bigint[] = [];
        for (const each of steps) {
          model = apply(heap, root, model, each);
          expect(heap.ints(heap.u32(root))).toEqual(model);
        }
        heap.pop();
      }),
      { numRuns: stress ? 60 : 300 },
    );
  });

  test("dictionaries do what a Map does", () => {
    const heap = new TestHeap(image, { stress });
    const operation = fc.record({
      what: fc.constantFrom("set", "set", "set", "get", "delete", "clear", "clone"),
      key: fc.nat(stress ? 20 : 120),
      value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      rare: fc.nat(20),
    });
    for (const kind of [0, 1, 2]) {
      const keyOf = (key: number): bigint | number =>
        kind === 0
          ? BigInt(key) * 0x1_0000_0000n
          : kind === 1
            ? heap.text(`key ${key}`)
            : key % 2 === 0
              ? heap.any(BigInt(key))
              : BigInt(heap.text(`k${key}`));
      const suffix = (["i64", "text", "any"] as const)[kind] ?? "any";
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
          const root = heap.push(heap.ref("rt_dict_new", kind, i64Code));
          const model = new Map<number, bigint>();
          for (const { what, key: number, value, rare } of operations) {
            const dict = heap.u32(root);
            const key = keyOf(number);
            const top = heap.push(Number(BigInt.asUintN(32, BigInt(key))));
            if (kind === 0) heap.setU32(top, 0);
            const find = () => heap.call(`rt_dict_find_${suffix}`, dict, key);
            if (what === "set") {
              const entry = heap.call(`rt_dict_entry_${suffix}`, dict, key);
              expect(find()).toBe(entry);
              heap.setI64(heap.value(dict, entry, 8), value);
              model.set(number, value);
            } else if (what === "get") {
              const entry = find();
              const found = entry < 0 ? undefined : heap.i64(heap.value(dict, entry, 8));
              expect(found).toBe(model.get(number));
            } else if (what === "delete") {
              const entry = find();
              expect(entry >= 0).toBe(model.delete(number));
              if (entry >= 0) heap.call("rt_dict_remove", dict, entry);
            } else if (what === "clear" && rare === 0) {
              heap.call("rt_dict_clear", dict);
              model.clear();
            } else if (what === "clone") heap.setU32(root, heap.ref("rt_dict_clone", dict));
            heap.pop();
          }
          const dict = heap.u32(root);
          expect(heap.u32(dict + dictLayout.live)).toBe(model.size);
          const values: bigint[] = [];
          for (
            let entry = heap.call("rt_dict_next", dict, 0);
            entry >= 0;
            entry = heap.call("rt_dict_next", dict, entry + 1)
          ) {
            values.push(heap.i64(heap.value(dict, entry, 8)));
          }
          expect(values).toEqual([...model.values()]);
          heap.pop();
        }),
        { numRuns: stress ? 30 : 150 },
      );
    }
    expect(heap.collections > 0 || !stress).toBe(true);
  });
});

test("a dictionary of a million entries", () => {
  const heap = new TestHeap(image, { budget: 128 << 20 });
  const root = heap.push(heap.ref("rt_dict_new", 0, i64Code));
  const dict = heap.u32(root);
  const key = (i: number): bigint => (BigInt(i) * 2654435761n) ^ (BigInt(i) << 40n);
  for (let i = 0; i < 1_000_000; i += 1) {
    const entry = heap.call("rt_dict_entry_i64", dict, key(i));
    heap.setI64(heap.value(dict, entry, 8), BigInt(i));
  }
  for (let i = 0; i < 1_000_000; i += 37) {
    const entry = heap.call("rt_dict_find_i64", dict, key(i));
    if (heap.i64(heap.value(dict, entry, 8)) !== BigInt(i)) throw new Error(`key ${i}`);
  }
  for (let i = 0; i < 1_000_000; i += 2)
    heap.call("rt_dict_remove", dict, heap.call("rt_dict_find_i64", dict, key(i)));
  for (let i = 0; i < 100_000; i += 1) heap.call("rt_dict_entry_i64", dict, key(i * 2));
  expect(heap.u32(dict + dictLayout.live)).toBe(600_000);
  expect(heap.call("rt_dict_find_i64", dict, key(999_998))).toBe(-1);
});

test("an index out of range is an error", () => {
  const heap = new TestHeap(image);
  const array = heap.ref("rt_array_new", i64Code, 4n);
  heap.push(array);
  expect(() => heap.call("rt_array_remove", array, 0n)).toThrow("index 0");
  expect(() => heap.call("rt_array_insert", array, -1n)).toThrow("index -1");
  expect(() => heap.call("rt_array_insert", array, 1n)).toThrow("index 1");
  expect(() => heap.call("rt_array_resize", array, -1n)).toThrow();
  expect(() => heap.ref("rt_text_at", heap.text("abc"), 3n)).toThrow("index 3");
  expect(() => heap.ref("rt_text_at", heap.text("abc"), -4n)).toThrow("index -4");
});

describe("sorting", () => {
  test("floats: -0 before 0, NaN last", () => {
    const heap = new TestHeap(image);
    const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1, -1));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (values) => {
        const array = heap.ref("rt_array_new", f64Code, BigInt(values.length + 1));
        heap.keeping([array], () => {
          heap.call("rt_array_resize", array, BigInt(values.length));
          const data = heap.element(array, 0, 8);
          const view = new Float64Array(heap.views.memory.buffer, data, values.length);
          view.set(values);
          heap.call("rt_array_sort", array, 0);
          expect([...view]).toEqual([...Float64Array.from(values).sort()]);
          heap.call("rt_array_sort", array, 1);
          expect([...view]).toEqual([...Float64Array.from(values).sort().reverse()]);
        });
      }),
    );
  });

  test.each([
    [1, Int8Array],
    [2, Uint8Array],
    [3, Int16Array],
    [4, Uint16Array],
    [5, Int32Array],
    [6, Uint32Array],
    [9, Float32Array],
  ] as const)("storage code %i", (code, Elements) => {
    const heap = new TestHeap(image);
    for (const length of [0, 1, 2, 31, 33, 300, 5000]) {
      const values = new Elements(length);
      for (let i = 0; i < length; i += 1) {
        values[i] = Math.imul(i + 1, 0x9e3779b1) * (code === 9 ? 1.1 : 1);
      }
      const array = heap.ref("rt_array_new", code, BigInt(length + 1));
      heap.push(array);
      heap.call("rt_array_resize", array, BigInt(length));
      const data = heap.element(array, 0, Elements.BYTES_PER_ELEMENT);
      const { u8 } = heap.views;
      u8.set(new Uint8Array(values.buffer), data);
      const found = (): number[] => [
        ...new Elements(u8.slice(data, data + values.byteLength).buffer),
      ];
      heap.call("rt_array_sort", array, 0);
      expect(found()).toEqual([...values].sort((a, b) => a - b));
      heap.call("rt_array_sort", array, 1);
      expect(found()).toEqual([...values].sort((a, b) => b - a));
      heap.pop();
    }
  });

  test("texts, stable", () => {
    for (const stress of [false, true]) {
      const heap = new TestHeap(image, { stress });
      const word = fc.string({
        unit: fc.constantFrom("a", "b", "é", "\u0000", "\u{1f600}", "common prefix"),
        maxLength: 5,
      });
      fc.assert(
        fc.property(
          fc.array(word, { maxLength: stress ? 40 : 120 }),
          fc.boolean(),
          (words, down) => {
            const array = heap.ref("rt_array_new", refCode, 0n);
            const top = heap.u32(shadowStackPointerAddress);
            heap.push(array);
            for (const each of words) {
              const text = heap.push(heap.text(each));
              heap.setU32(heap.ref("rt_array_grow", array), heap.u32(text));
            }
            const before = heap.refs(array);
            heap.call("rt_array_sort", array, down ? 1 : 0);
            const order = (a: number, b: number): number => {
              const found = Buffer.compare(Buffer.from(heap.read(a)), Buffer.from(heap.read(b)));
              return down ? -found : found;
            };
            expect(heap.refs(array)).toEqual(before.toSorted(order));
            heap.setU32(shadowStackPointerAddress, top);
          },
        ),
        { numRuns: stress ? 30 : 150 },
      );
    }
  });
});
