// Clients of editors and devices that do what they should not, and many of them.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { DeviceEvaluator, Sources } from "../../src/agent/index.ts";
import { NreplClient, startNreplServer } from "../../src/nrepl/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { libraryImage } from "../library/image.ts";
import { clientOf, startServer, TestDevice } from "./harness.ts";
import { pause } from "./processes.ts";

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function serve(options: Parameters<typeof startServer>[0] = {}): Promise<CompileServer> {
  const server = await startServer(options);
  ending.push(() => server.stop());
  return server;
}

beforeAll(() => {
  libraryImage();
}, 60_000);

/** What a client of a device's port for editors gets for a message. */
async function editor(
  device: TestDevice,
): Promise<(message: Record<string, string | number>) => Promise<string>> {
  const evaluator = new DeviceEvaluator(device.device, new Sources(), "test");
  const nrepl = await startNreplServer({ evaluator, port: 0 });
  ending.push(() => nrepl.close());
  const client = await NreplClient.open("127.0.0.1", nrepl.port);
  ending.push(() => client.close());
  return async (message) => {
    const answers = await client.request({ op: "eval", ...message });
    return answers
      .flatMap((answer) => ["value", "err", "out", "ex"].map((key) => answer.text(key)))
      .filter((text) => text !== undefined)
      .join("");
  };
}

function deviceOf(server: CompileServer): TestDevice {
  const device = new TestDevice(server.port);
  ending.push(() => device.stop());
  return device;
}

describe("what editors send to a device", () => {
  it("may name any place", async () => {
    const device = deviceOf(await serve());
    const send = await editor(device);
    const far = await send({ code: "missing", line: 999_999_999, column: 999_999_999 });
    expect(far).toMatch(/:999999999:10000: error: `missing` is not declared/);
    expect(far.length).toBeLessThan(1000);
    expect(await send({ code: "absent", file: "f".repeat(5000) })).toMatch(/^<input 2>:1:1: error/);
    // What ends an evaluation is named, not what came before it; a text that is evaluated again keeps its name.
    expect(await send({ code: "1 / 0 + missing" })).toMatch(
      /warning: .*error: .*resolve\/unknown-name$/s,
    );
    expect(await send({ code: "missing" })).toMatch(/^<input 1>:1:1: error/);
    expect(await send({ code: "6 * 7", file: "\0/../\n" })).toBe("42");
    expect(device.log).toEqual([]);
  });

  it("may be longer than a compile server takes: that is said, and the connection stays", async () => {
    const device = deviceOf(await serve());
    const send = await editor(device);
    const code = `# ${"x".repeat(17 * 2 ** 20)}\n1`;
    expect(await send({ code })).toMatch(
      /a message of 178\d{5} bytes, and the other side takes 16777216/,
    );
    expect(await send({ code: `# ${"x".repeat(5 * 2 ** 20)}\n6 * 7` })).toBe("42");
    expect(device.log).toEqual([]);
  });

  it("may be ten thousand definitions at once", async () => {
    const device = deviceOf(await serve());
    const send = await editor(device);
    const lines = Array.from({ length: 10_000 }, (_, i) => `fn g${i}(n: i64) -> i64: n * ${i} + 1`);
    expect(await send({ code: lines.join("\n") })).toBe("nil");
    expect(await send({ code: "g9999(3) + g0(1)" })).toBe("29999");
  }, 60_000);
});

describe("names that are longer than the protocol takes", () => {
  const long = "n".repeat(5000);
  const parameters = Array.from({ length: 1500 }, (_, i) => `a${i}: i64`).join(", ");
  it.each([
    ["a function", `fn ${long}(n: i64) -> i64: n`],
    ["a function of many parameters", `fn f(${parameters}) -> i64: a0`],
    ["a variable", `var ${long} = 1`],
    ["a type", `class C${long}:\n    x: i64\n`],
    ["a field", `class D:\n    ${long}: i64\nD(${long}: 5)`],
    ["a tuple", `(${Array.from({ length: 3000 }, (_, i) => String(i)).join(", ")})`],
  ])("are refused in %s, and the connection stays", async (_, text) => {
    const device = deviceOf(await serve());
    expect((await device.evaluate(text)).end).toMatchObject({
      kind: "failed",
      failure: {
        code: "limit",
        message: expect.stringMatching(/no device takes .*4096/) as string,
      },
    });
    expect(await device.value("6 * 7")).toBe("42");
    expect(device.log).toEqual([]);
  });

  it("are cut in what editors are told", async () => {
    const device = deviceOf(await serve());
    await device.evaluate(`fn f(${long}: i64) -> i64: ${long} + 1`);
    const { names } = await device.device.client.query("symbol", "f", 5000);
    expect(names[0]?.parameters?.[0]).toMatch(/^n{4000}/);
    expect(device.log).toEqual([]);
  });
});

describe("a compile server", () => {
  const piece = (text: string) =>
    ({ path: "a.spl", text, line: 1, column: 1, program: false, level: 1 }) as const;

  it("has nothing left of two hundred devices that came and went", async () => {
    const server = await serve();
    const kinds = (): Record<string, number> =>
      Object.fromEntries(
        [...new Set(process.getActiveResourcesInfo())].map((kind) => [
          kind,
          process.getActiveResourcesInfo().filter((one) => one === kind).length,
        ]),
      );
    const round = async (i: number): Promise<void> => {
      const device = clientOf(server.port);
      // Some go in the middle of what they ask.
      const compiled = device.compile(piece(`fn f(n: i64) -> i64: n + ${i}`), 10_000);
      if (i % 3 === 0) device.start();
      else if (i % 3 === 1) await compiled;
      device.close();
      await compiled.catch(() => {});
    };
    for (let i = 0; i < 20; i += 1) await round(i);
    while (server.devices.length > 0) await pause(10);
    const before = kinds();
    for (let i = 0; i < 200; i += 1) await round(i);
    // What is left by mistake stays for ever.
    const isLeft = (kind: string): boolean => (kinds()[kind] ?? 0) > (before[kind] ?? 0) + 3;
    while (server.devices.length > 0) await pause(10);
    while (["TCPSocketWrap", "Timeout", "Immediate"].some(isLeft)) await pause(10);
  }, 60_000);

  it("keeps the programs of two devices apart", async () => {
    const server = await serve();
    const [left, right] = [deviceOf(server), deviceOf(server)];
    await left.evaluate("fn f(n: i64) -> i64: n + 1\nvar x = 1");
    await right.evaluate('class P:\n    x: i64\nfn f(p: P) -> text: "p{p.x}"\nval x = P(x: 7)');
    for (let i = 0; i < 20; i += 1) {
      const [l, r] = await Promise.all([left.value("f(x)"), right.value("f(x)")]);
      expect([l, r]).toEqual([String(i + 2), "p7"]);
      await Promise.all([left.evaluate("x += 1"), right.evaluate(`val y${i} = x`)]);
    }
  }, 60_000);

  it("says to a device with another secret why, each time, and forgets it", async () => {
    const server = await serve({ secret: Buffer.from("the secret of the server") });
    for (const secret of [Buffer.from("some other secret text"), null]) {
      const device = clientOf(server.port, { secret });
      for (let i = 0; i < 3; i += 1)
        await expect(device.compile(piece("1"), 2000)).rejects.toThrow(
          secret === null
            ? "the compile server wants a secret"
            : "does not have the device's secret",
        );
      device.close();
    }
    while (server.devices.length > 0) await pause(10);
  });

  it("says to a device with more symbols than a greeting holds that there are too many", async () => {
    const server = await serve();
    const symbols = Array.from({ length: 5000 }, (_, i) => ({
      name: `symbol_with_a_long_name_${i}`,
      params: [],
      result: "i64" as const,
    }));
    const device = clientOf(server.port, { symbols: () => symbols });
    await expect(device.compile(piece("1"), 2000)).rejects.toThrow("the other side takes 65536");
    device.close();
  });
});
