import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { lex } from "./lexer.ts";
import type { Token } from "./token.ts";

function tokens(text: string): Token[] {
  const sink = new DiagnosticSink();
  const all = lex(new SourceFile("t.spl", text), sink);
  expect(sink.all.map(({ code }) => code)).toEqual([]);
  return all;
}

function kinds(text: string): string {
  return tokens(text)
    .map((token) => token.kind)
    .join(" ");
}

function codes(text: string): string[] {
  const sink = new DiagnosticSink();
  const file = new SourceFile("t.spl", text);
  lex(file, sink);
  return sink.all.map(({ code, span }) => `${code} ${file.text.slice(span?.start, span?.end)}`);
}

function number(text: string): unknown {
  const [token] = tokens(text);
  const { literal } = token ?? {};
  if (literal?.kind !== "int" && literal?.kind !== "float") return literal;
  return literal.suffix === null ? literal.value : [literal.value, literal.suffix];
}

function pieces(text: string): unknown[] {
  const [token] = tokens(text);
  if (token?.literal?.kind !== "text") throw new Error("not a text literal");
  return token.literal.pieces.map((piece) => {
    if (piece.kind === "literal") return piece.text;
    const expression = text.slice(piece.start, piece.end);
    return piece.spec === null ? [expression] : [expression, piece.spec];
  });
}

describe("words and operators", () => {
  it("tells keywords from names", () => {
    expect(kinds("fn f val x static type _ _x é")).toBe(
      "fn name val name name name name name name eof",
    );
  });

  it("takes the longest operator", () => {
    expect(kinds("a..=b ... ** *= |> ?? ?. .? // ~> -> => <<")).toBe(
      "name ..= name ... ** *= |> ?? ?. .? // ~> -> => << eof",
    );
  });

  it("keeps the exact range of each token", () => {
    const text = 'foo(12, "a")';
    expect(tokens(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      "foo", "(", "12", ",", "\"a\"", ")", "",
    ]); // prettier-ignore
  });

  it("reads letters of all scripts, also outside the basic plane", () => {
    expect(tokens("größe 𝒳y")[0]?.text).toBe("größe");
    expect(tokens("größe 𝒳y")[1]?.text).toBe("𝒳y");
  });
});

describe("layout", () => {
  it("marks the first token of a line and measures it, a tab as four", () => {
    const lines = tokens("a b\n  c\n\td\n \te").filter((token) => token.first);
    expect(lines.map(({ text, indent }) => [text, indent])).toEqual([
      ["a", 0],
      ["c", 2],
      ["d", 4],
      ["e", 5],
      ["", 0],
    ]);
  });

  it("ignores blank lines, comments and carriage returns", () => {
    const text = "#! x\r\na\r\n\r\n   # c\r\n## d\n/// e\n/* x /* y */ z */ b\n";
    expect(kinds(text)).toBe("name name eof");
    expect(tokens(text).map(({ first }) => first)).toEqual([true, true, true]);
  });

  it("joins lines at a backslash", () => {
    expect(tokens("a \\\n   b \\  \n c").map(({ first }) => first)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it("skips a byte order mark", () => {
    expect(kinds("\uFEFFa")).toBe("name eof");
  });
});

describe("numbers", () => {
  it.each<[string, unknown]>([
    ["0", 0],
    ["1_000__0", 10000],
    ["0xFF", 255],
    ["0XfFu64", [255, "u64"]],
    ["0b1010_1010u8", [170, "u8"]],
    ["0o777", 511],
    ["255u8", [255, "u8"]],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775808", -9223372036854775808n],
    ["18446744073709551615", -1],
    ["18446744073709551615u64", [18446744073709551615n, "u64"]],
    ["3.14", 3.14],
    ["6.022e23", 6.022e23],
    ["1e5", 1e5],
    ["1.5e-10", 1.5e-10],
    ["1_0.2_5", 10.25],
    ["0.1f32", [Math.fround(0.1), "f32"]],
    ["2f64", [2, "f64"]],
    ["00012", 12],
  ])("%s", (text, value) => {
    expect(number(text)).toEqual(value);
  });

  it("lets a dot begin a fraction only before a digit", () => {
    expect(kinds("1..5")).toBe("int .. int eof");
    expect(kinds("7.fdiv(2)")).toBe("int . name ( int ) eof");
    expect(kinds("t.0.1")).toBe("name . int . int eof");
    expect(kinds("1.0.x")).toBe("float . name eof");
  });

  it("accepts the least integer of a width behind a minus only", () => {
    expect(codes("-128i8 - 32768i16")).toEqual([]);
    expect(codes("128i8")).toEqual(["lex/int-out-of-range 128i8"]);
  });
});

describe("texts", () => {
  it.each<[string, unknown[]]>([
    ['""', []],
    ['"a b"', ["a b"]],
    ['"a\\n\\t\\r\\\\\\"\\\'\\{\\}"', ["a\n\t\r\\\"'{}"]],
    ['"\\a\\b\\f\\v"', ["\x07\b\f\v"]],
    ['"\\0\\12\\377\\400"', ["\0\n\xff 0"]],
    ['"\\x41\\u0042\\u{43}\\u{1F600}"', ["ABC😀"]],
    ['"\\q\\$"', ["q$"]],
    ["'it\\'s {x}\\n'", ["it's {x}\\n"]],
    ['r"a\\n{x}"', ["a\\n{x}"]],
    ['r"""a\\n"\n{x}"""', ['a\\n"\n{x}']],
    ['"""a\\n "b"\n  {x}"""', ['a\\n "b"\n  {x}']],
    ['f"a {x}"', ["a ", ["x"]]],
    ['f"""a\n"q" {x}\\n"""', ['a\n"q" ', ["x"], "\n"]],
  ])("%s", (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it.each<[string, unknown[]]>([
    ['"{{x}} }} }"', ["{x} } }"]],
    ['"{} { }"', ["{} { }"]],
    ['"${x}"', ["$", ["x"]]],
    ['"{\\"a\\": 1}"', ['{"a": 1}']],
    ["\"{'a': 1}\"", ["{'a': 1}"]],
    ['"a { b"', ["a { b"]],
    ['"{a) b}"', ["{a) b}"]],
    ['"{f("a", g("}"))}"', [['f("a", g("}"))']]],
    ['"{a + "b"}"', [['a + "b"']]],
    ['"{if c: "x" else: "y"}"', [['if c: "x" else: "y"']]],
    ['"{d[\\"k\\"]}"', [['d[\\"k\\"]']]],
    ['"{f("{g("x")}")}!"', [['f("{g("x")}")'], "!"]],
    ['"{ {a: 1}["a"] }"', [[' {a: 1}["a"] ']]],
  ])("finds the holes of %s", (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it("takes a brace for literal when a quote stands where no operand is expected", () => {
    expect(kinds('"{hello "x')).toBe("text name eof");
  });

  it.each<[string, unknown[]]>([
    ['"{x:.2f}"', [["x", ".2f"]]],
    ['"{x:>8}"', [["x", ">8"]]],
    ['"{x:*^9}"', [["x", "*^9"]]],
    ['"{x:08.3f}"', [["x", "08.3f"]]],
    ['"{x:+,}"', [["x", "+,"]]],
    ['"{x:}"', [["x:"]]],
    ['"{x:hello}"', [["x:hello"]]],
    ['"{xs[1:2]}"', [["xs[1:2]"]]],
    ['"{f(a: 1):x}"', [["f(a: 1)", "x"]]],
    ['"{if c: a else: b}"', [["if c: a else: b"]]],
    ['"{if c: a else: b:>4}"', [["if c: a else: b", ">4"]]],
    ['"{if c: a else if d: e else: f}"', [["if c: a else if d: e else: f"]]],
    ['"{\\\\x: x}"', ["{\\x: x}"]],
  ])("splits the format spec of %s", (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it("says whether a text may be a docstring", () => {
    const isDocstring = (text: string) => {
      const literal = tokens(text)[0]?.literal;
      return literal?.kind === "text" && literal.docstring;
    };
    expect(['"""a"""', 'f"""a"""', 'r"""a"""', '"a"'].map(isDocstring)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("errors", () => {
  it.each<[string, string[]]>([
    ['x = "abc\ny', ['lex/unterminated-text "abc']],
    ["'abc\r\n", ["lex/unterminated-text 'abc"]],
    ['"""abc\n', ['lex/unterminated-text """']],
    ["a /* b /* c */", ["lex/unterminated-comment /*"]],
    ['"\\x4 \\u{110000} \\ud800"', [
      "lex/bad-escape \\x", "lex/bad-escape \\u{110000}", "lex/bad-escape \\ud800",
    ]],
    ["0x", ["lex/bad-number 0x"]],
    ["0b12", ["lex/bad-number 0b12"]],
    ["1e + 1_ + 2", ["lex/bad-number 1e", "lex/bad-number 1_"]],
    ["12abc", ["lex/bad-suffix 12abc"]],
    ["1.5i32", ["lex/bad-suffix 1.5i32"]],
    ["100_km", ["lex/unit-literal 100_km"]],
    ["256u8", ["lex/int-out-of-range 256u8"]],
    ["18446744073709551616", ["lex/int-out-of-range 18446744073709551616"]],
    ["1e999", ["lex/float-out-of-range 1e999"]],
    ["1e39f32", ["lex/float-out-of-range 1e39f32"]],
    ['"a"_file', ["lex/typed-text _file"]],
    ["a $$ ` \u00a0b", [
      "lex/unexpected-character $", "lex/unexpected-character `", "lex/unexpected-character \u00a0",
    ]],
  ])("%j", (text, expected) => {
    expect(codes(text)).toEqual(expected);
  }); // prettier-ignore
});
