// A program that embeds a device, as a process of its own that has nothing but the package.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { NreplClient } from "../../src/nrepl/index.ts";
import { openSigningKey } from "../../src/store/index.ts";
import { anneal } from "../cli/process.ts";
import { startServer } from "./harness.ts";
import { pause } from "./processes.ts";

const root = path.join(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "anneal-embedded-"));
const inFolder = (name: string): string => path.join(folder, name);

/** An application: what it says on its standard output is lines of JSON. */
const application = `
import { EvalServer } from "anneal/device";
import { AheadFiles } from "anneal/ahead";

const { options, program, files, watch, server } = JSON.parse(process.argv[1]);
const say = (what) => console.log(JSON.stringify(what));
if (options?.cacheKey) options.cacheKey = Uint8Array.from(options.cacheKey);
const device = new EvalServer({ library: "dist/bin/library.wasm", log: (log) => say({ log }), ...options });
try {
  const ahead = files === undefined ? null : new AheadFiles({ ...files, log: (log) => say({ log }) });
  const port = await device.startEvalServer(0);
  if (server !== undefined) device.enableRemoteCompile("127.0.0.1", server);
  device.watchOutput((stream, text) => say({ [stream]: text }));
  const events = { onOutput() {}, onValue() {}, onWarnings() {} };
  const ended = device.run(ahead === null ? program : ahead.program(program), events);
  const watcher = watch === undefined ? null : ahead.watch(watch, device.device, { events });
  say({ port });
  process.on("SIGTERM", async () => {
    const { loadedModules } = await device.device.figures();
    watcher?.close();
    await device.stopEvalServer();
    say({ loadedModules, end: await ended });
  });
} catch (error) {
  say({ error: error.message, help: error.help });
  await device.stopEvalServer();
}
`;

class Application {
  readonly child: ChildProcess;
  output = "";
  readonly ended: Promise<number | null>;
  #closed = false;

  constructor(settings: unknown) {
    const { PATH, HOME } = process.env;
    const args = ["--input-type=module", "-e", application, JSON.stringify(settings)];
    this.child = spawn(process.execPath, args, {
      cwd: root,
      env: { PATH, HOME, XDG_CONFIG_HOME: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code) => {
        this.#closed = true;
        resolve(code);
      });
    });
  }

  async said(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output.slice(from));
      if (found !== null) return found;
      if (this.#closed) throw new Error(`it has ended: ${this.output}`);
      await pause(10);
    }
  }

  /** What an editor gets back. */
  async evaluate(code: string): Promise<string[]> {
    const [, port] = await this.said(/"port":(\d+)/);
    const client = await NreplClient.open("127.0.0.1", Number(port));
    const answers = await client.request({ op: "eval", code });
    client.close();
    return answers.flatMap((answer) => answer.text("value") ?? answer.text("err") ?? []);
  }
}

const started: Application[] = [];
const run = (settings: unknown): Application => {
  const application = new Application(settings);
  started.push(application);
  return application;
};
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill("SIGKILL");
});

const loop = (shape: string): string => `
use parts.figure.{area}
extern fn rt_thread_sleep(millis: i64)
fn shape(i: i64) -> i64: ${shape}
fn main():
    print "figure {area(3)}"
    while true:
        print "shape {shape(1)}"
        rt_thread_sleep(5)
`;

async function compile(output: string, ...args: readonly string[]): Promise<void> {
  const all = ["compile", "--aot", ...args, "--sign-key", "key", "-o", output];
  expect(await anneal(all, { cwd: folder })).toMatchObject({ code: 0 });
}

beforeAll(async () => {
  openSigningKey(inFolder("key"));
  openSigningKey(inFolder("other"));
  mkdirSync(inFolder("parts"));
  mkdirSync(inFolder("watched"), { mode: 0o700 });
  writeFileSync(inFolder("parts/figure.spl"), "fn area(side: i64) -> i64: side * side\n");
  writeFileSync(inFolder("app.spl"), loop("i"));
  writeFileSync(inFolder("piece.spl"), "fn shape(i: i64) -> i64: i * 77\n");
  await compile("old.anneal", "app.spl");
  writeFileSync(inFolder("app.spl"), loop("i * 2"));
  await compile("app.anneal", "app.spl");
}, 60_000);

describe("an application with a device in it", () => {
  const program = inFolder("app.anneal");
  const files = { trustedKeys: [inFolder("key.pub")] };

  it("starts what trusted keys have signed, loads pieces, unloads modules, and stops", async () => {
    const options = { unloadAfter: 50, portFile: inFolder(".nrepl-port") };
    const application = run({ options, program, files, watch: inFolder("watched") });
    await application.said(/"out":"figure 9\\n"/);
    await application.said(/shape 2\\n/);
    await compile("piece.anneal", "--for", "app.spl", "piece.spl");
    renameSync(inFolder("piece.anneal"), inFolder("watched/piece.anneal"));
    await application.said(/"log":"piece.anneal is loaded"/);
    await application.said(/shape 77\\n/);
    expect(await application.evaluate("shape(2)")).toEqual([
      expect.stringContaining("there is no compile server yet"),
    ]);
    const [, port] = await application.said(/"port":(\d+)/);
    expect(readFileSync(inFolder(".nrepl-port"), "utf8")).toBe(port);
    await pause(200);
    application.child.kill("SIGTERM");
    await application.said(/"loadedModules":0,"end":\{"kind":"interrupted"\}/);
    expect(await application.ended).toBe(0);
  }, 60_000);

  it("says what it does not take, and ends", async () => {
    const strange = run({ program, files: { trustedKeys: [inFolder("other.pub")] } });
    await strange.said(/"error":"it is signed with the key SHA256:/);
    expect(await strange.ended).toBe(0);
    const older = run({ program: inFolder("old.anneal"), files });
    await older.said(/"error":"it was signed at .*--allow-older/);
    expect(await older.ended).toBe(0);
    const lacking = run({ options: { symbolModules: ["nowhere.js"] }, program, files });
    await lacking.said(/"error":"nowhere.js: /);
    expect(await lacking.ended).toBe(0);
  }, 60_000);

  it("gets code of the level that it asks for, and keeps it where nobody else can put any", async () => {
    const server = await startServer();
    const text = "fn twice(n: i64) -> i64: n * 2\nprint twice(21)\n";
    const start = (cacheKey: number): Application =>
      run({
        options: { level: 2, cacheFolder: inFolder("cache"), cacheKey: Array(32).fill(cacheKey) },
        program: { path: "b.spl", text },
        server: server.port,
      });
    const first = start(1);
    await first.said(/"out":"42\\n"/);
    expect(await first.evaluate("twice(4)")).toEqual(["8"]);
    first.child.kill("SIGKILL");
    await server.stop();
    await start(1).said(/"out":"42\\n"/);
    const other = start(2);
    await other.said(/no compile server/);
    expect(other.output).not.toContain('"out"');
  }, 60_000);
});
