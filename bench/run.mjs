// The benchmark: `anneal bench` calls `runBench`; `node bench/run.mjs [--quick] [--only NAMES] [--no-write]` is the same.
// Needs a build in dist/.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findContenders } from "./contenders.mjs";
import { measureProbes } from "./probes.mjs";
import { programs as allPrograms } from "./programs.mjs";
import { describeMachine, renderReport } from "./report.mjs";
import { runSuite } from "./suite.mjs";
import { judge } from "./targets.mjs";

const page = path.join(import.meta.dirname, "..", "docs", "benchmarks.md");

const fullPlan = { rounds: 5, informativeRounds: 3, repeatFactor: 1, samples: 15 };
const quickPlan = { rounds: 1, informativeRounds: 1, repeatFactor: 0.2, samples: 5 };

/**
 * Runs the benchmark and returns `{ text, targets, failed }`. `only` is a list of program names; `writePage` writes
 * docs/benchmarks.md (never for a quick or partial run); `progress` receives a line now and then.
 */
export async function runBench({ quick = false, only, writePage = true, progress } = {}) {
  const programs = allPrograms.filter(
    (program) => only === undefined || only.includes(program.name),
  );
  if (programs.length === 0)
    throw new Error(`no such program; there are ${allPrograms.map((one) => one.name).join(", ")}`);
  const plan = { ...(quick ? quickPlan : fullPlan), progress };
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-bench-"));
  try {
    const { contenders, missing, versions } = findContenders(folder);
    const results = runSuite(programs, contenders, plan);
    const probes = await measureProbes(folder, plan);
    const targets = judge(programs, results, probes);
    const machine = describeMachine(versions);
    const text = renderReport({ programs, results, targets, probes, missing, plan, machine });
    const failed = [...results.values()].some((row) =>
      [...row.values()].some((one) => one.error !== undefined),
    );
    if (writePage && !quick && only === undefined) {
      writeFileSync(page, `# Benchmarks\n\nWritten by \`npm run bench\`; do not edit.\n\n${text}`);
    }
    return { text, targets, failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(args) {
  const onlyAt = args.indexOf("--only");
  const { text, failed } = await runBench({
    quick: args.includes("--quick"),
    ...(onlyAt < 0 ? {} : { only: (args[onlyAt + 1] ?? "").split(",") }),
    writePage: !args.includes("--no-write"),
    progress: (line) => console.error(line),
  });
  console.log(text);
  process.exitCode = failed ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
