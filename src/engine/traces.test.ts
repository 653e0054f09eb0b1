import { describe, expect, it } from "vitest";
import { SourceFile } from "../base/index.ts";
import { ProgramError } from "../runtime/index.ts";
import { observe, testClock, ways } from "../../tests/engine/harness.ts";
import { Engine } from "./index.ts";

/** Programs that stop with a runtime error, each with the trace that every tier must give. */
const programs: Readonly<Record<string, { source: string; code: string; trace: string[] }>> = {
  "division in nested calls": {
    source: `fn divide(a: i64, b: i64) -> i64: a / b
fn middle(n: i64) -> i64:
    var sum = 0
    for i in 0..n:
        sum += divide(100, n - 3 - i)
    sum
fn outer(n: i64) -> i64: middle(n) + middle(n + 1)
print middle(2) + middle(1)
print outer(6)
`,
    code: "division_by_zero",
    trace: ["divide:1:35", "middle:5:16", "outer:7:26", "top level:9:7"],
  },
  "fail after many iterations": {
    source: `fn check(i: i64):
    if i == 4321: fail "at {i}"
fn run():
    var i = 0
    while true:
        check(i)
        i += 1
run()
`,
    code: "fail",
    trace: ["check:2:19", "run:6:9", "top level:8:1"],
  },
  "assert in an inner loop": {
    source: `fn search(n: i64):
    for i in 0..n:
        for j in 0..n:
            assert i * j != 399, "found"
for k in 0..3: search(10)
search(30)
`,
    code: "fail",
    trace: ["search:4:13", "top level:6:1"],
  },
  "functions of the prelude": {
    source: `fn part(n: i64, of: i64) -> i64: n.fdiv(of)
var i = 30
while true:
    i -= 1
    part(100, i)
`,
    code: "division_by_zero",
    trace: ["part:1:34", "top level:5:5"],
  },
  "float modulo, inlined twice": {
    source: `fn rest(a: f64, b: f64) -> f64: a % b
fn two(a: f64) -> f64: rest(a, a - 5.0)
var x = 0.0
while x < 20.0:
    x = x + 1.0
    print two(x)
`,
    code: "modulo_by_zero",
    trace: ["rest:1:33", "two:2:24", "top level:6:11"],
  },
};

describe("traces", () => {
  for (const [title, { source, code, trace }] of Object.entries(programs)) {
    describe(title, () => {
      for (const [way, options] of Object.entries(ways)) {
        it(way, () => {
          const { error } = observe(source, options).observed;
          expect(error).toMatchObject({ code, trace, omitted: 0 });
        });
      }
    });
  }

  /** `ping` and `pong` are not in one unit for long: each goes to its tier when its own calls are enough. */
  const alternating = `
fn bottom(n: i64) -> i64: 1 / n
fn d(n: i64) -> i64: bottom(n - 1) + 1
fn c(n: i64) -> i64: d(n) + 1
fn b(n: i64) -> i64: c(n) + 1
fn a(n: i64) -> i64: b(n) + 1
for i in 0..12:
    print a(2 + i)
    if i > 3: print b(2 + i)
    if i > 4: print d(2 + i) + c(2 + i)
print a(1)
`;

  it.each(Object.entries(ways))("alternate between tiers: %s", (_, options) => {
    const { error } = observe(alternating, options).observed;
    expect(error?.trace).toEqual([
      "bottom:2:27",
      "d:3:22",
      "c:4:22",
      "b:5:22",
      "a:6:22",
      "top level:11:7",
    ]);
  });

  for (const threshold of [2, 3, 5, 8, 11, 13]) {
    it(`alternate between tiers, threshold ${threshold}`, () => {
      const expected = observe(alternating, { mode: "interpret" }).observed;
      expect(observe(alternating, { threshold }).observed).toEqual(expected);
    });
  }

  it("hold frames of compiled code behind a deep recursion of the interpreter", () => {
    const source = `
fn deep(n: i64) -> i64:
    if n == 0: return 1 / n
    deep(n - 1) + 1
fn hot(n: i64, go: bool) -> i64:
    if go: return deep(n) + 1
    n
for i in 0..20: hot(i, false)
print hot(600, true)
`;
    const expected = observe(source, { mode: "interpret" }).observed;
    expect(expected.error?.trace.slice(-2)).toEqual(["hot:6:19", "top level:9:7"]);
    for (const options of [{ threshold: 15 }, { threshold: 1000 }, { threshold: 2 }]) {
      expect(observe(source, options).observed).toEqual(expected);
    }
    expect(observe(source, { mode: "jit" }).observed).toEqual(expected);
  });
});

describe("endless recursion", () => {
  const direct = "fn forever(n: i64) -> i64: forever(n + 1) + 1\nprint forever(0)\n";
  const mutual = `
fn even(n: i64) -> i64:
    var sum = 0
    for i in 0..2: sum += odd(n + 1)
    sum
fn odd(n: i64) -> i64: even(n + 1) + 1
print even(0)
`;
  it.each(Object.entries(ways))("is a stack overflow: %s", (_, options) => {
    const { error } = observe(direct, options).observed;
    expect(error).toMatchObject({ code: "stack_overflow", message: "stack overflow" });
    expect(error?.trace[0]).toMatch(/^forever:1:/);
    expect(error?.trace.slice(1, 40)).toEqual(Array.from({ length: 39 }, () => "forever:1:28"));
    const { error: second } = observe(mutual, options).observed;
    expect(second?.code).toBe("stack_overflow");
    expect(new Set(second?.trace.slice(1, 30))).toEqual(new Set(["even:4:27", "odd:6:24"]));
    for (const found of [error, second]) expect(found?.trace.at(-1)).toMatch(/^top level:/);
  });

  it("knows whether it has counted every frame", () => {
    const thrown = (mode: "interpret" | "jit"): ProgramError | null => {
      const engine = new Engine({ clock: testClock, mode, write: () => {} });
      try {
        engine.load(new SourceFile("test.spl", direct)).run();
      } catch (error) {
        if (error instanceof ProgramError) return error;
        throw error;
      }
      return null;
    };
    expect(thrown("interpret")?.incomplete).toBe(false);
    const compiled = thrown("jit");
    // The default stack of a thread holds more than the 4000 compiled frames of a stack trace.
    expect(compiled?.incomplete).toBe(true);
    expect(compiled?.trace.slice(compiled.gap)).toEqual([
      { function: "top level", file: "test.spl", line: 0, column: 0 },
    ]);
  });
});
