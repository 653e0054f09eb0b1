// A function of a module: its level, its code, its counts.
import type { LlvmFunctionPart, LlvmLevel } from "../codegen/llvm/index.ts";
import type { LoadedNative } from "../loader/native/index.ts";

/** An object in memory that holds the code of some functions. */
export interface CodeUnit {
  readonly loaded: LoadedNative;
  /** Functions whose code in force is in it. */
  inForce: number;
}

/** The state of a function. */
export interface FunctionState {
  readonly part: LlvmFunctionPart;
  /** Of its cells. */
  readonly index: number;
  /** Whether other modules can see it. */
  readonly visible: boolean;
  level: LlvmLevel;
  /** Before the last compilation. */
  previous: LlvmLevel;
  unit: CodeUnit | undefined;
  codeBytes: number;
  /** Milliseconds of all compilations. */
  compileTime: number;
  compiles: number;
  /** Calls that were counted before the counter was set last, and those that were recorded. */
  calls: number;
  /** What the counter was set to. */
  armed: number;
  cycles: bigint;
  /** The level that the other thread is compiling it at. */
  pending: LlvmLevel | undefined;
  /** Milliseconds, when its counter ran out last. */
  polled: number;
  /** Compiled at a level that somebody asked for, or in vain: it stays as it is. */
  settled: boolean;
}

/** A function that has not been compiled. */
export function newFunction(
  part: LlvmFunctionPart,
  index: number,
  visible: boolean,
): FunctionState {
  return {
    part,
    index,
    visible,
    level: 0,
    previous: 0,
    unit: undefined,
    codeBytes: 0,
    compileTime: 0,
    compiles: 0,
    calls: 0,
    armed: 0,
    cycles: 0n,
    pending: undefined,
    polled: 0,
    settled: false,
  };
}
