// Entry of the bundle that reads the command line; `load.ts` has started the program's thread.
export { runCommandLine } from "./command.ts";
