import { describe, expect, it } from "vitest";
import { hotNative } from "../../tests/engine/hot-native.ts";
import { observe, type Observation } from "../../tests/engine/harness.ts";
import { nativeBackend } from "../../tests/engine/native-backend.ts";
import { whyNoLlvm } from "../../tests/native/llvm.ts";
import type { EngineOptions } from "./options.ts";

/** Runs a program so that its functions, called from tier 0, get to O3 soon; the output is that of the interpreter. */
function runHot(source: string, options: Partial<EngineOptions> = {}): Observation {
  if (nativeBackend === undefined) throw new Error("there is no native back end");
  const hot = { ...hotNative(nativeBackend), threshold: 2, loopThreshold: 1_000_000_000 };
  const observation = observe(source, { ...hot, ...options });
  expect(observation.observed).toEqual(observe(source, { mode: "interpret" }).observed);
  return observation;
}

/** What the code of a function was made for, in order; the tier events say it behind the samples. */
function madeFor({ events }: Observation, name: string): string[] {
  return events
    .filter((event) => event.function === name && event.to === "llvm O3")
    .map(({ reason }) => reason.replace(/^\d+% of \d+ samples(?:, )?/, ""));
}

/** Recursive functions go to the top at once. */
const powers = `
fn power(base: i64, exponent: i64, modulus: i64) -> i64:
    if exponent == 0: 1
    else if exponent % 2 == 1: base * power(base, exponent - 1, modulus) % modulus
    else: power(base * base % modulus, exponent / 2, modulus)
fn powers(from: i64, to: i64, modulus: i64) -> i64:
    var s = 0
    for k in from..to: s = s + power(k, k % 50, modulus)
    s
`;
const rounds = (calls: number, what: string): string => `for k in 0..${calls}: t = t + ${what}\n`;

describe.skipIf(nativeBackend === undefined)(`code for what was observed${whyNoLlvm}`, () => {
  it("knows an argument that is always the same", () => {
    const run = runHot(`${powers}var t = 0\n${rounds(300, "power(k, 20, 1000003)")}print t\n`);
    expect(madeFor(run, "power")).toContain("modulus = 1000003");
  });

  it("goes on with other arguments, and errors and traces are the same", () => {
    const source = `${powers}var t = 0
${rounds(300, "power(k, 20, 1000003)")}print t
${rounds(30, "power(k, 21, k + 7)")}print t
print power(2, 10, 0)
`;
    const run = runHot(source);
    expect(madeFor(run, "power")).toContain("modulus = 1000003");
    expect(run.observed.error?.code).toBe("modulo_by_zero");
    expect(run.observed.error?.trace.length).toBeGreaterThan(1);
  });

  it("knows what a loop that runs does not change", () => {
    const source = `
fn digits(n: i64, base: i64) -> i64:
    var s = 0
    var k = 0
    while k < n:
        s = s + k % base
        k = k + 1
    s
print digits(20000, 7)
print digits(2000, 9)
print digits(5, 0)
`;
    const run = runHot(source, { threshold: 1_000_000_000, loopThreshold: 4, loopFuel: 5 });
    expect(madeFor(run, "digits loop at line 5").join()).toContain("base = 7");
    expect(run.observed.error?.code).toBe("modulo_by_zero");
  });

  it("fails in the body that is made for a value as in the other", () => {
    const source = `
fn walk(xs: [i64], at: i64, step: i64) -> i64:
    if at >= 12: xs[at / (step - 1)] / step else: walk(xs, at + 1, step)
val xs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
var t = 0
${rounds(300, "walk(xs, k % 5, 2)")}print t
xs.pop()
print walk(xs, 3, 2)
`;
    const run = runHot(source);
    expect(madeFor(run, "walk")).toContain("step = 2");
    expect(run.observed.error?.code).toBe("index_out_of_range");
  });

  it("is given up where guards fail, and only then", () => {
    const source = `${powers}var t = 0
${rounds(300, "power(k, 20, 1000003)")}${rounds(1500, "power(k, 20, 1000 + k)")}print t
`;
    const { events } = runHot(source);
    const reasons = events
      .filter((event) => event.function === "power")
      .map(({ reason }) => reason);
    const [first] = reasons.flatMap((reason, i) => (reason.includes("1000003") ? [i] : []));
    const given = reasons.findIndex((reason) =>
      /^guards of power did not hold \d+ times$/.test(reason),
    );
    expect(first).toBeDefined();
    expect(given).toBeGreaterThan(first ?? 0);
  });

  it("calls the target of a closure directly, and any other one as before", () => {
    const source = `
fn square(x: i64) -> i64: x * x
fn cube(x: i64) -> i64: x * x * x
fn fold(f: fn(i64) -> i64, n: i64) -> i64: if n == 0: 0 else: f(n) + fold(f, n - 1)
val fs: [fn(i64) -> i64] = [square, cube, \\x: 100 / (x - 3)]
var t = 0
${rounds(300, "fold(fs[0], 20)")}print t
${rounds(40, "fold(fs[1], 20)")}print t
print fold(fs[2], 9)
`;
    const run = runHot(source);
    expect(madeFor(run, "fold").join()).toContain("fold calls square");
    expect(run.observed.error?.code).toBe("division_by_zero");
  });

  it.each([
    ["int", "k"],
    ["float", "k + 0.5"],
    ["bool", "k % 2 == 0"],
    ["object", "Square(side: k)"],
  ])("knows that a value of any type is always one kind: %s", (kind, seen) => {
    const source = `
class Square:
    side: i64
class Circle:
    r: i64
fn sizes(x: any, n: i64) -> i64:
    if n == 0: return 0
    val here = match x:
        case nil: 100 / (n - 4)
        case Square(side): side * 3
        case Circle(r): 10 / r
        case true: 7
        case _: 1
    here + sizes(x, n - 1)
fn value(k: i64) -> any: ${seen}
var t = 0
${rounds(600, "sizes(value(k), 5)")}print t
val others: [any] = [3, -1, 2.5, true, false, "text", Square(side: 2), Circle(r: 3), 1 << 60]
for other in others: print sizes(other, 9)
for k in 0..200: t = t + sizes(others[k % 9], k % 7)
print t
print sizes(nil, 9)
`;
    const run = runHot(source);
    const text = kind === "object" ? "x always an object" : `x always ${kind}`;
    expect(madeFor(run, "sizes").join()).toContain(text);
    expect(run.observed.error?.code).toBe("division_by_zero");
  });

  it("asks first for the class that it has seen", () => {
    const source = `
trait Shape:
    fn area() -> i64
${["One", "Two", "Three", "Four"]
  .map(
    (name, i) =>
      `class ${name}:\n    side: i64\nimpl Shape for ${name}:\n    fn area() -> i64: self.side * ${i + 1} / (self.side - 50)\n`,
  )
  .join("")}
fn areas(shape: dyn Shape, n: i64) -> i64: if n == 0: 0 else: shape.area() + areas(shape, n - 1)
val last = Four(side: 3)
var t = 0
${rounds(300, "areas(last, 20)")}print t
${rounds(40, "areas(Two(side: 5), 20)")}print t
print areas(One(side: 50), 3)
`;
    const run = runHot(source);
    expect(madeFor(run, "areas").join()).toContain("Four");
    expect(run.observed.error?.code).toBe("division_by_zero");
  });
});
