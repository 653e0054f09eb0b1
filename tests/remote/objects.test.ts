// A folder of pieces that were compiled ahead: loaded, replaced and taken out while the program runs.
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anneal } from "../cli/process.ts";
import { RunningCommand, serverProcess } from "./processes.ts";
import { ObjectCache } from "../../src/server/index.ts";
import { openSigningKey } from "../../src/store/index.ts";
import { Pair } from "./pair.ts";

const app = `
extern fn rt_thread_sleep(millis: i64)
class P:
    x: i64
fn shape(i: i64) -> i64: P(x: i * 2).x
fn main():
    while true:
        print "shape {shape(1)}"
        rt_thread_sleep(5)
`;

const folder = mkdtempSync(path.join(tmpdir(), "anneal-objects-"));
const watched = mkdtempSync(path.join(tmpdir(), "anneal-watched-"));

const key = path.join(folder, "key");

beforeAll(() => {
  writeFileSync(path.join(folder, "app.spl"), app);
  openSigningKey(key);
});

/** Compiles a piece for the program and puts it into the watched folder. */
async function put(name: string, text: string): Promise<void> {
  const source = path.join(folder, `${name}.spl`);
  const output = path.join(folder, `${name}.anneal`);
  writeFileSync(source, text);
  const args = ["compile", "--aot", "--for", "app.spl", source, "--sign-key", key, "-o", output];
  expect(await anneal(args, { cwd: folder })).toMatchObject({ code: 0, err: "" });
  renameSync(output, path.join(watched, `${name}.anneal`));
}

describe("anneal device --watch-objects", () => {
  let device: RunningCommand;
  beforeAll(async () => {
    const ahead = path.join(folder, "program.anneal");
    const args = ["compile", "--aot", "app.spl", "--sign-key", key, "-o", ahead];
    expect(await anneal(args, { cwd: folder })).toMatchObject({ code: 0, err: "" });
    await put("first", "fn shape(i: i64) -> i64: P(x: i * 10).x\n");
    // No compile server.
    const server = ["--compile", "127.0.0.1:1", "--no-nrepl", "--stats"];
    device = new RunningCommand(["device", ahead, ...server, "--watch-objects", watched], folder);
  }, 60_000);
  afterAll(() => device.kill());

  /** Waits for a line of the log that comes after what is there. */
  async function said(pattern: RegExp, act: () => Promise<void> | void): Promise<void> {
    const start = device.errors.length;
    await act();
    await device.complained(pattern, start);
  }

  const prints = (shape: number): Promise<unknown> =>
    device.printed(new RegExp(`shape ${shape}\n`), device.output.length);

  it("loads what is there, what comes, what is written anew, and takes out what is deleted", async () => {
    await prints(10);
    await said(/first.anneal is loaded/, () =>
      put("first", "fn shape(i: i64) -> i64: extra(i) + 1\nfn extra(i: i64) -> i64: i * 20\n"),
    );
    await prints(21);
    await said(/second.anneal is loaded/, () => put("second", "fn more(i: i64) -> i64: i\n"));
    await said(/first.anneal is loaded/, () => put("first", "fn shape(i: i64) -> i64: i * 30\n"));
    await prints(30);
    await said(/first.anneal is out again/, () => rmSync(path.join(watched, "first.anneal")));
    await prints(2);
    await said(/second.anneal is out again/, () => rmSync(path.join(watched, "second.anneal")));
    await prints(2);
  }, 60_000);

  it("goes on when something does not fit", async () => {
    await said(/bad.anneal does not fit: .+/, () =>
      writeFileSync(path.join(watched, "bad.anneal"), "something else"),
    );
    await said(/program.anneal does not fit: not a piece/, async () => {
      const output = path.join(watched, "program.anneal");
      const args = ["compile", "--aot", "app.spl", "--sign-key", key, "-o", output];
      await anneal(args, { cwd: folder });
    });
    await said(/fails.anneal does not fit: .*division by zero/s, () =>
      put("fails", "fn shape(i: i64) -> i64: 99\nval d = 0\nprint 1 / d\n"),
    );
    writeFileSync(path.join(folder, "app.spl"), `${app}\n`);
    await said(/other.anneal does not fit: it was compiled for another `app.spl`/, () =>
      put("other", "fn shape(i: i64) -> i64: 5\n"),
    );
    await prints(2);
  }, 60_000);

  it("is only from a folder that others may not write to", async () => {
    chmodSync(watched, 0o777);
    expect(await anneal(["device", "--watch-objects", watched])).toMatchObject({
      code: 2,
      err: expect.stringContaining("others may write") as string,
    });
    chmodSync(watched, 0o700);
  }, 60_000);
});

describe("a device with a compile server", () => {
  it("keeps a piece that another one needs, and forgets one that is out again", async () => {
    const { server, port } = await serverProcess();
    const own = mkdtempSync(path.join(tmpdir(), "anneal-own-"));
    writeFileSync(path.join(folder, "app.spl"), app);
    const args = ["--compile", `127.0.0.1:${port}`, "--nrepl-port", "0", "--watch-objects", own];
    const device = new RunningCommand(["device", "app.spl", ...args], folder);
    try {
      const [, nrepl] = await device.printed(/on port (\d+)/);
      const evaluate = async (text: string): Promise<string> => {
        const { out, err } = await anneal(["repl", "--connect", `127.0.0.1:${nrepl}`], {
          input: `${text}\n`,
        });
        return out + err;
      };
      const log = (pattern: RegExp): Promise<unknown> => device.complained(pattern);
      await device.printed(/shape 2\n/);
      await put("tool", "fn tool(i: i64) -> i64: i * 7\n");
      renameSync(path.join(watched, "tool.anneal"), path.join(own, "tool.anneal"));
      await log(/tool.anneal is loaded/);
      expect(await evaluate("tool(6)")).toContain("42");
      expect(await evaluate("fn shape(i: i64) -> i64: tool(i)")).not.toContain("error");
      await device.printed(/shape 7\n/);
      rmSync(path.join(own, "tool.anneal"));
      await log(/tool.anneal stays: `<input 2>` uses what it declares/);
      expect(await evaluate("tool(6)")).toContain("42");
      await put("late", "fn late(i: i64) -> i64: i\n");
      renameSync(path.join(watched, "late.anneal"), path.join(own, "late.anneal"));
      await log(/late.anneal is loaded/);
      rmSync(path.join(own, "late.anneal"));
      await log(/late.anneal is out again/);
      expect(await evaluate("late(1)")).toContain("`late` is not declared");
      expect(await evaluate("shape(2)")).toContain("14");
    } finally {
      await device.kill();
      await server.kill();
    }
  }, 120_000);
});

describe("named pieces of a program", () => {
  it("give their code back when they are replaced and when they are out again", () => {
    const pair = new Pair(new ObjectCache(null));
    pair.evaluate("fn shape(i: i64) -> i64: i\nfn call() -> i64: shape(4)");
    const functions = (): number => [...pair.device.slots.functions()].length;
    const start = functions();
    for (let turn = 1; turn <= 50; turn += 1) {
      pair.load("a", `fn shape(i: i64) -> i64: i * ${turn}\nfn own${turn}() -> i64: ${turn}`);
      expect(pair.evaluate("call()")).toBe(false);
      expect(pair.values.at(-1)).toBe(String(4 * turn));
    }
    expect(functions()).toBe(start + 1);
    expect(pair.device.remove("a")).toBe(true);
    expect(functions()).toBe(start);
    expect(pair.device.remove("a")).toBe(false);
  });
});
