import { describe, expect, it } from "vitest";
import { observe, ways, type Observation } from "../../tests/engine/harness.ts";
import { controlInterrupt, controlTimeLimit, controlWordAddress } from "../runtime/index.ts";
import type { EngineOptions } from "./options.ts";
import type { Program } from "./program.ts";

/** Runs a program and sets the control word, as another thread would, when it has written often enough. */
function stopAfter(
  source: string,
  options: Partial<EngineOptions>,
  { writes, request }: { writes: number; request: number },
): Observation & { writesBehind: number } {
  let program: Program | undefined;
  let left = writes;
  let writesBehind = 0;
  const write = (): void => {
    left -= 1;
    if (left < 0) writesBehind += 1;
    if (left !== 0 || program === undefined) return;
    Atomics.or(new Int32Array(program.memory.buffer), controlWordAddress >> 2, request);
  };
  const observation = observe(source, { ...options, write }, (loaded) => {
    program = loaded;
  });
  return { ...observation, writesBehind };
}

const programs: Readonly<Record<string, string>> = {
  "a loop that prints": `
fn go():
    var i = 0
    loop:
        i += 1
        print i
go()
`,
  "a loop behind an inner one": `
fn inner(n: i64) -> i64:
    var s = 0
    for i in 0..n: s += i
    s
var t = 0
loop:
    for k in 0..9:
        for l in 0..9: t += inner(k + l)
    print t
`,
  recursion: `
fn tree(n: i64) -> i64:
    if n == 0: return 1
    if n == 12: print "tree"
    tree(n - 1) + tree(n - 1)
var t = 0
loop: t += tree(12)
`,
};

describe("the control word", () => {
  for (const [title, source] of Object.entries(programs)) {
    it.each(Object.entries(ways))(`stops ${title}: %s`, (_, options) => {
      const stop = { writes: 30, request: controlInterrupt };
      const { observed, writesBehind } = stopAfter(source, options, stop);
      expect(observed.error).toMatchObject({ code: "interrupted", message: "interrupted" });
      expect(observed.error?.trace.at(-1)).toMatch(/^top level:/);
      // Tier 0 polls every 10,000 events, compiled code at least where an iteration may take long.
      expect(writesBehind).toBeLessThan(10_001);
    });
  }

  it("is heeded at the next back-edge of compiled code that prints", () => {
    const source = programs["a loop that prints"] ?? "";
    const stop = { writes: 3000, request: controlInterrupt };
    for (const options of [{ mode: "jit" }, {}] as const) {
      const { observed, writesBehind } = stopAfter(source, options, stop);
      expect(observed.error?.trace).toEqual(["go:4:5", "top level:7:1"]);
      expect(writesBehind).toBe(0);
    }
  });

  it("says why", () => {
    const source = programs["a loop that prints"] ?? "";
    for (const options of Object.values(ways)) {
      const both = { writes: 30, request: controlInterrupt | controlTimeLimit };
      expect(stopAfter(source, options, both).observed.error?.code).toBe("interrupted");
      const limit = { writes: 30, request: controlTimeLimit };
      expect(stopAfter(source, options, limit).observed.error).toMatchObject({
        code: "time_limit",
        message: "time limit exceeded",
      });
    }
  });

  it("set before the run stops the program at its first safepoint", () => {
    const source = "var s = 0\nfor i in 0..100000000: s += i\nprint s\n";
    const { observed } = observe(source, {}, ({ memory }) => {
      Atomics.store(new Int32Array(memory.buffer), controlWordAddress >> 2, controlTimeLimit);
    });
    expect(observed.error).toMatchObject({ code: "time_limit", trace: ["top level:2:1"] });
  });
});

describe("memory", () => {
  /** The literal does not fit into the memory that a program starts with. */
  const text = "0123456789abcdef".repeat(90_000);
  const source = `
var total = 1
fn tell(n: i64):
    total += n
    if n % 400 == 399: print "${text}"
fn outer(n: i64):
    for i in 0..n:
        tell(i)
        total = total * 3
outer(500)
print total
`;
  const expected = observe(source, { mode: "interpret" }).observed;
  it.each(Object.entries(ways))("grows under running code: %s", (way, options) => {
    const sharedMemory = way.startsWith("auto");
    const { observed, program } = observe(source, { ...options, sharedMemory });
    expect(observed.out.length).toBe(expected.out.length);
    expect(observed).toEqual(expected);
    if (options.mode !== "jit") return;
    expect(program.memory.buffer.byteLength).toBeGreaterThan(1_440_000 + 262_144);
  });
});

describe("replaced units", () => {
  const numbers = Array.from({ length: 32 }, (_, index) => index);
  const size = 65_536;
  /** Each function gets hot before the next is called; each has a literal of its own. */
  const source = `
${numbers.map((n) => `fn f${n}(n: i64):\n    if 10 / n < 0: print "${String.fromCodePoint(0x41 + n).repeat(size)}"`).join("\n")}
${numbers.map((n) => `for i in 1..14: f${n}(i)`).join("\n")}
f20(0)
`;

  it("give their memory back", () => {
    const { events, program, observed } = observe(source, { verify: false });
    expect(observed.error?.trace).toEqual(["f20:43:8", "top level:98:1"]);
    expect(events.filter(({ reason }) => reason.startsWith("compaction")).length).toBe(2);
    // Of 16 units the memory of the first is used by the next; their batches have 16 literals each.
    const used = program.memory.buffer.byteLength;
    expect(used).toBeGreaterThan(3 * 16 * size);
    expect(used).toBeLessThan(3 * 16 * size + 600_000);
  });
});

describe("running units", () => {
  it("stay when they are replaced", () => {
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const source = `
${numbers.map((n) => `fn f${n}(n: i64) -> i64: 100 / (n - ${n})`).join("\n")}
fn run() -> i64:
    var s = 0
    print "running"
${numbers.map((n) => `    s += f${n}(${n + 1})`).join("\n")}
    print "{s} {f0(0)}"
    s
print run()
`;
    const { observed, events } = observe(source, { threshold: 1, verify: false });
    expect(observed).toEqual(observe(source, { mode: "interpret" }).observed);
    expect(observed.error?.trace.map((at) => at.split(":")[0])).toEqual(["f0", "run", "top level"]);
    const replaced = events.filter(
      ({ from, to }) => from === "wasm tier 1" && to === "wasm tier 2",
    );
    // All of the first batch, `top level` and `run` among them, whose old units are running.
    expect(replaced.length).toBe(16);
    expect(replaced[0]?.function).toBe("top level");
  });
});

describe("figures", () => {
  const source = `
fn twice(n: i64) -> i64: n * 2
var s = 0
for i in 0..50: s += twice(i)
print s
`;

  it("are those of the run", () => {
    const { program, events } = observe(source);
    const stats = program.stats();
    expect(stats).toMatchObject({ mode: "auto", compiles: 1 });
    expect(stats.events).toEqual(events);
    expect(stats.codeBytes).toBe(events[0]?.codeBytes);
    expect(stats.compileTime).toBe(events[0]?.compileTime);
    expect(stats.runTime).toBeGreaterThan(stats.compileTime);
    expect(stats.functions).toMatchObject([
      { function: "top level", tier: "interpreter", calls: 1, codeBytes: 0, compileTime: 0 },
      { function: "twice.i64", tier: "wasm tier 1", calls: 50, codeBytes: stats.codeBytes },
    ]);
  });

  it("can be asked for before the run and after an error", () => {
    const { program } = observe(
      "print 1 / 0 * twice(1)\nfn twice(n: i64) -> i64: n * 2\n",
      {},
      (one) => {
        expect(one.stats()).toMatchObject({ compiles: 0, runTime: 0, events: [] });
      },
    );
    expect(program.stats().runTime).toBeGreaterThan(0);
  });

  it("a program runs once", () => {
    const { program } = observe(source);
    expect(() => program.run()).toThrow("has run already");
  });
});
