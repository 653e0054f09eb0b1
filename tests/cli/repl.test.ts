// `anneal repl` on a pipe.
import { describe, expect, it } from "vitest";
import { nativeBackend } from "../engine/native-backend.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { anneal, temporaryFile } from "./process.ts";

async function repl(lines: readonly string[], options: readonly string[] = []) {
  return anneal(["repl", "--heap", "2MiB", ...options], { input: `${lines.join("\n")}\n` });
}

describe("anneal repl", () => {
  it("prints values and keeps what is declared", async () => {
    const result = await repl([
      "6 * 7",
      'val t = "ab"',
      't + "c"',
      "var n = 1",
      "n += 1",
      "n",
      "[n, n]",
      "()",
      "nil",
      "print n",
    ]);
    expect(result).toEqual({ code: 0, signal: null, err: "", out: "42\nabc\n2\n[2, 2]\nnil\n2\n" });
  });

  it.skipIf(llvm === undefined)(`calls kernels${whyNoLlvm}`, async () => {
    const result = await repl([
      "extern fn rt_matvec_f32(a: [f32], x: [f32], y: [f32], m: i64, k: i64, r: bool)",
      "var y = [0.0f32]",
      "rt_matvec_f32([1.0f32, 2.0f32], [3.0f32, 4.0f32], y, 1, 2, false)",
      "y",
    ]);
    expect(result).toEqual({ code: 0, signal: null, err: "", out: "[11.0]\n" });
  });

  it("replaces definitions, also in what uses them and in closures that were made before", async () => {
    const { out, err } = await repl([
      "fn f(x: i64) -> i64: x + 1",
      "fn g(x: i64) -> i64: f(x) * 10",
      "val h = \\x: f(x)",
      "g(1)",
      "h(1)",
      "fn f(x: i64) -> i64: x - 1",
      "g(1)",
      "h(1)",
    ]);
    expect(err).toBe("");
    expect(out).toBe("20\n2\n0\n0\n");
  });

  it("takes blocks and open brackets as one piece", async () => {
    const { out, err } = await repl([
      "fn sum(all: [i64]) -> i64:",
      "    var total = 0",
      "    for x in all:",
      "        total += x",
      "",
      "    total",
      "sum([1,",
      "  2, 3])",
      "if sum([]) > 0:",
      '    print "more"',
      "else:",
      '    print "none"',
      'val t = """a',
      'b"""',
      "t.len()",
    ]);
    expect(err).toBe("");
    expect(out).toBe("6\nnone\n3\n");
  });

  it("goes on after errors, and ends with 1", async () => {
    const { code, out, err } = await repl([
      "val a = 5",
      "nope",
      "val a = nope",
      "1 +",
      "10 / (a - 5)",
      'fail("stop")',
      "a",
    ]);
    expect(out).toBe("5\n");
    expect(err).toContain("<input 2>:1:1: error: `nope` is not declared");
    expect(err).toContain("<input 5>:1:1: runtime error: division by zero\n  1 | 10 / (a - 5)\n");
    expect(err).toContain("runtime error: stop");
    expect(code).toBe(1);
  });

  it("has commands", async () => {
    const { out, err } = await repl([
      "fn fact(n: i64) -> i64: if n <= 1: 1 else: n * fact(n - 1)",
      "fact(20)",
      ":type fact(3)",
      ":type [1.5]",
      ":mir fact",
      ":tiers",
      ":help",
    ]);
    expect(err).toBe("");
    expect(out).toMatch(/^2432902008176640000\ni64\n\[f64\]\n/);
    expect(out).toMatch(/\nfunc @fact\.i64\(i64\) -> i64 \{\nblock0\(v0: i64\):\n/);
    expect(out).toMatch(/\nfact\.i64 +wasm tier 2 +10 /);
    expect(out).toContain(":quit        leave");
    const wrong = await repl(["1", ":nothing", ":mir nothing", ":type nothing", ":load nothing"]);
    expect(wrong.err).toContain("there is no command `:nothing`");
    expect(wrong.err).toContain("has no function `nothing`");
    expect(wrong.err).toContain("`nothing` is not declared");
    expect(wrong.err).toContain("error: no such file");
    expect(wrong.code).toBe(1);
  });

  it("loads files and stops at :quit", async () => {
    const file = temporaryFile("lib.spl", "fn half(n: i64) -> i64: n / 2\nprint half(8)\n");
    const { code, out, err } = await repl([`:load ${file}`, "half(6)", ":quit", "half(2)"]);
    expect(err).toBe("");
    expect(out).toBe("4\n3\n");
    expect(code).toBe(0);
  });

  it("runs hot code in the tiers, with a collection at every allocation", async () => {
    const { out, err } = await repl(
      [
        "fn texts(n: i64) -> [text]:",
        "    var all: [text] = []",
        '    for i in 0..n: all.push("<{i}>")',
        "    all",
        'texts(300).join("").len()',
        "texts(3)",
      ],
      ["--gc-stress", "--mode", "jit"],
    );
    expect(err).toBe("");
    expect(out).toBe("1390\n[<0>, <1>, <2>]\n");
  });

  it.skipIf(nativeBackend === undefined)("evaluates in native code", async () => {
    const { out, err } = await repl(
      [
        "fn fib(n: i64) -> i64: if n < 2: n else: fib(n - 1) + fib(n - 2)",
        "fib(20)",
        ":tiers",
        "fn fib(n: i64) -> i64: n / (n - 20)",
        "fib(20)",
      ],
      ["--backend", "llvm", "--mode", "jit"],
    );
    expect(out).toMatch(/^6765\n[^]*\nfib\.i64 +llvm O2/);
    expect(err).toContain("runtime error: division by zero");
  });
});
