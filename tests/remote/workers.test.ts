// A compile server with threads: devices on each of them, time limits, an orderly end.
import path from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Channel, connectTcp, type Link } from "../../src/transport/index.ts";
import { abiFields, currentAbi } from "../../src/runtime/index.ts";
import { isAbandoned } from "../../src/server/abandoned.ts";
import type { CompileServer, CompileServerOptions } from "../../src/server/index.ts";
import type { ToWorker } from "../../src/server/workers.ts";
import { encodeMessage } from "../../src/protocol/index.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";
import { pause } from "./processes.ts";

// Built by `tsc -b`: a thread of Node 20 runs no TypeScript.
const entry = path.join(import.meta.dirname, "../../dist/server/worker.js");

let server: CompileServer;
let devices: TestDevice[] = [];
let threads: Worker[] = [];

beforeAll(() => {
  libraryImage();
}, 60_000);
afterEach(async () => {
  for (const device of devices) await device.stop();
  devices = [];
  await server.stop();
});

async function start(count: number, options: Partial<CompileServerOptions> = {}): Promise<void> {
  threads = [];
  const startThread = (settings: object): Worker => {
    const thread = new Worker(entry, { workerData: settings, resourceLimits: { stackSizeMb: 64 } });
    threads.push(thread);
    return thread;
  };
  server = await startServer({ workers: { count, start: startThread }, ...options });
}

function newDevice(options: ConstructorParameters<typeof TestDevice>[1] = {}): TestDevice {
  const device = new TestDevice(server.port, options);
  devices.push(device);
  return device;
}

/** Source that takes long to compile. */
function slowSource(functions: number): string {
  const body = Array.from(
    { length: 10 },
    (_, n) => `${"x * (x + ".repeat(20)}${n}${")".repeat(20)}`,
  ).join(" + ");
  return Array.from({ length: functions }, (_, n) => `fn g${n}(x: i64) -> i64: ${body}`).join("\n");
}

function piece(text: string) {
  const source = { path: "p.spl", text, line: 1, column: 1, program: false };
  return { ...source, version: 0, files: [], level: 1 as const };
}

/** A connection that the server takes for a device. */
async function greeted(): Promise<Channel> {
  const channel = new Channel(await connectTcp("127.0.0.1", server.port, 10_000));
  channel.allowFrames();
  const { frameLimit } = await channel.request(
    "hello",
    {
      agent: "test",
      device: "d",
      target: { triple: "wasm32-unknown-unknown", features: [] },
      abi: { hash: currentAbi(), fields: abiFields() },
      sharedMemory: true,
      frameLimit: 1 << 20,
      symbolDigest: "",
      symbols: [],
      challenge: new Uint8Array(32),
    },
    { answer: "welcome", timeout: 5000 },
  );
  channel.longestSent = frameLimit;
  return channel;
}

describe("a compile server with threads", () => {
  it("gives each device one of them, and keeps their programs apart", async () => {
    await start(2);
    const [first, second, third] = [newDevice(), newDevice(), newDevice()];
    await Promise.all(
      [first, second, third].map((device, index) =>
        device.evaluate(`fn own() -> i64: ${index}\nvar kept = ${index}`),
      ),
    );
    expect(threads.length).toBe(2);
    for (const [index, device] of [first, second, third].entries())
      expect(await device.value("[own(), kept]")).toBe(`[${index}, ${index}]`);
    expect((await first.evaluate("nope")).end.kind).toBe("errors");
  });

  it("tells who waits too long, ends the thread, and goes on", async () => {
    await start(1, { timeLimit: 1500 });
    const [slow, other] = [newDevice(), newDevice()];
    await other.evaluate("fn kept() -> i64: 42");
    await slow.evaluate("fn before() -> i64: 7");
    const { end } = await slow.evaluate(slowSource(4000));
    expect(end).toMatchObject({ kind: "failed", failure: { code: "deadline" } });
    // The thread's models are gone; both devices say again what their programs consist of.
    expect(await other.value("kept()")).toBe("42");
    expect(await slow.value("before()")).toBe("7");
    expect(threads.length).toBe(2);
  });

  it("answers in the time that a device waits, though the thread goes on", async () => {
    await start(1);
    const device = newDevice({ compileTime: 200 });
    // Loads the compiler.
    await device.evaluate("1").catch(() => {});
    await pause(1000);
    const { end } = await device.evaluate(slowSource(1500));
    expect(end).toMatchObject({ kind: "failed", failure: { code: "deadline" } });
    expect(threads.length).toBe(1);
  });

  it("takes longer over what a whole program was than over a piece: a device would be lost", async () => {
    const idle = `require("node:worker_threads").parentPort.on("message", () => {}).postMessage("ready")`;
    const threads = { count: 1, start: () => new Worker(idle, { eval: true }) };
    await start(1, { timeLimit: 50, workers: threads });
    const channel = await greeted();
    const compiled = { ...piece("1"), deadline: 10_000 };
    await expect(
      channel.request("compile", compiled, { answer: "object", timeout: 10_000 }),
    ).rejects.toThrow("given up after 0.05 s");
    const numbering = { count: 0, generation: 0, generations: 0 };
    const program = { version: 0, pieces: [], layouts: [], files: [], numbering, slots: [] };
    await expect(
      channel.request("replay", program, { answer: "done", timeout: 10_000 }),
    ).rejects.toThrow("given up after 0.3 s");
    channel.close("enough");
  });

  it("goes on when a thread dies", async () => {
    await start(1);
    const device = newDevice();
    await device.evaluate("fn kept() -> i64: 42");
    await threads[0]?.terminate();
    expect(await device.value("kept()")).toBe("42");
    expect(threads.length).toBe(2);
  });

  it("ends what is under way before it stops, and refuses what comes then", async () => {
    await start(1);
    const device = newDevice();
    await device.evaluate("fn f() -> i64: 1");
    expect(await device.value("f() + 41")).toBe("42");
    const channel = await greeted();
    const under = channel.request(
      "compile",
      { ...piece(slowSource(8)), deadline: 10_000 },
      { answer: "object", timeout: 10_000 },
    );
    // The server has it when it answers what came behind it.
    await channel.request("ping", {}, { answer: "pong", timeout: 10_000 });
    const stopped = server.stop();
    await expect(
      channel.request(
        "query",
        { version: 0, what: "names", text: "" },
        { answer: "answer", timeout: 5000 },
      ),
    ).rejects.toMatchObject({ body: { code: "stopping" } });
    expect((await under).piece.object.length).toBeGreaterThan(1000);
    await stopped;
  });

  it("compiles nothing for whom nobody waits any more", async () => {
    await start(1);
    const channel = await greeted();
    const ask = (text: string) =>
      channel.request(
        "compile",
        { ...piece(text), deadline: 10_000 },
        { answer: "object", timeout: 10_000 },
      );
    const wanted = ask(slowSource(20));
    const abandoned = ask(slowSource(1000));
    channel.send("loaded", 0, { version: 0, outcome: "dropped" });
    const last = ask("6 * 7");
    await expect(abandoned).rejects.toMatchObject({ body: { code: "deadline" } });
    expect((await wanted).piece.declares).toBe(true);
    expect((await last).piece.valueType).toBe("i64");
    channel.close("enough");
  });

  it("is not kept busy by one that asks for too much at once", async () => {
    await start(1);
    const channel = await greeted();
    const asked = Array.from({ length: 100 }, () =>
      channel.request(
        "compile",
        { ...piece("1 + 1"), deadline: 10_000 },
        { answer: "object", timeout: 10_000 },
      ),
    );
    const results = await Promise.allSettled(asked);
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const result of refused)
      expect(result).toMatchObject({ reason: { body: { code: "limit" } } });
    expect(results.length - refused.length).toBeGreaterThanOrEqual(64);
    channel.close("enough");
  });
});

describe("a request", () => {
  const compile = (connection: number): ToWorker => ({
    kind: "work",
    connection,
    message: { kind: "compile", id: 1, body: { ...piece("1"), deadline: 1 } },
  });
  const loaded = (outcome: "kept" | "dropped"): ToWorker => ({
    kind: "work",
    connection: 1,
    message: { kind: "loaded", id: 0, body: { version: 0, outcome } },
  });
  const close = (connection: number): ToWorker => ({ kind: "close", connection });

  it.each<[string, boolean, ToWorker[]]>([
    ["nothing", false, []],
    ["that its object is dropped", true, [compile(2), loaded("dropped")]],
    ["that its object is kept", false, [loaded("kept"), loaded("dropped")]],
    ["another one that is given up", false, [compile(1), loaded("dropped")]],
    ["the end of the connection", true, [compile(1), close(2), close(1)]],
    ["the end of another connection", false, [compile(1), close(2)]],
  ])("before %s is abandoned: %s", (_, abandoned, later) => {
    expect(isAbandoned(compile(1), later)).toBe(abandoned);
  });

  it("that is not for a piece is never abandoned", () => {
    expect(isAbandoned(loaded("kept"), [close(1)])).toBe(false);
  });
});

describe("a connection", () => {
  it("ends if a message does not", async () => {
    await start(0);
    const link: Link = {
      peer: "test",
      loopback: true,
      backlog: 0,
      write: () => {},
      destroy: () => {},
      onData: () => {},
      onClose: () => {},
    };
    const channel = new Channel(link, 20);
    const ended = new Promise<string>((resolve) => {
      channel.onClose = ({ message }) => resolve(message);
    });
    const ping = encodeMessage("ping", 0, {});
    link.onData(ping);
    link.onData(ping.subarray(0, 7));
    expect(await ended).toBe("a message that does not end");
  });
});
