// Runs one contender as a process of its own and reads what it measured.
import { spawnSync } from "node:child_process";

/**
 * Wall time of the whole process in milliseconds, the times of its repetitions in milliseconds, and its output.
 * A process that fails throws: a benchmark without a result is no benchmark.
 */
export function runProcess(command, args) {
  const start = performance.now();
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  const wall = performance.now() - start;
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    const why = result.status === null ? `signal ${result.signal}` : `exit code ${result.status}`;
    throw new Error(`${command} ${args.join(" ")}: ${why}\n${result.stderr}`);
  }
  const times = [];
  for (const match of result.stderr.matchAll(/^time (\d+)$/gm)) times.push(Number(match[1]) / 1000);
  return { wall, times, output: result.stdout };
}

/** The first line that a command prints, or undefined if it cannot be run. */
export function firstLine(command, args) {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.error !== undefined || result.status !== 0) return undefined;
  return `${result.stdout}${result.stderr}`.split("\n")[0];
}
