// The figures that the project promises, and how they come out of the results.
import { geometricMean } from "./stats.mjs";

/**
 * The figure of contender `over` divided by that of `under` on one program, or undefined if either did not run.
 * Figures are `steady` (the default) and `wall`.
 */
export function ratio(results, program, { over, under, figure = "steady" }) {
  const row = results.get(program);
  const value = row?.get(over)?.[figure] / row?.get(under)?.[figure];
  return Number.isFinite(value) ? value : undefined;
}

function ratios(results, programs, pair) {
  return programs
    .map((program) => ratio(results, program.name, pair))
    .filter((value) => value !== undefined);
}

/** A ratio that must be large: the geometric mean is judged, the least is shown beside it. */
function atLeast(name, limit, values) {
  const value = geometricMean(values);
  const least = values.length > 1 ? ` (least ${format(Math.min(...values), "×")})` : "";
  return {
    name,
    limit: `≥ ${limit}×`,
    value: `${format(value, "×")}${least}`,
    met: value >= limit,
  };
}

function atMost(name, limit, value, unit) {
  return {
    name,
    limit: `≤ ${limit}${unit}`,
    value: format(value, unit),
    met: Number.isFinite(value) && value <= limit,
  };
}

function format(value, unit) {
  if (!Number.isFinite(value)) return "not measured";
  const digits = Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit}`;
}

const fromInterpreter = { over: "interpret", under: "jit-small" };

/** Native code, where there is some. */
function judgeNative(programs, results) {
  const overC = ratios(results, programs, { over: "llvm", under: "c" });
  const overLlvm = ratios(results, programs, { over: "node", under: "llvm" });
  if (overLlvm.length === 0) return [];
  return [
    atMost("llvm against C -O2, steady state, geometric mean", 1.15, geometricMean(overC), "×"),
    atMost("llvm against C -O2, steady state, worst", 1.5, Math.max(...overC), "×"),
    atLeast("Node over llvm, steady state, geometric mean", 2.5, overLlvm),
  ];
}

/** Rows `{ name, limit, value, met }`; what was not measured is not met. */
export function judge(programs, results, probes) {
  const calls = programs.filter((program) => program.kind === "calls");
  const loops = programs.filter((program) => program.kind === "loops");
  const heap = programs.filter((program) => program.kind === "heap");
  const overNode = (chosen) => ratios(results, chosen, { over: "jit", under: "node" });
  const long = programs.filter(
    (program) => (results.get(program.name)?.get("jit")?.wall ?? 0) >= 1000,
  );
  const judged = long.length > 0 ? long : programs;
  const kindOf =
    long.length > 0 ? "of a second or more" : "(all shorter than a second in this run)";
  const autoOverJit = ratios(results, judged, { over: "auto", under: "jit", figure: "wall" });
  return [
    atLeast(
      "wasm over interpreter, calls, geometric mean",
      20,
      ratios(results, calls, fromInterpreter),
    ),
    atLeast(
      "wasm over interpreter, loops, geometric mean",
      50,
      ratios(results, loops, fromInterpreter),
    ),
    atMost(
      "calls and loops against Node, steady state, geometric mean",
      0.7,
      geometricMean(overNode([...calls, ...loops])),
      "×",
    ),
    atMost(
      "heap programs against Node, steady state, geometric mean",
      1,
      geometricMean(overNode(heap)),
      "×",
    ),
    atMost("heap programs against Node, steady state, worst", 2, Math.max(...overNode(heap)), "×"),
    atMost(
      `auto against jit, whole process, worst of the programs ${kindOf}`,
      1.3,
      Math.max(...autoOverJit),
      "×",
    ),
    ...judgeNative(programs, results),
    atMost("compile of one function, HIR to callable, median", 0.5, probes.compile?.median, " ms"),
    atMost("start-up above `node -e 0`, empty program, median", 60, probes.startup?.above, " ms"),
    atMost("tier-1 counters, added time on the call programs", 3, probes.counters?.percent, " %"),
  ];
}
