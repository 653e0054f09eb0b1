import { describe, expect, it } from "vitest";
import { openNativeHost } from "./index.ts";

const host = openNativeHost(import.meta.url);

/** Computes until enough samples have come; how many there are if they do not. */
function compute(enough: () => boolean): void {
  const { user: start } = process.cpuUsage();
  const longest = 20e6;
  let sum = 0;
  while (!enough() && process.cpuUsage().user - start < longest) {
    for (let i = 0; i < 1e5; i += 1) sum += Math.sqrt(i);
  }
  expect(sum).toBeGreaterThanOrEqual(0);
}

describe.skipIf(host.kind === "absent")("samples of a thread", () => {
  const start = () => {
    const sampling = host.kind === "host" ? host.sample(1) : null;
    if (sampling === null) throw new Error("the system has no samples");
    return sampling;
  };

  it("come while it computes", () => {
    const sampling = start();
    compute(() => sampling.waiting >= 5);
    const { waiting } = sampling;
    const taken = sampling.take();
    expect(taken.length).toBeGreaterThanOrEqual(waiting);
    expect(waiting).toBeGreaterThanOrEqual(5);
    expect(taken.every((address) => Number.isSafeInteger(address) && address > 0)).toBe(true);
    sampling.stop();
    expect(sampling.waiting).toBe(0);
    expect(sampling.take()).toEqual([]);
    sampling.stop();
  });

  it("may be taken for several at once, and again", () => {
    const [first, second] = [start(), start()];
    compute(() => first.waiting >= 3 && second.waiting >= 3);
    first.stop();
    const before = second.waiting;
    compute(() => second.waiting > before);
    expect(second.waiting).toBeGreaterThan(before);
    second.stop();
    const third = start();
    compute(() => third.waiting > 0);
    expect(third.waiting).toBeGreaterThan(0);
    third.stop();
  });
});
