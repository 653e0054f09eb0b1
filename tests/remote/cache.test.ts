// Pieces that were compiled earlier: for another device, by a server that has ended.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ObjectCache } from "../../src/server/index.ts";
import { Pair } from "./pair.ts";

const pieces = [
  "class P:\n    x: i64",
  "fn make(n: i64) -> P: P(x: n * 2)",
  "var all = [make(1)]",
  "all.map(\\p: p.x + 1)",
  "fn make(n: i64) -> P: P(x: n * 3)",
  "all.push(make(5))",
];
const shown = ["[3]", "[P(x: 2), P(x: 15)]"];

describe("pieces that were compiled earlier", () => {
  it("are those of programs with the same history", () => {
    const cache = new ObjectCache(null);
    const [first, second] = [new Pair(cache), new Pair(cache)];
    expect(pieces.map((text) => first.evaluate(text))).toEqual(pieces.map(() => false));
    expect(pieces.map((text) => second.evaluate(text))).toEqual(pieces.map(() => true));
    expect(first.values).toEqual(shown);
    expect(second.values).toEqual(shown);
    // What comes now has to be compiled, with all that was not analysed.
    expect(second.evaluate("make(7)")).toBe(false);
    expect(second.values.at(-1)).toBe("P(x: 21)");
    expect(first.evaluate("fn make(n: i64) -> P: P(x: n)")).toBe(false);
    expect(first.evaluate("make(7)")).toBe(false);
    expect(first.values.at(-1)).toBe("P(x: 7)");
  });

  it("are those of the same program while nothing is declared", () => {
    const pair = new Pair(new ObjectCache(null));
    pair.evaluate("fn f(n: i64) -> i64: n + 1");
    const same = Array.from({ length: 3 }, () => pair.evaluate("f(1)"));
    expect(same).toEqual([false, true, true]);
    expect(pair.evaluate("fn f(n: i64) -> i64: n + 2")).toBe(false);
    expect([pair.evaluate("f(1)"), pair.evaluate("f(1)")]).toEqual([false, true]);
    expect(pair.evaluate("var calls = [f(2)]")).toBe(false);
    expect([pair.evaluate("calls.push(f(3))"), pair.evaluate("calls.push(f(3))")]).toEqual([
      false,
      true,
    ]);
    expect(pair.values).toEqual(["2", "2", "2", "3", "3", "[4, 5]", "[4, 5, 5]"]);
  });

  it("are not those of another order, build, or place", () => {
    const cache = new ObjectCache(null);
    new Pair(cache).evaluate("fn f() -> i64: 1");
    expect(new Pair(cache, "2").evaluate("fn f() -> i64: 1")).toBe(false);
    const other = new Pair(cache);
    other.evaluate("fn g() -> i64: 1");
    expect(other.evaluate("fn f() -> i64: 1")).toBe(false);
  });

  it("are kept within the memory that there is for them", () => {
    const cache = new ObjectCache(null, 0);
    new Pair(cache).evaluate("fn f() -> i64: 1");
    expect(new Pair(cache).evaluate("fn f() -> i64: 1")).toBe(false);
  });

  it("stay for a server that starts anew, unless their file is damaged", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "anneal-cache-"));
    const first = new Pair(new ObjectCache(folder));
    for (const text of pieces) first.evaluate(text);
    const second = new Pair(new ObjectCache(folder));
    expect(pieces.map((text) => second.evaluate(text))).toEqual(pieces.map(() => true));
    expect(second.values).toEqual(shown);
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    }
    const third = new Pair(new ObjectCache(folder));
    expect(pieces.map((text) => third.evaluate(text))).toEqual(pieces.map(() => false));
    expect(third.values).toEqual(shown);
  });
});
