// The common type of branches: what literals in them become, and when the type that is wanted was a wrong guess.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { runInterpreted } from "../../../interp/index.ts";
import { compileSource } from "../index.ts";

const declarations = `
fn same(k: i64) -> i64: k
val t = true
val f = not t
val u = 18446744073709551615u64
val b = 200u8
val h = 1.5f32
val p = 3i32
`;

function compile(source: string): {
  module: ReturnType<typeof compileSource>;
  messages: readonly string[];
} {
  const sink = new DiagnosticSink();
  const module = compileSource(new SourceFile("t.spl", source), sink);
  return { module, messages: sink.all.map(({ code, message }) => `${code} ${message}`) };
}

function printed(expression: string): string {
  const { module, messages } = compile(`${declarations}print ${expression}\n`);
  if (module === null) return messages.join("\n");
  return runInterpreted(module, () => undefined).out.trimEnd();
}

describe("literals follow the other branches", () => {
  it.each([
    ["(if f: b else: 100) + b", "44"],
    ["(if t: 100 else: b) + b", "44"],
    ["(if f: b elif t: 100 else: 2) + b", "44"],
    ["(if t: (if t: 100 else: 2) else: b) + b", "44"],
    ["(if f: u elif t: 1 else: 2) - 2", "18446744073709551615"],
    ["(if f: b else: 300) + b", "500"],
    ["(if f: b elif f: 1 else: 300) + b", "500"],
    ["(if f: 2.5f32 elif t: 16777217 else: 2)", "16777216.0"],
    ["(if f: 2.5 elif t: 16777217 else: 2)", "16777217.0"],
  ])("%s", (expression, expected) => {
    expect(printed(expression)).toBe(expected);
  });

  it("in arms of a match inside a match", () => {
    const source = `
fn pick(x: i64, y: u8) -> u8:
    val r = match x:
        case 1: 250
        case 2:
            match y:
                case 0: 1
                case _: 255
        case _: y
    r + 10
print "{pick(1, 5)} {pick(2, 5)} {pick(3, 5)}"
`;
    const { module, messages } = compile(source);
    expect(messages).toEqual([]);
    expect(module && runInterpreted(module, () => undefined).out).toBe("4 9 15\n");
  });
});

describe("a wanted type that one branch cannot have", () => {
  it.each([
    ["h + (if f: same(7) else: (if t: 1 else: 0x4000))", "2.5"],
    ["h + (if t: same(7) else: (if t: 1 else: 0x4000))", "8.5"],
    ["u != (if t: (20 * 8 >> (p as i64) ^ 1 * 2) else: same(-1))", "true"],
    ["u == (if f: (1 << p) else: same(-1))", "false"],
    // As deep as three choices in each other's operands.
    [
      "h + (if f: same(7) else: 1 + (if f: same(2) else: (if t: 1 else: 2) + (if t: same(3) else: 4)))",
      "6.5",
    ],
  ])("%s", (expression, expected) => {
    expect(printed(expression)).toBe(expected);
  });

  it("leaves neither locals nor messages of the attempts behind", () => {
    const twice = `${declarations}
val r = h + (if f: same(7) else:
    for i in 0..2: print i
    print 5 == 5.0
    val z = 1 / 0
    (if t: 1 else: 0x4000))
`;
    const { module, messages } = compile(twice);
    expect(messages.map((message) => message.split(" ")[0])).toEqual([
      "type/int-float-equality",
      "type/division-by-zero",
    ]);
    const names = module?.functions[0]?.locals.map(({ name }) => name) ?? [];
    expect(names.filter((name) => name === "z")).toHaveLength(1);
    expect(module?.functions[0]?.loopCount).toBe(1);
  });

  it("infers a result once for each `return`", () => {
    const source = `${declarations}
fn g(n: i64):
    val r = h + (if n > 3: same(n) else:
        if n == 1: return 7
        (if t: 1 else: 2))
    n
print g(1) + g(2)
`;
    const { module } = compile(source);
    expect(module && runInterpreted(module, () => undefined).out).toBe("9\n");
  });
});

describe("branches that have no common type", () => {
  it.each([
    ["h + (if t: u else: same(1))", "`u64` and `i64`"],
    ["(if t: u elif f: 1 else: same(1))", "`u64` and `i64`"],
    ["(if t: b elif f: true else: 5)", "`bool` and `i64`"],
  ])("%s", (expression, types) => {
    expect(printed(expression)).toContain(
      `type/branch-mismatch the branches have different types: ${types}`,
    );
  });

  it("are found in bounded time however deep the choices are", () => {
    let expression = "(if t: u else: same(1))";
    for (let depth = 0; depth < 30; depth += 1) {
      expression = `(if t: u else: 1u64 + ${expression})`;
    }
    expect(printed(expression)).toContain("type/branch-mismatch");
  });
});
