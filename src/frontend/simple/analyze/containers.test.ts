// What the analysis says about arrays, dictionaries, texts and ranges, and which types it finds for empty ones.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { printHirModule } from "../../../ir/hir/index.ts";
import { compileSource } from "../index.ts";

function messages(source: string): string[] {
  const sink = new DiagnosticSink();
  compileSource(new SourceFile("t.spl", source), sink);
  return sink.all.map(({ message, span }) => {
    const at = span?.file.position(span.start);
    return `${at?.line}:${at?.column} ${message}`;
  });
}

function hir(source: string): string {
  const sink = new DiagnosticSink();
  const module = compileSource(new SourceFile("t.spl", source), sink);
  if (module === null) throw new Error(sink.all.map(({ message }) => message).join("\n"));
  return printHirModule(module);
}

describe("messages about containers", () => {
  it.each<[string, string[]]>([
    ["print [1][1.5]\n", ["1:11 an index must be an integer, found `f64`"]],
    ['print [1]["a"]\n', ["1:11 an index must be an integer, found `text`"]],
    ["print 5[0]\n", ["1:7 `i64` has no elements"]],
    ["val a = [1]\na[0] = true\n", ["2:8 the element must be `i64`, found `bool`"]],
    ["val a = [1]\na[0] += 1.5\n", ["2:9 the element must be `i64`, found `f64`"]],
    ['val s = "a"\ns[0] = "b"\n', ["2:1 `text` cannot be changed"]],
    ["print [1].lenght()\n", ["1:11 `[i64]` has no method `lenght`"]],
    ['print "a".uper()\n', ["1:11 `text` has no method `uper`"]],
    ["print {1: 2}.kees()\n", ["1:14 `{i64: i64}` has no method `kees`"]],
    ["print (0..3).lenn()\n", ["1:14 `range` has no method `lenn`"]],
    ['val a = [1]\na.push("x")\n', ["2:8 the argument of `push` must be `i64`, found `text`"]],
    ["val a = [1]\na.push()\n", ["2:1 `push` takes 1 argument, found 0"]],
    ["val a = [1]\na.push(x: 1)\n", ["2:8 `push` takes plain arguments"]],
    ["for x in 5: print x\n", ["1:10 `for` runs over a range or a collection, found `i64`"]],
    ["for (a, b) in [1]: print a\n", ["1:5 2 names for a value of type `i64`"]],
    ['val d = {"a": 1}\nd[2] = 1\n', ["2:3 the key must be `text`, found `i64`"]],
    ['val d = {"a": 1}\nprint d[2]\n', ["2:9 the key must be `text`, found `i64`"]],
    ['val d = {"a": 1}\nd["b"] = "x"\n', ["2:10 the value must be `i64`, found `text`"]],
    ["print 1 in 2\n", ["1:12 `in` looks into a collection, a text or a range, found `i64`"]],
    ["print [1][::0]\n", ["1:7 the step of a slice is 0"]],
    ["print 5[1:]\n", ["1:7 `i64` cannot be sliced"]],
    ["print [*5]\n", ["1:8 `*` takes an array, found `i64`"]],
    ['print ["a"].sum()\n', ["1:7 `sum` takes numbers, found `[text]`"]],
    ["print [1].join(3)\n", ["1:16 the argument of `join` must be `text`, found `i64`"]],
    ["val a = [2, 1]\na.sort()\nprint a\n", ["2:1 `sort` makes a new array, and it is not used"]],
    ["val r = 0..1.5\n", ["1:12 a range takes integers, found `f64`"]],
    ["val n: i64 = [1]\n", ["1:14 `n` must be `i64`, found `[i64]`"]],
  ])("%j", (source, expected) => {
    expect(messages(source)).toEqual(expected);
  });

  it("points at the call of a method of the prelude", () => {
    expect(messages("print [1].filter(3)\n")).toEqual([
      "1:7 `f` is a variable of type `i64`, expected a function",
    ]);
  });

  it("only warns where an annotation has the wrong elements", () => {
    expect(messages("val a: [f64] = [[1.0]]\nprint a[0][0]\n")).toEqual([
      "1:8 `a` is declared as `[f64]`, and its value is `[[f64]]`",
    ]);
    expect(messages("fn f(a: [f64]): a[0]\nprint f([[1.0]])\n")).toEqual([
      "2:9 argument `a` of `f` is declared as `[f64]`, and its value is `[[f64]]`",
    ]);
  });
});

describe("types of empty literals", () => {
  it.each<[string, string]>([
    ["var a = []\na.push(1)\n", "new_array.i64("],
    ["var a = []\na.push(1)\na.push(2.5)\n", "new_array.f64("],
    ['var a = []\na.push(1)\na.push("x")\n', "new_array.any("],
    ["var a = []\nprint a\n", "new_array.any("],
    ["var a = []\na = [1u8]\n", "new_array.u8("],
    ["var a = []\nfn f(x: [f32]): x.push(1)\nf(a)\n", "new_array.f32("],
    ["var a = []\nfn f(): a.push(true)\nf()\n", "new_array.bool("],
    ["fn f() -> [i32]: []\nf()\n", "new_array.i32("],
    ["var a = [[]]\na[0].push(1.5)\n", "new_array.f64("],
    ["var d = {}\nd[1] = 2.5\n", "rt_dict_new(0u32, 10u32)"],
    ['var d = {}\nd["k"] = []\nd["k"].push(1)\n', "rt_dict_new(1u32, 11u32)"],
  ])("%j", (source, part) => {
    expect(hir(source)).toContain(part);
  });
});
