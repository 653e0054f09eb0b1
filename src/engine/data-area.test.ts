import { expect, it } from "vitest";
import { hostWebAssembly } from "../loader/index.ts";
import { MemoryViews } from "../runtime/index.ts";
import { DataArea } from "./data-area.ts";

const start = 4096;

function area(): { data: DataArea; views: MemoryViews } {
  const { Memory } = hostWebAssembly();
  const memory = new Memory({ initial: 1, maximum: 4 });
  const views = new MemoryViews(memory);
  return { data: new DataArea(memory, views, start), views };
}

it("gives aligned, zeroed room and grows the memory", () => {
  const { data, views } = area();
  expect(data.allocate(3, 1)).toBe(start);
  expect(data.allocate(8, 8)).toBe(start + 8);
  expect(data.allocate(1, 64)).toBe(start + 64);
  const large = data.allocate(100_000, 8);
  expect(views.u8.length).toBeGreaterThanOrEqual(large + 100_000);
});

it("uses released blocks again, joined with those beside them", () => {
  const { data, views } = area();
  data.close(64);
  const blocks = [0, 1, 2, 3].map(() => ({ address: data.allocate(15, 8), size: 15 }));
  expect(data.room).toBe(0);
  expect(() => data.allocate(1, 1)).toThrow("no room for 1 bytes of static data");
  views.u8.fill(7, start, start + 64);
  const [first, second, third, fourth] = blocks;
  for (const block of [third, first, second]) if (block !== undefined) data.release(block);
  expect(data.room).toBe(48);
  expect(data.allocate(48, 16)).toBe(start);
  expect(views.u8.subarray(start, start + 15).every((byte) => byte === 0)).toBe(true);
  if (fourth !== undefined) data.release(fourth);
  expect(data.allocate(8, 8)).toBe(start + 48);
  expect(data.allocate(8, 8)).toBe(start + 56);
});
