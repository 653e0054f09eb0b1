// A program with a large module on a device: what it takes before the module is called, while it is in use, and afterwards.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { MemoryFigures } from "../../src/agent/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { openSigningKey } from "../../src/store/index.ts";
import { anneal } from "../cli/process.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";
import { compilers, whyNoNative } from "./native-target.ts";
import { pause, RunningCommand } from "./processes.ts";

const count = 281;

/** Functions as in a library of distance fields. */
const maths = Array.from({ length: count }, (_, index) =>
  [
    `fn shape${index}(x: f64, y: f64, r: f64) -> f64:`,
    `    val dx = x - ${index}.0 / 7.0`,
    `    val dy = y * ${index + 1}.0 - r`,
    "    val d = (dx * dx + dy * dy).sqrt() - r",
    "    if d < 0.0: d * 0.5",
    `    else: d.min(x + y) + ${index === 0 ? "r" : `shape${index - 1}(x, y, r)`} * 0.25`,
  ].join("\n"),
).join("\n");

const app = `
use sdf.maths
extern fn rt_thread_sleep(millis: i64)
fn pixel(i: i64) -> f64: 0.5
fn main():
    var i = 0
    while true:
        print "pixel {pixel(i)}"
        i += 1
        rt_thread_sleep(5)
`;

async function until(device: TestDevice, what: (figures: MemoryFigures) => boolean) {
  for (;;) {
    const figures = await device.device.figures();
    if (figures === null) throw new Error("no figures");
    if (what(figures)) return figures;
    await pause(10);
  }
}

describe("a module of 281 functions", () => {
  let server: CompileServer;
  beforeAll(async () => {
    libraryImage();
    server = await startServer(whyNoNative === "" ? { native: compilers } : {});
  }, 60_000);
  afterAll(() => server.stop());

  it.each(["wasm32", "native"] as const)(
    "is there when it is called (%s)",
    async (target) => {
      if (target === "native" && whyNoNative !== "") return;
      const options = {
        readModule: (name: string) => (name === "sdf/maths" ? maths : null),
        unloadAfter: 50,
        // Unoptimised: the test is not about LLVM.
        level: 0 as const,
      };
      const device = new TestDevice(server.port, options, { target });
      onTestFinished(() => device.stop());
      await device.start(app);
      await device.printed(/pixel 0.5\n/);
      const start = await until(device, () => true);
      expect(start).toMatchObject({ modules: 1, loadedModules: 0 });
      // Packed, and the same functions compiled.
      expect(start.waiting).toBeGreaterThan(4000);
      // Names and types of functions, and the source; not the message that the objects came in.
      expect(start.metadata).toBeLessThan(300_000);
      await device.evaluate(
        "fn pixel(i: i64) -> f64: maths.shape280(1.0, 2.0, 1.0).abs().min(9.0) + 1000.0",
      );
      await device.printed(/pixel 1\d\d\d\.\d+\n/);
      const used = await until(device, ({ loadedModules }) => loadedModules === 1);
      expect(used.code).toBeGreaterThan(start.code + count * 50);
      await device.evaluate("fn pixel(i: i64) -> f64: 0.25");
      await device.printed(/pixel 0.25\n/);
      const after = await until(device, ({ loadedModules }) => loadedModules === 0);
      expect(after.code).toBeLessThan(start.code + 5000);
      // Definitions that can be rolled back, and the sources of the agent's record.
      expect(after.metadata).toBeLessThan(start.metadata + 50_000);
      expect(after.waiting).toBe(start.waiting);
      // It comes back, also without a server.
      await device.device.rollback(1);
      await device.printed(/pixel 1\d\d\d\.\d+\n/);
    },
    120_000,
  );
});

describe("anneal device", () => {
  it("says which modules are loaded, of a program that was compiled ahead", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "anneal-modules-"));
    const inFolder = (name: string): string => path.join(folder, name);
    openSigningKey(inFolder("key"));
    writeFileSync(inFolder("tools.spl"), "fn twice(x: i64) -> i64: x * 2\n");
    writeFileSync(inFolder("rest.spl"), "fn never(x: i64) -> i64: x\n");
    writeFileSync(
      inFolder("app.spl"),
      "use tools\nuse rest\nfn main():\n    print tools.twice(21)\n",
    );
    const args = ["compile", "--aot", "app.spl", "-o", "app.anneal", "--sign-key", "key"];
    expect(await anneal(args, { cwd: folder })).toMatchObject({ code: 0, err: "" });
    const options = ["--compile", "127.0.0.1:1", "--no-nrepl", "--stats"];
    const device = new RunningCommand(["device", "app.anneal", ...options], folder);
    await device.ended;
    expect(device.output).toBe("42\n");
    expect(device.errors).toMatch(/^modules loaded +1 of 2$/m);
    expect(device.errors).toMatch(/^objects of modules +1 KiB$/m);
  }, 60_000);
});
