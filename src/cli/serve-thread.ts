// Entry of a thread of `anneal serve`.
import { workerData } from "node:worker_threads";
import { serveModels, type WorkerSettings } from "../server/index.ts";
import { openCompiler } from "../native/index.ts";

/** What the thread is started with. */
export interface ServeThreadData extends WorkerSettings {
  /** Folder of the package. */
  readonly root: string;
}

// Given by `anneal serve`.
const { root } = workerData as ServeThreadData;
serveModels((target) => openCompiler(root, target));
