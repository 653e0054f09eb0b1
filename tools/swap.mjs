// Redefines a function of a program that draws sixty times a second, again and again at random moments, over a connection: how late its
// frames are, whether each result is that of one version, and the resident memory. The same program runs beside it in a process of
// its own and is left alone: what makes its frames late is the machine, under the same load and at the same time.
//
//   node tools/swap.mjs [REDEFINITIONS] [--target native|wasm32]    default 10000; needs `npm run build`
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { NreplClient } from "../dist/nrepl/index.js";

const { values: options, positionals } = parseArgs({
  options: { target: { type: "string" } },
  allowPositionals: true,
});
const redefinitions = Number(positionals[0] ?? 10_000);
const target = options.target === undefined ? [] : ["--target", options.target];
/** Milliseconds between two redefinitions, at most. */
const longestPause = 12;
/** Milliseconds after the start of the programs. */
const begin = 500;
const reports = 5;
const unit = 1_000_003;

const program = `extern fn rt_time_now_micros() -> i64
extern fn rt_sleep_micros(micros: i64)
fn f(i: i64) -> i64: ${unit}
var frames = 0
var wrong = 0
var late = 0
var worst = 0
fn main():
    var next = rt_time_now_micros()
    var last = 0
    while true:
        next += 16667
        rt_sleep_micros(next - rt_time_now_micros())
        val behind = rt_time_now_micros() - next
        if behind > worst: worst = behind
        if behind > 2000: late += 1
        if behind > 16667: next = rt_time_now_micros()
        frames += 1
        val result = f(frames)
        if result % ${unit} != 0 or result < last: wrong += 1
        last = result
`;

const launcher = path.join(import.meta.dirname, "../bin/anneal.js");
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** A process that runs the program, and a connection to it. */
class Live {
  #folder = mkdtempSync(path.join(tmpdir(), "anneal-swap-"));
  #child;
  #client;
  #session;

  static async start() {
    const live = new Live();
    await live.#start();
    return live;
  }

  async #start() {
    writeFileSync(path.join(this.#folder, "swap.spl"), program);
    const args = [launcher, "live", ...target, "swap.spl"];
    this.#child = spawn(process.execPath, args, { cwd: this.#folder });
    process.on("exit", () => this.#child.kill());
    const port = await new Promise((resolve, reject) => {
      let text = "";
      this.#child.stderr.on("data", (chunk) => {
        text += chunk;
        const found = /port (\d+) on host/.exec(text);
        if (found !== null) resolve(Number(found[1]));
      });
      this.#child.on("exit", () => reject(new Error(text)));
    });
    this.#client = await NreplClient.open("127.0.0.1", port);
    const [{ fields }] = await this.#client.request({ op: "clone" });
    this.#session = fields.get("new-session");
  }

  async evaluate(code) {
    const answers = await this.#client.request({ op: "eval", code, session: this.#session });
    const error = answers.map((answer) => answer.text("err")).find((text) => text !== undefined);
    if (error !== undefined) throw new Error(error);
    return answers.map((answer) => answer.text("value")).find((text) => text !== undefined);
  }

  /** MB. */
  #resident() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  }

  /** Of the frames since the last look. */
  async figures() {
    const values = await this.evaluate('"{frames} {late} {worst} {wrong}"');
    await this.evaluate("frames = 0\nlate = 0\nworst = 0");
    const [frames, late, worst, wrong] = (values ?? "").split(" ").map(Number);
    return { frames, late, worst, wrong, resident: this.#resident() };
  }

  stop() {
    this.#client.close();
    this.#child.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const sum = (all) => ({
  frames: all.reduce((total, { frames }) => total + frames, 0),
  late: all.reduce((total, { late }) => total + late, 0),
  worst: Math.max(...all.map(({ worst }) => worst)),
});

const described = ({ frames, late, worst }) =>
  `${frames} frames, ${late} more than 2 ms late, the worst ${(worst / 1000).toFixed(2)} ms`;

const redefined = await Live.start();
const leftAlone = await Live.start();
await pause(begin);
const own = [];
const others = [];
await Promise.all([redefined.figures(), leftAlone.figures()]);
const times = [];
for (let version = 1; version <= redefinitions; version += 1) {
  await pause(Math.random() * longestPause);
  const start = performance.now();
  await redefined.evaluate(`fn f(i: i64) -> i64: ${version + 1} * ${unit}`);
  times.push(performance.now() - start);
  if (version % Math.ceil(redefinitions / reports) !== 0 && version < redefinitions) continue;
  const [mine, other] = await Promise.all([redefined.figures(), leftAlone.figures()]);
  own.push(mine);
  others.push(other);
  console.log(`after ${version} redefinitions: ${described(mine)}; ${mine.resident} MB resident`);
  console.log(`  left alone: ${described(other)}; ${other.resident} MB resident`);
}
const wrong = own.at(-1)?.wrong ?? 0;
console.log(`in all: ${described(sum(own))}; ${wrong} wrong results`);
console.log(`  left alone: ${described(sum(others))}`);
const sorted = times.toSorted((a, b) => a - b);
const quantile = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
console.log(
  `a redefinition: p50 ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms, p99 ${quantile(0.99)} ms`,
);
redefined.stop();
leftAlone.stop();
process.exitCode = wrong === 0 ? 0 : 1;
