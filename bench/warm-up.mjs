// The warm-up curve: how fast short repetitions of a program run from the start of its process on, and when they have 90 % of
// their final speed. `node bench/warm-up.mjs [--runs N] [--no-write]` measures and writes docs/warm-up.md and docs/warm-up.svg.
// Needs a build in dist/.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findContenders } from "./contenders.mjs";
import { drawCurves } from "./curves.mjs";
import { readOptions } from "./options.mjs";
import { describeMachine, table } from "./report.mjs";
import { median } from "./stats.mjs";

const docs = path.join(import.meta.dirname, "..", "docs");

/** Sizes at which a repetition takes about a millisecond in the end, and repetitions for about a second. */
const programs = [
  { name: "fib", size: 28, repeat: 1500, nodeRepeat: 120, title: "fib: calls" },
  { name: "spectral", size: 150, repeat: 900, nodeRepeat: 700, title: "spectral: loops over f64" },
  { name: "words", size: 10_000, repeat: 900, nodeRepeat: 250, title: "words: texts, dictionary" },
];

/** As they are in the picture; `auto-llvm` is auto with `--backend llvm`. */
const shown = [
  { contender: "auto", name: "auto, wasm" },
  { contender: "auto-llvm", name: "auto, llvm" },
  { contender: "node", name: "Node" },
];

/** The share of the final speed that counts as warm, and how many repetitions in a row are taken together. */
const warmShare = 0.9;
const window = 5;

/** Each repetition of one process: `{ end, time }`, milliseconds since its start, and that it took. */
function runOnce([command, args]) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    const repetitions = [];
    let text = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (chunk) => {
      const end = performance.now() - start;
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const match = /^time (\d+)$/.exec(line);
        if (match !== null) repetitions.push({ end, time: Number(match[1]) / 1000 });
      }
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 && repetitions.length > 0) resolve(atTheirEnds(repetitions));
      else reject(new Error(`${command} ${args.join(" ")}: exit code ${code}\n${text}`));
    });
  });
}

/** Lines may arrive late, several at once: a repetition has ended at the latest where those behind it began. */
function atTheirEnds(repetitions) {
  let latest = Infinity;
  return repetitions
    .toReversed()
    .map(({ end, time }) => {
      latest = Math.min(latest, end);
      const own = { end: latest, time };
      latest -= time;
      return own;
    })
    .toReversed();
}

/** Of each repetition its least time and its soonest end in all runs: other work of the machine delays it and nothing makes it early. */
function undisturbed(runs) {
  const count = Math.min(...runs.map(({ length }) => length));
  return Array.from({ length: count }, (_, k) => ({
    end: Math.min(...runs.map((run) => run[k].end)),
    time: Math.min(...runs.map((run) => run[k].time)),
  }));
}

/** The curve of smoothed times, the final time of a repetition, and when 90 % of its speed is there. */
function analyse(runs) {
  const repetitions = undisturbed(runs);
  const final = median(repetitions.slice(repetitions.length >> 1).map(({ time }) => time));
  const curve = repetitions.slice(0, 1 - window).map(({ end }, i) => ({
    end,
    time: median(repetitions.slice(i, i + window).map(({ time }) => time)),
  }));
  const warm = curve.find(({ time }) => final / time >= warmShare);
  return { curve, final, warm, first: repetitions[0].end };
}

/** By program and contender what `analyse` finds. */
async function measure(contenders, count, progress) {
  const results = [];
  for (const program of programs) {
    const runs = new Map();
    for (let round = 0; round < count; round += 1) {
      for (const { contender } of shown) {
        const found = contenders.find(({ name }) => name === contender);
        if (found === undefined) continue;
        const repeat = contender === "node" ? program.nodeRepeat : program.repeat;
        const run = await runOnce(found.command(program.name, program.size, repeat));
        runs.set(contender, [...(runs.get(contender) ?? []), run]);
      }
      progress(`${program.name}: ${round + 1} of ${count}`);
    }
    const best = new Map([...runs].map(([contender, all]) => [contender, analyse(all)]));
    results.push({ program, best });
  }
  return results;
}

function groupsOf(results) {
  return results.map(({ program, best }) => {
    const fastest = Math.min(...[...best.values()].map(({ final }) => final));
    const curves = shown.flatMap(({ contender, name }) => {
      const result = best.get(contender);
      if (result === undefined) return [];
      const at = ({ end, time }) => [end, fastest / time];
      return [{ name, points: result.curve.map(at), mark: at(result.warm) }];
    });
    return { title: program.title, curves };
  });
}

function render(results, { runs, missing, machine }) {
  const rows = results.flatMap(({ program, best }) =>
    shown.flatMap(({ contender, name }) => {
      const result = best.get(contender);
      if (result === undefined) return [];
      const { first, warm, final } = result;
      return [[program.name, name, first.toFixed(0), warm.end.toFixed(0), final.toFixed(2)]];
    }),
  );
  return [
    "# Warm-up",
    "",
    "Written by `npm run bench:warm-up`; do not edit.",
    "",
    "How fast a program runs from the start of its process on. 100 % is the final speed of the fastest; a dot is where a program first",
    `has ${warmShare * 100} % of its own final speed.`,
    "",
    "![speed over time since the process started](warm-up.svg)",
    "",
    ...table(
      [
        "program",
        "run by",
        "first result, ms",
        `${warmShare * 100} % of peak, ms`,
        "at the end, ms",
      ],
      rows,
    ),
    "",
    "- first result: from the start of the process to the end of the first repetition",
    `- ${warmShare * 100} % of peak: to the end of the first repetition that has, with the ${window - 1} behind it, a median of that speed`,
    "- at the end: a repetition, median of the last half",
    "",
    "## Machine and method",
    "",
    ...machine,
    ...missing.map((line) => `- not measured: ${line}`),
    `- ${programs.map(({ name, size }) => `\`${name}\` with size ${size}`).join(", ")}; see [benchmarks.md](benchmarks.md) for what they do.`,
    `- ${runs} runs in interleaved order, each a process of its own. Of each repetition the least time and the soonest end in all runs; the`,
    "  time is taken inside the process, the end by the reader of its output.",
    "",
  ].join("\n");
}

async function main(args) {
  const { count: runs, writes } = readOptions(args, "runs");
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-warm-up-"));
  try {
    const { contenders, missing } = findContenders(folder);
    const results = await measure(contenders, runs, (line) => console.error(line));
    const text = render(results, { runs, missing, machine: describeMachine({}) });
    if (writes) {
      const caption = "Speed of short repetitions over the time since the process started";
      writeFileSync(path.join(docs, "warm-up.md"), text);
      writeFileSync(path.join(docs, "warm-up.svg"), drawCurves(groupsOf(results), { caption }));
    }
    console.log(text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
