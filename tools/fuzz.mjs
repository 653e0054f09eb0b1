// A run of generated programs: `node tools/fuzz.mjs [--count N] [--seed FIRST] [--most DIFFERENCES] [--slice numbers|heap]
// [--tiers portable|native] [--out DIR] [FILE.spl]`. Without a slice every third program is about numbers alone, the others are about everything.
// A difference is reduced and saved under .fuzz/; with a file that one program is checked. The exit code is 1 if
// there was any difference. The campaign runs on a thread of its own, so that a program that never ends is noticed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "..");

/** Has the watching thread print a line. */
function say(line) {
  parentPort.postMessage({ line });
}

/** Says that the campaign goes on. */
function tellSeed(seed) {
  parentPort.postMessage({ seed });
}

/** The campaign as one module: the sources are TypeScript and Node 20 does not read it. */
async function loadCampaign() {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-fuzz-"));
  const outfile = path.join(folder, "campaign.mjs");
  await build({
    stdin: {
      contents: `export * from "./simple-campaign.ts"; export { reduce } from "./simple-reduce.ts";`,
      resolveDir: path.join(root, "tests/fuzz"),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    // Where the sources of the runtime library are found from.
    define: {
      "import.meta.dirname": JSON.stringify(path.join(root, "tests/library")),
      "import.meta.url": JSON.stringify(pathToFileURL(import.meta.filename).href),
    },
    outfile,
  });
  const campaign = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true, force: true });
  return campaign;
}

/** What a reduction must keep, or it may turn one bug into another. */
function kindOf({ executor, found }) {
  if (executor === "front end" && !found.startsWith("crash ")) {
    const [message = ""] = /error: .*/.exec(found) ?? [];
    return `${executor} ${message.replaceAll(/`[^`]*`/g, "")}`;
  }
  return `${executor} ${/(?:--- )?crash .*|not well formed/.exec(found)?.[0] ?? ""}`;
}

function report(campaign, { seed, source, difference, runs, out }) {
  const kind = kindOf(difference);
  const reduced = campaign.reduce(source, (candidate) => {
    tellSeed(seed);
    const again = campaign.checkProgram(candidate, difference.executor, runs).difference;
    return again !== null && kindOf(again) === kind;
  });
  const last = campaign.checkProgram(reduced, difference.executor, runs).difference ?? difference;
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, `${seed}.spl`), source);
  writeFileSync(path.join(out, `${seed}.reduced.spl`), reduced);
  say(`seed ${seed}: ${difference.executor} differs; reduced program:\n${reduced}`);
  say(`expected:\n${last.expected.trimEnd()}\nfound:\n${last.found.trimEnd()}\n`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      most: { type: "string", default: "5" },
      slice: { type: "string" },
      tiers: { type: "string", default: "portable" },
      out: { type: "string", default: path.join(root, ".fuzz") },
    },
  });
  const campaign = await loadCampaign();
  const runs = campaign.runsOf[values.tiers];
  if (positionals[0] !== undefined)
    return checkFile(campaign, positionals[0], { out: values.out, runs });
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  const result = campaign.runCampaign({
    firstSeed: Number(values.seed),
    count: Number(values.count),
    mostDifferences: Number(values.most),
    slice: values.slice,
    runs,
    onDifference: (seed, source, difference) =>
      report(campaign, { seed, source, difference, runs, out: values.out }),
    onProgram: tellSeed,
    onProgress: (done, differences) => {
      if (done % 1000 === 0) say(`${done} programs, ${differences} differences, ${seconds()} s`);
    },
  });
  say(
    `${result.programs} programs from seed ${values.seed}: ${result.differences.length} differences, ` +
      `${result.errors} ended with a runtime error, ${seconds()} s`,
  );
  process.exitCode = result.differences.length > 0 ? 1 : 0;
}

function checkFile(campaign, file, { out, runs }) {
  const source = readFileSync(file, "utf8");
  const { difference } = campaign.checkProgram(source, undefined, runs);
  if (difference === null) {
    say(`${file}: no difference`);
    return;
  }
  report(campaign, { seed: path.basename(file, ".spl"), source, difference, runs, out });
  process.exitCode = 1;
}

/** Longest time in seconds without news: one program, or a step of a reduction, takes a fraction of one. */
const patience = 120;

/** Runs `main` on another thread and watches over it. */
function watch() {
  const worker = new Worker(import.meta.filename, { argv: process.argv.slice(2) });
  let seed;
  let silence = 0;
  // Seconds are counted one by one, so that those in which the process was stopped by a signal are none.
  const timer = setInterval(() => {
    silence += 1;
    if (silence < patience) return;
    console.log(`seed ${seed}: no end after ${patience} s`);
    process.exit(1);
  }, 1000);
  worker.on("message", (news) => {
    if (news.line !== undefined) console.log(news.line);
    seed = news.seed ?? seed;
    silence = 0;
  });
  worker.on("exit", (code) => {
    clearInterval(timer);
    process.exitCode = code;
  });
}

if (isMainThread) watch();
else await main();
