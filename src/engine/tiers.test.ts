import { describe, expect, it } from "vitest";
import { observe, ways } from "../../tests/engine/harness.ts";
import type { TierEvent } from "./options.ts";

/** A decision as one line. */
function line(event: TierEvent): string {
  return `${event.function}: ${event.from} -> ${event.to}, ${event.reason}`;
}

function lines(events: readonly TierEvent[]): string[] {
  return events.map(line);
}

describe("promotion of functions", () => {
  const calls = (count: number): string => `
fn half(n: i64) -> i64: n / 2
fn step(n: i64) -> i64: half(n) + 1
var x = 1000000
for i in 0..${count}: x = step(x)
print x
`;

  it("is by calls, together with what is about to be promoted", () => {
    const { events } = observe(calls(20), { threshold: 10 });
    expect(lines(events)).toEqual([
      "step: interpreter -> wasm tier 1, 10 calls",
      "half: interpreter -> wasm tier 1, in the unit of step",
    ]);
    expect(events[0]).toMatchObject({ compileTime: expect.closeTo(0.01, 9) });
    expect(events[0]?.codeBytes).toBeGreaterThan(20);
  });

  it("goes to tier 2 together with what is called, after counted calls", () => {
    const { events, program } = observe(calls(130), { threshold: 10 });
    expect(lines(events).slice(2)).toEqual([
      "step: wasm tier 1 -> wasm tier 2, 100 calls in wasm tier 1",
      "half: wasm tier 1 -> wasm tier 2, in the unit of step",
    ]);
    const step = program.stats().functions.find((one) => one.function.startsWith("step"));
    expect(step?.tier).toBe("wasm tier 2");
  });

  it("does not happen below the threshold, nor at all in mode interpret", () => {
    expect(observe(calls(9), { threshold: 10 }).events).toEqual([]);
    expect(observe(calls(900), { mode: "interpret" }).events).toEqual([]);
  });

  it("takes any number for a threshold", () => {
    const expected = observe(calls(30), { mode: "interpret" }).observed;
    for (const threshold of [-1, 0, 1, 0.5, 1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(observe(calls(30), { threshold }).observed).toEqual(expected);
    }
    expect(observe(calls(30), { threshold: 1e300 }).events).toEqual([]);
    expect(line(observe(calls(30), { threshold: 0 }).events[0] ?? never)).toBe(
      "top level: interpreter -> wasm tier 1, 1 calls",
    );
  });

  it("of a recursive function is to tier 2 at once", () => {
    const source = `
fn fib(n: i64) -> i64: if n < 2: n else: fib(n - 1) + fib(n - 2)
print fib(15)
`;
    const { observed, events } = observe(source);
    expect(observed.out).toBe("610\n");
    expect(lines(events)).toEqual(["fib: interpreter -> wasm tier 2, 10 calls, recursive"]);
  });

  it("compacts sixteen units into one", () => {
    const numbers = Array.from({ length: 16 }, (_, index) => index);
    // Each gets hot before the next is called.
    const source = `
${numbers.map((n) => `fn f${n}(n: i64) -> i64: n * ${n + 2} + 1`).join("\n")}
var s = 0
${numbers.map((n) => `for i in 0..12: s += f${n}(i)`).join("\n")}
print s
`;
    const { observed, events } = observe(source);
    expect(observed).toEqual(observe(source, { mode: "interpret" }).observed);
    expect(lines(events.slice(0, 16))).toEqual(
      numbers.map((n) => `f${n}: interpreter -> wasm tier 1, 10 calls`),
    );
    expect(lines(events.slice(16))).toEqual(
      numbers.map((n) => {
        const reason = n === 0 ? "compaction of 16 units" : "in the unit of f0";
        return `f${n}: wasm tier 1 -> wasm tier 2, ${reason}`;
      }),
    );
  });

  it("of functions that get hot together makes few units", () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    const source = `
${numbers.map((n) => `fn f${n}(n: i64) -> i64: n + ${n}`).join("\n")}
var s = 0
for i in 0..12:
${numbers.map((n) => `    s += f${n}(i)`).join("\n")}
print s
`;
    const { observed, events, program } = observe(source);
    expect(observed.out).toBe(`${12 * 4950 + 66 * 100}\n`);
    expect(new Set(events.map((event) => event.function)).size).toBe(100);
    expect(program.stats().compiles).toBeLessThan(10);
  });
});

describe("promotion of loops", () => {
  it("happens while the loop runs", () => {
    const source = `
var sum = 0
for i in 0..50000: sum += i % 7
print sum
`;
    const { observed, events, program } = observe(source);
    expect(observed.out).toBe("149997\n");
    expect(lines(events)).toEqual([
      "top level loop at line 3: interpreter -> wasm tier 2, loop at line 3: 1000 iterations",
    ]);

    expect(program.stats().functions).toMatchObject([
      { function: "top level", tier: "interpreter, loop in wasm tier 2" },
    ]);
  });

  it("takes along what the loop calls, and nothing else", () => {
    const source = `
fn inside(n: i64) -> i64: n % 3
fn before(n: i64) -> i64: n + 1
var sum = before(1)
for i in 0..2000: sum += inside(i)
print sum + before(2)
`;
    expect(lines(observe(source, { threshold: 1_000_000 }).events)).toEqual([
      "top level loop at line 5: interpreter -> wasm tier 2, loop at line 5: 1000 iterations",
      "inside: interpreter -> wasm tier 2, in the unit of top level",
    ]);
  });

  it("of a function in tier 1 happens when its fuel is used up", () => {
    const source = `
fn long(n: i64) -> i64:
    var sum = 0
    for i in 0..n:
        for j in 0..3: sum += i ^ j
    sum
var total = 0
for k in 0..4: total += long(k)
print total + long(5000)
`;
    const { observed, events } = observe(source, { threshold: 4, loopFuel: 64 });
    expect(observed).toEqual(observe(source, { mode: "interpret" }).observed);
    expect(lines(events)).toEqual([
      "long: interpreter -> wasm tier 1, 4 calls",
      "long loop at line 4: interpreter -> wasm tier 1, in the unit of long",
      "long: wasm tier 1 -> wasm tier 2, a loop in wasm tier 1",
      "long loop at line 4: wasm tier 1 -> wasm tier 2, in the unit of long",
    ]);
  });

  it("leaves a function in tier 1 the code that its loop has in tier 2", () => {
    const source = `
fn sum(n: i64) -> i64:
    var total = 0
    for i in 0..n: total += i ^ n
    total
var all = 0
for k in 0..6: all += sum(500)
print all
`;
    const { observed, events } = observe(source, { threshold: 4, loopThreshold: 1000 });
    expect(observed).toEqual(observe(source, { mode: "interpret" }).observed);
    expect(lines(events)).toEqual([
      "sum loop at line 4: interpreter -> wasm tier 2, loop at line 4: 1000 iterations",
      "sum: interpreter -> wasm tier 1, 4 calls",
    ]);
  });
});

describe("mode jit", () => {
  it("compiles what init can reach, before it runs", () => {
    const source = `
fn used(n: i64) -> i64: n + 1
fn unused(n: i64) -> i64: n + 2
print used(1)
`;
    const { events, program } = observe(source, { mode: "jit" });
    expect(lines(events)).toEqual([
      "top level: interpreter -> wasm tier 2, mode jit",
      "used: interpreter -> wasm tier 2, in the unit of top level",
    ]);
    expect(program.stats()).toMatchObject({ mode: "jit", compiles: 1 });
  });
});

describe("mode hybrid", () => {
  it("compiles what takes the time", () => {
    const source = `
fn work(n: i64) -> i64:
    var s = 0
    for i in 0..n: s += i & 3
    s
var total = 0
for k in 0..200: total += work(20000)
print total
`;
    const { observed, events } = observe(source, { mode: "hybrid" });
    expect(observed.out).toBe("6000000\n");
    expect(lines(events).some((text) => /^work.*-> wasm/.test(text))).toBe(true);
  });
});

describe("values between the tiers", () => {
  const source = `
fn u8s(a: u8, b: u8) -> u8: a * b + 1u8
fn i8s(a: i8) -> i8: a * 3i8
fn u16s(a: u16) -> u16: a * 257u16
fn u32s(a: u32, b: bool) -> u32: if b: a * 2654435761u32 else: a
fn i64s(a: i64, b: i64) -> i64: a * 6364136223846793005 + b
fn u64s(a: u64, b: u8, c: bool) -> u64: if c: a * 6364136223846793005u64 + 1u64 else: a - 1u64
fn f32s(a: f32, b: f64) -> f32: a * 1.1f32
fn bools(a: bool, b: i64) -> bool: a != (b % 2 == 0)
fn nothing(a: bool):
    flag = not flag and a
fn both(a: u32, b: u64, c: f32, d: i8) -> u64: u64s(b, a as u8, bools(d > 0, a as i64)) ^ (u32s(a, true) as u64)
var flag = true
var a = 1u8
var b = 1i8
var c = 1u16
var d = 4000000000u32
var e = 0 - 5
var f = 18446744073709551610u64
var g = 1.5f32
var h = false
for i in 0..40:
    a = u8s(a, 77u8)
    b = i8s(b)
    c = u16s(c + 1u16)
    d = u32s(d, i % 2 == 0)
    e = i64s(e, i)
    f = u64s(f, a, h) ^ both(d, f, g, b)
    g = f32s(g, 2.0)
    h = bools(h, i)
    nothing(h)
    print "{a} {b} {c} {d} {e} {f} {g} {h} {flag}"
`;
  const expected = observe(source, { mode: "interpret" }).observed;
  it.each(Object.entries(ways))("are the same: %s", (_, options) => {
    expect(observe(source, options).observed).toEqual(expected);
  });
  it.each([3, 4, 6, 9, 14, 21])("are the same at threshold %i", (threshold) => {
    expect(observe(source, { threshold, loopThreshold: 3 * threshold }).observed).toEqual(expected);
  });
});

describe("large programs", () => {
  it("of many loops and locals in one function run in every mode", { timeout: 30_000 }, () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    // All of them are alive to the end, but only some concern a loop.
    const source = `
${numbers.map((n) => `var v${n} = ${n}\nif v${n} % 3 == 0: v${n} += 1\nvar i${n} = 0\nvar j${n} = i${n}\nwhile i${n} < 2: i${n} += 1`).join("\n")}
var total = 0
for k in 0..2000: total += k & v7
${numbers.map((n) => `total += v${n} + i${n} + j${n}`).join("\n")}
print total
`;
    const expected = observe(source, { mode: "interpret" }).observed;
    expect(expected.error).toBeNull();
    for (const mode of ["auto", "jit"] as const) {
      expect(observe(source, { mode, verify: false }).observed).toEqual(expected);
    }
  });

  it("of a thousand functions run in every mode", { timeout: 30_000 }, () => {
    const count = 1000;
    const functions = Array.from({ length: count }, (_, index) => {
      const inner = index % 5 === 0 ? "n" : `f${index - 1}(n)`;
      return `fn f${index}(n: i64) -> i64: ${inner} + ${index}`;
    });
    const source = `${functions.join("\n")}\nvar s = 0\nfor i in 0..12:\n${functions
      .map((_, index) => `    s += f${index}(i)\n`)
      .join("")}print s\n`;
    const expected = observe(source, { mode: "interpret" }).observed;
    expect(expected.error).toBeNull();
    const auto = observe(source, { verify: false });
    expect(auto.observed).toEqual(expected);
    expect(auto.program.stats().codeBytes).toBeGreaterThan(0);
    expect(observe(source, { mode: "jit", verify: false }).observed).toEqual(expected);
  });
});

const never: TierEvent = {
  time: 0,
  function: "",
  from: "",
  to: "",
  reason: "",
  compileTime: 0,
  codeBytes: 0,
};
