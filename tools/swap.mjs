// Redefines a function of a program that draws sixty times a second, again and again at random moments, over a connection:
// how late frames are with and without that, whether each result is that of one version, and the resident memory.
//
//   node tools/swap.mjs [REDEFINITIONS]    default 10000; needs `npm run build`
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { NreplClient } from "../dist/nrepl/index.js";

const redefinitions = Number(process.argv[2] ?? 10_000);
/** Milliseconds between two redefinitions, at most. */
const longestPause = 12;
const baseline = 5000;
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

const folder = mkdtempSync(path.join(tmpdir(), "anneal-swap-"));
writeFileSync(path.join(folder, "swap.spl"), program);
const launcher = path.join(import.meta.dirname, "../bin/anneal.js");
const child = spawn(process.execPath, [launcher, "live", "swap.spl"], { cwd: folder });
process.on("exit", () => child.kill());

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

const port = await new Promise((resolve, reject) => {
  let text = "";
  child.stderr.on("data", (chunk) => {
    text += chunk;
    const found = /port (\d+) on host/.exec(text);
    if (found !== null) resolve(Number(found[1]));
  });
  child.on("exit", () => reject(new Error(text)));
});
const client = await NreplClient.open("127.0.0.1", port);
const [{ fields }] = await client.request({ op: "clone" });
const session = fields.get("new-session");

async function evaluate(code) {
  const answers = await client.request({ op: "eval", code, session });
  const error = answers.map((answer) => answer.text("err")).find((text) => text !== undefined);
  if (error !== undefined) throw new Error(error);
  return answers.map((answer) => answer.text("value")).find((text) => text !== undefined);
}

/** MB. */
function resident() {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function figures(name) {
  const values = await evaluate('"{frames} {late} {worst} {wrong}"');
  const [frames, late, worst, wrong] = (values ?? "").split(" ").map(Number);
  const share = `${late} more than 2 ms late, the worst ${(worst / 1000).toFixed(2)} ms`;
  console.log(`${name}: ${frames} frames, ${share}; ${wrong} wrong; ${resident()} MB resident`);
  await evaluate("frames = 0\nlate = 0\nworst = 0");
  return wrong;
}

await pause(500);
await evaluate("frames = 0\nlate = 0\nworst = 0");
await pause(baseline);
await figures("without redefinitions");

const times = [];
let wrong = 0;
for (let version = 1; version <= redefinitions; version += 1) {
  await pause(Math.random() * longestPause);
  const start = performance.now();
  await evaluate(`fn f(i: i64) -> i64: ${version + 1} * ${unit}`);
  times.push(performance.now() - start);
  if (version % Math.ceil(redefinitions / 5) === 0)
    wrong += await figures(`after ${version} redefinitions`);
}
wrong += await figures("at the end");
const sorted = times.toSorted((a, b) => a - b);
const quantile = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
console.log(
  `a redefinition: p50 ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms, p99 ${quantile(0.99)} ms`,
);
client.close();
child.kill();
rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong === 0 ? 0 : 1;
