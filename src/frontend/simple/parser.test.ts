import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { dumpModule } from "./dump.ts";
import { parse } from "./parser.ts";

/** The tree of a source without errors; warnings are allowed. */
function dump(text: string): string {
  const sink = new DiagnosticSink();
  const module = parse(new SourceFile("t.spl", text), sink);
  expect(sink.all.filter(({ severity }) => severity === "error")).toEqual([]);
  return dumpModule(module);
}

type Cases = [source: string, tree: string][];

describe("precedence", () => {
  it.each<Cases[number]>([
    ["a |> f |> g", "(pipe (pipe a f) g)"],
    ["a |> f or g", "(pipe a (or f g))"],
    ["a or b and c", "(or a (and b c))"],
    ["a || b && c", "(or a (and b c))"],
    ["a or b ?? c", "(or a (coalesce b c))"],
    ["a ?? b and c", "(coalesce a (and b c))"],
    ["a ?? b ?? c", "(coalesce a (coalesce b c))"],
    ["a and b == c", "(and a (== b c))"],
    ["a == b < c", "(== a (< b c))"],
    ["a != b is c", "(is (!= a b) c)"],
    ["a in b..c", "(in a (.. b c))"],
    ["a not in b", "(not in a b)"],
    ["a < b..=c", "(< a (..= b c))"],
    ["a | b..c", "(.. (| a b) c)"],
    ["a | b ^ c", "(| a (^ b c))"],
    ["a xor b & c", "(^ a (& b c))"],
    ["a & b << c", "(& a (<< b c))"],
    ["a & b == c", "(== (& a b) c)"],
    ["a << b + c", "(<< a (+ b c))"],
    ["a >> b >> c", "(>> (>> a b) c)"],
    ["a + b * c", "(+ a (* b c))"],
    ["a - b - c", "(- (- a b) c)"],
    ["a * b / c % d", "(% (/ (* a b) c) d)"],
    ["a * b ** c ** d", "(* a (** b (** c d)))"],
    ["-2 ** 2", "(** (- 2) 2)"],
    ["2 ** -1", "(** 2 (- 1))"],
    ["-a.b", "(- (. a b))"],
    ["-1.abs()", "(- (call (. 1 abs)))"],
    ["!a and ~b", "(and (not a) (~ b))"],
    ["not a == b", "(== (not a) b)"],
    ["- -a --b", "(- (- (- a)) (- b))"],
    ["a + b as i64 * c", "(+ a (* (cast b i64) c))"],
    ["a as i64 < b", "(< (cast a i64) b)"],
    ["a as Box<i64>", "(cast a Box<i64>)"],
    ["(a + b) * c", "(* (+ a b) c)"],
  ])("%s", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it.each<Cases[number]>([
    ["a < b < c", "(chain [a b c] [< <])"],
    ["a < b <= c > d >= e", "(chain [a b c d e] [< <= > >=])"],
    ["(a < b) < c", "(< (< a b) c)"],
    ["a < (b < c)", "(< a (< b c))"],
    ["a < b == c < d", "(== (< a b) (< c d))"],
  ])("chains %s", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });
});

describe("postfix and primary expressions", () => {
  it.each<Cases[number]>([
    ["f(1, x: 2, y=3, *a, ...b,)", "(call f 1 x:2 y:3 *a *b)"],
    ["f(match: 1, val: 2)", "(call f match:1 val:2)"],
    ["a.match.self", "(. (. a match) self)"],
    ["a?.b()?.c! ?? d.?", "(coalesce (unwrap (?. (call (?. a b)) c)) (present d))"],
    ["t.grad.?.data[0]", "(index (. (present (. t grad)) data) 0)"],
    ["e? + 1", "(+ (try e) 1)"],
    ["t.0.1", "(tuple_index (tuple_index t 0) 1)"],
    ["x[1]", "(index x 1)"],
    ["x[1:2]", "(slice x 1 2 -)"],
    ["x[1:]", "(slice x 1 - -)"],
    ["x[:2]", "(slice x - 2 -)"],
    ["x[a:b:s]", "(slice x a b s)"],
    ["x[::-1]", "(slice x - - (- 1))"],
    ["[fns, g][0](2)", "(call (index (array [fns g]) 0) 2)"],
    ["()", "(tuple [])"],
    ["(a)", "a"],
    ["(a,)", "(tuple [a])"],
    ["(a, b,)", "(tuple [a b])"],
    ["[1, *a, ...b, [2]]", "(array [1 *a *b (array [2])])"],
    ["[]", "(array [])"],
    ['x = {"a": 1, b: {}}', '(= x (dict [("a" 1) (b (dict []))]))'],
    ["[x * x for x in xs if x > 2]", "(array_comprehension (* x x) x xs (> x 2))"],
    ["[for x in xs if c: x * x]", "(array_comprehension (* x x) x xs c)"],
    ["[for (a, b) in xs: a]", "(array_comprehension a (tuple [a b]) xs -)"],
    ["x = {k: v for k, v in d}", "(= x (dict_comprehension k v (tuple [k v]) d -))"],
    ["x = {for i in xs: (i, 1)}", "(= x (dict_comprehension i 1 i xs -))"],
    ["P { x: 1, y: Q {} }", "(braces P x:1 y:(braces Q))"],
    ["_ * 2 + _1", "(+ (* $ 2) $1)"],
    ["xs.filter(_.len() > 3)", "(call (. xs filter) (> (call (. $ len)) 3))"],
    ["1u8 + 2.5f32 + 1.0", "(+ (+ 1u8 2.5f32) 1.0)"],
    ["self.x == nil", "(== (. self x) nil)"],
    ['"a {x + 1:>4} b"', '(interpolation ["a " (hole (+ x 1) >4) " b"])'],
    ['"{if c: a else: b}"', "(interpolation [(hole (if c {a} {b}) -)])"],
  ])("%s", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it.each<Cases[number]>([
    ["\\x: x + 1", "(lambda [(x - -)] - {(+ x 1)})"],
    ["\\\\a, b: a", "(lambda [(a - -) (b - -)] - {a})"],
    ["\\: 3", "(lambda [] - {3})"],
    ["fn(x: i64) -> i64: x", "(lambda [(x i64 -)] i64 {x})"],
    ["(\\x: x + 1)(2)", "(call (lambda [(x - -)] - {(+ x 1)}) 2)"],
    ["xs.map \\x: x * 2", "(bare (. xs map) (lambda [(x - -)] - {(* x 2)}))"],
    ["xs.fold(0) \\a, b: a", "(call (. xs fold) 0 (lambda [(a - -) (b - -)] - {a}))"],
    ["f(\\x: x, 2)", "(call f (lambda [(x - -)] - {x}) 2)"],
  ])("lambda %s", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });
});

describe("calls without parentheses", () => {
  it.each<Cases[number]>([
    ['print "a"', '(bare print "a")'],
    ["print fib n", "(bare print (bare fib n))"],
    ["print not a", "(bare print (not a))"],
    ["print -x", "(bare print (- x))"],
    ["print - x", "(bare print (- x))"],
    ["print [1]", "(bare print (array [1]))"],
    ["print[1]", "(index print 1)"],
    ["print (a) + b", "(bare print (+ a b))"],
    ["print(a) + b", "(+ (call print a) b)"],
    ["print if a: 1 else: 2", "(bare print (if a {1} {2}))"],
    ["f -x", "(- f x)"],
    ["f (x)", "(call f x)"],
    ["expect a == b", "(bare expect (== a b))"],
    ["expect(a).to_equal(b)", "(call (. (call expect a) to_equal) b)"],
    ["expect (a) == b", "(bare expect (== a b))"],
    ["assert not (a or b)", "(bare assert (not (or a b)))"],
    ["obj.add 1, by: 2", "(bare (. obj add) 1 by:2)"],
    ["val x = double 5", "(binding x - (bare double 5))"],
    ["a not in b", "(not in a b)"],
  ])("%s", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it("does not reach over the end of a line", () => {
    expect(dump("a\nb\n(c)\n[d]")).toBe("a\nb\nc\n(array [d])");
  });
});

describe("layout", () => {
  it.each<Cases[number]>([
    ["f(\n1,\n    2\n)", "(call f 1 2)"],
    ["x = a \\\n+ b", "(= x (+ a b))"],
    ["x = a +\n    b", "(= x (+ a b))"],
    ["x = a and\nb", "(= x (and a b))"],
    ["x =\n    a", "(= x a)"],
    ["x = a\n    + b\n    - c", "(= x (- (+ a b) c))"],
    ["x = a\n- b", "(= x a)\n(- b)"],
    ["x\n    .f(1)\n    ?.g", "(?. (call (. x f) 1) g)"],
    ["a; b; c", "a\nb\nc"],
    ["if a: b; c\nd", "(if a {b c} -)\nd"],
    ["if a:\n\n  # x\n    b\n\n        # y\nc", "(if a {b} -)\nc"],
    ["if a:\n\tb\n    c", "(if a {b c} -)"],
  ])("%j", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it("opens blocks inside brackets for lambdas and match", () => {
    expect(dump("f(\\x:\n    val y = x\n    y\n).g(2)")).toBe(
      "(call (. (call f (lambda [(x - -)] - {(binding y - x) y})) g) 2)",
    );
    expect(dump("f(1, \\x:\n    g(x)\n    x,\n  3)")).toBe(
      "(call f 1 (lambda [(x - -)] - {(call g x) x}) 3)",
    );
    expect(dump("f(match x:\n    1: 2\n    _: 3\n, 4)")).toBe(
      "(call f (match x [(1 - {2}) (_ - {3})]) 4)",
    );
    expect(dump("f(if a:\n    b\n  else:\n    c)")).toBe("(call f (if a {b} {c}))");
  });
});

describe("if and match", () => {
  it.each<Cases[number]>([
    ["val s = if c: a else: b", "(binding s - (if c {a} {b}))"],
    ["val s = if c:\n    a\nelse:\n    b\nd", "(binding s - (if c {a} {b}))\nd"],
    ["if a: b\nelif c: d\nelse: e", "(if a {b} {(if c {d} {e})})"],
    ["if a: b else if c: d", "(if a {b} {(if c {d} -)})"],
    ["if a: if b: c\nelse: d", "(if a {(if b {c} {d})} -)"],
    ["if a:\n    if b: c\nelse: d", "(if a {(if b {c} -)} {d})"],
    ["if c: return x", "(if c {(return x)} -)"],
    ["if val Some(x) = e: x", "(if (bind_condition (constructor [Some] [(- x)]) e) {x} -)"],
    ["while var x = e: x", "(while (bind_condition mutable x e) {x})"],
    ["if let x = e: x", "(if (bind_condition x e) {x} -)"],
    ["f(if c: a elif d: b else: e, 1)", "(call f (if c {a} {(if d {b} {e})}) 1)"],
  ])("%j", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it("takes the four forms of arms", () => {
    const source =
      "match n:\n    case 1: a\n    2: b\n    3 => c\n    | 4 -> d\n    5 =>\n        e\n        f";
    expect(dump(source)).toBe("(match n [(1 - {a}) (2 - {b}) (3 - {c}) (4 - {d}) (5 - {e f})])");
  });

  it("ends an inner match in its block", () => {
    expect(dump("match a:\n    1:\n        match b:\n            2: c\n    3: d\ne")).toBe(
      "(match a [(1 - {(match b [(2 - {c})])}) (3 - {d})])\ne",
    );
  });

  it.each<Cases[number]>([
    ["1", "1"],
    ["-1.5", "(- 1.5)"],
    ['"a"', '"a"'],
    ["true", "true"],
    ["nil", "nil"],
    ["_", "_"],
    ["n", "n"],
    ["Color.Red", "(constructor [Color Red] -)"],
    ["Some(Some(_))", "(constructor [Some] [(- (constructor [Some] [(- _)]))])"],
    ["Point(0, y: v)", "(constructor [Point] [(- 0) (y v)])"],
    ["(0, (y, _))", "(tuple [0 (tuple [y _])])"],
    ["[a, b]", "(array [a b])"],
    ["1 | 2 | 3", "(alternatives [1 2 3])"],
    ["1, 2 | 3", "(alternatives [1 2 3])"],
    ["0..10", "(.. 0 10)"],
    ["-5..=5", "(..= (- 5) 5)"],
  ])("pattern %s", (source, tree) => {
    expect(dump(`match x:\n    case ${source} if c: d`)).toBe(`(match x [(${tree} c {d})])`);
  });
});

describe("statements", () => {
  it.each<Cases[number]>([
    ["val x: i64 = 1", "(binding x i64 1)"],
    ["var x = 1", "(binding mutable x - 1)"],
    ["let x = 1", "(binding x - 1)"],
    ["let mut x = 1", "(binding mutable x - 1)"],
    ["const N = 1", "(binding N - 1)"],
    ["static n = 1", "(binding n - 1)"],
    ["val (a, (b, _)) = p", "(binding (tuple [a (tuple [b _])]) - p)"],
    ["val [a, b] = xs", "(binding (array [a b]) - xs)"],
    ["main = 42", "(= main 42)"],
    ["static = 1", "(= static 1)"],
    ["type = from + export", "(= type (+ from export))"],
    ["a.b[0].c += 1", "(+= (. (index (. a b) 0) c) 1)"],
    ["t.0 -= 1; a *= 2; b /= 3; c %= 4", "(-= (tuple_index t 0) 1)\n(*= a 2)\n(/= b 3)\n(%= c 4)"],
    ["while a: break", "(while a {(break)})"],
    ["loop:\n    continue", "(loop {(continue)})"],
    ["for i in 0..20: f(i)", "(for i (.. 0 20) {(call f i)})"],
    ["for (a, b) in xs: a", "(for (tuple [a b]) xs {a})"],
    ["for k, v in d.items(): k", "(for (tuple [k v]) (call (. d items)) {k})"],
    ["return", "(return -)"],
    ["return -1", "(return (- 1))"],
    ["pass; pass_dn; pass_todo; ()", "(pass)\n(pass)\n(pass)\n(tuple [])"],
    ['"""doc"""\nx', '(docstring "doc")\nx'],
    ['val x = """doc"""', '(binding x - "doc")'],
  ])("%j", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it("parses blocks of the test framework", () => {
    expect(
      dump(
        'describe "x":\n    before_each:\n        a()\n    it "y", skip:\n        expect 1 == 2\n',
      ),
    ).toBe(
      '(block_call describe ["x"] {(block_call before_each [] {(call a)}) (block_call it ["y" skip] {(bare expect (== 1 2))})})',
    );
    expect(dump('it "y", tag: ["skip"]: a')).toBe('(block_call it ["y" tag:(array ["skip"])] {a})');
    expect(dump('it "y", skip: a')).toBe('(block_call it ["y" skip] {a})');
    expect(dump("before_each: a()")).toBe("(block_call before_each [] {(call a)})");
    expect(dump('context "c":\n    a')).toBe('(block_call context ["c"] {a})');
  });
});

describe("declarations", () => {
  it.each<Cases[number]>([
    ["fn f(): 1", "(function f [] [] - plain {1})"],
    [
      "pub fn f(a: i64, mut b: [T] = [], c=3) -> i64:\n    a",
      "(function f [] [(a i64 -) (b (array T) (array [])) (c - 3)] i64 plain {a})",
    ],
    [
      "fn id<T, U: Show>(x: T) -> T where T: A + B, U: C: x",
      "(function id [T U] [(x T -)] T plain {x})",
    ],
    ["extern fn now() -> i64", "(extern now [] i64)"],
    ["type N = i64 | text", "(type_alias N [] (union [i64 text]))"],
    ["@a\n@b.c(1, x: 2)\npub fn f(): 1", "(function f [] [] - plain {1})"],
    ["#[test]\nfn f(): 1", "(function f [] [] - plain {1})"],
    ["use a.b.{x, Y}", "(use [a b] [x Y])"],
    ["use a.b (x,\n  y)", "(use [a b] [x y])"],
    ["use a.mod.*", "(use [a mod] all)"],
    ["use a.b.c", "(use [a b c] -)"],
    ["import std.spec", "(use [std spec] -)"],
    ["from a.b import {x}", "(use [a b] [x])"],
    ["from a import x, y", "(use [a] [x y])"],
    ["export a, b", "(export [a b])"],
  ])("%j", (source, tree) => {
    expect(dump(source)).toBe(tree);
  });

  it("parses types with fields and methods", () => {
    const source = `class C<T>:
    """doc"""
    x: i64
    var y: f64 = 1.0
    match: text?
    fn a(self, b) -> i64: self.x
    me inc():
        self.x += 1
    @inline
    pub static fn new() -> C: C()`;
    expect(dump(source)).toBe(
      "(class C [T] [(x i64 -) (y f64 1.0) (match (optional text) -)] " +
        "[(function a [] [(b - -)] i64 self {(. self x)}) " +
        "(function inc [] [] - me {(+= (. self x) 1)}) (function new [] [] C static {(call C)})])",
    );
    expect(dump("struct E: pass")).toBe("(struct E [] [] [])");
  });

  it("parses enums, traits and implementations", () => {
    expect(dump("enum S:\n    Red, Green\n    Circle(i64)\n    Rect(w: i64, h: i64)")).toBe(
      "(enum S [] [(Red []) (Green []) (Circle [(- i64)]) (Rect [(w i64) (h i64)])] [])",
    );
    expect(dump("trait T:\n    fn a() -> f64\n    fn b(): 1")).toBe(
      "(trait T [] [(function a [] [] f64 self -) (function b [] [] - self {1})])",
    );
    expect(dump("impl<T> Show for Box<T>:\n    fn a(): 1")).toBe(
      "(impl [T] Show Box<T> [(function a [] [] - self {1})])",
    );
    expect(dump("impl P:\n    pass")).toBe("(impl [] - P [])");
  });

  it.each<Cases[number]>([
    ["[[f64]]", "(array (array f64))"],
    ["{text: i64}", "(dict text i64)"],
    ["(i64, text)", "(tuple [i64 text])"],
    ["()", "(tuple [])"],
    ["i64?", "(optional i64)"],
    ["Result<(), Box<Box<text>>>", "Result<(tuple []) Box<Box<text>>>"],
    ["fn(i64, text) -> bool", "(function [i64 text] bool)"],
    ["fn()", "(function [] -)"],
    ["dyn Show", "(dyn Show)"],
    ["Dict<text, [i64]>?", "(optional Dict<text (array i64)>)"],
  ])("type %s", (source, tree) => {
    expect(dump(`val x: ${source} = 1`)).toBe(`(binding x ${tree} 1)`);
  });
});

describe("spans", () => {
  it("cover what was written, also in the holes of texts", () => {
    const text = 'fn f(a):\n    print "x {a + 1}"\n';
    const file = new SourceFile("t.spl", text);
    const module = parse(file, new DiagnosticSink());
    const spans: string[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null || node === file) return;
      if ("kind" in node && "span" in node) {
        const { span } = node as { span: { start: number; end: number } };
        spans.push(`${String(node.kind)} ${JSON.stringify(text.slice(span.start, span.end))}`);
      }
      for (const [key, child] of Object.entries(node)) if (key !== "span") visit(child);
    };
    visit(module.body);
    expect(spans).toEqual([
      'function "fn f(a):\\n    print \\"x {a + 1}\\""',
      'block "print \\"x {a + 1}\\""',
      'expr "print \\"x {a + 1}\\""',
      'call "print \\"x {a + 1}\\""',
      'name "print"',
      'interpolation "\\"x {a + 1}\\""',
      'literal "x "',
      'hole "a + 1"',
      'binary "a + 1"',
      'name "a"',
      'int "1"',
    ]);
  });
});
