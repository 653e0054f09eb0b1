// What the program's thread needs for native modules only.
export { runModuleJob } from "./module-job.ts";
export { serveJit } from "../jit/index.ts";
