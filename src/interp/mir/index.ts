export { MirInterpreter, type MirHostFunction, type MirInterpreterOptions } from "./interpreter.ts";
export type { MirValue } from "./code.ts";
