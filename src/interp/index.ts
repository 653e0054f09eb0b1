export {
  MirInterpreter,
  type MirHostFunction,
  type MirInterpreterOptions,
  type MirValue,
} from "./mir/index.ts";
