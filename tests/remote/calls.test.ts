// Functions of a device's program called by name, from an editor's side and from the server's; what they do counted.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeviceEvaluator, Sources, type EvaluationEnd } from "../../src/agent/index.ts";
import { NreplClient, startNreplServer, type EncodableDict } from "../../src/nrepl/index.ts";
import { encodeMessage } from "../../src/protocol/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";
import { pause, Proxy } from "./processes.ts";

const functions = `
class P:
    x: i64
var calls = 0
fn add(a: i64, b: i64) -> i64: a + b
fn half(x: f64) -> f64: x / 2.0
fn small(a: u8, b: i32) -> i32: (a as i32) + b
fn not_it(b: bool) -> bool: not b
fn huge() -> u64: 18446744073709551615
fn greet(times: i64) -> text:
    print "hello"
    "hi " * times
fn point(x: i64) -> P: P(x: x)
fn nothing(): calls += 1
fn of_point(p: P) -> i64: p.x
fn fails(n: i64) -> i64:
    calls += 1
    [1, 2][n]
fn forever() -> i64:
    while calls >= 0: calls += 1
    1
fn inner(n: i64) -> i64: n + 1
fn outer(n: i64) -> i64:
    var sum = 0
    for i in 0..n: sum += inner(i)
    sum
`;
const secret = Buffer.from("a secret of some length");

interface Called {
  readonly end: EvaluationEnd;
  readonly value: string | null;
  readonly out: string;
}

let server: CompileServer;
let device: TestDevice;

async function call(name: string, ...texts: string[]): Promise<Called> {
  let value: string | null = null;
  let out = "";
  const events = {
    onOutput: (_: string, text: string) => {
      out += text;
    },
    onValue: (text: string) => {
      value = text;
    },
    onWarnings: () => {},
  };
  const end = await device.device.call(name, texts, { events });
  return { end, value, out };
}

beforeAll(async () => {
  libraryImage();
  server = await startServer({ secret });
  device = new TestDevice(server.port, { secret, timeLimit: 2000 });
  expect((await device.evaluate(functions)).end.kind).toBe("done");
}, 60_000);
afterAll(async () => {
  await device.stop();
  await server.stop();
});

describe("a call by name", () => {
  it.each<[string, string[], string | null]>([
    ["add", ["2", "-40"], "-38"],
    ["add", ["9223372036854775807", "1"], "-9223372036854775808"],
    ["half", ["5"], "2.5"],
    ["small", ["255", "-1"], "254"],
    ["not_it", ["true"], "false"],
    ["huge", [], "18446744073709551615"],
    ["point", ["3"], "P(x: 3)"],
    ["nothing", [], null],
  ])("of %s with %j gives %j", async (name, texts, value) => {
    expect(await call(name, ...texts)).toMatchObject({ end: { kind: "done" }, value });
  });

  it("shows what is printed", async () => {
    expect(await call("greet", "2")).toMatchObject({ value: "hi hi ", out: "hello\n" });
  });

  it.each<[string, string[], string]>([
    ["add", ["1"], "`add` takes 2 arguments, found 1"],
    ["half", [], "`half` takes 1 argument, found 0"],
    ["add", ["1", "x"], "found `x`, `add` takes `i64` there"],
    ["add", ["1", "9223372036854775808"], "`add` takes `i64` there"],
    ["small", ["256", "1"], "found `256`, `small` takes `u8` there"],
    ["half", [""], "`half` takes `f64` there"],
    ["of_point", ["1"], "`of_point` takes `P`; evaluate the call"],
    ["nowhere", [], "there is no function `nowhere`"],
  ])("of %s with %j is refused", async (name, texts, message) => {
    expect((await call(name, ...texts)).end).toMatchObject({
      kind: "failed",
      failure: { code: "call", message: expect.stringContaining(message) as string },
    });
  });

  it("that fails or takes too long is undone", async () => {
    const before = await device.value("calls");
    expect((await call("fails", "2")).end).toMatchObject({
      kind: "failed",
      kept: false,
      failure: { code: "index_out_of_range", trace: [{ function: "fails" }] },
    });
    expect((await call("forever")).end).toMatchObject({ failure: { code: "time_limit" } });
    expect(await device.value("calls")).toBe(before);
  });

  it("calls the newest function", async () => {
    await device.evaluate("fn version() -> i64: 1");
    await device.evaluate("fn version() -> i64: 2");
    expect((await call("version")).value).toBe("2");
  });
});

describe("a profile", () => {
  it("counts the calls through slots, until it ends", async () => {
    await call("outer", "10");
    expect(await device.device.profile("read")).toEqual({ time: 0, functions: [] });
    await device.device.profile("start");
    await device.value("outer(10)");
    await device.evaluate("fn inner(n: i64) -> i64: n + 2");
    await device.value("outer(5)");
    const { time, functions: counted } = await device.device.profile("stop");
    const figures = new Map(counted.map((one) => [one.name, one]));
    expect(figures.get("outer")?.calls).toBe(2);
    expect(figures.get("inner")?.calls).toBe(15);
    const [outer, inner] = [figures.get("outer"), figures.get("inner")];
    if (outer === undefined || inner === undefined) throw new Error("not counted");
    expect(outer.tier).toBe("wasm O1");
    expect(outer.total).toBeGreaterThanOrEqual(outer.self);
    expect(outer.total).toBeGreaterThanOrEqual(inner.total);
    expect(time).toBeGreaterThanOrEqual(outer.total);
    await device.value("outer(5)");
    expect((await device.device.profile("read")).functions).toEqual([]);
  });

  it("changes no results and no errors", async () => {
    await device.device.profile("start");
    expect((await call("fails", "2")).end).toMatchObject({
      failure: { code: "index_out_of_range" },
    });
    const { end } = await device.evaluate("[1].map(\\x: fails(x + 7))");
    expect(end).toMatchObject({ failure: { code: "index_out_of_range" } });
    // No frame is missing.
    await device.evaluate("fn fails_inside(n: i64) -> i64: fails(n)");
    const { end: last } = await device.evaluate("fails_inside(9)");
    const trace = [{ function: "fails" }, { function: "fails_inside" }, { function: "top level" }];
    expect(last).toMatchObject({ failure: { trace } });
    const { functions: counted } = await device.device.profile("stop");
    expect(counted.find(({ name }) => name === "fails")?.calls).toBe(2);
  });
});

describe("an editor", () => {
  it("calls functions, interrupts calls, and counts them", async () => {
    const unlimited = new TestDevice(server.port, { secret, timeLimit: null });
    const evaluator = new DeviceEvaluator(unlimited.device, new Sources(), "1");
    const nrepl = await startNreplServer({ evaluator, port: 0 });
    const client = await NreplClient.open("127.0.0.1", nrepl.port);
    try {
      await unlimited.evaluate(functions);
      const [opened] = await client.request({ op: "clone" });
      const session = opened?.text("new-session") ?? "";
      const ask = (message: EncodableDict) => client.request({ ...message, session });
      await ask({ op: "profile", action: "start" });
      const answers = await ask({ op: "call", function: "outer", arguments: ["3"] });
      expect(answers.map((answer) => answer.text("value"))).toEqual(["6", undefined]);
      const endless = ask({ op: "call", function: "forever", arguments: [] });
      await pause(100);
      await ask({ op: "interrupt" });
      expect((await endless).at(-1)?.hasStatus("interrupted")).toBe(true);
      const [profile] = await ask({ op: "profile" });
      const counted = profile?.list("functions") ?? [];
      expect(counted.map((entry) => entry instanceof Map && entry.get("name"))).toEqual(["inner"]);
      const [wrong] = await ask({ op: "call", function: "add", arguments: ["1"] });
      expect(wrong?.text("err")).toBe("error: `add` takes 2 arguments, found 1\n");
      const [none] = await ask({ op: "profile", action: "dance" });
      expect(none?.hasStatus("no-action")).toBe(true);
    } finally {
      client.close();
      await nrepl.close();
      await unlimited.stop();
    }
  });
});

describe("a compile server", () => {
  it("calls functions of its devices, and counts calls", async () => {
    const [id = ""] = server.devices;
    const add = { name: "add", texts: ["40", "2"] };
    expect(await server.call(id, add, 5000)).toEqual({ value: "42", output: "" });
    await server.profile(id, "start", 5000);
    await server.call(id, { name: "outer", texts: ["3"] }, 5000);
    const { functions: counted } = await server.profile(id, "stop", 5000);
    expect(counted.find(({ name }) => name === "inner")?.calls).toBe(3);
    await expect(server.call(id, { name: "fails", texts: ["5"] }, 5000)).rejects.toThrow(
      "index 5 is out of range",
    );
    await expect(server.call("nobody", add, 5000)).rejects.toThrow("there is no device `nobody`");
  });

  it("is the only one that can: a request that is not signed, or is sent twice, is refused", async () => {
    const proxy = await Proxy.start(server.port);
    const other = new TestDevice(proxy.port, { secret });
    try {
      await other.evaluate("var hits = 0\nfn hit() -> i64:\n    hits += 1\n    hits");
      const id = server.devices.find((name) => name === other.device.client.device) ?? "";
      let sent = Buffer.alloc(0);
      proxy.misbehaviour.change = (bytes) => {
        sent = Buffer.concat([sent, bytes]);
        return bytes;
      };
      const hit = { name: "hit", texts: [] };
      expect(await server.call(id, hit, 5000)).toMatchObject({ value: "1" });
      const forged = encodeMessage("call", 9, { function: "hit", arguments: [], generation: 77 });
      for (const bytes of [sent, Buffer.from(forged)]) {
        proxy.misbehaviour.change = (own) => Buffer.concat([own, bytes]);
        // Its answer brings the request.
        await other.evaluate("1").catch(() => {});
        proxy.misbehaviour.change = null;
        expect(await other.value("hits")).toBe("1");
      }
    } finally {
      await other.stop();
      await proxy.stop();
    }
  });
});
