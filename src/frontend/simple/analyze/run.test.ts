// Programs through the front-end and the HIR interpreter: output of every rule.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { Engine, ProgramError } from "../../../engine/index.ts";
import { runtimeLibrary } from "../../../../tests/engine/runtime-library.ts";
import { compileSource } from "../index.ts";

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly error: string | null;
  readonly exitCode: number;
  readonly warnings: readonly string[];
}

function run(source: string): Outcome {
  const file = new SourceFile("t.spl", source);
  const sink = new DiagnosticSink();
  const module = compileSource(file, sink);
  if (module === null) throw new Error(sink.all.map(({ message }) => message).join("\n"));
  const text = { out: "", err: "" };
  const engine = new Engine({
    mode: "interpret",
    verify: true,
    library: runtimeLibrary,
    heapBudget: 2 ** 21,
    clock: { monotonicNanos: () => 7n, unixMicros: () => 7n },
    write: (stream, written) => {
      text[stream] += written;
    },
  });
  const warnings = sink.all.map(({ code }) => code);
  try {
    const exitCode = engine.load(file).run();
    return { ...text, error: null, exitCode, warnings };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return { ...text, error: error.message, exitCode: 1, warnings };
  }
}

/** Prints each expression on a line of its own and gives the lines. */
function printed(prefix: string, expressions: readonly string[]): string[] {
  const source = `${prefix}\n${expressions.map((e) => `print ${e}`).join("\n")}\n`;
  return run(source).out.trimEnd().split("\n");
}

function table(name: string, prefix: string, rows: Readonly<Record<string, string>>): void {
  it(name, () => {
    const found = printed(prefix, Object.keys(rows));
    const shown = Object.fromEntries(Object.keys(rows).map((key, index) => [key, found[index]]));
    expect(shown).toEqual(rows);
  });
}

describe("numbers", () => {
  table("division, remainder, powers", "", {
    "7 / 2": "3",
    "-7 / 2": "-3",
    "-17 % 5": "-2",
    "7.5 % 2.0": "1.5",
    "2 ** 10": "1024",
    "-2 ** 2": "4",
    "3u8 ** 6": "217",
    "2.0 ** 0.5": "1.4142135623730951",
    "2 ** 0.5": "1.4142135623730951",
    "9223372036854775807 + 1": "-9223372036854775808",
    "18446744073709551615": "-1",
    "1 << 65": "2",
    "-8 >> 1": "-4",
    "5 xor 3": "6",
    "2.5f32 - ((if 1 < 2: 1 else: (-5)) xor (7 as i64))": "-3.5",
    "~0": "-1",
    "1.0 / 0.0": "inf",
  });

  table(
    "widths",
    "val a: u8 = 200\nval b: u32 = 4000000000\nval c: i8 = 127\nval d: i32 = -5\nval m: u32 = ~0",
    {
      "a + 100": "44",
      "b + 1": "4000000001",
      "1 + b": "4000000001",
      "b * 2": "3705032704",
      "c + 1": "-128",
      "-c - 2": "127",
      "c + d": "122",
      "a + c": "71",
      "d + a": "195",
      "d + b": "3999999995",
      "5 - 10u8": "251",
      m: "4294967295",
      "m >> 4": "268435455",
      "m & (1 << 31)": "2147483648",
      "b & ~1": "4000000000",
    },
  );

  table("comparisons", "val s = -1\nval u: u64 = 18446744073709551615\nval v: u32 = 5", {
    "s < u": "true",
    "s <= u": "true",
    "s > u": "false",
    "u > s": "true",
    "u >= s": "true",
    "s == u": "false",
    "s != u": "true",
    "s < v": "true",
    "v > 4": "true",
    "1 < 2 < 3": "true",
    "1 < 3 < 2": "false",
    "3 > 2 >= 2 > 1": "true",
    "v < 5.5": "true",
    "true == true": "true",
    "v is 5": "true",
    "3 in 0..5": "true",
    "5 in 0..5": "false",
    "5 in 0..=5": "true",
    "5 not in 0..5": "true",
  });

  table("floats", "val k: f32 = 0.1\nval x = 2.5\nval n = 3", {
    k: "0.1",
    "k as f64": "0.10000000149011612",
    "k + k": "0.2",
    "k * 3": "0.3",
    "k + x": "2.600000001490116",
    "n / 2.0": "1.5",
    "n + x": "5.5",
    "x / ~(if n > 3: 6 else: -5)": "0.625",
    "x * 2": "5.0",
  });

  table("casts", "", {
    "300 as u8": "44",
    "(-1) as u8": "255",
    "3.9 as i64": "3",
    "-3.9 as i64": "-3",
    "1e30 as i64": "9223372036854775807",
    "(0.0 / 0.0) as i64": "0",
    "true as i64": "1",
    "true as f64": "1.0",
    "5 as bool": "true",
    "0.0 as bool": "false",
    "200u8 as i8": "-56",
  });

  table("truth", "", {
    "not 0": "true",
    "not 2.5": "false",
    "1 and 0.0": "false",
    "0 or 3": "true",
    "not (1 == 2)": "true",
    'if 0: "yes" else: "no"': "no",
  });

  table("methods of integers", "val i: i32 = -7", {
    "(-7).abs()": "7",
    "7.min(3)": "3",
    "7.max(2.5)": "7.0",
    "7.clamp(1, 5)": "5",
    "2.pow(10)": "1024",
    "7.fdiv(-2)": "-4",
    "(-7).fdiv(2)": "-4",
    "12.gcd(18)": "6",
    "(-12).gcd(18)": "6",
    "4.lcm(6)": "12",
    "4.is_even()": "true",
    "i.is_odd": "true",
    "i.to_float": "-7.0",
    "i.to_u8()": "249",
    "7.to_f32() / 3": "2.3333333",
  });

  table("methods of floats", "val x = 2.5\nval h = 3.14159", {
    "x.floor()": "2.0",
    "x.ceil": "3.0",
    "x.round()": "3.0",
    "(-2.5).round()": "-3.0",
    "x.trunc()": "2.0",
    "9.0.sqrt()": "3.0",
    "1.0.exp().ln()": "1.0",
    "8.0.log2()": "3.0",
    "100.0.log10()": "2.0",
    "100.0.log(10)": "2.0",
    "0.0.sin()": "0.0",
    "1.0.atan2(1.0)": "0.7853981633974483",
    "2.0.pow(3)": "8.0",
    "2.0.powi(3)": "8.0",
    "x.min(1)": "1.0",
    "x.clamp(3, 5)": "3.0",
    "(0.0 / 0.0).is_nan()": "true",
    "x.to_int()": "2",
    "x.to_f32()": "2.5",
    "h.round_to(2)": "3.14",
    "1.5.round_to(400)": "1.5",
    "1.5f32.round_to(400)": "1.5",
    "1e300.round_to(10)": "1e300",
    "(-1.5).round_to(-400)": "-0.0",
    "1234.5.round_to(-2)": "1200.0",
    "(1.0 / 0.0).round_to(2)": "inf",
    "(0.0 / 0.0).round_to(2)": "NaN",
    "(-x).abs": "2.5",
  });
});

describe("functions", () => {
  table(
    "named and default arguments",
    "fn f(x: i64, y: i64 = 10, z=3) -> i64: x * 100 + y * 10 + z",
    {
      "f(1)": "203",
      "f(1, 2)": "123",
      "f(1, z: 5)": "205",
      "f(z=1, x=2, y=3)": "231",
      "f(y: 4, 1)": "143",
    },
  );

  table(
    "defaults that name parameters before them",
    `
fn f(a: i64, b: i64 = a * 2, c: i64 = a + b) -> i64: a * 10000 + b * 100 + c
fn g(x, y = x + 1): x * y
`,
    {
      "f(1)": "10203",
      "f(1, c: 9)": "10209",
      "f(c: 1, a: 2)": "20401",
      "f(b=3, a=4)": "40307",
      "g(3)": "12",
      "g(1.5)": "3.75",
      "g(y: 2, x: 5)": "10",
    },
  );

  it("evaluates defaults behind the arguments", () => {
    const { out } = run(`
fn say(n: i64) -> i64:
    print_raw "{n} "
    n
fn f(a: i64, b: i64, c: i64 = if a > 2: say(a + b) else: 0) -> i64: a * 100 + b * 10 + c
print f(b: say(1), a: say(3))
fn outer(k: i64) -> i64:
    fn inner(a: i64, b: i64 = a + 1): a * b + k
    inner(3)
print outer(5)
`);
    expect(out).toBe("1 3 4 314\n17\n");
  });

  it("evaluates arguments as they are written", () => {
    const { out } = run(`
fn say(n: i64) -> i64:
    print_raw "{n} "
    n
fn f(a: i64, b: i64, c: i64 = 9) -> i64: a * 100 + b * 10 + c
print f(c: say(1), b: say(2), a: say(3))
`);
    expect(out).toBe("1 2 3 321\n");
  });

  table(
    "instances and inferred results",
    `
fn fact(n): if n <= 1: 1 else: n * fact(n - 1)
fn even(n): if n == 0: true else: odd(n - 1)
fn odd(n): if n == 0: false else: even(n - 1)
fn larger<T>(a: T, b: T) -> T: if a > b: a else: b
fn fib(n: i64): 
    if n < 2: return n
    fib(n - 1) + fib(n - 2)
fn add(x, d = 5): x + d
fn either(x: i64 | f64): x + 1
val u: u32 = 7
`,
    {
      "fact(20)": "2432902008176640000",
      "fact(5u8)": "120",
      "fact(6u8)": "208",
      "fact(5.0)": "120.0",
      "even(10)": "true",
      "odd(10)": "false",
      "larger(1, 2)": "2",
      "larger(1, u)": "7",
      "larger(1.5, 2)": "2.0",
      "fib(15)": "610",
      "add(1)": "6",
      "add(1.5)": "6.5",
      "add(1.5, 2)": "3.5",
      "either(1.5)": "2.5",
      "3 |> add": "8",
      "3 |> add(4)": "7",
    },
  );

  it("captures by value", () => {
    const { out } = run(`
fn outer(n: i64) -> i64:
    var k = n
    fn add(x): x + k
    k = 100
    fn rec(i): if i == 0: k else: rec(i - 1) + add(1)
    add(1) + rec(2)
print outer(5)
fn mutual(n: i64) -> bool:
    val one = 1
    fn even(i): if i == 0: true else: odd(i - one)
    fn odd(i): if i == 0: false else: even(i - one)
    even(n)
print mutual(7)
fn deep(a: i64) -> i64:
    fn mid(b):
        fn inner(c): a * 100 + b * 10 + c
        inner(3)
    mid(2)
print deep(1)
if true:
    val local = 8
    fn uses(): local * 2
    print uses()
`);
    expect(out).toBe("118\nfalse\n123\n16\n");
  });

  it("changes its own parameters", () => {
    expect(
      run(`
fn sum(n: i64) -> i64:
    var total = 0
    while n > 0:
        total += n
        n -= 1
    total
print sum(4)
`).out,
    ).toBe("10\n");
  });

  it("prefers a user function over a built-in", () => {
    expect(run("fn fail(x: i64) -> i64: x + 1\nprint fail(1)\n").out).toBe("2\n");
  });
});

describe("control flow", () => {
  it("loops over ranges", () => {
    const { out } = run(`
fn show(x): print_raw "{x} "
for i in 0..3: show(i)
for i in 3..0: show(i)
for i in 1..=3: show(i)
val n = 2
for i in n..=n: show(i)
for i in 254u8..=255: show(i)
for i in 9223372036854775806..=9223372036854775807: show(i)
print ""
for i in range(3): show(i)
for i in range(1, 3): show(i)
for i in range(0, 10, 4): show(i)
for i in range(10, 0, -3): show(i)
for i in range(0u8, 255, 100): show(i)
for i in (0..=10).step_by(5): show(i)
for i in (10..0).step_by(-5): show(i)
for i in (10..=0).step_by(-5): show(i)
print ""
var step = -2
for i in range(5, 0, step): show(i)
step = 2
for i in range(5, 0, step): show(i)
for i in range(0, 5, step): show(i)
for _ in 0..2: print_raw "."
print ""
for i in 0..6:
    if i == 1: continue
    if i == 4: break
    i = i * 10
    show(i)
print ""
`);
    expect(out.split("\n")).toEqual([
      "0 1 2 1 2 3 2 254 255 9223372036854775806 9223372036854775807 ",
      "0 1 2 1 2 0 4 8 10 7 4 1 0 100 200 0 5 10 10 5 10 5 0 ",
      "5 3 1 0 2 4 ..",
      "0 20 30 ",
      "",
    ]);
  });

  it("evaluates the bounds once, in order", () => {
    const { out } = run(`
fn say(n: i64) -> i64:
    print_raw "<{n}>"
    n
for i in say(0)..say(3): print_raw i
for i in range(say(0), say(6), say(3)): print_raw i
print ""
`);
    expect(out).toBe("<0><3>012<0><6><3>03\n");
  });

  it("leaves from inside expressions, keeping the order of evaluation", () => {
    const { out } = run(`
fn say(x: i64) -> i64:
    print_raw "{x} "
    x
fn early(x: i64) -> i64:
    val y = say(1) + (if x > 0: return 99 else: 5) + say(2)
    y
print early(1)
print early(0)
val q = say(1) + (if say(2) > 1:
    print_raw "block "
    say(3)
else: 4) + say(5)
print q
print say(1) < say(3) < say(2) < say(9)
print say(0) and say(1)
var w = 0
while (if w > 3:
    print_raw "end "
    false
else: true):
    w += 1
    if w == 2: continue
print w
var g = 1
fn bump() -> i64:
    g += 10
    g
print g + (if g > 0:
    val b = bump()
    b
else: 0)
`);
    expect(out.split("\n")).toEqual([
      "1 99",
      "1 2 8",
      "1 2 block 3 5 9",
      "1 3 2 false",
      "0 false",
      "end 4",
      "12",
      "",
    ]);
  });

  it("matches", () => {
    const { out } = run(`
fn g(n: i64) -> i64:
    match n:
        case 0: 10
        case 1 | 2: 20
        case 3..6: 30
        case 6..=7: 35
        case x if x > 100: x
        case -5: 55
        case _:
            val z = n * 2
            z
for i in 0..9: print_raw "{g(i)} "
print "{g(101)} {g(-5)} {g(-6)}"
fn b(x: bool) -> i64:
    match x:
        case true: 1
        case false: 0
print b(true) * 10 + b(false)
val r = match g(1):
    case 20 => 1
    _ => 2
print r
fn early(x: i64) -> i64:
    match x:
        case 1: return 5
    6
print early(1) * 10 + early(2)
fn guarded(x: i64) -> Whole:
    match x:
        case 1 if (if x > 0:
            print_raw "guard "
            false
        else: true): 1
        case y: y * 7
type Whole = i64
print guarded(1)
match 2.5:
    case 1.0: print "one"
    case v if v > 2: print "v {v}"
`);
    expect(out.split("\n")).toEqual([
      "10 20 20 30 30 30 35 35 16 101 55 -12",
      "10",
      "1",
      "56",
      "guard 7",
      "v 2.5",
      "",
    ]);
  });

  it("stops where nothing sets an end", () => {
    expect(
      run(`
fn first(n: i64) -> i64:
    var i = n
    loop:
        i += 1
        if i % 7 == 0: return i
fn second(n: i64) -> i64:
    while true:
        if n > 0: return n
print first(8) + second(1)
`).out,
    ).toBe("15\n");
  });
});

describe("text", () => {
  it("prints parts", () => {
    const { out, err } = run(`
val x = 5
print "a{x}b{x * 2:04d}{3.14159:.2f}{255:x}{true}"
print "a" + x + "b" + 1.5
print x.to_text()
print_raw "no newline"
println("")
print ""
print()
eprint "oops {x}"
print if x > 3: "big" else: "small"
print "{if x > 3: "x{x}" else: "y"}-{if x > 9: "big" elif x > 4: "mid" else: "small"}!"
print match x:
    case 5: "five"
    case _: "other {x}"
`);
    expect(out).toBe("a5b00103.14fftrue\na5b1.5\n5\nno newline\n\n\nbig\nx5-mid!\nfive\n");
    expect(err).toBe("oops 5\n");
  });

  it("shows as few digits of an f32 under a spec as without", () => {
    const { out } = run('val k: f32 = 0.1\nprint "{k} {k:>5} {k:+} {k:.3f} {k:.10f} {k:08}"\n');
    expect(out).toBe("0.1   0.1 +0.1 0.100 0.1000000015 000000.1\n");
  });

  it("evaluates before it writes", () => {
    const { out } = run(`
fn say(n: i64) -> i64:
    print_raw "<{n}>"
    n
print "{say(1)} {if say(2) == 2: "x{say(3)}" else: "z{say(4)}"} {say(5)}"
`);
    expect(out).toBe("<1><2><3><5>1 x3 5\n");
  });

  it("fails with a message", () => {
    expect(run('val s = 3\nfail("bad {s} {if s > 2: "high" else: "low"}")\n').error).toBe(
      "bad 3 high",
    );
    expect(run("assert 1 == 2\n").error).toBe("assertion failed: 1 == 2");
    expect(run('val s = 6\nassert s == 7, "s is {s}"\n').error).toBe("s is 6");
    expect(run("assert_equal(2, 3)\n").error).toBe("assertion failed: 2 is not 3");
    expect(run("assert 1\nassert_false(0)\nassert_not_equal(1, 2)\n").error).toBeNull();
    expect(run('val x = if 1 > 2: 5 else: fail("no")\nprint x\n').error).toBe("no");
    expect(run("val e = -1\nprint 2 ** e\n").error).toBe("negative exponent");
    expect(run("val z = 0\nfor i in range(0, 5, z): print i\n").error).toBe(
      "the step of a range is 0",
    );
  });
});

describe("the module", () => {
  it("runs main once", () => {
    expect(run('print "top"\nfn main():\n    print "main"\n    7\n')).toMatchObject({
      out: "top\nmain\n",
      exitCode: 7,
    });
    expect(run('fn main():\n    print "main"\n    5\nmain()\n')).toMatchObject({
      out: "main\n",
      exitCode: 5,
    });
    const perhaps = (n: number): string =>
      `val n = ${n}\nfn main() -> i32:\n    print "m"\n    7\nif n > 1: main()\nprint "end"\n`;
    expect(run(perhaps(2))).toMatchObject({ out: "m\nend\n", exitCode: 7 });
    expect(run(perhaps(1))).toMatchObject({ out: "end\nm\n", exitCode: 7 });
    expect(run("main = 42\n").exitCode).toBe(42);
    expect(run("fn main(): print 1\n").exitCode).toBe(0);
    expect(run("").exitCode).toBe(0);
  });

  it("shares variables with functions", () => {
    const { out } = run(`
var counter = 0
const LIMIT = 3 * 4
val START: i8 = 7
fn bump() -> i64:
    counter += 1
    counter + LIMIT + START
print bump()
counter = counter * 10
print bump()
fn early() -> i64: late + 1
print early()
var late = 41
late = late + 0
print early()
var total = start() * 2
fn start(): 21
fn read(): total
print read()
val x = 5
val x = x + 1.5
print x
`);
    expect(out).toBe("20\n30\n1\n42\n42\n6.5\n");
  });

  it("binds host functions", () => {
    const { out, error, warnings } = run(`
use std.spec
import std.io.{read}
extern fn rt_time_now_nanos() -> i64
extern fn rt_nope(x: i64) -> i64
"""a docstring"""
pass
print rt_time_now_nanos() + 1
print rt_nope(3)
`);
    expect(out).toBe("8\n");
    expect(error).toBe("extern function `rt_nope` is not available on this host");
    expect(warnings).toEqual(["resolve/unknown-extern"]);
  });

  it("evaluates arguments of host functions as they are written", () => {
    const { out } = run(`
extern fn rt_nope(x: i64, y: i64)
fn say(n: i64) -> i64:
    print_raw "{n} "
    n
rt_nope(y: say(1), x: say(2))
`);
    expect(out).toBe("1 2 ");
  });

  it("warns about what is legal and surely meant otherwise", () => {
    const { out, warnings } = run("val x = 1.0\nprint x == 1\nprint x != 1\n");
    expect(out).toBe("false\ntrue\n");
    expect(warnings).toEqual(["type/int-float-equality", "type/int-float-equality"]);
    expect(run("fn f(): 1 / 0\n").warnings).toEqual(["type/division-by-zero"]);
  });
});
