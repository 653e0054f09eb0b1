// What the program's thread needs for native modules only.
export { linkModules, runModuleJob, type LinkedModules } from "./module-job.ts";
export { serveJit } from "../jit/index.ts";
