// Programs that do not end by themselves: Ctrl-C, termination, time limits.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { anneal, launcher } from "./process.ts";

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
    const result = await anneal(["run", "-", "--mode", mode, "--time-limit", "1500"], {
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

describe("a program that waits for a reader who does not read", () => {
  const code = 'eprint "started"\nvar i = 0\nwhile i >= 0:\n    print i\n    i = i + 1';

  /** A process whose standard output is full. */
  async function startStuck(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [launcher, "run", "-c", code]);
    await once(child.stderr, "data");
    await setTimeout(300);
    return child;
  }

  it("ends on Ctrl-C", async () => {
    const child = await startStuck();
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
  });

  it("ends at once on a second signal", async () => {
    const child = await startStuck();
    const exit = once(child, "exit");
    // Two of one kind that come before the process looks at them are one, and after the first there is little time.
    child.kill("SIGINT");
    child.kill("SIGTERM");
    const [code, signal] = (await exit) as [number | null, string | null];
    expect(code).toBeNull();
    expect(["SIGINT", "SIGTERM"]).toContain(signal);
  });
});

it("a program that sleeps has written what it printed, and stops on Ctrl-C with its place", async () => {
  const program = `extern fn rt_thread_sleep(millis: i64)
print "a"
print "b"
rt_thread_sleep(100000)
`;
  const result = await anneal(["run", "-"], {
    input: program,
    onOutput: (child, out) => {
      if (out === "a\nb\n") child.kill("SIGINT");
    },
  });
  expect(result).toMatchObject({ code: 130, out: "a\nb\n" });
  expect(result.err).toContain("<stdin>:4:1: interrupted");
});
