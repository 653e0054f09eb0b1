// The tables: as text for the terminal and as the page docs/benchmarks.md.
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { firstLine } from "./process.mjs";
import { geometricMean } from "./stats.mjs";
import { ratio } from "./targets.mjs";

function cell(value, digits = 2) {
  return value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits);
}

/** The lines of a table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, index) => (index === 0 ? "---" : "--:"))),
    ...rows.map(line),
  ];
}

function milliseconds(programs, results, names, figure) {
  const rows = programs.map((program) => [
    program.name,
    ...names.map((name) =>
      cell(results.get(program.name)?.get(name)?.[figure], figure === "wall" ? 0 : 2),
    ),
  ]);
  return table(["program", ...names], rows);
}

function ratioTable(programs, results, pairs) {
  const columns = pairs.map((pair) => ({
    title: `${pair.over} / ${pair.under.replace("-small", "")}`,
    values: programs.map((program) => ratio(results, program.name, pair)),
  }));
  const rows = programs.map((program, index) => [
    program.name,
    ...columns.map((column) => cell(column.values[index])),
  ]);
  const known = (values) => values.filter((value) => value !== undefined);
  rows.push([
    "geometric mean",
    ...columns.map((column) => cell(geometricMean(known(column.values)))),
  ]);
  return table(["program", ...columns.map((column) => column.title)], rows);
}

function failures(programs, results) {
  const lines = [];
  for (const program of programs) {
    for (const [contender, { error }] of results.get(program.name) ?? []) {
      if (error !== undefined)
        lines.push(
          `- ${program.name}, ${contender}: ${error.trim().split("\n").slice(0, 2).join(" / ")}`,
        );
    }
  }
  return lines;
}

/** What this was measured on. */
export function describeMachine(versions) {
  const dirty = firstLine("git", ["status", "--porcelain", "--untracked-files=no"]);
  const commit = firstLine("git", ["rev-parse", "--short", "HEAD"]);
  const processor = cpus();
  return [
    `- ${processor[0]?.model.trim() ?? "unknown processor"}, ${processor.length} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    // A machine that does other work measures itself as well.
    `- load average of the last 15 minutes: ${loadavg()[2].toFixed(1)}`,
    `- ${type()} ${release()}, Node ${process.versions.node}, V8 ${process.versions.v8}`,
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    `- ${new Date().toISOString().slice(0, 10)}${commit === undefined ? "" : `, commit ${commit}${dirty ? " with changes" : ""}`}`,
  ];
}

function ratioSections(programs, results, peers) {
  const overPeers = (figure) => peers.map((under) => ({ over: "jit", under, figure }));
  return [
    "## Ratios, steady state",
    "",
    "Time of the first over time of the second: `jit / node` below 1 means that Anneal is faster than Node. `interpret / jit` is",
    "how many times faster the wasm tier is than the interpreter, both at the same small size. `llvm` is mode jit with that backend.",
    "",
    ...ratioTable(programs, results, [
      ...overPeers("steady"),
      { over: "interpret", under: "jit-small" },
      { over: "auto", under: "jit" },
      ...peers.map((under) => ({ over: "llvm", under })),
    ]),
    "",
    "## Ratios, whole process",
    "",
    ...ratioTable(programs, results, [
      ...overPeers("wall"),
      { over: "auto", under: "jit", figure: "wall" },
      { over: "hybrid", under: "jit", figure: "wall" },
    ]),
    "",
  ];
}

function timeSections(programs, results, peers) {
  const names = ["jit", "auto", "hybrid", "llvm", ...peers];
  return [
    "## Steady state, milliseconds per repetition",
    "",
    ...milliseconds(programs, results, names, "steady"),
    "",
    "At the small size:",
    "",
    ...milliseconds(programs, results, ["interpret", "jit-small"], "steady"),
    "",
    "## Whole process, milliseconds",
    "",
    ...milliseconds(programs, results, names, "wall"),
    "",
  ];
}

function targetTable(targets) {
  const rows = targets.map((row) => [row.name, row.limit, row.value, row.met ? "yes" : "**no**"]);
  return table(["target", "limit", "measured", "met"], rows);
}

/** The sections of the page below its title. */
export function renderReport({ programs, results, targets, probes, missing, plan, machine }) {
  const peers = ["node", "c", "luajit"].filter((name) =>
    programs.some((program) => results.get(program.name)?.get(name)?.steady !== undefined),
  );
  const failed = failures(programs, results);
  return [
    "Beside this page: [how fast programs get to their speed](warm-up.md), [what compiling costs](compile-figures.md), [native tiers](tiers.md).",
    "",
    "## Targets",
    "",
    ...targetTable(targets),
    "",
    ...ratioSections(programs, results, peers),
    ...timeSections(programs, results, peers),
    "## Other figures",
    "",
    ...probes.lines.map((line) => `- ${line}`),
    "",
    "## The programs",
    "",
    ...programs.map((program) => `- \`${program.name}\`: ${program.about}`),
    "",
    "## Machine and method",
    "",
    ...machine,
    ...missing.map((line) => `- not measured: ${line}`),
    `- Medians of ${plan.rounds} runs of each process in interleaved order (C, LuaJIT and \`hybrid\`: ${plan.informativeRounds}). Steady state: the median of the`,
    "  last half of a run's repetitions. Whole process: from start to exit, start-up and compilation included.",
    "- All outputs were compared, between tiers and between languages.",
    ...(failed.length === 0 ? [] : ["", "## Failures", "", ...failed]),
    "",
  ].join("\n");
}
