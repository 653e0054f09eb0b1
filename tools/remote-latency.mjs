// Latencies of evaluations on a device through an nREPL connection, with a compile server on loopback, all as processes of
// their own. `node tools/remote-latency.mjs [RUNS] [TARGETS...]` prints p50, p95 and p99 in milliseconds; the targets are wasm32 and
// native (LLVM at O1), both by default.
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const launcher = path.join(import.meta.dirname, "../bin/anneal.js");
const runs = Number(process.argv[2] ?? 1000);
const targets = process.argv.length > 3 ? process.argv.slice(3) : ["wasm32", "native"];
const folder = mkdtempSync(path.join(tmpdir(), "anneal-latency-"));
const children = [];

/** Starts a command and waits for the number of its port. */
function start(args, pattern) {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let text = "";
  return new Promise((resolve) => {
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = pattern.exec(text);
      if (found !== null) resolve(Number(found[1]));
    });
  });
}

class Client {
  #socket;
  #received = "";
  #done = () => {};

  constructor(port) {
    this.#socket = connect(port, "127.0.0.1").setNoDelay(true);
    this.#socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      if (!/6:statusl.*4:done/s.test(this.#received)) return;
      const received = this.#received;
      this.#received = "";
      this.#done(received);
    });
  }

  evaluate(code) {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(`d2:op4:eval4:code${code.length}:${code}2:id1:1e`);
    });
  }
}

/** Milliseconds of each evaluation, in order. */
async function measure(client, codeOf, expected) {
  const times = [];
  for (let run = 0; run < runs; run += 1) {
    const begin = performance.now();
    const answer = await client.evaluate(codeOf(run));
    times.push(performance.now() - begin);
    if (!answer.includes(`:${expected(run)}e`)) throw new Error(`wrong answer: ${answer}`);
  }
  return times.sort((left, right) => left - right);
}

function report(name, times) {
  const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(2);
  console.log(`${name.padEnd(26)} p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}`);
}

const define = (run) => `fn f(n: i64) -> i64: n * ${run}\nf(2)`;
const kinds = {
  "small expression": [(run) => `${run} + 1`, (run) => run + 1],
  "define and call": [define, (run) => 2 * run],
};

try {
  const server = await start(["serve", "--port", "0"], /compile server on .*:(\d+)\n/);
  for (const target of targets) {
    const args = ["device", "--compile", `127.0.0.1:${server}`, "--nrepl-port", "0"];
    const client = new Client(await start([...args, "--target", target], /on port (\d+)/));
    for (const [code, expected] of Object.values(kinds)) await measure(client, code, expected);
    for (const [name, [code, expected]] of Object.entries(kinds)) {
      const later = await measure(
        client,
        (run) => code(run + runs),
        (run) => expected(run + runs),
      );
      report(`${name}, ${target}`, later);
    }
  }
} finally {
  for (const child of children) child.kill("SIGINT");
}
process.exit(0);
