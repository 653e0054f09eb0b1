import { wasmTarget } from "../../src/protocol/index.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectCache, ProgramModel, wasmCode, type CompileServer } from "../../src/server/index.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";
import { compilers, whyNoNative } from "./native-target.ts";

const loop = `
extern fn rt_thread_sleep(millis: i64)
var frames = 0
fn shape(i: i64) -> i64: i * 2
fn main():
    while true:
        frames += 1
        print "shape {shape(1)}"
        rt_thread_sleep(2)
`;

let server: CompileServer;
let device: TestDevice;

beforeAll(async () => {
  libraryImage();
  server = await startServer({ native: compilers });
}, 60_000);
afterAll(() => server.stop());

const targets = [
  ["wasm", "wasm32", ""],
  ["native code", "native", whyNoNative],
] as const;

describe.each(targets)("a device without a compiler, with %s", (_, target, why) => {
  if (why !== "") {
    it.skip(`evaluates${why}`, () => {});
    return;
  }
  beforeAll(() => {
    device = new TestDevice(server.port, {}, { target });
  });
  afterAll(() => device.stop());

  it("defines, calls, shows values and output", async () => {
    expect(await device.value("1 + 2")).toBe("3");
    await device.evaluate("fn twice(n: i64) -> i64: n * 2");
    expect(await device.value("twice(21)")).toBe("42");
    expect(await device.value("[twice, \\x: x + 1]")).toBe("[<fn twice>, <fn lambda>]");
    expect(await device.value("twice")).toBe("<fn twice>");
    const { out, values } = await device.evaluate('print "hello"\n[1, 2].map(\\x: twice(x))');
    expect(out).toBe("hello\n");
    expect(values).toEqual(["[2, 4]"]);
  });

  it("keeps variables, types and texts", async () => {
    await device.evaluate('class P:\n    x: i64\n    name: text\nval p = P(x: 1, name: "one")');
    expect(await device.value("p")).toBe("P(x: 1, name: one)");
    expect(await device.value('p.name + "!"')).toBe("one!");
  });

  it("keeps functions that are values where types change that they know inside", async () => {
    await device.evaluate(
      "class K:\n    x: i64\nfn ten(k: K) -> i64: k.x * 10\nval kept: fn(i64) -> i64 = \\n: ten(K(x: n)) + 1",
    );
    expect(await device.value("kept(4)")).toBe("41");
    const { end } = await device.evaluate(
      "class K:\n    name: text\n    x: f64\nfn ten(k: K) -> i64: k.name.len()",
    );
    expect(end).toMatchObject({ kind: "done", live: false });
    expect(await device.value('[kept(4), ten(K(name: "abc", x: 0.5))]')).toBe("[41, 3]");
  });

  it("shows values while the piece goes on", async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const code = "extern fn rt_thread_sleep(millis: i64)\n6 * 7\nwhile true: rt_thread_sleep(1)\n8";
    const end = device.device.evaluate(
      { path: "<input>", text: code, line: 1, column: 1 },
      {
        onOutput: () => {},
        onWarnings: () => {},
        onValue: (value) => {
          seen.push(value);
          abort.abort();
        },
      },
      abort.signal,
    );
    expect(await end).toEqual({ kind: "interrupted" });
    expect(seen).toEqual(["42"]);
  });

  it("leaves no trace of what is rehearsed", async () => {
    await device.evaluate("var kept = 1\nfn known(n: i64) -> i64: n + kept");
    const { record } = device.device;
    const state = async () => {
      const { metadata: _, ...figures } = (await device.device.figures()) ?? { metadata: 0 };
      return [record.history, record.replay(), figures];
    };
    const values: string[] = [];
    const events = {
      onOutput: () => {},
      onValue: (value: string) => values.push(value),
      onWarnings: () => {},
    };
    const piece = (turn: number) =>
      `kept = ${turn}\nfn known(n: i64) -> i64: n * ${turn}\nknown(2)`;
    await device.device.rehearse(piece(1), events);
    const before = await state();
    for (let turn = 2; turn < 50; turn += 1)
      expect(await device.device.rehearse(piece(turn), events)).toBe(true);
    expect(values.slice(-2)).toEqual(["96", "98"]);
    expect(await state()).toEqual(before);
    expect(await device.value("known(1)")).toBe("2");
    await expect(device.device.rehearse("known(", events)).rejects.toThrow();
    expect(await device.value("kept")).toBe("1");
  });

  it("rehearses nothing while its program runs", async () => {
    const other = new TestDevice(server.port, {}, { target });
    await other.start(loop);
    const events = { onOutput: () => {}, onValue: () => {}, onWarnings: () => {} };
    expect(await other.device.rehearse("1 + 2", events)).toBe(false);
    await other.stop();
  });

  it("gives callers the new function", async () => {
    await device.evaluate("fn low(n: i64) -> i64: n + 1\nfn high(n: i64) -> i64: low(n) * 10");
    expect(await device.value("high(1)")).toBe("20");
    await device.evaluate("fn low(n: i64) -> i64: n + 2");
    expect(await device.value("high(1)")).toBe("30");
  });

  it("says what is wrong with the source, with the place", async () => {
    const { end } = await device.evaluate("val ok = 1\nnope + ok");
    expect(end).toMatchObject({
      kind: "errors",
      diagnostics: [{ code: "resolve/unknown-name", path: "<input>", line: 2, column: 1 }],
    });
    const indented = await device.evaluate("    val ok = 1\n    if ok == 1:\n        nope + ok");
    expect(indented.end).toMatchObject({
      diagnostics: [{ code: "resolve/unknown-name", path: "<input>", line: 3, column: 9 }],
    });
    expect(await device.value("    val ok = 1\n    ok + 1")).toBe("2");
  });

  it("finds a module that was written after it had been asked for", async () => {
    const files = new Map<string, string>();
    const readModule = (name: string): string | null => files.get(name) ?? null;
    const own = new TestDevice(server.port, { readModule }, { target });
    const piece = "use late.{twice}\ntwice(4)";
    const { end } = await own.evaluate(piece);
    expect(end).toMatchObject({ diagnostics: [{ code: "resolve/unknown-module" }] });
    files.set("late", "fn twice(x: i64) -> i64: x * 2\n");
    expect(await own.value(piece)).toBe("8");
    await own.stop();
  });

  it("runs no specs, and says so", async () => {
    const { end } = await device.evaluate('describe "x":\n    it "y":\n        expect 1 == 1');
    expect(end).toMatchObject({
      kind: "failed",
      failure: {
        code: "fail",
        message: "this host runs no specs",
        trace: [{ line: 1, column: 1 }],
      },
    });
  });

  it("takes back what a piece did that fails", async () => {
    await device.evaluate("var xs = [1, 2]\nfn rate() -> i64: 5");
    const { end } = await device.evaluate(
      "fn rate() -> i64: 6\nfn extra() -> i64: 7\nxs.push(3)\nxs[100]",
    );
    expect(end).toMatchObject({
      kind: "failed",
      kept: false,
      failure: { code: "index_out_of_range", trace: [{ line: 4, column: 1 }] },
    });
    expect(await device.value("xs")).toBe("[1, 2]");
    expect(await device.value("rate()")).toBe("5");
    expect((await device.evaluate("extra()")).end.kind).toBe("errors");
    expect(await device.value("xs.push(9)\nxs")).toBe("[1, 2, 9]");
  });

  it("interrupts, and the program is as before", async () => {
    await device.evaluate("var turns = 0");
    const stop = new AbortController();
    const evaluation = device.evaluate("while true: turns += 1", stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect((await evaluation).end).toEqual({ kind: "interrupted" });
    expect(await device.value("turns")).toBe("0");
  });

  it("goes back to earlier versions", async () => {
    await device.evaluate('fn colour() -> text: "red"');
    await device.evaluate('fn colour() -> text: "green"');
    await device.evaluate('fn colour() -> text: "blue"\nfn added() -> i64: 1');
    const { changed } = await device.device.rollback(1);
    expect(changed).toEqual(["colour", "added"]);
    expect(await device.value("colour()")).toBe("green");
    expect((await device.evaluate("added()")).end.kind).toBe("errors");
    await device.device.rollback(1);
    expect(await device.value("colour()")).toBe("red");
    await device.evaluate('fn colour() -> text: "white"');
    expect(await device.value("colour()")).toBe("white");
  });
});

describe.each(targets)("a program that runs, with %s", (_, target, why) => {
  if (why !== "") {
    it.skip(`is changed${why}`, () => {});
    return;
  }
  let running: TestDevice;
  beforeAll(async () => {
    running = new TestDevice(server.port, { timeLimit: 1500 }, { target });
    await running.start(loop);
  });
  afterAll(() => running.stop());

  it("goes on while its functions are replaced", async () => {
    await running.printed(/shape 2\n/);
    await running.evaluate("fn shape(i: i64) -> i64: i * 30");
    await running.printed(/shape 30\n/);
    expect(Number(await running.value("frames"))).toBeGreaterThan(1);
  });

  it("goes on when a piece takes too long or fails", async () => {
    const { end } = await running.evaluate("fn shape(i: i64) -> i64: 7\nwhile true: frames += 0");
    expect(end).toMatchObject({ kind: "failed", failure: { code: "time_limit" } });
    await running.printed(/shape 30\n/);
    await running.evaluate("1 / (frames - frames)");
    await running.printed(/shape 30\n/);
  });

  it("keeps its own code where types change", async () => {
    await running.evaluate("class Point:\n    x: i64\nfn shape(i: i64) -> i64: Point(x: 5).x");
    await running.printed(/shape 5\n/);
    const { end } = await running.evaluate(
      'class Point:\n    y: text\n    x: i64\nfn shape(i: i64) -> i64: Point(y: "", x: 6).x',
    );
    expect(end).toMatchObject({ kind: "done", live: false });
    await running.printed(/shape 6\n/);
  });
});

describe("a program that was compiled ahead", () => {
  it("is changed with a compile server that has not seen it", async () => {
    const cache = new ObjectCache(null);
    const model = new ProgramModel({
      target: wasmCode,
      sharedMemory: true,
      symbols: [],
      cache,
      build: "",
    });
    const source = { path: "app.spl", text: loop, line: 1, column: 1 };
    const prepared = model.prepare({ ...source, program: true }, 1);
    if (!("piece" in prepared)) throw new Error("it has errors");
    const ahead = { answer: { ...prepared, generation: 0 }, target: wasmTarget };
    const early = new TestDevice(server.port);
    const quiet = { onOutput: () => {}, onValue: () => {}, onWarnings: () => {} };
    const { started } = early.device.start(source, { ...quiet, ahead });
    expect(await started).toBeNull();
    await early.printed(/shape 2\n/);
    await early.evaluate("fn shape(i: i64) -> i64: i * 30");
    await early.printed(/shape 30\n/);
    await early.stop();
  });
});
