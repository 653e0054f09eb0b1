// What the interface takes and gives.
import type { LlvmLevel } from "../codegen/llvm/index.ts";
import type { PoolFigures, PoolName, PoolOptions } from "../loader/native/index.ts";
import type { JitThresholds } from "./policy.ts";
import type { JitThreadStarter } from "./thread.ts";
import type { JitEvent } from "./tiers.ts";

/** How a `Jit` works. All of it may be left out. */
export interface JitOptions {
  /** Level of functions that were just loaded; default 0. */
  readonly first?: LlvmLevel;
  /** Highest level that a function gets to without being asked for; default 2. */
  readonly top?: LlvmLevel;
  /** Calls that make a function worth a level. */
  readonly thresholds?: Partial<JitThresholds>;
  /** Whether functions are counted and compiled again by themselves; default true. Else see `autoOptimize`. */
  readonly automatic?: boolean;
  /** Compiles hot functions on another thread: `true` for one of the package, or what starts one. Default false: at once, while the program waits. */
  readonly background?: boolean | JitThreadStarter;
  /**
   * Whether functions with loops start at the highest level, if a module does not have too many: no running loop can be
   * replaced. Default false.
   */
  readonly eagerLoops?: boolean;
  /** Bytes for code, for constants, for variables; 40 MiB each if absent. */
  readonly pools?: Omit<PoolOptions, "where">;
  /** Longest module in bytes; default 64 MiB. */
  readonly mostBytes?: number;
  /** Most functions of all modules together; default: no limit. */
  readonly mostFunctions?: number;
  /**
   * Whether modules may call functions that nobody defines: `imports` has them, and gives them their meaning. Default false: such
   * a module is refused.
   */
  readonly collectImports?: boolean;
  /** Told of every decision. */
  readonly onEvent?: (event: JitEvent) => void;
  /** Milliseconds from any start; default `performance.now`. */
  readonly now?: () => number;
  /** File or URL from which the package koffi is looked up; default: this package. */
  readonly from?: string;
}

/** A loaded module. */
export interface JitModule {
  readonly name: string;
  /** What its container says to start with. */
  readonly entry: string | undefined;
  /** Names of its functions that can be called. */
  readonly functions: readonly string[];
}

/** What is known of a function. */
export interface JitFunctionInfo {
  readonly name: string;
  /** Whether it can be found; others are known to their module alone, and may share their name with others. */
  readonly visible: boolean;
  readonly module: string;
  /** As LLVM writes it. */
  readonly signature: string;
  /** Types as LLVM writes them. */
  readonly parameters: readonly string[];
  readonly result: string;
  /** Where callers go, the same in every level. */
  readonly address: number;
  /** Where the code in force stands. */
  readonly codeAddress: number;
  readonly codeBytes: number;
  readonly level: LlvmLevel;
  /** Whether another level is being compiled. */
  readonly pending: boolean;
  /** Calls that were counted, or recorded. At its highest level a function counts only what JavaScript calls. */
  readonly calls: number;
  /** Recorded cycles. */
  readonly cycles: bigint;
  readonly compiles: number;
  /** Milliseconds. */
  readonly compileTime: number;
  /** Whether its code has loops. */
  readonly loops: boolean;
}

/** Figures of all modules together. */
export interface JitStatistics {
  readonly modules: number;
  readonly functions: number;
  readonly calls: number;
  readonly cycles: bigint;
  readonly compiles: number;
  /** Milliseconds. */
  readonly compileTime: number;
  /** Of the functions' code in force. */
  readonly codeBytes: number;
  /** Functions by level. */
  readonly levels: readonly [number, number, number, number];
  readonly memory: Readonly<Record<PoolName, PoolFigures>>;
}
