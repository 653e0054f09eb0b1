// Mistakes with structs, classes, enums, traits, tuples and optional values: what the messages say.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { compileSource } from "../index.ts";

function messages(source: string): string[] {
  const sink = new DiagnosticSink();
  compileSource(new SourceFile("t.spl", source), sink);
  return sink.all.map(({ severity, message, help, span }) => {
    const line = span?.file.position(span.start).line ?? 0;
    const word = severity === "error" ? "" : `${severity}: `;
    return `${line}: ${word}${message}${help === undefined ? "" : ` | ${help}`}`;
  });
}

const types = `struct P:
    x: i64
    y: i64
    me move(): self.x = self.x + 1
class C:
    v: i64
    other: P
enum Shape:
    Circle(i64)
    Rect(w: i64, h: i64)
    Dot
val p = P(x: 1, y: 2)
`;

/** The message about each piece of code, which stands behind the types. */
const rows: Readonly<Record<string, string>> = {
  "p.x = 3":
    "`x` is a field of a struct, and `p` was not declared with `var` | Declare it with `var p`, or copy it into a variable that is.",
  "p.move()":
    "`move` changes its object, and `p` was not declared with `var` | Declare it with `var p`, or copy it into a variable that is.",
  "print p.xx": "`P` has no field or method `xx` | Did you mean `x`?",
  "p.mvoe()": "`P` has no method `mvoe` | Did you mean `move`?",
  "P.move()":
    "`move` needs an object of `P` | Call it on a value, as in `x.move(...)`, or declare it with `static fn`.",
  "print P(x: 1, z: 2)": "`P` has no field `z` | It has `x`, `y`.",
  "print P(1, 2, 3)": "`P` has 2 fields, found 3 values",
  "print P(x: 1, x: 2)": "`x` is given twice",
  'print P(x: "a", y: 2)': "field `x` of `P` must be `i64`, found `text`",
  "print C(v: 1)":
    "`C` needs a value: `other` is missing | Give it, or declare a default. Numbers, texts, collections and optional fields may be left out.",
  "val c = C(1, p)\nc.w = 1": "`C` has no field `w`",
  "print Shape.Circle": "`Shape.Circle` has 1 field, found none | Write `Shape.Circle(_1)`.",
  "print Shape.Circle(1, 2)": "`Shape.Circle` has 1 field, found 2 values",
  "print Shape.Cirle(1)":
    "`Shape` has no variant or static method `Cirle` | Did you mean `Circle`?",
  "print Shape(1)": "`Shape` is an enum, expected one of its variants | Write `Shape.Circle`.",
  "print self.x":
    "`self` stands outside of a method | Only methods of a struct, class or enum have it, and static ones do not.",
  "match Shape.Dot:\n    case Circle(a, b): print a\n    case _: pass":
    "`Circle` has 1 field, found 2 patterns | Use `_` for what does not matter.",
  "match Shape.Dot:\n    case Circl(a): print a\n    case _: pass":
    "`Shape` has no variant `Circl` | Did you mean `Circle`?",
  "match 5:\n    case Circle(x): print x\n    case _: pass":
    "the pattern `Circle` never fits a `i64`",
  "val n: i64 = nil": "`n` must be `i64`, found `nil`",
  "val (a, b, d) = (1, 2)":
    "a tuple pattern of 3 elements never fits a `(i64, i64)` | A tuple is taken apart into as many names as it has elements.",
  "print (1, 2).5":
    "`(i64, i64)` has 2 elements, found the index 5 | The first is `.0`, the last `.1`.",
  "var t = (1, 2)\nt.0 = 4": "the elements of a tuple cannot be assigned | Make a new tuple.",
  "fn f(x: i64?) -> i64: x?": "the result must be `i64`, found `nil`",
  "val o: i64? = 1\nprint o?":
    "`?` leaves the function, and this stands outside of one | Use `!` to stop the program, or `??` for a default.",
  "trait T:\n    fn a() -> i64\nimpl T for P:\n    pass":
    "`P` does not define `a` of the trait `T` | Define it in this `impl`.",
  "impl Missing for P:\n    pass": "there is no trait `Missing`",
  "struct Q:\n    x: i64\n    x: i64": "`Q` has two fields `x` | Rename one of them.",
  "impl P:\n    me move(): pass": "`P` has two methods `move` | Rename one of them.",
  "struct Q:\n    x: i64\n    fn f(): self.x = 1":
    "`x` is a field of a struct, and `self` cannot change in an `fn` method | Declare the method with `me`.",
};

describe("mistakes", () => {
  it.each(Object.entries(rows))("%j", (code, message) => {
    const found = messages(`${types}${code}\n`).map((text) => text.replace(/^\d+: /, ""));
    expect(found).toContain(message);
  });

  it("names the variants that a match leaves out", () => {
    const match =
      "match Shape.Dot:\n    case Circle(_): print 1\n    case Rect(w: 0, h: _): print 2\n";
    expect(messages(types + match)).toEqual([
      "13: warning: this match has no arm for `Rect`, `Dot` | Add the arms, or `case _:` for the rest.",
    ]);
    const full = `${match}    case Rect | Dot: print 3\n`;
    expect(messages(types + full)).toEqual([]);
  });

  it("checks methods that nothing calls", () => {
    expect(messages("class A:\n    fn f(x): y\n")).toEqual(["2: `y` is not declared"]);
    expect(messages("class B<T>:\n    v: T\n    fn f(): nothing\n")).toEqual([
      "3: `nothing` is not declared",
    ]);
  });
});
