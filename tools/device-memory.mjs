// What a module of 281 maths functions takes on a device: the most resident memory of its process while it evaluates it and calls one of
// the functions, above what it has while it idles. For Linux.
//
//   node tools/device-memory.mjs [RUNS]    default 5; needs `npm run build`
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { NreplClient } from "../dist/nrepl/index.js";

const runs = Number(process.argv[2] ?? 5);
const count = 281;
const launcher = path.join(import.meta.dirname, "../bin/anneal.js");
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Distances from shapes. */
const maths = Array.from({ length: count }, (_, i) =>
  [
    `fn shape${i}(x: f64, y: f64, z: f64, r: f64) -> f64:`,
    `    val a = (x * x + y * y + z * z).sqrt() - r * ${i + 1}.0`,
    `    val b = (x - ${i}.5).abs().max(y.abs()).max(z.abs() - r)`,
    `    val k = (0.5 + 0.5 * (b - a) / ${i + 1}.25).max(0.0).min(1.0)`,
    `    b + (a - b) * k - ${i}.125 * k * (1.0 - k)`,
  ].join("\n"),
).join("\n");
const idle = `extern fn rt_thread_sleep(millis: i64)
fn main():
    while true: rt_thread_sleep(5)
`;

const children = [];
process.on("exit", () => children.forEach((child) => child.kill()));

/** A command of which the output has been awaited: `[process, what matched]`. */
function start(args, cwd, pattern) {
  const child = spawn(process.execPath, [launcher, ...args], { cwd });
  children.push(child);
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const found = pattern.exec(text);
      if (found !== null) resolve([child, found[1]]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", () => reject(new Error(text)));
  });
}

/** A figure of a process in MB. */
function memory(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

async function evaluate(client, session, code) {
  const answers = await client.request({ op: "eval", code, session });
  const error = answers.map((answer) => answer.text("err")).find((text) => text !== undefined);
  if (error !== undefined) throw new Error(error);
}

/** Of one device, in MB: resident while it idles, and the most above that. */
async function measure(folder, server, target) {
  const options = ["--compile", `127.0.0.1:${server}`, "--nrepl-port", "0", "--target", target];
  const [device, port] = await start(["device", "idle.spl", ...options], folder, /port (\d+) on/);
  const client = await NreplClient.open("127.0.0.1", Number(port));
  const [{ fields }] = await client.request({ op: "clone" });
  const session = fields.get("new-session");
  await evaluate(client, session, "fn first(x: f64) -> f64: x\nfirst(1.0)");
  await pause(1000);
  const before = memory(device.pid, "VmRSS");
  // The most that it has had begins anew.
  writeFileSync(`/proc/${device.pid}/clear_refs`, "5");
  await evaluate(client, session, `${maths}\nshape7(1.0, 2.0, 3.0, 0.5)`);
  await pause(300);
  const peak = memory(device.pid, "VmHWM") - before;
  client.close();
  device.kill();
  return { before, peak };
}

const folder = mkdtempSync(path.join(tmpdir(), "anneal-device-memory-"));
writeFileSync(path.join(folder, "idle.spl"), idle);
const [server, port] = await start(["serve", "--port", "0"], folder, /127\.0\.0\.1:(\d+)/);
for (const target of ["wasm32", "native"]) {
  const figures = [];
  for (let run = 0; run < runs; run += 1) figures.push(await measure(folder, port, target));
  const idleAt = Math.min(...figures.map(({ before }) => before)).toFixed(0);
  const peaks = figures.map(({ peak }) => peak).toSorted((a, b) => a - b);
  const all = peaks.map((peak) => peak.toFixed(1)).join(", ");
  console.log(`${target}: ${idleAt} MB while it idles, at most ${all} MB more`);
}
server.kill();
rmSync(folder, { recursive: true, force: true });
process.exit();
