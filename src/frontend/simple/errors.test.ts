// Every kind of syntax error: its code, its exact place, its words, and that it comes alone.
import { describe, expect, it } from "vitest";
import { type Diagnostic, DiagnosticSink, SourceFile } from "../../base/index.ts";
import { dumpModule } from "./dump.ts";
import { parse } from "./parser.ts";

function diagnose(text: string): Diagnostic[] {
  const sink = new DiagnosticSink();
  parse(new SourceFile("t.spl", text), sink);
  return sink.all;
}

/** `line:column code «source under the span»`. */
function summary({ code, span }: Diagnostic): string {
  if (span === undefined) return code;
  const { line, column } = span.file.position(span.start);
  return `${line}:${column} ${code} «${span.file.text.slice(span.start, span.end)}»`;
}

function summaries(text: string): string[] {
  return diagnose(text).map(summary);
}

type Case = [source: string, summary: string, message: string];

describe("one mistake, one message", () => {
  it.each<Case>([
    ['foo("abc\nb', '1:5 lex/unterminated-text «"abc»', 'found the end of the line inside a text literal, expected `"`'],
    ["a = 3 $ 4\nb", "1:7 lex/unexpected-character «$»", "found the character `$`, expected Simple code"],
    ["if x\n    a", "1:5 parse/missing-colon «»", "found the end of the line, expected `:` after the condition of `if`"],
    ["if a {\n    b\n}\nc", "1:6 parse/missing-colon «{»", "found `{`, expected `:` after the condition of `if`"],
    ["fn f()\n    a", "1:7 parse/missing-colon «»", "found the end of the line, expected `:` after the head of `f`"],
    ["while a:\nb", "1:9 parse/missing-block «»", "found no deeper line, expected the body of `while`"],
    ["fn f():", "1:8 parse/missing-block «»", "found the end of the file, expected the body of `f`"],
    ["match x:\ncase 1: 2\ncase 3: 4\nb", "1:9 parse/missing-block «»", "found no deeper line, expected the arms of `match`"],
    ["f(a, [1, 2)\nb", "1:11 parse/mismatched-bracket «)»", "found `)`, expected `,` or `]`"],
    ["f(a,\nval z = 3", "2:1 parse/unclosed-bracket «val»", "found the keyword `val`, expected an expression or `)`"],
    ["f(a", "1:4 parse/unclosed-bracket «»", "found the end of the file, expected `,` or `)`"],
    ["f(g(match x: case 1: 2), 3)\nb", "1:14 parse/missing-block «case»", "found the keyword `case`, expected the arms of `match`"],
    ["for in a: b\nc", "1:5 parse/keyword-as-name «in»", "found the keyword `in`, expected a name to bind"],
    ["a === b\nc", "1:3 parse/unknown-operator «===»", "found `===`, expected `==`"],
    ["a <> b\nc", "1:3 parse/unknown-operator «<>»", "found `<>`, expected `!=`"],
    ["a)\nb", "1:2 parse/stray-bracket «)»", "found `)` without an opening bracket, expected a statement"],
    ["if x = 1: a", "1:6 parse/assignment-in-condition «=»", "found `=` in the condition of `if`, expected a comparison"],
    ["val d = (a = 3)", "1:12 parse/assignment-in-expression «=»", "found `=` in an expression, expected an operator"],
    ["val a = 7 // 2", "1:11 parse/parallel-operator «//»", "found `//`, expected an operator of core Simple"],
    ["x++", "1:2 parse/increment «++»", "found `++`, expected an assignment"],
    ["--x", "1:1 parse/increment «--»", "found `--`, expected an assignment"],
    ["x = + 3", "1:5 parse/unary-plus «+»", "found `+` before an operand, expected an expression"],
    ["x **= 2", "1:3 parse/unknown-assignment «**=»", "found `**=`, expected one of `=`, `+=`, `-=`, `*=`, `/=`, `%=`"],
    ["a;\nb", "1:2 parse/stray-semicolon «;»", "found `;` without a statement behind it, expected the end of the line"],
    ["; b", "1:1 parse/stray-semicolon «;»", "found `;` without a statement before it, expected a statement"],
    ["else: x", "1:1 parse/else-without-if «else»", "found `else` without an `if` before it, expected a statement"],
    ["case 1: x", "1:1 parse/case-without-match «case»", "found `case` outside of `match`, expected a statement"],
    ["val match = 3\nmatch x:\n    1: 2", "1:5 parse/keyword-as-name «match»", "found the keyword `match`, expected a name to bind"],
    ["fn :\n    a", "1:4 parse/missing-name «:»", "found `:`, expected the name of the function"],
    ["a.", "1:3 parse/missing-name «»", "found the end of the file, expected a field or method"],
    ["fn h: 3", "1:5 parse/missing-parameters «:»", "found `:`, expected `(` and the parameters"],
    ["fn f(a) i64:\n    a", "1:9 parse/missing-arrow «i64»", "found `i64` after the parameters, expected `->` or `:`"],
    ["extern fn f(): 1", "1:14 parse/extern-body «:»", "found `:` after an external function, expected the end of the line"],
    ["a\n    b\n    c\nd", "2:5 parse/unexpected-indent «b»", "found an indentation of 4, expected 0 as in the lines before"],
    ["if a:\n        b\n    c\n        d\ne", "3:5 parse/bad-dedent «c»", "found an indentation of 4, expected 8 or 0"],
    ["if a:\n    b\n  else:\n    c", "3:3 parse/bad-dedent «else»", "found `else` at an indentation of 2, expected 0 as for its `if`"],
    ["let x: = 3", "1:8 parse/missing-type «=»", "found `=`, expected a type"],
    ["val y\nz", "1:6 parse/missing-value «»", "found the end of the line, expected `=` and a value"],
    ["val a, b = p", "1:6 parse/missing-value «,»", "found `,`, expected `=` and a value"],
    ["val z =\nb", "1:8 parse/missing-expression «»", "found the end of the line, expected an expression"],
    ["val w = 3 +\nval v = 4", "1:12 parse/missing-operand «»", "found the end of the line after `+`, expected an operand"],
    ["x = a and\ny = 2", "1:10 parse/missing-operand «»", "found the end of the line after `and`, expected an operand"],
    ["val v = * 3", "1:9 parse/missing-expression «*»", "found `*`, expected an expression"],
    ["val a = .5", "1:9 parse/leading-dot «.»", "found `.` before a digit, expected an expression"],
    ["val q = 3 3", "1:11 parse/expected-line-end «3»", "found `3`, expected the end of the line"],
    ["val e = x ? 1 : 2", "1:13 parse/ternary «1»", "found `1` after `?`, expected the end of the line"],
    ["a..b..c", "1:5 parse/chained-range «..»", "found `..` after a range, expected one range"],
    ["f(x) = 3", "1:1 parse/bad-target «f(x)»", "found `=` after something that is no place, expected a name, field or element before it"],
    ["for x on xs: 3", "1:7 parse/missing-in «on»", "found `on`, expected `in` after the loop variable"],
    ["match x:\n    : 4\n    1: 2", "2:5 parse/missing-pattern «:»", "found `:`, expected a pattern"],
    ['match x:\n    "{a}": 4', '2:5 parse/interpolated-pattern «"{a}"»', "found a text with holes, expected a pattern"],
    ["struct P:\n    x\n    y: i64", "2:5 parse/bad-member «x»", "found `x` in the body of `P`, expected a field `name: T` or a method"],
    ["me f(): 1", "1:1 parse/method-outside-type «me»", "found `me` outside of a type, expected a statement"],
    ["fn f(self): 1", "1:6 parse/method-outside-type «self»", "found the parameter `self` outside of a type, expected a parameter name"],
    ["extern f()", "1:8 parse/missing-declaration «f»", "found `f` after `extern`, expected `fn`"],
    ["from a use b", "1:8 parse/missing-import «use»", "found the keyword `use`, expected `import` after the module"],
    ["x = {for a in b: c}", "1:18 parse/missing-pair «c»", "found one value for a dictionary entry, expected a pair `(key, value)`"],
    ['val c = "{a b}"', "1:13 parse/bad-hole «b»", "found `b` in the hole of a text, expected its end"],
    ['val c = "{a:zz}"', "1:13 parse/bad-format-spec «zz»", "found `zz` as the format spec of a hole, expected one"],
    ['val c = "{a +}"', "1:14 parse/missing-operand «»", "found the end of the hole after `+`, expected an operand"],
    ["val x: *T = 1", "1:8 parse/not-core «*»", "found a pointer type, expected a type without `*`"],
    ["val x: List[T] = 1", "1:12 parse/not-core «[»", "found `[` after the type `List`, expected `<`"],
    ["class Q(P):\n    z: i64", "1:8 parse/not-core «(»", "found `(` after the name of the class, expected `:`"],
  ])("%j", (source, expected, message) => {
    const [first, ...rest] = diagnose(source);
    expect(rest.map(summary)).toEqual([]);
    expect(first === undefined ? "" : summary(first)).toBe(expected);
    expect(first?.message).toBe(message);
    expect(first?.help).toMatch(/^\S.*\.$/);
  }); // prettier-ignore

  it.each([
    ["async fn f(): 3", "`async`"],
    ["actor A:\n    x = 1", "`actor`"],
    ["val x = await f()", "`await`"],
    ["await x", "`await`"],
    ["macro m: 1", "`macro`"],
    ["defer close()", "`defer`"],
    ['with open("x") as f:\n    pass', "`with`"],
    ["context obj:\n    pass", "`context`"],
    ["bind X = Y", "`bind`"],
    ["class C:\n    fn method_missing(n): 1", "`method_missing`"],
    ["val s = {1, 2}", "a set literal"],
    ["val t = :sym", "the symbol `:sym`"],
    ["val p = &x", "the pointer operator `&`"],
    ["m{ a }", "the block `m{`"],
    ["fn g(xs...): 3", "the variadic parameter `...`"],
    ["a @ b", "the operator `@`"],
    ["a ~> b", "the operator `~>`"],
  ])("refuses %j by name", (source, what) => {
    const [first, ...rest] = diagnose(source);
    expect(rest).toEqual([]);
    expect(first?.code).toBe("parse/not-core");
    expect(first?.message.startsWith(`found ${what}, expected `)).toBe(true);
  });

  it("keeps words of refused constructs usable as names", () => {
    expect(diagnose("val unit = 1\nunit = unit + 1\nwith(unit)\nalias.bind = spawn[0]")).toEqual(
      [],
    );
  });
});

describe("notes and warnings", () => {
  it("points to the opening bracket", () => {
    const [first] = diagnose("\nfoo(a,\n  [1, 2\nval z = 3");
    expect(first?.notes).toEqual(["`[` was opened at t.spl:3:3"]);
  });

  it("mentions tabs when indentations do not match", () => {
    const [first] = diagnose("if a:\n\tb\n  c");
    expect(first?.code).toBe("parse/bad-dedent");
    expect(first?.notes).toEqual(["a tab counts as 4 spaces; use spaces alone"]);
  });

  it("warns of `not` before a comparison but not of the clear forms", () => {
    expect(summaries("not a == b")).toEqual(["1:1 parse/not-before-comparison «not»"]);
    expect(summaries("c = not a in b")).toEqual(["1:5 parse/not-before-comparison «not»"]);
    expect(summaries("not (a == b)\n(not a) == b\na not in b\nnot a and b == c")).toEqual([]);
  });
});

describe("recovery", () => {
  it("reports independent errors of one file in order", () => {
    const source = `fn f():
    val x = (1 +
    val y = 2
    if x == :
        val z = }
    y
struct :
    a: i64
val q = 3 3
class C:
    fn g() i64:
        b c)
    fn h(): )
print "x`;
    expect(summaries(source)).toEqual([
      "3:5 parse/unclosed-bracket «val»",
      "4:13 parse/missing-expression «:»",
      "5:17 parse/missing-expression «}»",
      "7:8 parse/missing-name «:»",
      "9:11 parse/expected-line-end «3»",
      "11:12 parse/missing-arrow «i64»",
      "12:12 parse/stray-bracket «)»",
      "13:13 parse/stray-bracket «)»",
      '14:7 lex/unterminated-text «"x»',
    ]);
  });

  it("keeps what could be parsed", () => {
    const sink = new DiagnosticSink();
    const source = "a = 1\nval x = (\nb = 2\nfn f():\n    c)\n    d\ne";
    expect(dumpModule(parse(new SourceFile("t.spl", source), sink))).toBe(
      "(= a 1)\n(function f [] [] - plain {c d})\ne",
    );
    expect(sink.errorCount).toBe(2);
  });

  it("says nothing about what goes on from a broken line", () => {
    expect(summaries("if ):\n    a\nelif b:\n    c d e )\nelse:\n    f\ng")).toEqual([
      "1:4 parse/missing-expression «)»",
      "4:11 parse/stray-bracket «)»",
    ]);
    expect(summaries("match ):\n    1: 2\ncase 2: 3\ncase 3: 4")).toEqual([
      "1:7 parse/missing-expression «)»",
    ]);
  });

  it("reports the errors of several holes of one text", () => {
    expect(summaries('x = "{a +} {b} {c d}"\ny = )')).toEqual([
      "1:10 parse/missing-operand «»",
      "1:19 parse/bad-hole «d»",
      "2:5 parse/missing-expression «)»",
    ]);
  });
});
