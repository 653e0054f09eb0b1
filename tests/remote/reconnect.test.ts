// A device and compile servers that come and go, against servers that only pretend.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { CompileClientOptions } from "../../src/agent/index.ts";
import { decodeMessage, FrameReader, type Frame, type Message } from "../../src/protocol/index.ts";
import { Channel, tcpLink } from "../../src/transport/index.ts";
import { clientOf, startServer, TestDevice } from "./harness.ts";
import { pause, Proxy } from "./processes.ts";

/** A server that says what it is told to. */
class PretendedServer {
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server: Server;

  private constructor(onConnect: (channel: Channel) => void) {
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      const channel = new Channel(tcpLink(socket));
      channel.allowFrames();
      onConnect(channel);
    });
  }

  static async start(onConnect: (channel: Channel) => void): Promise<PretendedServer> {
    const pretended = new PretendedServer(onConnect);
    await new Promise<void>((resolve) => {
      pretended.#server.listen(0, "127.0.0.1", resolve);
    });
    return pretended;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function pretend(onConnect: (channel: Channel) => void): Promise<PretendedServer> {
  const server = await PretendedServer.start(onConnect);
  ending.push(() => server.stop());
  return server;
}

const log: string[] = [];

function client(port: number, more: Partial<CompileClientOptions> = {}) {
  log.length = 0;
  const made = clientOf(port, {
    log: (line) => log.push(line.replace(/\d{4,}/, "PORT")),
    ...more,
  });
  ending.push(() => made.close());
  return made;
}

const welcome = { server: "pretended", frameLimit: 1 << 20, version: null } as const;
const request = {
  path: "a.spl",
  text: "1",
  line: 1,
  column: 1,
  program: false,
  level: 1,
} as const;

describe("a device", () => {
  it("leaves no connection open whose greeting has failed", async () => {
    const server = await pretend((channel) => {
      channel.onMessage = ({ id }) =>
        channel.send("error", id, { code: "target", message: "not you" });
    });
    const device = client(server.port);
    device.start();
    while (server.connections < 4) await pause(10);
    // Of one that was left open there would be one more each time.
    while (server.sockets.size > 1) await pause(5);
  });

  it("ends a connection that is there only when it is to end", async () => {
    const server = await pretend((channel) => {
      channel.onMessage = ({ id }) => setTimeout(() => channel.send("welcome", id, welcome), 50);
    });
    const device = client(server.port);
    device.start();
    while (server.connections === 0) await pause(5);
    device.close();
    while (server.sockets.size > 0) await pause(5);
    expect(device.connected).toBe(false);
  });

  it("takes another server while it connects to the first one, and says nothing of it", async () => {
    const slow = await pretend((channel) => {
      channel.onMessage = ({ id }) => setTimeout(() => channel.send("welcome", id, welcome), 50);
    });
    const server = await startServer();
    ending.push(() => server.stop());
    const device = client(slow.port);
    device.start();
    while (slow.connections === 0) await pause(5);
    device.connectTo({ host: "127.0.0.1", port: server.port });
    expect((await device.compile(request, 5000)).piece.valueType).toBe("i64");
    while (slow.sockets.size > 0) await pause(5);
    const other = await startServer();
    ending.push(() => other.stop());
    device.connectTo({ host: "127.0.0.1", port: other.port });
    expect((await device.compile(request, 5000)).piece.valueType).toBe("i64");
    expect(log).toEqual([]);
  });

  it("answers what a server asks in the same breath as it greets", async () => {
    const results: Message[] = [];
    const server = await pretend((channel) => {
      channel.onMessage = (message) => {
        if (message.kind !== "hello") return;
        channel.send("welcome", message.id, welcome);
        const call = { function: "f", arguments: [], generation: 1 };
        void channel
          .request("call", call, { answer: "result", timeout: 2000 })
          .then((body) => results.push({ kind: "result", id: 0, body }));
      };
    });
    const device = client(server.port, {
      call: () => Promise.resolve({ value: "7", output: "" }),
      profile: () => Promise.reject(new Error("none")),
    });
    device.start();
    while (results.length === 0) await pause(5);
    expect(results[0]?.body).toMatchObject({ value: "7" });
  });

  it("does not send again what nobody waits for", async () => {
    let asked = 0;
    const server = await pretend((channel) => {
      channel.onMessage = ({ kind, id }) => {
        if (kind === "hello") channel.send("welcome", id, welcome);
        else if (kind === "replay") channel.send("done", id, { version: 0 });
        else if (kind === "compile") {
          asked += 1;
          setTimeout(() => channel.send("error", id, { code: "version", message: "who?" }), 50);
        }
      };
    });
    const device = client(server.port);
    const abort = new AbortController();
    const compiled = device.compile(request, 5000, abort.signal);
    while (asked === 0) await pause(5);
    abort.abort();
    await expect(compiled).rejects.toThrow("nobody waits");
    expect(asked).toBe(1);
  });

  it("keeps to its server's idea of the program when evaluations are given up", async () => {
    const server = await startServer();
    ending.push(() => server.stop());
    const proxy = await Proxy.start(server.port);
    ending.push(() => proxy.stop());
    const device = new TestDevice(proxy.port);
    ending.push(() => device.stop());
    await device.evaluate("fn f(n: i64) -> i64: n");
    for (let round = 1; round <= 20; round += 1) {
      const abort = new AbortController();
      proxy.misbehaviour.delay = 5;
      const given = device.evaluate(`fn f(n: i64) -> i64: n - ${round}`, abort.signal);
      setTimeout(() => abort.abort(), round % 7);
      const kept = device.evaluate(`fn g(n: i64) -> i64: f(n) * ${round}`);
      const { end } = await given;
      expect((await kept).end.kind).toBe("done");
      const f = end.kind === "done" ? `fn f(n: i64) -> i64: n` : "0";
      await device.evaluate(f);
      expect(await device.value("g(1)")).toBe(String(round));
    }
  });
});

describe("a device whose thread is gone", () => {
  it("settles what was asked of it, and says so to what is asked then", async () => {
    const server = await startServer();
    ending.push(() => server.stop());
    const device = new TestDevice(server.port);
    const quiet = { onOutput: () => {}, onValue: () => {}, onWarnings: () => {} };
    const text =
      "extern fn rt_thread_sleep(ms: i64)\nfn main():\n    while true: rt_thread_sleep(1)\n";
    const { started, ended } = device.device.start(
      { path: "app.spl", text, line: 1, column: 1 },
      quiet,
    );
    expect(await started).toBeNull();
    const figures = device.device.figures();
    await device.stop();
    expect(await ended).toEqual({ kind: "interrupted" });
    await figures.catch(() => {});
    await expect(device.device.figures()).rejects.toThrow("thread has ended");
    await expect(device.device.rollback(1)).rejects.toThrow("thread has ended");
    expect((await device.evaluate("1")).end).toMatchObject({ kind: "failed" });
  });
});

describe("frames in small pieces", () => {
  it("take little more memory than their bytes", () => {
    const reader = new FrameReader(2 ** 20);
    const bytes = new Uint8Array(2 ** 18 + 4);
    new DataView(bytes.buffer).setUint32(0, 2 ** 18, true);
    bytes[4] = 1;
    const frames: Frame[] = [];
    let most = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      frames.push(...reader.push(bytes.slice(at, at + 1)));
      most = Math.max(most, reader.chunks);
    }
    expect(most).toBeLessThan(64);
    expect(frames.map(({ body }) => body.length)).toEqual([2 ** 18 - 6]);
    expect(() => decodeMessage(frames[0] ?? { kind: 0, id: 0, body: bytes })).toThrow();
  });
});
