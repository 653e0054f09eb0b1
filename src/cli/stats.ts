// The tier report: a line per decision while the program runs, and figures at its end.
import { formatByteSize } from "./settings.ts";
import type { FunctionStats, RunStats, TierEvent } from "../engine/index.ts";

/** One aligned line for a decision: time, function, from → to, why, compile time, code bytes. */
export function formatTierEvent(event: TierEvent): string {
  const compiled = event.compileTime > 0 || event.codeBytes > 0;
  const cost = compiled ? `${milliseconds(event.compileTime)}  ${bytes(event.codeBytes)}` : "";
  const columns = [
    milliseconds(event.time),
    event.function.padEnd(22),
    `${event.from} → ${event.to}`.padEnd(24),
    event.reason.padEnd(34),
    cost,
  ];
  return `${columns.join("  ").trimEnd()}\n`;
}

function milliseconds(time: number): string {
  return `${time.toFixed(2).padStart(9)} ms`;
}

function bytes(count: number): string {
  return `${String(Math.round(count)).padStart(7)} B`;
}

/** The functions shown in the table; the rest is summed up in one line. */
const functionsShown = 20;

/** The figures as a table: each function instance, then the totals. */
export function formatStatsTable(stats: RunStats): string {
  const rows = stats.functions.slice(0, functionsShown);
  const width = Math.max(8, ...rows.map((row) => row.function.length));
  const lines = [
    `${"function".padEnd(width)}  ${"tier".padEnd(12)} ${"calls".padStart(12)}  ${"compile".padStart(12)}  ${"code".padStart(9)}`,
    ...rows.map((row) => formatFunction(row, width)),
  ];
  const hidden = stats.functions.length - rows.length;
  if (hidden > 0) lines.push(`… ${hidden} more functions`);
  lines.push(
    "",
    `mode ${stats.mode}: ${count(stats.compiles, "compile")}, ${stats.compileTime.toFixed(2)} ms, ${stats.codeBytes} B of code`,
    ...pauseLines(stats),
    ...sampleLines(stats),
    ...heapLines(stats),
    `front end ${stats.frontendTime.toFixed(2)} ms, run ${stats.runTime.toFixed(2)} ms`,
  );
  return `${lines.join("\n")}\n`;
}

function pauseLines({ pauses: { count: times, longest, total } }: RunStats): string[] {
  if (times === 0) return [];
  const sum = `longest ${longest.toFixed(2)} ms, ${total.toFixed(2)} ms in all`;
  return [`${count(times, "pause")} for the tiers: ${sum}`];
}

function sampleLines({ samples }: RunStats): string[] {
  if (samples === null || samples.taken === 0) return [];
  const share = Math.round((100 * samples.native) / samples.taken);
  return [`${count(samples.taken, "sample")}: ${share}% in native code of the program`];
}

function heapLines({ heap }: RunStats): string[] {
  if (heap === null) return [];
  const { collections, live, peak } = heap;
  const found = collections === 0 ? "" : `${formatByteSize(live)} alive after the last, `;
  return [`heap: ${count(collections, "collection")}, ${found}${formatByteSize(peak)} at most`];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function formatFunction(row: FunctionStats, width: number): string {
  const compiled = row.codeBytes > 0;
  const time = compiled ? milliseconds(row.compileTime) : "-".padStart(12);
  const size = compiled ? bytes(row.codeBytes) : "-".padStart(9);
  return `${row.function.padEnd(width)}  ${row.tier.padEnd(12)} ${String(row.calls).padStart(12)}  ${time}  ${size}`;
}

/** The figures as one line of JSON; the shape is that of `RunStats`. */
export function formatStatsJson(stats: RunStats): string {
  return `${JSON.stringify(stats)}\n`;
}
