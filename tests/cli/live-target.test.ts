// `anneal live --target`: compile server, device and port for editors in one process.
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { whyNoNative } from "../remote/native-target.ts";
import { LiveProcess, ticker } from "./live-process.ts";
import { anneal } from "./process.ts";

let live: LiveProcess;
afterEach(async () => {
  if (live.child.exitCode === null) await live.stop();
});

describe.each(["wasm32", "native"])("anneal live --target %s", (target) => {
  const skip = target === "native" && whyNoNative !== "";
  const start = async (program: string, ...options: string[]): Promise<LiveProcess> =>
    (live = await LiveProcess.start(program, ["--target", target, ...options]));

  it.skipIf(skip)("runs on with what editors define, and undoes what fails", async () => {
    await start(ticker);
    const evaluate = await live.session();
    await live.until(() => live.out.includes("tick 5\n"));
    expect(await evaluate('fn line(i: i64) -> text: "TOCK {i * 10}"')).toEqual([
      "value nil",
      "done",
    ]);
    await live.until(() => live.out.includes("TOCK"));
    expect(await evaluate("count = -5\nprint [1][7]")).toEqual([
      expect.stringContaining("index 7 is out of range"),
      "ex index_out_of_range",
      "eval-error",
      "done",
    ]);
    const [count = ""] = await evaluate("count");
    expect(Number(count.split(" ")[1])).toBeGreaterThan(5);
    expect(await live.stop()).toBe(130);
    expect(existsSync(path.join(live.folder, ".nrepl-port"))).toBe(false);
  });

  it.skipIf(skip)("evaluates what is saved, at its place", async () => {
    await start("fn main():\n    print missing\n", "--watch");
    await live.until(() => live.err.includes("`missing` is not declared"));
    writeFileSync(live.file, ticker);
    await live.until(() => live.out.includes("tick 3\n"));
    writeFileSync(live.file, ticker.replace("tick", "tack"));
    await live.until(() => live.out.includes("tack"));
    await live.until(() => live.err.includes("app.spl: line changed"));
    writeFileSync(live.file, ticker.replace("tick {i}", "{j}"));
    await live.until(() => live.err.includes("app.spl:4:28: error: `j` is not declared"));
    writeFileSync(live.file, ticker.replace("(i: i64)", "(i: i64"));
    await live.until(() => /app.spl:4:\d+: error: .*\[(lex|parse|syntax)/.test(live.err));
    writeFileSync(live.file, ticker.replace("tick {i}", "{[1][i + 7]}"));
    await live.until(() => live.err.includes("app.spl:4:28: runtime error: index"));
  });
});

describe("anneal live --target", () => {
  it("has no options for tiers", async () => {
    const args = ["live", "--target", "wasm32", "--mode", "jit"];
    expect(await anneal(args)).toMatchObject({
      code: 2,
      err: expect.stringContaining("found `--mode` and `--target`") as string,
    });
    expect(await anneal(["live", "--target", "z80"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("native, wasm32") as string,
    });
  });
});
