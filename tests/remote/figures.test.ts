// What a device says of its memory.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { retainedBytes } from "../../src/device/index.ts";
import { ObjectCache, wasmCode } from "../../src/server/index.ts";
import { heapUsed } from "./heap-used.ts";
import { nativeDevice, ownCode, whyNoNative } from "./native-target.ts";
import { Pair } from "./pair.ts";
import { RunningCommand, serverProcess } from "./processes.ts";

describe("retained bytes", () => {
  it("are about what V8 takes", () => {
    const make = [
      () => Array.from({ length: 50_000 }, (_, offset) => ({ offset, location: 1, trap: -1 })),
      () => Array.from({ length: 50_000 }, (_, index) => `a name of a function ${index}`),
      () => new Map(Array.from({ length: 50_000 }, (_, index) => [index, { index }])),
      () => Array.from({ length: 50_000 }, (_, index) => [`${index} and`, { list: [index, 1] }]),
    ];
    const alive: unknown[] = [];
    for (const one of make) {
      const before = heapUsed();
      const data = one();
      alive.push(data);
      const taken = heapUsed() - before;
      const counted = retainedBytes([data]);
      expect(counted / taken).toBeGreaterThan(0.6);
      expect(counted / taken).toBeLessThan(1.7);
    }
  });

  it("count what is shared once, also in circles, and buffers whole", () => {
    const text = "x".repeat(1000);
    expect(retainedBytes([[text, text]])).toBeLessThan(1200);
    const circle: { self?: object } = {};
    circle.self = circle;
    expect(retainedBytes([circle, circle])).toBe(retainedBytes([circle]));
    const buffer = new Uint8Array(5000);
    expect(retainedBytes([buffer, buffer.subarray(1)])).toBeGreaterThan(5000);
    expect(retainedBytes([buffer, buffer.subarray(1)])).toBeLessThan(5200);
    expect(retainedBytes(["я".repeat(1000)])).toBeGreaterThan(2000);
  });
});

describe.each([
  ["wasm", false],
  ["native code", true],
])("metadata of a program in %s", (_, native) => {
  it.skipIf(native && whyNoNative !== "")(`grow and shrink with it${whyNoNative}`, () => {
    const code = native ? ownCode() : wasmCode;
    if (typeof code === "string") throw new Error(code);
    const options = native ? nativeDevice : {};
    const pair = new Pair(new ObjectCache(null), "1", options, code);
    const declare = (count: number): string =>
      Array.from({ length: count }, (__, i) => `fn some${i}(x: i64) -> i64: x * ${i} + x / 3`).join(
        "\n",
      );
    const start = pair.device.codeFigures();
    pair.load("a", declare(100));
    const full = pair.device.codeFigures();
    expect(full.functions).toBe(start.functions + 100);
    expect(full.code).toBeGreaterThan(start.code + 100 * 10);
    // Each has a name, a key, a slot, and a line.
    expect(full.metadata).toBeGreaterThan(start.metadata + 100 * 200);
    expect(full.metadata).toBeLessThan(start.metadata + 100 * (native ? 6000 : 3000));
    pair.device.remove("a");
    expect(pair.device.codeFigures().metadata).toBeLessThan(start.metadata + 2000);
  });
});

describe("anneal device --stats", () => {
  it("says what the memory holds", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "anneal-figures-"));
    writeFileSync(path.join(folder, "app.spl"), 'fn f(x: i64) -> i64: x + 1\nprint "f {f(1)}"\n');
    const { server, port } = await serverProcess();
    const args = ["--compile", `127.0.0.1:${port}`, "--no-nrepl", "--stats"];
    const device = new RunningCommand(["device", "app.spl", ...args], folder);
    await device.ended;
    await server.kill();
    expect(device.output).toBe("f 2\n");
    for (const row of ["code", "metadata", "static data", "resident"])
      expect(device.errors).toMatch(new RegExp(`^${row} +[1-9]\\d* KiB$`, "m"));
    expect(device.errors).toMatch(/^functions +1$/m);
  }, 60_000);
});
