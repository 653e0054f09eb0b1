// What may go wrong between a device and its compile server, with real processes.
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openSigningKey } from "../../src/store/index.ts";
import { anneal } from "../cli/process.ts";
import { libraryImage } from "../library/image.ts";
import { TestDevice } from "./harness.ts";
import { pause, Proxy, RunningCommand, serverProcess } from "./processes.ts";

const loop = `
extern fn rt_thread_sleep(millis: i64)
var frames = 0
fn shape(i: i64) -> i64: i * 2
fn main():
    while true:
        frames += 1
        print "shape {shape(1)}"
        rt_thread_sleep(5)
`;

beforeAll(() => {
  libraryImage();
}, 60_000);

describe("a device", () => {
  let server: RunningCommand;
  let port: number;
  let proxy: Proxy;
  let device: TestDevice;

  beforeEach(async () => {
    ({ server, port } = await serverProcess());
    proxy = await Proxy.start(port);
    device = new TestDevice(proxy.port);
    await device.start(loop);
    await device.evaluate("val kept = 41\nfn next(n: i64) -> i64: n + 1");
  });
  afterEach(async () => {
    await device.stop();
    await proxy.stop();
    await server.kill();
  });

  async function goesOn(): Promise<void> {
    await device.printed(/shape \d+\n/);
    expect(await device.value("next(kept)")).toBe("42");
    await device.evaluate("fn shape(i: i64) -> i64: i * 9");
    await device.printed(/shape 9\n/);
  }

  it("goes on when the server is killed while it compiles, and another one starts that knows nothing", async () => {
    proxy.misbehaviour.delay = 300;
    const evaluation = device.value("next(kept) * 2");
    await pause(100);
    await server.kill();
    proxy.misbehaviour.delay = 0;
    await device.printed(/shape 2\n/);
    // On a port of its own: somebody else may have the old one by now.
    ({ server, port: proxy.target } = await serverProcess());
    expect(await evaluation).toBe("84");
    await goesOn();
    expect(device.log.map((line) => line.replace(/\d{4,}/, "PORT"))).toEqual([
      expect.stringMatching(/^no compile server at 127.0.0.1:PORT .*the program goes on/),
      "the compile server at 127.0.0.1:PORT is back",
    ]);
  });

  it("goes on when the connection is cut in the middle of an object", async () => {
    proxy.misbehaviour.cutAfter = 100;
    expect(await device.value("next(kept)")).toBe("42");
    await goesOn();
  });

  it("goes on when there is garbage on the wire", async () => {
    for (const garbage of [
      "GET / HTTP/1.1\r\n\r\n",
      "\0\0\0\0\0\0",
      "\x0a\0\0\0\x01\x06\0\0\0\0\xff\xff\xff\xff",
    ]) {
      proxy.misbehaviour.garbage = Buffer.from(garbage, "latin1");
      expect(await device.value("next(kept)")).toBe("42");
    }
    await goesOn();
  });

  it("works over a slow connection", async () => {
    proxy.misbehaviour.delay = 200;
    expect(await device.value("next(kept)")).toBe("42");
  });

  it("works with another server behind the same address", async () => {
    const other = await serverProcess();
    try {
      proxy.target = other.port;
      await server.kill();
      await goesOn();
    } finally {
      await other.server.kill();
    }
  });

  it("leaves the server alone when it is replaced", async () => {
    await device.stop();
    device = new TestDevice(proxy.port);
    await device.start(loop);
    expect(await device.value("shape(4)")).toBe("8");
  });
});

describe("a compile server", () => {
  it("survives garbage", async () => {
    const { server, port } = await serverProcess();
    for (const text of [
      "",
      "GET / HTTP/1.1\r\n\r\n",
      "\xff\xff\xff\xff",
      "\x06\0\0\0\x01\x05\0\0\0\0",
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => socket.end(Buffer.from(text, "latin1")));
        socket.on("close", () => resolve());
        socket.on("error", () => {});
        socket.resume();
      });
    }
    const device = new TestDevice(port);
    expect(await device.value("6 * 7")).toBe("42");
    await device.stop();
    await server.kill("SIGTERM");
    expect(server.child.exitCode).toBe(0);
  });

  it("is not reached from elsewhere without a secret", async () => {
    const server = new RunningCommand(["serve", "--port", "0", "--host", "0.0.0.0"]);
    await server.ended;
    expect(server.errors).toContain("a secret is needed");
    expect(server.child.exitCode).toBe(2);
  });
});

describe("anneal device", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-app-"));
  const file = path.join(folder, "app.spl");
  let server: RunningCommand;
  let port: number;
  beforeAll(async () => {
    writeFileSync(file, loop);
    ({ server, port } = await serverProcess());
  });
  afterAll(() => server.kill());

  it("runs a program, waits for a server, starts again after it was killed", async () => {
    const args = ["device", file, "--compile", `127.0.0.1:${port}`, "--no-nrepl"];
    const first = new RunningCommand(args);
    await first.printed(/shape 2\n/);
    await first.kill();
    await server.kill();
    const second = new RunningCommand(args);
    await second.complained(/no compile server/);
    await pause(100);
    expect(second.output).toBe("");
    ({ server } = await serverProcess(port));
    await second.printed(/shape 2\n/);
    await second.kill("SIGINT");
    expect(second.child.exitCode).toBe(130);
  });

  it("starts a program that was compiled ahead without a server", async () => {
    const ahead = path.join(folder, "app.anneal");
    const key = path.join(folder, "key");
    openSigningKey(key);
    const compiled = await anneal(["compile", "--aot", file, "--sign-key", key, "-o", ahead]);
    expect(compiled).toMatchObject({ code: 0, err: "" });
    const args = ["device", ahead, "--compile", "127.0.0.1:1", "--no-nrepl"];
    const device = new RunningCommand(args);
    await device.printed(/shape 2\n/);
    await device.kill("SIGINT");
    writeFileSync(ahead, "something else");
    expect(await anneal(["device", ahead])).toMatchObject({
      code: 2,
      err: expect.stringContaining("compile it again") as string,
    });
  });

  it("ends as its program does", async () => {
    writeFileSync(path.join(folder, "short.spl"), 'print "hi"\nval xs = [1]\nprint xs[3]\n');
    const args = ["device", "short.spl", "--compile", `127.0.0.1:${port}`, "--no-nrepl"];
    const device = new RunningCommand(args, folder);
    await device.ended;
    expect(device.output).toBe("hi\n");
    expect(device.errors).toBe(
      "short.spl:3:7: runtime error: index 3 is out of range for length 1\n" +
        "  3 | print xs[3]\n    |       ^\n",
    );
    expect(device.child.exitCode).toBe(1);
  });
});
