// What the analysis builds, and what it says about mistakes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { printHirModule, verifyHir, type HirModule } from "../../../ir/hir/index.ts";
import { hostFunction, isHostSymbol } from "../../../runtime/index.ts";
import { compileSource } from "../index.ts";

function compile(source: string): { module: HirModule | null; sink: DiagnosticSink } {
  const sink = new DiagnosticSink();
  return { module: compileSource(new SourceFile("t.spl", source), sink), sink };
}

function verified(module: HirModule): string[] {
  return verifyHir(module, (symbol) => (isHostSymbol(symbol) ? hostFunction(symbol) : undefined));
}

/** The HIR without the line that names the file. */
function hir(source: string): string {
  const { module, sink } = compile(source);
  if (module === null) throw new Error(sink.all.map(({ message }) => message).join("\n"));
  expect(verified(module)).toEqual([]);
  return printHirModule(module).split("\n").slice(1).join("\n").trim();
}

function lines(text: string): string {
  const margin = /^\n( *)/.exec(text)?.[1] ?? "";
  return text.replaceAll(`\n${margin}`, "\n").trim();
}

describe("HIR", () => {
  it("gives each tuple of argument types an instance", () => {
    expect(hir("fn id(x): x\nprint id(1)\nprint id(2u8)\nprint id(3)\n")).toBe(
      lines(`
      fn .init "top level" () -> i64
        print(call id.i64(1i64))
        print(call id.u8(2u8))
        print(call id.i64(3i64))
        return 0i64

      fn id.i64 "id" (x: i64) -> i64
        return x

      fn id.u8 "id" (x: u8) -> u8
        return x`),
    );
  });

  it("counts a range before the body", () => {
    expect(hir("for i in 0..3: print i\n")).toBe(
      lines(`
      fn .init "top level" () -> i64
        var $cursor: i64
        var i: i64
        $cursor = 0i64
        while#0 lt.i64($cursor, 3i64)
          i = $cursor
          $cursor = add.i64($cursor, 1i64)
          print(i)
        return 0i64`),
    );
  });

  it("keeps a pure conditional an expression", () => {
    expect(hir("fn f(a: i64, b: i64) -> i64:\n    val m = if a > b: a else: b\n    m\n")).toContain(
      "m = if.i64(gt.i64(a, b), a, b)",
    );
  });

  it("spills what comes before statements", () => {
    const source = `
fn g(x: i64) -> i64: x
fn f(x: i64) -> i64:
    g(1) + (if x > 0:
        val y = g(2)
        y
    else: 3)
`;
    expect(hir(source)).toContain(
      lines(`
      fn f.i64 "f" (x: i64) -> i64
        var y: i64
        var $t%2: i64
        var $t%3: i64
        $t%3 = call g.i64(1i64)
        if gt.i64(x, 0i64)
          y = call g.i64(2i64)
          $t%2 = y
        else
          $t%2 = 3i64
        return add.i64($t%3, $t%2)`),
    );
  });

  it("numbers loops in source order", () => {
    const source = "for a in 0..2:\n    for b in 0..2: print b\nwhile 1 > 0:\n    loop: break\n";
    expect(hir(source).match(/while#\d/g)).toEqual(["while#0", "while#1", "while#2", "while#3"]);
  });

  it("makes globals only of what functions use and constants of what never changes", () => {
    const text = hir(`
const N = 2 * 3
var count = 0
val local = 5
fn f() -> i64:
    count += N
    count
print f() + local
`);
    expect(text).toContain("global @count: i64 as count");
    expect(text.match(/global /g)).toHaveLength(1);
    expect(text).toContain("@count = add.i64(@count, 6i64)");
    expect(text).toContain("print(add.i64(call f(), local))");
  });

  it("passes captures as parameters", () => {
    expect(hir("fn f(n: i64) -> i64:\n    fn g(x): x + n\n    g(1.5).to_int()\n")).toContain(
      'fn f$g.f64.i64 "g" (x: f64, n: i64) -> f64',
    );
  });

  it("drops unreachable code", () => {
    const text = hir("fn f() -> i64:\n    return 1\n    while true: print 2\n    3\n");
    expect(text).toContain('fn f "f" () -> i64\n  return 1i64');
    expect(text).not.toContain("while");
  });

  it("emits typed functions that nothing calls", () => {
    expect(hir("fn f(x: u8) -> u8: x + 1\n")).toContain("return add.u8(x, 1u8)");
  });
});

/** Source, and the code with the line and column of each message. */
const mistakes: readonly (readonly [string, readonly string[]])[] = [
  ["print countr\nval counter = 1\nprint countr\n", ["resolve/unknown-name 1:7"]],
  ["fn f(x: i64) -> i64: x\nprint f()\n", ["type/argument-count 2:7"]],
  ["fn f(x: i64) -> i64: x\nprint f(1, 2)\n", ["type/argument-count 2:7"]],
  ["fn f(x: i64) -> i64: x\nprint f(y: 1)\n", ["type/argument-name 2:9"]],
  ["fn f(x: i64) -> i64: x\nprint f(1, x: 1)\n", ["type/argument-name 2:12"]],
  ["fn f(x: i64) -> i64: x\nprint f(1.5)\n", ["type/mismatch 2:9"]],
  ["fn f(x: i64, x: i64) -> i64: x\n", ["resolve/duplicate-parameter 1:14"]],
  ['class S:\n    a: i64\nfn g(x): x + f(0)\nfn f(x): x + S(a: "t").a\n', ["type/mismatch 4:19"]],
  ["fn f(): 1\nfn f(): 2\n", ["resolve/duplicate-function 2:4"]],
  ["val x = 1\nx = 2\n", ["resolve/assign-val 2:1"]],
  ["break\n", ["resolve/jump-outside-loop 1:1"]],
  ["fn f():\n    continue\nf()\n", ["resolve/jump-outside-loop 2:5"]],
  ["return 1\n", ["resolve/return-outside 1:1"]],
  ["fn f() -> i64: 2.5\n", ["type/mismatch 1:16"]],
  ["fn f(x: i64) -> i64:\n    if x > 1: return 1\n", ["type/missing-return 2:5"]],
  ["fn f(x: i64) -> i64:\n    return\n", ["type/missing-return 2:5"]],
  ["fn f() -> i64:\n    val x = 1\n", ["type/missing-return 2:5"]],
  ["fn f() -> ():\n    return 5\n", ["type/unexpected-return 2:12"]],
  ["val x: u8 = 300\n", ["type/literal-range 1:13"]],
  ["var x = 1u32\nx += 5000000000\n", ["type/literal-range 2:6"]],
  ["var x = 1u32\nx -= -5\n", ["type/literal-range 2:6"]],
  ["var x = 1u8\nx += 300i64\n", ["type/mismatch 2:6"]],
  ["match true:\n    case 1: print 1\n", ["type/mismatch 2:10"]],
  ["match 1:\n    case true: print 1\n", ["type/mismatch 2:10"]],
  ["val x: i32 = 1\nval y: i64 = 2\nvar z = x\nz = y\n", ["type/mismatch 4:5"]],
  ["val b: bool = 1\n", ["type/mismatch 1:15"]],
  ["val x = 5\nprint x(1)\n", ["type/not-callable 2:7"]],
  ["print i64(5.5)\n", ["type/not-callable 1:7"]],
  ["print true + 1\n", ["type/operands 1:7"]],
  ["print 1.5 & 2\n", ["type/operands 1:7"]],
  ["print true < false\n", ["type/operands 1:7"]],
  ["print -true\n", ["type/operands 1:7"]],
  ["print 2 ** -1\n", ["type/negative-exponent 1:12"]],
  ["print 5.foo()\nprint 5.sqrt()\n", ["resolve/unknown-method 1:9", "resolve/unknown-method 2:9"]],
  ["print 5.min()\n", ["type/argument-count 1:7"]],
  ["val v = if true: 1\n", ["type/missing-else 1:9"]],
  ["val v = match 1:\n    case 1: 2\n", ["type/missing-arm 2:5"]],
  ["val v = if true: 1 else: true\n", ["type/branch-mismatch 1:9"]],
  ["fn p(): print 1\nval v = p()\n", ["type/no-value 2:9"]],
  ["fn f(n): f(n)\nprint f(1)\n", ["type/recursive-result 1:1"]],
  ["val x: strng = 1\n", ["resolve/unknown-type 1:8"]],
  ["type A = B\ntype B = A\nval x: A = 1\n", ["resolve/type-cycle 2:10"]],
  ["print later\nval later = 1\n", ["resolve/used-before-declaration 1:7"]],
  [
    "fn f() -> i64:\n    g()\n    fn g() -> i64: 1\n    2\n",
    ["resolve/used-before-declaration 2:5"],
  ],
  [
    "fn f():\n    var k = 1\n    fn g():\n        k = 2\n    g()\nf()\n",
    ["resolve/assign-capture 4:9"],
  ],
  ["fn unused(x):\n    x + nowhere\n", ["resolve/unknown-name 2:9"]],
  ["fn main(x: i64): print x\n", ["type/main-parameters 1:9"]],
  ["for i in 5: print i\n", ["type/iteration 1:10"]],
  ["for i in 0.5..2.0: print i\n", ["type/mismatch 1:10"]],
  ["for i in range(0, 5, 0): print i\n", ["type/zero-step 1:22"]],
  ["match 1:\n    case 1.5: print 1\n", ["type/mismatch 2:10"]],
  ['print "{1.5:x}"\n', ["type/format-spec 1:9"]],
  ["extern fn rt_time_now_nanos() -> f64\n", ["type/extern-signature 1:11"]],
  ["fn g(x): x\nprint g<i64>(1)\n", ["type/generic 2:7"]],
  [
    "fn f(n: i64) -> i64:\n    struct L:\n        fn m() -> i64: n\n    L().m()\nprint f(1)\n",
    ["resolve/method-capture 3:24"],
  ],
  ["struct A:\n    x: i64\nstruct A:\n    y: i64\n", ["resolve/duplicate-type 3:8"]],
  ["class A:\n    x: i64\n    fn m(): x + 1\n", ["resolve/unknown-name 3:13"]],
  ["print max(1, 2)\nprint mac\n", ["resolve/unknown-name 1:7", "resolve/unknown-name 2:7"]],
  ["var x = 1\nx += true\n", ["type/operands 2:1"]],
  ["val a = f()\nfn f(): a + 1\n", ["type/variable-cycle 1:1"]],
  ["val a = a + 1\nfn f(): a\n", ["resolve/used-before-declaration 1:9"]],
  ["fn f(): g()\nfn g(): f()\nprint f()\n", ["type/recursive-result 1:1"]],
  ['print "{5:.2d}"\n', ["type/format-spec 1:9"]],
  ['print "{true:d}"\n', ["type/format-spec 1:9"]],
  ["fn f(a: i64 = true): a\n", ["type/mismatch 1:15"]],
  ["fn f(a: i64, b: i64 = c, c: i64 = 1): a + b + c\n", ["resolve/unknown-name 1:23"]],
  ["fn f(a = nope): a\nprint f()\n", ["resolve/unknown-name 1:10"]],
  ["fn f<T>(x: T) -> T: x\nprint f<i64, text>(2)\n", ["type/generic 2:7"]],
  ["print\n", ["resolve/missing-call 1:1"]],
  ["fn f(n: i64) -> x: n\nfn g(): f(1)\nfn main(): g()\n", ["resolve/unknown-type 1:17"]],
  // Not supported yet
  ["use std.math.{lerp}\nprint lerp(1)\n", ["unsupported/import 2:7"]],
];

function unreachable(source: string): (number | undefined)[] {
  return compile(source)
    .sink.all.filter(({ code }) => code === "type/unreachable")
    .map(({ span }) => span?.file.position(span.start).line);
}

describe("messages", () => {
  it.each(mistakes)("%j", (source, expected) => {
    const { module, sink } = compile(source);
    expect(module).toBeNull();
    const found = sink.all.map(({ code, span }) => {
      const at = span?.file.position(span.start);
      return `${code} ${at?.line}:${at?.column}`;
    });
    expect([...found].sort()).toEqual([...expected].sort());
  });

  it("have one form", () => {
    for (const [source] of mistakes) {
      for (const { message, help } of compile(source).sink.all) {
        expect(message).toMatch(/^[a-z`]/);
        expect(message).not.toMatch(/\.$/);
        if (help !== undefined) expect(help).toMatch(/^[A-Z`].*[.?]$/s);
      }
    }
  });

  it("name what is near", () => {
    const { sink } = compile("val counter = 1\nprint countr\nprint counter.to_flot()\n");
    expect(sink.all.map(({ help }) => help)).toEqual([
      "Did you mean `counter`?",
      "Did you mean `to_float`?",
    ]);
  });

  it("say for which types an untyped function is looked at", () => {
    const { sink } = compile("fn f(c, a): if c: a else: 1.5\nprint f(true, 2.5)\nprint f(1, 2)\n");
    expect(sink.all.map(({ notes }) => notes)).toEqual([
      ["in `f` for arguments of types `i64`, `i64`"],
    ]);
  });

  it("warn about what is never reached, once for a block", () => {
    expect(unreachable("fn f():\n    return 1\n    print 2\n    print 3\n")).toEqual([3]);
    expect(unreachable("loop:\n    break\n    if 1: print 2\n    print 3\n")).toEqual([3]);
    expect(
      unreachable(
        "fn f(x: i64):\n    if x > 1: return 1\n    else: return 2\n    print 3\nfn g(): 1\n",
      ),
    ).toEqual([4]);
    expect(unreachable("fn f():\n    while true: continue\n    print 1\n")).toEqual([3]);
    expect(unreachable("while true: continue\nfn f(): 1\nprint f()\nprint 2\n")).toEqual([3]);
    expect(unreachable('fail("no")\nprint 2\n')).toEqual([]);
    expect(unreachable('fn f() -> i64:\n    fail("no")\n    0\n')).toEqual([]);
    expect(unreachable("for i in 0..3:\n    if i > 1: continue\n    print i\n")).toEqual([]);
  });

  it("come in source order, several in one run", () => {
    const { sink } = compile("fn f() -> i64: true\nprint nope\nval x: u8 = 256\n");
    expect(sink.all.map(({ code }) => code)).toEqual([
      "type/mismatch",
      "resolve/unknown-name",
      "type/literal-range",
    ]);
  });

  it("give up on what is too deep", () => {
    let source = "";
    for (let level = 0; level < 12; level += 1) {
      const margin = "    ".repeat(2 * level);
      const arms = Array.from(
        { length: 60 },
        (_, index) => `${margin}    case ${index}: print 1\n`,
      );
      source += `${margin}match 5:\n${arms.join("")}${margin}    case _:\n`;
    }
    source += `${"    ".repeat(24)}print 2\n`;
    expect(compile(source).sink.all.map(({ code }) => code)).toEqual(["limit/nesting"]);
    const chain = Array.from({ length: 500 }, (_, index) => `fn g${index}(x): g${index + 1}(x)`);
    const { sink } = compile(`${chain.join("\n")}\nfn g500(x): x\nprint g0(1)\n`);
    expect(sink.all.map(({ code }) => code)).toEqual(["limit/inference"]);
    const growing =
      "fn f(x, n: i64) -> i64:\n    if n == 0: 0 else: f([x], n - 1)\nprint f(1, 3)\n";
    expect(compile(growing).sink.all.map(({ code }) => code)).toEqual(["limit/inference"]);
  });
});

describe("any text", () => {
  const pieces = [
    "val x = 1\n",
    "var y: u8 = 2\n",
    "fn f(a, b = 2): a + b\n",
    "fn g(n: i64) -> i64:\n    if n < 2: return n\n    g(n - 1)\n",
    "print f(x, b: y)\n",
    "for i in 0..x:\n    if i > 3: break\n    y += 1\n",
    "while y > 0:\n    y -= 1\n    continue\n",
    "match x:\n    case 1: print 2\n    case n if n > y: return n\n",
    'print "{x:04d} {if y > 1: "a" else: g(3)}"\n',
    "val z = if x > 1:\n    val q = y\n    q\nelse: return 4\n",
    "z += x ** 2\n",
    "fn h():\n    var k = x\n    fn inner(m): m + k + z\n    k = 3\n    inner(1)\n",
    "print 1 < x < g(y)\n",
    'assert x == y, "no {z}"\n',
    "x = [1]\n",
    "loop: pass\n",
    "print h() as f32 / 2\n",
    "const K: f32 = 1\n",
    "main = 3\n",
    "fn main() -> i32: K\n",
    "print (x and g(1) or not z) == true\n",
  ];

  it("yields well-formed HIR or messages", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(6)), { maxLength: 3 }),
        (parts, cuts) => {
          let source = parts.join("");
          for (const [at, length] of cuts) {
            const start = source.length === 0 ? 0 : at % source.length;
            if (length > 0) source = source.slice(0, start) + source.slice(start + length);
          }
          const { module, sink } = compile(source);
          if (module === null) expect(sink.hasErrors).toBe(true);
          else expect(verified(module)).toEqual([]);
        },
      ),
      { numRuns: 400, seed: 7 },
    );
  });
});
