// How long evaluations take over a real connection: to their value, and to `done`. Starts `anneal live`, or measures a server that runs.
//
//   node tools/nrepl-latency.mjs [EVALUATIONS] [PORT]    default 1000; needs `npm run build`
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { NreplClient } from "../dist/nrepl/index.js";

const evaluations = Number(process.argv[2] ?? 1000);
const warmUp = 100;
/** Milliseconds from the start of a server until it has rehearsed what evaluations need: nobody types faster than that. */
const settling = 5000;

/** Starts a server; its port. */
function startServer() {
  const launcher = path.join(import.meta.dirname, "../bin/anneal.js");
  const cwd = mkdtempSync(path.join(tmpdir(), "anneal-latency-"));
  const child = spawn(process.execPath, [launcher, "live"], { cwd });
  process.on("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
      const found = /port (\d+) on host/.exec(text);
      if (found !== null) setTimeout(() => resolve(Number(found[1])), settling);
    });
    child.on("exit", () => reject(new Error(text)));
  });
}

const port = process.argv[3] === undefined ? await startServer() : Number(process.argv[3]);
const client = await NreplClient.open("127.0.0.1", port);
const [opened] = await client.request({ op: "clone" });
const session = opened.text("new-session");

function quantiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}

async function measure(name, message) {
  const values = [];
  const ends = [];
  for (let turn = 0; turn < warmUp + evaluations; turn += 1) {
    const start = performance.now();
    let value = Number.NaN;
    await client.request({ ...message(turn), session }, (answer) => {
      if (answer.text("err") !== undefined) throw new Error(answer.text("err"));
      if (answer.text("value") !== undefined) value = performance.now() - start;
    });
    if (turn < warmUp) continue;
    ends.push(performance.now() - start);
    if (!Number.isNaN(value)) values.push(value);
  }
  const toValue = values.length === 0 ? "" : ` to the value ${quantiles(values)};`;
  console.log(`${name}:${toValue} to done ${quantiles(ends)}`);
}

await measure("an operation without evaluation", () => ({ op: "ns-list" }));
await measure("a small expression", () => ({ op: "eval", code: "1 + 2" }));
await measure("a function and its call", (turn) => ({
  op: "eval",
  code: `fn square(x: i64) -> i64: x * x + ${turn}\nsquare(${turn})`,
}));
process.exit();
