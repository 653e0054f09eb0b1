// Programs that do not end by themselves: Ctrl-C, termination, time limits.
import { describe, expect, it } from "vitest";
import { anneal } from "./process.ts";

const endless = `
fn spin() -> i64:
    var i = 0
    while i >= 0:
        i = i + 1
    return i

print "started"
print spin()
`;

const modes = ["auto", "jit", "interpret", "hybrid"];

describe("an endless loop", () => {
  it.each(modes)("stops on Ctrl-C with its place (%s)", async (mode) => {
    const result = await anneal(["run", "-", "--mode", mode], {
      input: endless,
      onOutput: (child) => child.kill("SIGINT"),
    });
    expect(result).toMatchObject({ code: 130, signal: null, out: "started\n" });
    expect(result.err).toMatch(/^<stdin>:\d+:\d+: interrupted\n/);
    expect(result.err).toContain("  at spin (<stdin>:");
  });

  it("stops on SIGTERM with 143", async () => {
    const result = await anneal(["run", "-"], {
      input: endless,
      onOutput: (child) => child.kill("SIGTERM"),
    });
    expect(result).toMatchObject({ code: 143, out: "started\n" });
  });

  it.each(modes)("stops at its time limit (%s)", async (mode) => {
    const result = await anneal(["run", "-", "--mode", mode, "--time-limit", "300"], {
      input: endless,
    });
    expect(result).toMatchObject({ code: 1, signal: null, out: "started\n" });
    expect(result.err).toMatch(/^<stdin>:\d+:\d+: runtime error: time limit exceeded\n/);
  });
});

it("an endless recursion that never overflows stops on Ctrl-C", async () => {
  const input = `
fn even(n: i64) -> bool: if n == 0: true else: odd(n - 1)
fn odd(n: i64) -> bool: if n == 0: false else: even(n - 1)
fn forever() -> i64:
    var count = 0
    while count >= 0:
        if even(1000): count = count + 1
    return count

print "started"
print forever()
`;
  const result = await anneal(["run", "-"], {
    input,
    onOutput: (child) => child.kill("SIGINT"),
  });
  expect(result).toMatchObject({ code: 130, out: "started\n" });
  expect(result.err).toContain("interrupted\n");
});

it("a program within its time limit is not disturbed", async () => {
  const result = await anneal(["run", "-c", "print 1", "--time-limit", "60000"]);
  expect(result).toEqual({ code: 0, signal: null, out: "1\n", err: "" });
});
