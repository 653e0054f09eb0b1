// `parse` returns for every input, in bounded stack and with sane spans.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { dumpModule } from "./dump.ts";
import { lex } from "./lexer.ts";
import { parse } from "./parser.ts";
import { keywords, operators } from "./token.ts";

const program = `#!/usr/bin/env simple
use compiler.backend.{create_backend, BackendKind}

# Values
struct Config:
    mode: JitMode
    threshold: i32 = 10     # calls
    verbose: bool

class Counter:
    """Counts."""
    var n: i64
    me inc(by: i64 = 1):
        self.n += by
    static fn new() -> Counter: Counter(n: 0)

enum Shape:
    Circle(i64)
    Rect(w: i64, h: i64), Empty

fn fib(n: i64) -> i64:
    if n <= 1: n else: fib(n - 1) + fib(n - 2)

fn area(s: Shape) -> i64?:
    match s:
        case Shape.Circle(r) if r > 0 and r < 100: r * r * 3
        Rect(w, h) => w * h
        | 1 | 2 -> nil
        _:
            print "no {s} {fib(3):>8} {if s: "a" else: "b"} {{x}}"
            return nil

fn main():
    val config = Config(
        mode: JitMode.Hybrid, # here
        threshold: 1_000,
    )
    var sum = 0.5e3 - 0xFFu8 as f64
    for (i, x) in [1, *xs, 3].map(\\x: x ** 2).enumerate():
        sum = sum +
            x * -i
        while sum < 3 <= i and not (x in xs): break
    val d = {"a": [x for x in 0..=9 if x % 2 == 0], "b": xs[1:-1]}
    val f = foo(1, \\a, b:
        val c = a ?? b?.c!
        c.d.? | 3
    , y=2)
    describe "x":
        it 'y', skip:
            expect f(d) == (1, "z")
    if val Some(v) = d["a"]: loop: pass
    elif d:
        v /= 2
    else:
        print v
`;

/** Parses and checks what must hold whatever the source is. */
function check(text: string): void {
  const sink = new DiagnosticSink(1000);
  dumpModule(parse(new SourceFile("t.spl", text), sink));
  // One assertion a source: thousands of them would take most of the time.
  const strange = sink.all.filter(
    ({ span, code, message, help }) =>
      span === undefined ||
      span.start < 0 ||
      span.end < span.start ||
      span.end > text.length ||
      !/^(lex|parse)\/[a-z-]+$/.test(code) ||
      !/^[a-z`].*[^.]$/su.test(message) ||
      help?.endsWith(".") !== true,
  );
  expect(strange).toEqual([]);
}

const word = fc.constantFrom(
  ...keywords, ...operators, "a", "b", "C", "_", "_1", "print", "it", "mut", "static", "1", "2.5", "1u8", "\"x\"",
  "\"{a}\"", "f\"{\"", "'q'", "\"\"\"", "#", "/*", "*/", "\\\n", "\n", "\n    ", "\n        ", "\n  ", "\t", " ",
  "{", "\"", "{a:", "\"{", "}\"",
); // prettier-ignore

describe("any input", () => {
  it("parses the sample without a word", () => {
    const sink = new DiagnosticSink();
    parse(new SourceFile("t.spl", program), sink);
    expect(sink.all).toEqual([]);
  });

  it("returns for random text", () => {
    const units = fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength: 200 });
    const source = units.map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(source, check), { numRuns: 300 });
  });

  it("returns for random words", () => {
    const source = fc.array(word, { maxLength: 60 }).map((words) => words.join(" "));
    fc.assert(fc.property(source, check), { numRuns: 500 });
    const dense = fc.array(word, { maxLength: 60 }).map((words) => words.join(""));
    fc.assert(fc.property(dense, check), { numRuns: 500 });
  });

  it("returns for damaged programs", () => {
    const at = fc.nat(program.length);
    const damage = fc.tuple(
      at,
      fc.nat(30),
      fc.oneof(word, fc.constant(""), fc.string({ maxLength: 3 })),
    );
    const damaged = fc.array(damage, { minLength: 1, maxLength: 4 }).map((edits) => {
      let text = program;
      for (const [start, length, insert] of edits) {
        text = text.slice(0, start) + insert + text.slice(start + length);
      }
      return text;
    });
    fc.assert(fc.property(damaged, check), { numRuns: 300 });
  });

  it("returns for every prefix of a program", () => {
    for (let end = 0; end <= program.length; end += 1) check(program.slice(0, end));
  });
});

describe("one damaged token", () => {
  it("rarely gives more than one message", () => {
    const counts = [0, 0, 0, 0, 0];
    for (const { start, end, kind } of lex(
      new SourceFile("t.spl", program),
      new DiagnosticSink(),
    )) {
      if (kind === "eof") continue;
      for (const insert of ["", ")", "val", "+", "x"]) {
        const rest = insert === "" ? program.slice(end) : ` ${program.slice(start)}`;
        const sink = new DiagnosticSink();
        parse(new SourceFile("t.spl", program.slice(0, start) + insert + rest), sink);
        const errors = Math.min(sink.errorCount, counts.length - 1);
        counts[errors] = (counts[errors] ?? 0) + 1;
      }
    }
    const [none = 0, one = 0, two = 0, three = 0, more = 0] = counts;
    const all = none + one + two + three + more;
    expect((none + one) / all).toBeGreaterThan(0.95);
    expect((none + one + two) / all).toBeGreaterThan(0.99);
  });
});

describe("nesting", () => {
  const much = 20_000;
  it.each([
    ["parentheses", `x = ${"(".repeat(much)}`],
    ["arrays", `x = ${"[".repeat(much)}1${"]".repeat(much)}`],
    ["dictionaries", `x = ${"{a: ".repeat(much)}`],
    ["calls", "f(".repeat(much)],
    ["prefixes", `x = ${"-".repeat(much)}1`],
    ["powers", `x = 1${" ** 1".repeat(much)}`],
    ["sums", `x = 1${" + 1".repeat(much)}`],
    ["members", `a${".b".repeat(much)}`],
    ["ifs on a line", "if a: ".repeat(much)],
    ["elif", `if a: b\n${"elif a: b\n".repeat(much)}`],
    ["lambdas", "\\x: ".repeat(much)],
    ["types", `val x: ${"[".repeat(much)}`],
    ["optional types", `val x: i64${"?".repeat(much)} = 1`],
    ["type arguments", `val x: ${"A<".repeat(much)}`],
    ["patterns", `match x:\n    ${"(".repeat(much)}`],
    ["blocks", Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}while a:\n`).join("")],
    [
      "blocks in brackets",
      Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}f(\\x:\n`).join(""),
    ],
    [
      "mixed operators",
      `x = ${"(1 or 1 and 1 == 1 < 1 .. 1 | 1 ^ 1 & 1 << 1 + 1 * 1 ** ".repeat(500)}`,
    ],
    ["mixed forms", `x = ${"f(1, {a: [if 1 or 1 == 1 .. match (\\x: ".repeat(500)}`],
  ])("is bounded for %s, with one message", (_, text) => {
    const sink = new DiagnosticSink();
    parse(new SourceFile("t.spl", text), sink);
    const codes = sink.all.map(({ code }) => code);
    expect(codes.filter((code) => code === "parse/too-deep")).toHaveLength(1);
    expect(codes.length).toBeLessThanOrEqual(2);
  });

  it("allows what programs need", () => {
    const nested = `${"(".repeat(200)}1${")".repeat(200)}`;
    const blocks = Array.from({ length: 100 }, (_, i) => `${" ".repeat(i)}if a:\n`).join("");
    check(`x = ${nested}`);
    for (const text of [
      `x = ${nested}`,
      `x = 1${" + 1".repeat(400)}`,
      `${blocks}${" ".repeat(100)}b`,
    ]) {
      const sink = new DiagnosticSink();
      parse(new SourceFile("t.spl", text), sink);
      expect(sink.all).toEqual([]);
    }
  });

  it("bounds texts in the holes of texts", () => {
    const nest = (levels: number) => {
      let text = "x";
      for (let level = 0; level < levels; level += 1) text = `"{f(${text})}"`;
      const sink = new DiagnosticSink();
      parse(new SourceFile("t.spl", text), sink);
      return sink.all.map(({ code }) => code);
    };
    expect(nest(8)).toEqual([]);
    expect(nest(9)).toEqual(["lex/interpolation-too-deep"]);
    expect(nest(40)).toEqual(["lex/interpolation-too-deep"]);
  });

  it("gives up on braces before the work explodes", () => {
    const sink = new DiagnosticSink();
    parse(new SourceFile("t.spl", '"{f('.repeat(20_000)), sink);
    expect(sink.all.map(({ code }) => code)).toContain("lex/too-many-braces");
  });
});
