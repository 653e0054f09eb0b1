// Entry of the compiler's thread of the package.
import { workerData } from "node:worker_threads";
import { serveJit, type JitThreadStart } from "./thread.ts";

const start: JitThreadStart = workerData;
serveJit(start);
