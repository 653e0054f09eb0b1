import { describe, expect, it } from "vitest";
import { anneal, temporaryFile } from "./process.ts";

const fib = `
fn fib(n: i64) -> i64:
    if n < 2: n else: fib(n - 1) + fib(n - 2)

print fib(20)
`;

describe("where the program comes from", () => {
  it("runs a file", async () => {
    const file = temporaryFile("fib.spl", fib);
    expect(await anneal(["run", file])).toEqual({ code: 0, signal: null, out: "6765\n", err: "" });
  });

  it("runs -c", async () => {
    expect(await anneal(["run", "-c", "print 6 * 7"])).toMatchObject({ code: 0, out: "42\n" });
  });

  it("runs standard input", async () => {
    expect(await anneal(["run", "-"], { input: fib })).toMatchObject({ code: 0, out: "6765\n" });
  });

  it("takes options behind the file and arguments behind --", async () => {
    const file = temporaryFile("fib.spl", fib);
    const result = await anneal(["run", file, "--mode", "interpret", "--", "--mode", "x"]);
    expect(result).toMatchObject({ code: 0, out: "6765\n" });
  });

  it("runs an empty file and prints nothing", async () => {
    const file = temporaryFile("empty.spl", "");
    expect(await anneal(["run", file])).toEqual({ code: 0, signal: null, out: "", err: "" });
  });

  it("runs a file with CRLF line ends and a byte order mark", async () => {
    const file = temporaryFile("crlf.spl", `\ufeff${fib.replaceAll("\n", "\r\n")}`);
    expect(await anneal(["run", file])).toMatchObject({ code: 0, out: "6765\n", err: "" });
  });

  it("writes output larger than a pipe completely", async () => {
    const code = "for i in 0..50000: print i";
    const { out, code: exitCode } = await anneal(["run", "-c", code]);
    expect(exitCode).toBe(0);
    expect(out.split("\n")).toHaveLength(50_001);
    expect(out.endsWith("49999\n")).toBe(true);
  });
});

describe("modes", () => {
  it.each(["auto", "jit", "interpret", "hybrid"])("%s gives the same result", async (mode) => {
    expect(await anneal(["run", "-", "--mode", mode], { input: fib })).toMatchObject({
      code: 0,
      out: "6765\n",
      err: "",
    });
  });

  it.each(["0", "1", "2", "3"])("--opt %s gives the same result", async (level) => {
    const result = await anneal(["run", "-", "--mode", "jit", "--opt", level], { input: fib });
    expect(result).toMatchObject({ code: 0, out: "6765\n" });
  });
});

describe("exit codes", () => {
  it.each([
    [0, 0],
    [7, 7],
    [255, 255],
    [258, 2],
    [-1, 255],
  ])("main returning %d exits with %d", async (result, code) => {
    const input = `fn main() -> i64:\n    return ${result}\n`;
    expect(await anneal(["run", "-"], { input })).toMatchObject({ code, out: "", err: "" });
  });

  it("exits with 1 after a runtime error, and says where", async () => {
    const input = "fn half(n: i64) -> i64: 10 / n\n\nprint 1\nprint half(0)\n";
    const result = await anneal(["run", "-"], { input });
    expect(result).toMatchObject({ code: 1, out: "1\n" });
    const [head, excerpt, caret, ...trace] = result.err.split("\n");
    expect(head).toMatch(/^<stdin>:1:\d+: runtime error: division by zero$/);
    expect(excerpt).toBe("  1 | fn half(n: i64) -> i64: 10 / n");
    expect(caret).toMatch(/^ {4}\| +\^$/);
    expect(trace[0]).toMatch(/^ {2}at half \(<stdin>:1:\d+\)$/);
  });

  it("exits with 2 after a compile error and runs nothing", async () => {
    const result = await anneal(["run", "-c", "print 1\nprint nope"]);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toMatch(
      /^<command line>:2:7: error: .*`nope`.* \[resolve\/unknown-name\]\n/,
    );
    expect(result.err).toContain("\n  2 | print nope\n    |       ^^^^\n");
  });

  it("reports several independent errors", async () => {
    const result = await anneal(["run", "-c", "print nope\nprint neither"]);
    expect(result.code).toBe(2);
    expect(result.err).toContain("`nope`");
    expect(result.err).toContain("`neither`");
    expect(result.err).toMatch(/\n2 errors\n$/);
  });

  it("reports infinite recursion as a stack overflow with a short trace", async () => {
    const input = "fn down(n: i64) -> i64: down(n + 1) + 1\n\nprint down(0)\n";
    const { code, err } = await anneal(["run", "-"], { input });
    expect(code).toBe(1);
    expect(err).toMatch(/^<stdin>:1:\d+: runtime error: stack overflow\n/);
    expect(err).toContain("  at down (<stdin>:1:");
    expect(err.split("\n").length).toBeLessThan(30);
  });
});

describe("reports", () => {
  it("--verbose prints a line for each decision", async () => {
    const { out, err } = await anneal(["run", "-", "--verbose"], { input: fib });
    expect(out).toBe("6765\n");
    expect(err).toMatch(/^ +\d+\.\d\d ms {2}fib\S* +\S+ → .+ +\d+\.\d\d ms +\d+ B$/m);
  });

  it("--stats prints a table and --stats=json one object", async () => {
    const table = await anneal(["run", "--stats", "-"], { input: fib });
    expect(table.out).toBe("6765\n");
    expect(table.err).toMatch(/^function +tier +calls +compile +code$/m);
    expect(table.err).toMatch(/^fib\S* +\S+/m);
    const json = await anneal(["run", "--stats=json", "-"], { input: fib });
    expect(json.out).toBe("6765\n");
    const stats: unknown = JSON.parse(json.err);
    const number: unknown = expect.any(Number);
    const text: unknown = expect.any(String);
    const cost = { compileTime: number, codeBytes: number };
    expect(stats).toEqual({
      mode: "auto",
      functions: expect.arrayContaining([{ function: text, tier: text, calls: number, ...cost }]),
      compiles: number,
      ...cost,
      frontendTime: number,
      runTime: number,
      samples: null,
      pauses: { count: number, longest: number, total: number },
      heap: null,
      events: expect.arrayContaining([
        { time: number, function: text, from: text, to: text, reason: text, ...cost },
      ]),
    });
  });

  it("have the figures of the heap", async () => {
    const input = "var all: [i64] = []\nfor i in 0..1000: all.push(i)\nprint all.len()\n";
    const table = await anneal(["run", "--gc-stress", "--stats", "-"], { input });
    expect(table.out).toBe("1000\n");
    expect(table.err).toMatch(/^heap: \d+ collections, .+ alive after the last, .+ at most$/m);
    const json = await anneal(["run", "--stats=json", "-"], { input });
    const number: unknown = expect.any(Number);
    expect(JSON.parse(json.err)).toMatchObject({
      heap: { collections: number, live: number, peak: number },
    });
  });

  it("keeps the figures of a program that failed", async () => {
    const { code, err } = await anneal(["run", "--stats", "-c", "print 1 / (1 - 1)"]);
    expect(code).toBe(1);
    expect(err).toMatch(/: runtime error: division by zero\n[^]*\nfunction [^]*\nmode auto:/);
  });
});

describe("output that nobody reads", () => {
  it("ends quietly", async () => {
    const code = "var i = 0\nwhile true:\n    print i\n    i = i + 1";
    const result = await anneal(["run", "-c", code], {
      onOutput: (child) => child.stdout?.destroy(),
    });
    expect(result).toMatchObject({ code: 141, err: "" });
  });
});
