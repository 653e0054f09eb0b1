// Native code and JavaScript that call each other until the stack is full.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { anneal, temporaryFile } from "../cli/process.ts";
import { whyNoJit } from "./modules.ts";

interface Line {
  readonly name: string;
  readonly outcomes: readonly string[];
  /** How often native code has gone on behind a call of JavaScript. */
  readonly returned: number;
  readonly stackInUse: number;
}

const full = "RangeError: Maximum call stack size exceeded";

const results: Readonly<Record<string, (x: number) => number>> = {
  apply: (x) => Math.floor(x / 2) + 1,
  twice: (x) => Math.floor(x / 4),
  "apply, nested": (x) => Math.floor(x / 2) + 2,
};

const module = `
define i64 @apply(ptr %f, i64 %x) {
  %r = call i64 %f(i64 %x)
  ret i64 %r
}
`;

const program = `
extern fn apply(f: fn(i64) -> i64, x: i64) -> i64
fn deep(n: i64) -> i64: apply(\\x: after(deep(x + 1)), n)
fn after(x: i64) -> i64:
    print "never"
    x
print deep(0)
`;

const modes: readonly (readonly string[])[] = [
  ["--mode", "interpret"],
  ["--mode", "jit"],
  ["--threshold", "2"],
  ["--mode", "jit", "--backend", "llvm"],
  ["--threshold", "2", "--backend", "llvm"],
];

describe.skipIf(whyNoJit !== "")(`a stack that is full${whyNoJit}`, () => {
  test("calls give their result or fail, and native code does not go on behind those that fail", async () => {
    const script = path.join(import.meta.dirname, "full-stack.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line): Line => JSON.parse(line));
    expect(lines.map(({ name }) => name)).toEqual(Object.keys(results));
    for (const { name, outcomes, returned, stackInUse } of lines) {
      const right = outcomes.filter((found, x) => found === String(results[name]?.(x)));
      expect(outcomes.filter((found) => found === full).length).toBeGreaterThan(0);
      expect(outcomes.filter((found) => found !== full)).toEqual(right);
      if (name === "apply") expect(returned).toBe(right.length);
      expect(stackInUse).toBe(0);
    }
  });

  test.each(modes)(
    "a recursion without end through native code, %s %s %s %s",
    async (...options) => {
      const linked = ["--link", temporaryFile("m.ll", module)];
      const file = temporaryFile("deep.spl", program);
      const given = options.filter((option) => option !== undefined);
      const { code, out, err } = await anneal(["run", file, ...linked, ...given]);
      expect(out).toBe("");
      expect(err).toContain("deep.spl:3:");
      expect(err).toContain("runtime error: stack overflow");
      expect(err).toMatch(/at top level \(.*deep\.spl:7:7\)\n$/);
      expect(code).toBe(1);
    },
  );
});
