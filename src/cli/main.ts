// Entry of the command line. Start-up time counts: the program's thread starts first, and everything else loads
// while it boots.
import { join } from "node:path";
import { Worker, SHARE_ENV } from "node:worker_threads";

/** Recursion of a million frames must fit; the main thread's stack cannot be made larger. */
const stackSizeMb = 256;

function startWorker(root: string): Worker {
  return new Worker(join(root, "dist/bin/load.cjs"), {
    argv: ["worker"],
    resourceLimits: { stackSizeMb },
    env: SHARE_ENV,
    trackUnmanagedFds: false,
  });
}

/** Runs a command line and ends the process. `root` is the folder of the package. */
export async function main(root: string, argv: readonly string[]): Promise<void> {
  const [command] = argv;
  const worker = command === "run" || command === "compile" ? startWorker(root) : undefined;
  const { runCommandLine } = await import("./command.ts");
  const exitCode = await runCommandLine({ root, argv, environment: process.env, worker });
  process.exit(exitCode);
}
