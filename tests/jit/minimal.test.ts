// The interface of eight calls, and the profile that its caller keeps.
import path from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { JitError, MinimalJit } from "../../src/jit/index.ts";
import { fibonacci, openJit, whyNoJit } from "./modules.ts";

/** Threads run what was built. */
const entry = path.join(import.meta.dirname, "../../dist/jit/thread-entry.js");

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof JitError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe.skipIf(whyNoJit !== "")(`eight calls${whyNoJit}`, () => {
  const init = (size: number) => MinimalJit.init(size, { from: import.meta.url });

  test("load, call, profile, compile again, figures", () => {
    const jit = init(1 << 20);
    jit.loadIr(fibonacci);
    const fib = jit.getFunction("fib");
    expect(fib.call(20)).toBe(6765n);
    expect(jit.shouldReoptimize("fib")).toBeUndefined();
    for (let i = 0; i < 99; i += 1) jit.profileCall("fib", 10);
    // 99 that were recorded, and one that was called.
    expect(jit.shouldReoptimize("fib")).toBe(1);
    jit.recompile("fib", 1);
    expect(jit.shouldReoptimize("fib")).toBeUndefined();
    for (let i = 0; i < 900; i += 1) jit.profileCall("fib", 10n);
    expect(jit.shouldReoptimize("fib")).toBe(2);
    jit.recompile("fib", 2);
    expect(fib.call(20)).toBe(6765n);
    const { heapUsed, heapPeak, heapSize, ...rest } = jit.statistics();
    expect(rest).toEqual({
      functions: 1,
      calls: 1001,
      cycles: 9990n,
      compiles: 3,
      lastError: null,
    });
    expect(heapSize).toBe(1 << 20);
    expect(heapUsed).toBeGreaterThan(0);
    expect(heapPeak).toBeGreaterThanOrEqual(heapUsed);
    jit.shutdown();
  });

  test("its limits", () => {
    expect(refusal(() => init(1000))).toContain("needs at least 262144 bytes, found 1000");
    const jit = init(256 * 1024);
    const many = Array.from({ length: 33 }, (_, i) => `define void @f${i}() { ret void }`);
    expect(refusal(() => jit.loadIr(many.join("\n")))).toContain(
      "has 33 functions, and there is room for 32",
    );
    const long = "n".repeat(32);
    expect(refusal(() => jit.loadIr(`define void @${long}() { ret void }`))).toContain(
      "more than 31 bytes",
    );
    expect(jit.statistics().lastError).toContain("more than 31 bytes");
    const before = jit.statistics().heapUsed;
    const large =
      "@large = global [200000 x i8] zeroinitializer define ptr @f() { ret ptr @large }";
    expect(refusal(() => jit.loadIr(large))).toContain(
      "no room for 200000 bytes in the pool `data`",
    );
    expect(jit.statistics()).toMatchObject({ heapUsed: before, functions: 0 });
    expect(jit.statistics().lastError).toContain("no room");
    jit.shutdown();
  });
});

describe.skipIf(whyNoJit !== "")(`profiles that the caller keeps${whyNoJit}`, () => {
  test("nothing is compiled by itself, and autoOptimize goes by what was recorded", () => {
    const { jit, events } = openJit({
      automatic: false,
      top: 3,
      thresholds: { o1: 2, o2: 4, o3: 6 },
    });
    jit.loadMemory(fibonacci);
    const fib = jit.find("fib");
    const levels = [jit.autoOptimize("fib")];
    for (let i = 0; i < 6; i += 1) {
      const start = jit.cycles();
      fib.call(15);
      jit.recordCall("fib", jit.cycles() - start);
      levels.push(jit.autoOptimize("fib"));
    }
    // A call counts itself, and is recorded.
    expect(levels).toEqual([undefined, 1, 2, 3, undefined, undefined, undefined]);
    expect(jit.functionInfo("fib").cycles).toBeGreaterThan(0n);
    expect(events.map(({ to }) => to)).toEqual([0, 1, 2, 3]);
    jit.destroy();
  });

  test("the thread of the package compiles while the program runs", async () => {
    const { jit, events } = openJit({
      background: (workerData, transferList) =>
        new Worker(entry, { workerData, transferList: [...transferList] }),
    });
    jit.loadMemory(fibonacci);
    const fib = jit.find("fib");
    for (let i = 0; jit.functionInfo("fib").level < 2; i += 1) {
      expect(fib.call(15)).toBe(610n);
      jit.poll();
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(events.map(({ to }) => to)).toEqual([0, 1, 2]);
    jit.destroy();
  });

  test("a thread that ends leaves functions where they are", async () => {
    const broken = 'throw new Error("no thread today")';
    const { jit, events } = openJit({ background: () => new Worker(broken, { eval: true }) });
    jit.loadMemory(fibonacci);
    const fib = jit.find("fib");
    expect(fib.call(15)).toBe(610n);
    while (jit.poll() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(fib.call(15)).toBe(610n);
    const reasons = events.map(({ reason }) => reason);
    expect(reasons).toEqual(["loaded", "stays: the compiler's thread has ended: no thread today"]);
    expect(jit.functionInfo("fib").level).toBe(0);
    jit.destroy();
  });
});
