// A profile of calls as a table.
import type { BencodeValue } from "../nrepl/index.ts";

const shown = 20;
const width = 12;

/** The functions that took longest, with a line end; `micros` is the time that calls were counted. */
export function renderProfile(micros: number, functions: readonly BencodeValue[]): string {
  const rows = functions.slice(0, shown).map((entry) => {
    const field = (name: string): string | number => {
      const value = entry instanceof Map ? entry.get(name) : undefined;
      return typeof value === "number" || typeof value === "string" ? value : "";
    };
    const times = [field("self"), field("total")].map((time) => (Number(time) / 1000).toFixed(2));
    return row([String(field("calls")), ...times, String(field("tier"))], String(field("name")));
  });
  const head = row(["calls", "self ms", "total ms", "tier"], "function");
  const time = `${(micros / 1e6).toFixed(1)} s counted`;
  return [functions.length === 0 ? "no calls" : head, ...rows, time, ""].join("\n");
}

function row(numbers: readonly string[], name: string): string {
  return `${numbers.map((text) => text.padStart(width)).join("")}  ${name}`;
}
