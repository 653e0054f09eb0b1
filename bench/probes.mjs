// Figures that are not programs: start-up and the compile time of one function.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { runProcess } from "./process.mjs";
import { median } from "./stats.mjs";

const annealScript = path.join(import.meta.dirname, "..", "bin", "anneal.js");

/** `{ startup, compile, counters, lines }`: what could not be measured is undefined and has a line that says so. */
export async function measureProbes(folder, plan) {
  const lines = [];
  const startup = attempt(lines, "start-up", () => measureStartup(folder, plan.samples));
  if (startup !== undefined) {
    lines.push(
      `Start-up: \`anneal run\` of an empty program ${startup.anneal.toFixed(1)} ms, \`node -e 0\` ${startup.node.toFixed(1)} ms (medians of ${plan.samples})`,
    );
  }
  return { startup, lines };
}

function attempt(lines, name, measure) {
  try {
    return measure();
  } catch (error) {
    lines.push(
      `${name}: not measured: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
    return undefined;
  }
}

function measureStartup(folder, samples) {
  const file = path.join(folder, "empty.spl");
  writeFileSync(file, "");
  const anneal = [];
  const node = [];
  for (let sample = 0; sample <= samples; sample += 1) {
    const withAnneal = runProcess(process.execPath, [annealScript, "run", file]).wall;
    const bare = runProcess(process.execPath, ["-e", "0"]).wall;
    if (sample === 0) continue;
    anneal.push(withAnneal);
    node.push(bare);
  }
  const figures = { anneal: median(anneal), node: median(node) };
  return { ...figures, above: figures.anneal - figures.node };
}
