import { describe, expect, it } from "vitest";
import { hirOf, lowerAll, runHir, runMir, type LowerWay } from "../../tests/lower/harness.ts";
import { printFunction } from "../ir/mir/index.ts";
import { shadowStackStart } from "../runtime/index.ts";
import { loopInterface, lowerUnit, ModuleFacts, type LowerRequest } from "./index.ts";

/** Programs whose loops end, nest, break, continue and return in every way that a loop function has to keep. */
const programs: Readonly<Record<string, string>> = {
  "one loop": `
var sum = 0
for i in 0..10: sum += i * i
print sum
`,
  "three levels, locals of every type": `
fn mix(n: i64) -> f64:
    var a = 1i8
    var b = 200u8
    var c = 30000i16
    var d = 1u32
    var e = 1u64
    var f = 0.5f32
    var g = 1.0
    var flag = false
    for i in 0..n:
        a = a * 3i8 + 1i8
        for j in 0..n:
            b = b + 7u8
            d = d * 1664525u32 + 1013904223u32
            for k in 0..2:
                c = c * 5i16 - 1i16
                e = e * 6364136223846793005u64 + 1442695040888963407u64
                f = f * 1.5f32 + 0.25f32
                flag = not flag
            g = g * 1.25 - 0.5
        print "{i} {a} {b} {c} {d} {e} {f} {g} {flag}"
    g
print mix(4)
`,
  "break and continue at each level": `
var total = 0
var i = 0
while i < 8:
    i += 1
    if i == 3: continue
    if i == 7: break
    var j = 0
    while true:
        j += 1
        if j == 2: continue
        if j > i: break
        var k = 0
        loop:
            k += 1
            if k % 2 == 0: continue
            total += i * 100 + j * 10 + k
            if k > 4: break
    print "{i} {j} {total}"
print total
`,
  "return from an inner loop": `
fn find(n: i64) -> i64:
    for i in 1..n:
        for j in i..n:
            if i * j == 42: return i * 1000 + j
            for k in 0..2:
                if i + j + k > 25: return 0 - k
    0 - 1
for n in 2..16: print find(n)
`,
  "return without a value": `
var seen = 0
fn scan(n: i64):
    for i in 0..n:
        while seen < 100:
            seen += i + 1
            if seen % 7 == 0: return
        seen = seen - 50
for n in 0..9:
    scan(n)
    print seen
`,
  "siblings inside a loop": `
var x = 0
for i in 0..4:
    for j in 0..3: x = x * 3 + j
    x = x % 1000
    for k in 0..2:
        for l in 0..k: x += l + 1
    var m = 0
    while m < 2: m += 1
    x += m
    print x
`,
  "loops that are never entered": `
fn f(n: i64) -> i64:
    var s = 5
    while false:
        for i in 0..3: s += 1
    for i in 0..n:
        if i > 100:
            for j in 0..10: s += 1
        while false: s += 2
        s += i
    s
print f(0)
print f(6)
`,
  "loops in dead code": `
fn f(n: i64) -> i64:
    for i in 0..n:
        if i < 2: continue
        return i * 10
        for j in 0..5: print j
    return 7
    for k in 0..3: print k
print f(1) + f(9)
`,
  "endless loop left by return": `
fn f(n: i64) -> i64:
    var i = n
    loop:
        i += 1
        loop:
            i += 2
            if i > 50: return i
            if i % 3 == 0: break
print f(0) + f(7)
`,
  "value assigned on some paths only": `
fn f(n: i64) -> i64:
    var last = 0 - 1
    for i in 0..n:
        val square = i * i
        if square % 3 == 1: last = square
        var inner = square
        while inner > 10:
            val half = inner / 2
            inner = half
        if inner == 7: return last + inner
    last
for n in 0..12: print f(n)
`,
  "recursion inside a loop": `
fn walk(depth: i64, width: i64) -> i64:
    if depth == 0: return 1
    var sum = depth
    for i in 0..width:
        for j in 0..2: sum += walk(depth - 1, i) + j
    sum
print walk(4, 3)
`,
  "calls and module-level variables": `
var calls = 0
fn step(x: i64) -> i64:
    calls += 1
    for i in 0..3: calls += i
    if x % 2 == 0: x / 2 else: 3 * x + 1
fn length(start: i64) -> i64:
    var n = start
    var steps = 0
    while n != 1:
        n = step(n)
        steps += 1
    steps
for i in 1..10: print length(i)
print calls
`,
  "conditions with effects": `
fn tell(n: i64) -> bool:
    print_raw "{n} "
    n % 4 != 0
var i = 1
while tell(i) and (tell(i * 2) or tell(i + 2)): i += 1
print i
`,
  "counted loops, left early": `
fn f(from: i64, to: i64, out: i64, back: i64) -> i64:
    var s = 0
    var i = from
    while i < to:
        if i == out: break
        s = s * 3 + i
        i += 1
    for j in from..to:
        if j % 3 == 0: continue
        if j == out: break
        if j == back: return 0 - s - j
        s += j * 7
        if s > 1000000: s = s % 1000
    var k = from
    while k < 12:
        val square = k * k
        k += 1
        if square > 50: break
        if square % 2 == 1: continue
        s += square
    s * 1000 + i * 10 + k
print f(0, 10, 20, 20) + f(0, 10, 4, 20) + f(0, 10, 20, 5) + f(3, 1, 0, 0)
print f(0 - 6, 9, 9, 8) + f(0 - 3, 0, 0 - 3, 0 - 2) + f(5, 6, 6, 5)
`,
  "counted loops at the ends of the range": `
fn count(from: i64, to: i64, most: i64) -> i64:
    var n = 0
    for i in from..to:
        n += 1
        if n == most: return n * 100 + i % 100
    n
val least = 0 - 9223372036854775807 - 1
val greatest = 9223372036854775807
print count(greatest - 5, greatest, 100)
print count(least, least + 5, 100)
print count(least, greatest, 9)
print count(greatest, least, 9)
print count(least, least, 9)
`,
  "loops that only look counted": `
fn f(n: i64) -> i64:
    var limit = n
    var s = 0
    var i = 0
    while i < limit:
        i += 1
        if i == 3: limit = 5
        s += limit
    var j = 0
    while j < n:
        s += 1
        if j == 2 and s < 200:
            s += 50
            continue
        j += 1
    var k = 0
    while k < n:
        k += 1
        if k % 2 == 0: k += 1
        s += k
    var m = 0u8
    while m < 9u8:
        m += 1u8
        s += m as i64
    var d = n
    while 0 < d: d = d - 1
    s + d
print f(4) + f(8)
`,
  "locals that only one way out of a loop reads": `
fn f(n: i64) -> i64:
    var y = 0
    var z = 0
    var w = 5
    for i in 0..n:
        y = i * 10
        z = i + 1
        for j in 0..3: w += j
        if w > 20:
            if i % 2 == 1: break
            else: z = 3
        for k in 0..2: w += k * z
        if w % 11 == 0: return y
        if w % 7 == 0: continue
        y = 0 - 1
        z = 0
    y * 100 + z
for n in 0..9: print f(n)
`,
  "loops by steps of their own, to a limit that they include": `
fn steps(start: i64, limit: i64, step: i64) -> i64:
    var i = start
    var sum = 0
    while i <= limit:
        sum = sum * 3 + i
        i = i + step
        if i < start: break
        if sum % 17 == 5: sum = sum + i
    sum * 100 + i
fn threes(limit: i64) -> i64:
    var i = 0
    var sum = 0
    while i < limit:
        if i == 18: break
        sum = sum * 3 + i
        i = i + 3
    sum * 100 + i
for n in 0..5:
    print steps(n, 20, 3)
    print steps(n, n, 1)
    print threes(n * 6)
print steps(4, 20, 0 - 1)
print steps(1, 9000000000000000000, 4000000000000000000)
print steps(9223372036854775800, 9223372036854775807, 3)
print steps(9223372036854775800, 9223372036854775807, 1)
print steps(0 - 9223372036854775807, 0 - 9223372036854775800, 2)
print steps(3, 5000000000, 2147483648)
print steps(3, 5000000000, 2147483649)
`,
  "error in an inner loop": `
fn f(n: i64) -> i64:
    var s = 0
    for i in 0..n:
        for j in 0..n: s += 100 / (12 - i * j)
    s
print f(3)
print f(6)
`,
  "error in a condition": `
fn f(n: i64) -> i64:
    var i = n
    while 10 % i > 0 - 1:
        i -= 1
        for j in 0..i: print_raw "."
    i
print f(4)
`,
  "fail in a callee of a loop": `
fn check(i: i64) -> i64:
    assert i < 5, "too much: {i}"
    i + 1
var i = 0
loop: i = check(i)
`,
};

const fuels = [1, 2, 3, 7];
const ways: LowerWay[] = [
  {},
  { optimized: true },
  { counted: true },
  { counted: true, optimized: true, safepoints: "none" },
  { safepoints: "call" },
  { safepoints: "call", optimized: true },
  { outlined: true },
  ...fuels.flatMap((fuel): LowerWay[] => [
    { outlined: true, fuel },
    { outlined: true, fuel, optimized: true },
    { outlined: true, fuel, counted: true, safepoints: "none" },
  ]),
];

describe("lowered code means what tier 0 does", () => {
  for (const [title, source] of Object.entries(programs)) {
    it(title, () => {
      const module = hirOf(source);
      const expected = runHir(module);
      for (const way of ways) {
        const mir = lowerAll(module, way);
        const { shown, stackPointer } = runMir(mir, ".init");
        expect({ way, shown }).toEqual({ way, shown: expected });
        if (expected[1]?.startsWith("exit") === true) expect(stackPointer).toBe(shadowStackStart);
      }
    });
  }
});

describe("loop functions", () => {
  it("are left and entered again when the fuel is used up", () => {
    const module = hirOf(programs["three levels, locals of every type"] ?? "");
    const reports = (fuel: number): number =>
      runMir(lowerAll(module, { outlined: true, fuel }), ".init").reports.length;
    expect(reports(1_000_000)).toBe(0);
    // 4 + 16 + 32 iterations, in portions of 1, 2, 4, 8, 16, 32
    expect(reports(1)).toBeGreaterThanOrEqual(5);
  });

  it("read what their headers may read, write what may be read behind them", () => {
    const module = hirOf(`
fn f(n: i64, unused: i64) -> i64:
    var sum = 0
    var last = 0
    val later = n * 2
    for i in 0..n:
        val square = i * i
        for j in 0..square: sum += j
        last = square
    sum + later + unused
print f(3, 4)
`);
    const facts = new ModuleFacts(module);
    const fn = module.functions.find(({ name }) => name === "f");
    if (fn === undefined) throw new Error("there is no f");
    const names = (locals: readonly number[]): string[] =>
      locals.map((local) => fn.locals[local]?.name ?? "").toSorted();
    const outer = loopInterface(facts.loops(fn.id), 0);
    const inner = loopInterface(facts.loops(fn.id), 1);
    const visible = (locals: readonly number[]) =>
      names(locals).filter((name) => !name.startsWith("$"));
    expect(visible(outer.inputs)).toEqual(["n", "sum"]);
    expect(visible(outer.outputs)).toEqual(["sum"]);
    expect(visible(inner.inputs)).toEqual(["n", "square", "sum"]);
    expect(visible(inner.outputs)).toEqual(["sum"]);
    // Only what the nest touches has a place in the frame.
    expect(visible([...outer.offsets.keys()])).toEqual(["n", "square", "sum"]);
    expect(outer.frameSize).toBe(8 + 8 * outer.offsets.size);
  });
});

describe("call counters", () => {
  const source = `
fn leaf(n: i64) -> i64: n + 1
fn twice(n: i64) -> i64: leaf(n) + leaf(n + 1)
var s = 0
for i in 0..5: s += twice(i)
print s
`;

  it("report when they reach zero, once", () => {
    const module = hirOf(source);
    const id = (name: string) =>
      module.functions.find((fn) => fn.symbol.split(".i64")[0] === name)?.id ?? -1;
    const requests: LowerRequest[] = ["leaf", "twice", ".init"].map((name) => ({
      kind: "function",
      function: id(name),
      counted: name !== ".init",
      outlined: false,
    }));
    /** Each function in a unit of its own, so that all calls go through slots. */
    const run = (calls: number) => {
      const facts = new ModuleFacts(module);
      const modules = requests.map((one) => lowerUnit(facts, [one], { safepoints: "stop" }));
      const counters = { ".calls.leaf.i64": calls, ".calls.twice.i64": calls };
      return runMir(modules, ".init", counters).reports;
    };
    expect(run(11)).toEqual([]);
    expect(run(10)).toEqual([id("leaf")]);
    expect(run(5)).toEqual([id("leaf"), id("twice")]);
    expect(run(1)).toEqual([id("twice"), id("leaf")]);
  });

  it("do not stand in the way of calls inside the unit", () => {
    const mir = lowerAll(hirOf(source), { counted: true });
    const text = mir.functions.map((fn) => printFunction(fn)).join("");
    expect(text).toContain("call @leaf.i64$body");
    expect(text).not.toContain("call_slot");
    expect(runMir(mir, ".init", { ".calls.leaf.i64": 1, ".calls.twice.i64": 1 }).reports).toEqual(
      [],
    );
  });
});
