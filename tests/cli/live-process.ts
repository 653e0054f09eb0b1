// Starts `anneal live` in a folder of its own, and connects to it.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { NreplClient, type Answer } from "../../src/nrepl/index.ts";
import { launcher } from "./process.ts";

/** A program that prints a line, and another, until it is stopped. */
export const ticker = `extern fn rt_thread_sleep(millis: i64)
var count = 0
## Says where we are.
fn line(i: i64) -> text: "tick {i}"
fn main():
    while true:
        count += 1
        print line(count)
        rt_thread_sleep(2)
`;

/** A live program, and what it has printed. */
export class LiveProcess {
  readonly folder: string;
  readonly file: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  port = 0;
  out = "";
  err = "";
  readonly #clients: NreplClient[] = [];
  /** It has ended, and all of its output is there. */
  #closed = false;
  #changed: () => void = () => {};

  constructor(program: string, options: readonly string[] = []) {
    this.folder = mkdtempSync(path.join(tmpdir(), "anneal-live-"));
    this.file = path.join(this.folder, "app.spl");
    writeFileSync(this.file, program);
    const { PATH, HOME } = process.env;
    this.child = spawn(process.execPath, [launcher, "live", "app.spl", ...options], {
      cwd: this.folder,
      env: { PATH, HOME },
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
      this.#changed();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code) => {
        this.#closed = true;
        resolve(code);
        this.#changed();
      });
    });
  }

  /** Starts it and waits for the line that editors wait for. */
  static async start(program: string, options: readonly string[] = []): Promise<LiveProcess> {
    const live = new LiveProcess(program, options);
    await live.until(() => live.err.includes("nrepl://"));
    live.port = Number(/port (\d+) on host/.exec(live.err)?.[1]);
    return live;
  }

  /** Waits until something holds that depends on the output. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#closed) throw new Error(`it has ended: ${this.err}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  async connect(): Promise<NreplClient> {
    const client = await NreplClient.open("127.0.0.1", this.port);
    this.#clients.push(client);
    return client;
  }

  /** A client with a session: evaluates code, and gives what came back in order. */
  async session(): Promise<
    (code: string, more?: Record<string, string | number>) => Promise<string[]>
  > {
    const client = await this.connect();
    const [opened] = await client.request({ op: "clone" });
    const session = opened?.text("new-session") ?? "";
    return async (code, more = {}) =>
      (await client.request({ op: "eval", code, session, ...more })).flatMap(shown);
  }

  async stop(): Promise<number | null> {
    for (const client of this.#clients) client.close();
    this.child.kill("SIGINT");
    return this.ended;
  }
}

/** The parts of an answer that people see, and the words of its status. */
export function shown(answer: Answer): string[] {
  const part = (name: string): string[] => {
    const text = answer.text(name);
    return text === undefined ? [] : [`${name} ${text.trimEnd()}`];
  };
  return [
    ...part("out"),
    ...part("err"),
    ...part("value"),
    ...part("ex"),
    ...answer.texts("status"),
  ];
}
