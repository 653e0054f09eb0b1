export {
  MirInterpreter,
  type MirFunctionTable,
  type MirHostFunction,
  type MirInterpreterOptions,
} from "./interpreter.ts";
export type { MirValue } from "./code.ts";
