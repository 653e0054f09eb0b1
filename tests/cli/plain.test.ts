// Plain programs are run on the main thread, all others on a thread of their own: nobody can tell from outside.
import { expect, it } from "vitest";
import { isPlain, runsPlainProgram } from "../../src/cli/plain.ts";
import { anneal, temporaryFile } from "./process.ts";

it.each([
  "",
  "print 6 * 7",
  'val a = [1, 2, 3]\nprint "{a.len()} of {a}"',
  "if 1 < 2: print 3 else: print 4",
  "val before = 1\nprint before",
])("%j is plain", (text) => {
  expect(isPlain(text)).toBe(true);
});

it.each([
  "while true: pass",
  "fn f(): f()\nf()",
  "print (0..9).len()",
  "[1].map(\\x: x)",
  "use lib",
  "extern fn rt_time_now_micros() -> i64",
  'print "ä"',
  'it "x": pass',
  'print "x".repeat(9)',
  `print ${"1 + ".repeat(300)}1`,
])("%j is not plain", (text) => {
  expect(isPlain(text)).toBe(false);
});

it("only a file or `-c` without other options is looked at", () => {
  const file = temporaryFile("plain.spl", "print 1\n");
  expect(runsPlainProgram(["run", file])).toBe(true);
  expect(runsPlainProgram(["run", "-c", "print 1"])).toBe(true);
  expect(runsPlainProgram(["run", file, "--stats"])).toBe(false);
  expect(runsPlainProgram(["run", `${file}.missing.spl`])).toBe(false);
  expect(runsPlainProgram(["run", "-"])).toBe(false);
  expect(runsPlainProgram(["compile", file])).toBe(false);
});

it.each(["print [1, 2]", "eprint 1", "print 1 / (1 - 1)", "print x", "val a = [1]\nprint a[1]"])(
  "%j gives the same on both threads",
  async (code) => {
    // The option is what a program has without it.
    const [here, there] = await Promise.all([
      anneal(["run", "-c", code]),
      anneal(["run", "-c", code, "--mode", "auto"]),
    ]);
    expect(here).toEqual(there);
  },
);

it("the deepest nesting fits the main thread's stack", async () => {
  const depth = 250;
  const { out, err } = await anneal([
    "run",
    "-c",
    `print ${"[".repeat(depth)}1${"]".repeat(depth)}`,
  ]);
  expect(err).toBe("");
  expect(out).toBe(`${"[".repeat(depth)}1${"]".repeat(depth)}\n`);
});
