// Native code that calls functions of a program, and of JavaScript.
import { afterAll, describe, expect, test } from "vitest";
import { DiagnosticError, type EngineOptions } from "../../src/engine/index.ts";
import type { Jit } from "../../src/jit/index.ts";
import { nativeWays, observe, ways, type Observed } from "../engine/harness.ts";
import { openJit, whyNoJit } from "./modules.ts";

const module = `
declare void @qsort(ptr, i64, i64, ptr)
declare i64 @strlen(ptr)
declare i64 @step(i64)
@kept = internal global ptr null
define i64 @apply(ptr %f, i64 %x) {
  %r = call i64 %f(i64 %x)
  ret i64 %r
}
define double @sum(ptr %f, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi double [ 0.0, %entry ], [ %more, %loop ]
  %x = sitofp i64 %i to double
  %y = call double %f(double %x)
  %more = fadd double %s, %y
  %next = add i64 %i, 1
  %on = icmp slt i64 %next, %n
  br i1 %on, label %loop, label %done
done:
  ret double %more
}
define internal i32 @order(ptr %a, ptr %b) {
  %x = load double, ptr %a
  %y = load double, ptr %b
  %f = load ptr, ptr @kept
  %r = call i64 %f(double %x, double %y)
  %narrow = trunc i64 %r to i32
  ret i32 %narrow
}
define void @sort_by(ptr %items, i64 %n, ptr %f) {
  store ptr %f, ptr @kept
  call void @qsort(ptr %items, i64 %n, i64 8, ptr @order)
  ret void
}
define void @keep(ptr %f) {
  store ptr %f, ptr @kept
  ret void
}
define i64 @run_kept(i64 %x) {
  %f = load ptr, ptr @kept
  %r = call i64 %f(i64 %x)
  ret i64 %r
}
define zeroext i8 @many(ptr %f, i64 %n) {
  %r = call zeroext i8 %f(i8 signext -3, i8 zeroext -6, i16 zeroext -1, i32 -1, i64 5, i64 6, i64 7, i64 %n,
    float 1.5, double 2.5, i1 zeroext true, double 3.0, double 4.0, double 5.0, double 6.0, double 7.0, float 8.5)
  ret i8 %r
}
define i64 @length(ptr %text) {
  %r = call i64 @strlen(ptr %text)
  ret i64 %r
}
define ptr @same(ptr %x) { ret ptr %x }
define i64 @steps(i64 %n) {
  %last = icmp eq i64 %n, 0
  br i1 %last, label %done, label %more
done:
  ret i64 0
more:
  %below = sub i64 %n, 1
  %r = call i64 @step(i64 %below)
  %sum = add i64 %r, 1
  ret i64 %sum
}
`;

const head = `
extern fn apply(f: fn(i64) -> i64, x: i64) -> i64
extern fn sum(f: fn(f64) -> f64, n: i64) -> f64
extern fn sort_by(items: [f64], n: i64, f: fn(f64, f64) -> i64)
extern fn keep(f: fn(i64) -> i64)
extern fn run_kept(x: i64) -> i64
extern fn length(t: text) -> i64
extern fn same(x: u64) -> u64
extern fn steps(n: i64) -> i64
fn step(n: i64) -> i64: steps(n)
`;

/** Sources with what they print, and the trace of their error. */
const programs: Readonly<Record<string, readonly [string, string, ...string[]]>> = {
  "functions, closures and lambdas": [
    `
fn half(x: f64) -> f64: x / 2.0
val k = 3
print apply(\\x: x * 2, 20)
print apply(\\x: x * k, 20)
print sum(half, 1000)
print sum(\\x: sum(\\y: x * y, 4), 30)
`,
    "40\n60\n249750.0\n2610.0\n",
  ],
  "arrays in place, texts and addresses": [
    `
val items = [3.0, -1.5, 2.0, 0.5]
sort_by(items, items.len(), \\a, b: if a < b: -1 elif a > b: 1 else: 0)
print items
val none: [f64] = []
sort_by(none, 0, \\a, b: 0)
print length("häl" + "lo") + length("")
print same(18446744073709551615)
`,
    "[-1.5, 0.5, 2.0, 3.0]\n6\n18446744073709551615\n",
  ],
  "functions by their names, and calls in both directions": [
    `
print steps(100)
var count = 0
fn tick(x: i64) -> i64:
    count += x
    count
for i in 0..300: apply(tick, i)
print count
`,
    "100\n44850\n",
  ],
  "function pointers that native code keeps": [
    `
fn adder(n: i64): \\x: x + n
for i in 0..50: keep(adder(i))
var garbage = [1]
for i in 0..200: garbage = garbage + [i]
print run_kept(5)
`,
    "54\n",
  ],
  "an error in a function that native code called": [
    `
fn check(x: i64) -> i64:
    if x > 3: fail "too much"
    x
fn outer(x: i64) -> i64: apply(\\y: check(y + 1), x)
print outer(2)
print outer(3)
`,
    "3\n",
    "check:13:15",
    "lambda:15:36",
    "outer:15:26",
    "top level:17:7",
  ],
  "an error through several native calls": [
    `
fn inverse(x: i64) -> i64: 100 / x
fn middle(x: i64) -> i64: apply(\\y: apply(inverse, y - 5), x)
print middle(6)
print middle(5)
`,
    "100\n",
    "inverse:12:28",
    "lambda:13:37",
    "middle:13:27",
    "top level:15:7",
  ],
};

const opened: Jit[] = [];
afterAll(() => opened.forEach((jit) => jit.destroy()));

function run(source: string, options: Partial<EngineOptions>): Observed {
  const { jit } = openJit({ collectImports: true });
  opened.push(jit);
  const linked = jit.hostFunctions(jit.loadMemory(module, "m"));
  return observe(head + source, {
    linked,
    imports: jit.imports(),
    functionPointers: (signature, call) => jit.callback(signature, call),
    nativeStackInUse: () => jit.stackInUse,
    ...options,
  }).observed;
}

function refusal(source: string, text = module): string[] {
  const { jit } = openJit({ collectImports: true });
  opened.push(jit);
  const linked = jit.hostFunctions(jit.loadMemory(text, "m"));
  try {
    observe(source, { linked, imports: jit.imports() });
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe.skipIf(whyNoJit !== "")(`native code calls the program${whyNoJit}`, () => {
  test.each(Object.keys(programs))("%s: the same in every tier", (name) => {
    const [source, output, ...expected] = programs[name] ?? ["", ""];
    for (const [way, options] of Object.entries({ ...ways, ...nativeWays })) {
      const { out, error } = run(source, options);
      expect([way, out, ...(error?.trace ?? [])]).toEqual([way, output, ...expected]);
    }
  });

  test("objects stay while native code has them, whenever the collector runs", () => {
    const source = `
fn work(n: i64) -> i64:
    var total = 0
    for i in 0..n:
        val k = [i]
        total += apply(\\x: x + k[0] + [1, 2, 3].len(), i)
    total
print work(50)
`;
    for (const mode of ["interpret", "jit"] as const) {
      expect(run(source, { mode, collectAlways: true })).toMatchObject({ out: "2600\n" });
    }
  });

  test.each(["interpret", "jit"] as const)("every type, in mode %s", (mode) => {
    const source = `
extern fn many(f: fn(i8, u8, u16, u32, i64, i64, i64, i64, f32, f64, bool, f64, f64) -> u8, n: i64) -> u8
print many(\\a, b, c, d, e, f, g, n, h, i, j, k, l: see(a, b, c, d, e + f + g + n, h, i, j, k + l), 9)
fn see(a: i8, b: u8, c: u16, d: u32, e: i64, h: f32, i: f64, j: bool, k: f64) -> u8:
    print "{a} {b} {c} {d} {e} {h} {i} {j} {k}"
    200
`;
    expect(run(source, { mode })).toMatchObject({
      out: "-3 250 65535 4294967295 27 1.5 2.5 true 7.0\n200\n",
      error: null,
    });
  });

  test("what the program does not have, or has otherwise", () => {
    expect(refusal("print 1\n")).toEqual([
      "m calls `step`, which is defined neither by a module before it nor by the program",
    ]);
    expect(refusal("fn step(n: f64) -> i64: 1\n")).toEqual([
      "m calls `step` as `(i64) -> i64`, found `(f64) -> i64`",
    ]);
    const step = "fn step(n: i64) -> i64: n\n";
    expect(refusal(`${step}extern fn apply(f: fn(text) -> i64, x: i64) -> i64\n`)).toEqual([
      "`apply` is `(ptr, i64) -> i64` in m, found `(fn(text) -> i64, i64) -> i64`",
    ]);
    expect(refusal(`${step}extern fn sort_by(a: [text], n: i64, f: i64)\n`)).toEqual([
      "`sort_by` is `(ptr, i64, ptr) -> unit` in m, found `([text], i64, i64) -> unit`",
    ]);
  });
});

describe.skipIf(whyNoJit !== "")(`native code calls JavaScript${whyNoJit}`, () => {
  test("a callback and its errors", () => {
    const { jit } = openJit();
    opened.push(jit);
    jit.loadMemory(
      module.replace("declare i64 @step(i64)", "define i64 @step(i64 %n) { ret i64 %n }"),
      "m",
    );
    const double = jit.callback({ params: ["i64"], result: "i64" }, (x = 0) => 2n * BigInt(x));
    const apply = jit.find("apply");
    expect(apply.call(double.address, 21)).toBe(42n);
    const failing = jit.callback({ params: ["i64"], result: "i64" }, (x = 0) => {
      if (x === 3n) throw new RangeError("three");
      return apply.call(double.address, BigInt(x) + 1n);
    });
    expect(() => apply.call(failing.address, 3)).toThrow(new RangeError("three"));
    expect(apply.call(failing.address, 4)).toBe(10n);
    expect(jit.stackInUse).toBe(0);
    failing.release();
    expect(() => apply.call(failing.address, 4)).toThrow("no longer good");
    expect(apply.call(double.address, 1)).toBe(2n);
    const next = jit.callback({ params: ["i64"], result: "i64" }, () => 7n);
    expect(next.address).toBe(failing.address);
    failing.release();
    expect(apply.call(next.address, 1)).toBe(7n);
  });

  test("an import that nobody has bound, and modules without the option", () => {
    const { jit } = openJit({ collectImports: true });
    opened.push(jit);
    const loaded = jit.loadMemory(module, "m");
    const steps = jit.find("steps");
    expect(jit.imports()).toMatchObject([
      { name: "step", params: ["i64"], result: "i64", origin: "m" },
    ]);
    expect(() => steps.call(1)).toThrow("`step`, which m calls, is not defined");
    jit.imports()[0]?.bind((n) => BigInt(n ?? 0) * 10n);
    expect(steps.call(8)).toBe(71n);
    jit.unload(loaded);
    expect(jit.imports()).toEqual([]);
    const plain = openJit();
    opened.push(plain.jit);
    expect(() => plain.jit.loadMemory(module, "m")).toThrow("step");
  });
});
