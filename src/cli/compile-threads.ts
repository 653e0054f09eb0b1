// The threads on which a compile server compiles.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Worker, type ResourceLimits } from "node:worker_threads";
import type { WorkerSettings } from "../server/index.ts";
import type { ServeThreadData } from "./serve-thread.ts";

/** Bounds what hostile source can make of a thread. */
const threadLimits = { stackSizeMb: 64, maxOldGenerationSizeMb: 1024 };

/** A thread that compiles; `root` is the folder of the package. `limits`: see `ResourceLimits`. */
export function startWorkerThread(
  root: string,
  settings: WorkerSettings,
  limits: ResourceLimits = {},
): Worker {
  const data: ServeThreadData = { ...settings, root };
  return new Worker(path.join(root, "dist/bin/load.cjs"), {
    argv: ["serve-thread"],
    workerData: data,
    resourceLimits: { ...threadLimits, ...limits },
  });
}

/** Hash of the files that hold the compiler. */
export function buildOf(root: string): string {
  const hash = createHash("sha256");
  for (const name of ["serve", "serve-thread", "compiler", "native-backend"])
    hash.update(readFileSync(path.join(root, "dist/bin", `${name}.cjs`)));
  return hash.digest("base64url");
}
