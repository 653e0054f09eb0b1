// Figures that are not programs: start-up, the compile time of one function, the cost of counters.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { runProcess } from "./process.mjs";
import { median } from "./stats.mjs";

const annealScript = path.join(import.meta.dirname, "..", "bin", "anneal.js");

/** `{ startup, compile, counters, lines }`: what could not be measured is undefined and has a line that says so. */
export async function measureProbes(folder, plan) {
  const lines = [];
  const startup = await attempt(lines, "start-up", () => measureStartup(folder, plan.samples));
  if (startup !== undefined) {
    lines.push(
      `Start-up: \`anneal run\` of an empty program ${startup.anneal.toFixed(1)} ms, of a small one with functions, loops and arrays, which needs a thread of its own, ${startup.small.toFixed(1)} ms, \`node -e 0\` ${startup.node.toFixed(1)} ms (medians of ${plan.samples})`,
    );
  }
  const compile = await attempt(lines, "compile", () => measureCompile(8 * plan.samples));
  if (compile !== undefined) {
    lines.push(
      `Compile of one function, HIR to code in its slot: ${compile.median.toFixed(3)} ms in a warm compiler (median of ${compile.functions} compilations, the fastest of ${processes} processes), ${compile.cold.toFixed(2)} ms the first time`,
    );
  }
  const counters = await attempt(lines, "counters", () => measureCounters(4 * plan.samples));
  if (counters !== undefined) {
    const rows = counters.rows.map(({ program, percent }) => `${program} ${percent.toFixed(1)} %`);
    lines.push(
      `Call counters in tier 1, every function a unit of its own and every call through a slot (medians of ${processes} processes): ${rows.join(", ")}`,
    );
  }
  return { startup, compile, counters, lines };
}

async function attempt(lines, name, measure) {
  try {
    return await measure();
  } catch (error) {
    lines.push(
      `${name}: not measured: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
    return undefined;
  }
}

/** Each figure is taken in so many processes, since another one may disturb a whole process, and where code comes to stand matters. */
const processes = 5;

function inProcesses(what, rounds) {
  const script = path.join(import.meta.dirname, "in-process.mjs");
  return Array.from({ length: processes }, () =>
    JSON.parse(runProcess(process.execPath, [script, what, String(rounds)]).output),
  );
}

/** The process with the least median. */
function measureCompile(rounds) {
  return inProcesses("compile", rounds).toSorted((left, right) => left.median - right.median)[0];
}

/** Added time of counters in percent: the worst of the kernels, each the median of the processes. */
function measureCounters(rounds) {
  const runs = inProcesses("counters", rounds);
  const rows = runs[0].map(({ program }, i) => {
    const percents = runs.map((rows) => (rows[i].counted / rows[i].plain - 1) * 100);
    return { program, percent: median(percents) };
  });
  return { percent: Math.max(...rows.map((row) => row.percent)), rows };
}

/** A program that is more than plain statements. */
const smallProgram = path.join(import.meta.dirname, "..", "tools", "start-up.spl");

function measureStartup(folder, samples) {
  const empty = path.join(folder, "empty.spl");
  writeFileSync(empty, "");
  const commands = {
    anneal: [annealScript, "run", empty],
    small: [annealScript, "run", smallProgram],
    node: ["-e", "0"],
  };
  const times = { anneal: [], small: [], node: [] };
  for (let sample = 0; sample <= samples; sample += 1) {
    for (const [name, command] of Object.entries(commands)) {
      const { wall } = runProcess(process.execPath, command);
      if (sample > 0) times[name].push(wall);
    }
  }
  const [anneal, small, node] = Object.values(times).map(median);
  return { anneal, small, node, above: anneal - node };
}
