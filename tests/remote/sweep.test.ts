import { describe, expect, it } from "vitest";
import { ObjectCache } from "../../src/server/index.ts";
import { collectedInstances } from "../engine/instances.ts";
import { Pair } from "./pair.ts";

describe("a device gives back", () => {
  it("functions, texts and variables of pieces that nothing reaches any more", () => {
    const pair = new Pair(new ObjectCache(null));
    pair.evaluate('val kept = \\x: "kept {x}"\nvar list = ["a"]');
    pair.evaluate("fn apply(f: fn(i64) -> i64, n: i64) -> i64: f(n)");
    for (let run = 0; run < 200; run += 1) {
      pair.evaluate(`val v = [${run}, 1].map(\\x: x + ${run})\n"text ${run}".len()`);
      expect(pair.values.at(-1)).toBe(String(`text ${run}`.length));
    }
    expect(pair.freed).toBeGreaterThan(60);
    const slots = [...pair.device.slots.functions()].length;
    expect(slots).toBeLessThan(129);
    // What is still declared works, also if it was made long ago.
    pair.evaluate("kept(5)");
    pair.evaluate("v");
    pair.evaluate('list.push("b")\nlist');
    pair.evaluate("apply(\\n: n * 3, 14)");
    expect(pair.values.slice(-5)).toEqual([
      "kept 5",
      "[398, 200]",
      expect.anything(),
      "[a, b]",
      "42",
    ]);
  });

  it("the instances of pieces that were replaced", async () => {
    const pair = new Pair(new ObjectCache(null));
    pair.evaluate("fn g(n: i64) -> i64: n + 1");
    const redefine = (): void => {
      for (let turn = 0; turn < 400; turn += 1)
        pair.evaluate(`fn f(n: i64) -> i64: g(n) * ${turn}\nf(2)`);
    };
    expect(await collectedInstances(redefine, 200)).toBeGreaterThanOrEqual(200);
    expect(pair.values.at(-1)).toBe(String(3 * 399));
  }, 60_000);
});

describe("a piece that fails", () => {
  it("leaves its functions where the memory is too large to be copied, and its variables not", () => {
    const pair = new Pair(new ObjectCache(null), "1", { mostImage: 0 });
    pair.evaluate("fn f() -> i64: 1\nvar count = 0");
    pair.evaluate("fn f() -> i64: 2\nval lost = 5\ncount = 7\n[1][3]");
    expect(pair.outcome).toBe("partial");
    pair.evaluate("f() + count");
    expect(pair.values).toEqual(["9"]);
    expect(() => pair.evaluate("lost")).toThrow("`lost` is not declared");
  });
});
