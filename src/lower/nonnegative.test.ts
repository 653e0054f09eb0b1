import { describe, expect, it } from "vitest";
import { hirOf } from "../../tests/lower/harness.ts";
import { nonNegativeLocals } from "./nonnegative.ts";

/** Names of the locals of `f` that are found, hidden ones aside. */
function found(source: string): string[] {
  const fn = hirOf(source).functions.find(({ name }) => name === "f");
  if (fn === undefined) throw new Error("there is no f");
  const known = nonNegativeLocals(fn);
  const named = fn.locals.filter(({ name }, id) => known.has(id) && !name.startsWith("$"));
  return [...new Set(named.map(({ name }) => name))].toSorted();
}

describe("locals that are never negative", () => {
  it("are cursors of loops and what is computed from them without overflow", () => {
    const source = `
fn f(n: i64, m: i64) -> i64:
    var sum = 0
    for i in 0..n:
        val half = i / 2
        val bits = m & 255
        for j in i + 1..n:
            val k = (j % 7) >> 1
            sum += half + bits + k
    var w = 0
    while w < n and sum > 0:
        sum -= w
        w += 1
    sum
print f(3, 4)
`;
    expect(found(source)).toEqual(["bits", "half", "i", "j", "k", "w"]);
  });

  it("are not parameters, nor what may go down, overflow or start below 0", () => {
    const source = `
fn f(n: i64, m: i64) -> i64:
    var down = 10
    var free = 0
    var twice = 0
    var late = 0
    var other = n
    var big = 0
    while down > 0:
        down -= 1
        free += 1
    while twice < n:
        twice += 1
        twice += 1
    while late < n:
        if late == 3: late = 9223372036854775807
        late += 1
    for i in n..m:
        big = i + 1
        other = i
    down + free + twice + late + other + big
print f(1, 2)
`;
    expect(found(source)).toEqual([]);
  });

  it("are not what is added to behind the step or in another loop", () => {
    const source = `
fn f(n: i64) -> i64:
    var i = 0
    var j = 0
    while i < n:
        while j < n:
            j += 1
        i += 1
        j += 1
    i
print f(3)
`;
    expect(found(source)).toEqual(["i"]);
  });
});
