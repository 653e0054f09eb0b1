import { describe, expect, it } from "vitest";
import { loadSlot, MemoryViews, storeSlot, type SlotType, type SlotValue } from "./index.ts";

const cases: readonly (readonly [SlotType, readonly SlotValue[]])[] = [
  [
    "i64",
    [
      0,
      -1,
      1,
      2 ** 53 - 1,
      1 - 2 ** 53,
      2n ** 53n,
      -(2n ** 53n),
      2n ** 63n - 1n,
      -(2n ** 63n),
      -(2 ** 32),
    ],
  ],
  ["u64", [0, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]],
  ["i32", [0, -1, 2 ** 31 - 1, -(2 ** 31)]],
  ["u32", [0, 2 ** 31, 2 ** 32 - 1]],
  ["i16", [-32768, 32767]],
  ["u16", [65535]],
  ["i8", [-128, 127]],
  ["u8", [255]],
  ["f64", [0.1, -0, Infinity, 5e-324]],
  ["f32", [Math.fround(0.1), -0]],
  ["bool", [true, false]],
];

describe("slots", () => {
  it.each(cases)("keep values of type %s", (type, values) => {
    const views = new MemoryViews({ buffer: new ArrayBuffer(32) });
    for (const value of values) {
      views.u8.fill(0xaa);
      storeSlot(views, 8, type, value);
      expect(loadSlot(views, 8, type)).toBe(value);
      expect(
        [...views.u8.subarray(0, 8), ...views.u8.subarray(16)].every((byte) => byte === 0xaa),
      ).toBe(true);
    }
  });

  it("are little-endian two's complement", () => {
    const views = new MemoryViews({ buffer: new ArrayBuffer(8) });
    const view = new DataView(views.u8.buffer);
    for (const value of [-2, -(2 ** 40), 2 ** 52 + 1, -(2n ** 60n) - 3n]) {
      storeSlot(views, 0, "i64", value);
      expect(view.getBigInt64(0, true)).toBe(BigInt(value));
    }
  });
});

it("refresh takes the buffer that the memory has now", () => {
  const memory = { buffer: new ArrayBuffer(8) };
  const views = new MemoryViews(memory);
  const before = views.i32;
  views.refresh();
  expect(views.i32).toBe(before);
  memory.buffer = new ArrayBuffer(16);
  views.refresh();
  expect([views.u8.length, views.i32.length, views.f32.length, views.f64.length]).toEqual([
    16, 4, 4, 2,
  ]);
});
