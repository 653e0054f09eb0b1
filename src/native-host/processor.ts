// What the processor can do, as LLVM names it.
import { readFileSync } from "node:fs";

/** LLVM's names of what Linux calls otherwise. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["sse4_1", "sse4.1"],
  ["sse4_2", "sse4.2"],
  ["pni", "sse3"],
  ["abm", "lzcnt"],
  ["bmi1", "bmi"],
  ["atomics", "lse"],
  ["crc32", "crc"],
  ["asimd", "neon"],
  ["asimddp", "dotprod"],
  ["asimdrdm", "rdm"],
  ["fp", "fp-armv8"],
]);

/** Features of the processor; of those that LLVM has another name for, that. Empty if the system does not say. */
export function processorFeatures(file = "/proc/cpuinfo"): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  // All processors of a machine have a list; code must run on each.
  const lists = [...text.matchAll(/^(?:flags|Features)\s*:(.*)$/gm)].map(([, list = ""]) =>
    list.trim().split(/\s+/),
  );
  const [first = [], ...others] = lists.map((list) => new Set(list));
  return [...first]
    .filter((name) => others.every((list) => list.has(name)))
    .map((name) => otherNames.get(name) ?? name);
}
