// Devices whose code is native: the same as with wasm.
import { describe, expect, it } from "vitest";
import { CompileClient, ProgramRecord } from "../../src/agent/index.ts";
import type { DeviceOptions } from "../../src/device/index.ts";
import { nativeTriples } from "../../src/protocol/index.ts";
import { ProgramError } from "../../src/runtime/index.ts";
import { ObjectCache, type CompileServerOptions } from "../../src/server/index.ts";
import { startServer, TestDevice } from "./harness.ts";
import { compilers, nativeDevice, ownCode, whyNoNative } from "./native-target.ts";
import { Pair } from "./pair.ts";

function nativePair(options: Partial<DeviceOptions> = {}): Pair {
  const target = ownCode();
  if (typeof target === "string") throw new Error(target);
  return new Pair(new ObjectCache(null), "1", { ...nativeDevice, ...options }, target);
}

describe.skipIf(whyNoNative !== "")(`a device with native code${whyNoNative}`, () => {
  it("evaluates, declares, and redefines", () => {
    const pair = nativePair();
    for (const text of [
      "1 + 2",
      "fn f(n: i64) -> i64: n * 2\nf(21)",
      "fn g(n: i64) -> i64: f(n) + 1\ng(1)",
      "fn f(n: i64) -> i64: n * 3\ng(1)",
      'var names = ["a", "b"]\nnames.push("c")',
      "names",
      "names.map(\\n: n + n)",
      "[3, 1, 2].sorted()",
      "0.1 + 0.2",
    ])
      pair.evaluate(text);
    expect(pair.error).toBeNull();
    expect(pair.values).toEqual([
      "3",
      "42",
      "3",
      "4",
      "[a, b, c]",
      "[a, b, c]",
      "[aa, bb, cc]",
      "[1, 2, 3]",
      "0.30000000000000004",
    ]);
  });

  it("counts calls, and changes no results and no errors by that", () => {
    const pair = nativePair();
    pair.evaluate("fn inner(n: i64, x: f64) -> f64: n.to_f64() * x");
    pair.evaluate(
      "fn outer(n: i64) -> f64:\n    var sum = 0.0\n    for i in 0..n: sum += inner(i, 0.5)\n    sum",
    );
    pair.evaluate("fn fails(i: i64) -> i64: [1, 2][i]");
    pair.evaluate("outer(10)");
    expect(pair.device.profile("start").functions).toEqual([]);
    pair.evaluate("outer(10)");
    pair.evaluate("fn inner(n: i64, x: f64) -> f64: x");
    pair.evaluate("outer(5)");
    pair.evaluate("fails(7)");
    expect(pair.error).toMatchObject({ code: "index_out_of_range" });
    expect(pair.error).toMatchObject({ trace: [{ function: "fails" }, { function: "top level" }] });
    const { functions } = pair.device.profile("stop");
    const calls = new Map(functions.map((one) => [one.name, one.calls]));
    expect(calls.get("outer")).toBe(2);
    expect(calls.get("inner")).toBe(15);
    expect(calls.get("fails")).toBe(1);
    expect(new Set(functions.map(({ tier }) => tier))).toEqual(new Set(["native O1"]));
    pair.evaluate("outer(2)");
    expect(pair.device.profile("read").functions).toEqual([]);
    expect(pair.values).toEqual(["22.5", "22.5", "2.5", "1.0"]);
  });

  it("calls functions by name with arguments in registers, on the stack, and more than fit there", () => {
    const pair = nativePair();
    const types = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => ["i64", "f64", "f32", "u8"][i % 4] ?? "");
    const term = (i: number): string => `(p${i} as i64) * ${i + 1}`;
    for (const count of [0, 3, 20, 30, 60]) {
      const params = types(count).map((type, i) => `p${i}: ${type}`);
      const sum = types(count).map((_, i) => term(i));
      pair.evaluate(`fn sum${count}(${params.join(", ")}) -> i64: ${[...sum, "7"].join(" + ")}`);
      expect(pair.error).toBeNull();
      const texts = types(count).map((_, i) => String(i + 2));
      const expected = texts.reduce((total, text, i) => total + Number(text) * (i + 1), 7);
      expect(pair.device.call(`sum${count}`, texts).error).toBeNull();
      expect(pair.values.at(-1)).toBe(String(expected));
    }
    pair.evaluate("fn half(x: f32) -> f32: x / 2.0f32");
    pair.evaluate("fn less(x: f64, y: f64) -> bool: x < y");
    pair.device.call("half", ["5"]);
    pair.device.call("less", ["1", "2"]);
    expect(pair.values.slice(-2)).toEqual(["2.5", "true"]);
  });

  it("names the places of an error in code that runs once, and in what that calls", () => {
    const pair = nativePair();
    pair.evaluate("fn quotient(n: i64, by: i64) -> i64: n / by");
    pair.evaluate("\nquotient(1, 0)");
    const error = pair.error;
    expect(error instanceof ProgramError && error.trace.map(({ line }) => line)).toEqual([1, 2]);
  });

  it("returns the code of functions that were replaced, also while a program runs that calls them", () => {
    let pair: Pair | null = null;
    let turn = 0;
    let most = 0;
    const evaluate = (): void => {
      turn += 1;
      if (turn % 10 === 0) pair?.evaluate(`fn f(n: i64) -> i64: n + ${turn}`);
      most = Math.max(most, pair?.device.space.store.loaded ?? 0);
      if (turn < 2000) pair?.device.requestAttention();
    };
    pair = nativePair({ attend: evaluate });
    pair.evaluate("fn f(n: i64) -> i64: n");
    pair.evaluate(
      "fn run(n: i64) -> i64:\n    var x = 0\n    while x < n:\n        x = f(x)\n    x",
    );
    pair.device.requestAttention();
    pair.evaluate("run(100000000)");
    expect(turn).toBe(2000);
    expect(pair.error).toBeNull();
    expect(most).toBeLessThan(100);
  });
});

describe("a compile server", () => {
  it.each<[string, Partial<CompileServerOptions>, string]>([
    ["without native compilers", {}, "makes code for wasm32 alone"],
    [
      "without libLLVM",
      {
        native: () => {
          throw new Error("no libLLVM was found");
        },
      },
      "no code for x86_64: no libLLVM was found",
    ],
  ])("%s says so to a native device", async (_, options, message) => {
    const server = await startServer(options);
    const client = new CompileClient({
      address: { host: "127.0.0.1", port: server.port },
      secret: null,
      agent: "test",
      sharedMemory: true,
      symbols: () => [],
      target: () => ({ triple: nativeTriples.x86_64, features: [] }),
      record: new ProgramRecord(),
      readModule: () => null,
      log: () => {},
    });
    await expect(client.runtime(10_000)).rejects.toThrow(message);
    client.close();
    await server.stop();
  });

  it.skipIf(whyNoNative !== "")(`signs the native runtime${whyNoNative}`, async () => {
    const secret = Buffer.from("a secret of some length");
    const server = await startServer({ secret, native: compilers });
    const device = new TestDevice(server.port, { secret }, { target: "native" });
    expect(await device.value("20 + 1")).toBe("21");
    await device.stop();
    await server.stop();
  });
});
