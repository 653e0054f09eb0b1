// `anneal bench`: the harness is a folder of the repository, not of the package.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./usage.ts";

export interface BenchFlags {
  readonly quick?: boolean;
  readonly only?: string;
  readonly write?: boolean;
}

/** Runs the benchmark harness; the result is its exit code. */
export function benchCommand(root: string, flags: BenchFlags): number {
  const harness = join(root, "bench/run.mjs");
  if (!existsSync(harness)) {
    throw new UsageError(
      "the benchmark programs are not part of the installed package",
      "run `npm run bench` in a checkout of the repository",
    );
  }
  const args = [
    ...(flags.quick === true ? ["--quick"] : []),
    ...(flags.only === undefined ? [] : ["--only", flags.only]),
    ...(flags.write === false ? ["--no-write"] : []),
  ];
  const { status } = spawnSync(process.execPath, [harness, ...args], { stdio: "inherit" });
  return status ?? 1;
}
