// The tier report of native modules.
import type { Jit, JitEvent } from "../jit/index.ts";
import { formatByteSize } from "./settings.ts";
import { formatTierEvent } from "./stats.ts";

/** One line for a decision, in the columns of a Simple program's. */
export function formatJitEvent(event: JitEvent): string {
  const from = event.from === null ? event.module : `O${event.from}`;
  return formatTierEvent({ ...event, from, to: `O${event.to}` });
}

/** The functions shown in the table; the rest is summed up in one line. */
const functionsShown = 20;

/** Each function, most called first, then the totals. */
export function formatJitTable(jit: Jit): string {
  const { compiles, compileTime, codeBytes, memory } = jit.statistics();
  const all = jit.functions().toSorted((a, b) => b.calls - a.calls);
  const rows = all.slice(0, functionsShown);
  const width = Math.max(8, ...rows.map(({ name }) => name.length));
  const hidden = all.length - rows.length;
  const used = Object.values(memory).reduce((total, pool) => total + pool.used, 0);
  const lines = [
    `${"function".padEnd(width)}  level ${"calls".padStart(12)}  ${"compile".padStart(12)}  ${"code".padStart(9)}`,
    ...rows.map(
      ({ name, level, calls, compileTime: time, codeBytes: bytes }) =>
        `${name.padEnd(width)}  O${level}    ${String(calls).padStart(12)}  ${time.toFixed(2).padStart(9)} ms  ${String(bytes).padStart(7)} B`,
    ),
    ...(hidden > 0 ? [`… ${hidden} more functions`] : []),
    "",
    `${compiles} compilations of functions, ${compileTime.toFixed(2)} ms, ${codeBytes} B of code, ${formatByteSize(used)} of pages`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The same as data; 64-bit numbers as text. */
export function jitFigures(jit: Jit, events: readonly JitEvent[]): unknown {
  const statistics = jit.statistics();
  return {
    ...statistics,
    cycles: String(statistics.cycles),
    functions: jit.functions().map((row) => ({ ...row, cycles: String(row.cycles) })),
    events,
  };
}
