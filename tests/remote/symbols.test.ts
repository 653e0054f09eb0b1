// Functions of the application that code on a device calls.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostSymbols } from "../../src/device/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "anneal-symbols-"));

/** Exports `half: (f64) -> f64` and `bump: () -> i32`, which counts up a global of its own. */
const wasm = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 10, 2, 96, 1, 124, 1, 124, 96, 0, 1, 127, 3, 3, 2, 0, 1, 6, 6, 1,
  127, 1, 65, 0, 11, 7, 15, 2, 4, 104, 97, 108, 102, 0, 0, 4, 98, 117, 109, 112, 0, 1, 10, 28, 2,
  14, 0, 32, 0, 68, 0, 0, 0, 0, 0, 0, 224, 63, 162, 11, 11, 0, 35, 0, 65, 1, 106, 36, 0, 35, 0, 11,
]);

const script = `
let total = 0n;
export const symbols = [
  { name: "app_add", params: ["i64"], result: "i64", origin: "the app",
    implementation: (value) => (total += value) },
  { name: "app_scale", params: ["f64", "i32"], result: "f64", origin: "the app",
    implementation: (value, times) => value * times },
  { name: "app_fail", params: [], result: "unit", origin: "the app",
    implementation: () => { throw new Error("the app has failed"); } },
];
`;

describe("functions of the application", () => {
  let server: CompileServer;
  let device: TestDevice;
  beforeAll(async () => {
    libraryImage();
    writeFileSync(path.join(folder, "app.mjs"), script);
    writeFileSync(path.join(folder, "app.wasm"), wasm);
    server = await startServer();
    const files = ["app.mjs", "app.wasm"].map((name) => path.join(folder, name));
    device = new TestDevice(server.port, {}, { symbolModules: files });
  }, 60_000);
  afterAll(async () => {
    await device.stop();
    await server.stop();
  });

  it("are called with their types", async () => {
    await device.evaluate(
      "extern fn app_add(value: i64) -> i64\nextern fn app_scale(value: f64, times: i32) -> f64",
    );
    expect(await device.value("app_add(40)")).toBe("40");
    expect(await device.value("app_add(2)")).toBe("42");
    expect(await device.value("app_scale(1.5, 4)")).toBe("6.0");
  });

  it("of a wasm module are its one instance", async () => {
    await device.evaluate("extern fn half(value: f64) -> f64\nextern fn bump() -> i32");
    expect(await device.value("half(5.0)")).toBe("2.5");
    expect(await device.value("bump()")).toBe("1");
    await device.evaluate("fn again() -> i32: bump()");
    expect(await device.value("again()")).toBe("2");
  });

  it("have to be declared as they are", async () => {
    const { end } = await device.evaluate("extern fn app_add(value: f64) -> i64\napp_add(1.0)");
    expect(end).toMatchObject({
      kind: "errors",
      diagnostics: [
        {
          code: "type/extern-signature",
          message: "`app_add` is `(i64) -> i64` on the host, found `(f64) -> i64`",
        },
      ],
    });
  });

  it("that are not there are named with what is like them", async () => {
    let warnings: string[] = [];
    await device.device.evaluate(
      { path: "<input>", text: "extern fn app_ad(value: i64) -> i64", line: 1, column: 1 },
      {
        onOutput: () => {},
        onValue: () => {},
        onWarnings: (found) => {
          warnings = found.map(({ message, help }) => `${message}. ${help ?? ""}`);
        },
      },
      new AbortController().signal,
    );
    expect(warnings).toEqual(["the host has no function `app_ad`. Did you mean `app_add`?"]);
  });

  it("may fail, and the program goes on", async () => {
    const { end } = await device.evaluate("extern fn app_fail()\napp_fail()");
    const message = "`app_fail` of the app: the app has failed";
    const trace = [{ function: "top level", line: 2 }];
    expect(end).toMatchObject({ kind: "failed", failure: { code: "fail", message, trace } });
    expect(await device.value("1 + 1")).toBe("2");
  });
});

describe("host symbols", () => {
  it("are defined once", () => {
    const symbols = new HostSymbols();
    const one = { name: "f", params: [], result: "unit", implementation: () => undefined } as const;
    symbols.register({ ...one, params: [], origin: "a" });
    expect(() => symbols.register({ ...one, params: [], origin: "b" })).toThrow(
      "`f` of b is defined by a already",
    );
  });
});
