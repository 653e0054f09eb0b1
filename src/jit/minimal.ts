// The small interface: eight calls, memory of a fixed size, few functions with short names, nothing by itself. For programs
// that must know beforehand what they use.
import type { LlvmLevel } from "../codegen/llvm/index.ts";
import type { JitModule, JitOptions } from "./api.ts";
import type { JitFunction } from "./call.ts";
import { shown } from "./checks.ts";
import { JitError } from "./error.ts";
import { Jit } from "./jit.ts";
import { defaultThresholds, levelFor } from "./policy.ts";

/** Most functions of all modules together. */
export const mostMinimalFunctions = 32;
/** Most bytes of a function's name. */
export const longestMinimalName = 31;
/** Less does not hold the runtime, a module and a second version of a function. */
export const leastMinimalHeap = 256 * 1024;

/** Pages are of 4, 16 or 64 KiB. */
const pageMultiple = 64 * 1024;

/** What a `MinimalJit` has done. */
export interface MinimalJitStatistics {
  readonly functions: number;
  readonly calls: number;
  readonly cycles: bigint;
  readonly compiles: number;
  /** Bytes: all of it, what is in use, and the most that ever was. */
  readonly heapSize: number;
  readonly heapUsed: number;
  readonly heapPeak: number;
  readonly lastError: string | null;
}

/** Native modules in memory of a fixed size. Compilers take memory of their own, which is given back after each compilation. */
export class MinimalJit {
  readonly #jit: Jit;
  readonly #heapSize: number;
  /** What was refused here, and the last error of `Jit` before that. */
  #refused: { readonly message: string; readonly before: string | null } | undefined;

  private constructor(jit: Jit, heapSize: number) {
    this.#jit = jit;
    this.#heapSize = heapSize;
  }

  /** `heapSize` in bytes: half of it is for code, the rest for constants and variables. Throws `JitError`. */
  static init(heapSize: number, options: Pick<JitOptions, "from"> = {}): MinimalJit {
    if (!Number.isSafeInteger(heapSize) || heapSize < leastMinimalHeap) {
      throw new JitError(
        `the heap needs at least ${leastMinimalHeap} bytes, found ${shown(heapSize)}`,
      );
    }
    // Whole pages, rounded down, so that all of it is not more than was said.
    const quarter = Math.floor(heapSize / 4 / pageMultiple) * pageMultiple;
    const jit = Jit.create({
      ...options,
      automatic: false,
      top: 3,
      pools: { code: 2 * quarter, metadata: quarter, data: quarter },
      mostFunctions: mostMinimalFunctions,
    });
    return new MinimalJit(jit, 4 * quarter);
  }

  /** Gives everything back. */
  shutdown(): void {
    this.#jit.destroy();
  }

  /** Loads bitcode, a container or text. Throws `JitError`. */
  loadIr(module: Uint8Array | string): JitModule {
    const loaded = this.#jit.loadMemory(module);
    const long = loaded.functions.find(
      (name) => new TextEncoder().encode(name).length > longestMinimalName,
    );
    if (long === undefined) return loaded;
    this.#jit.unload(loaded);
    const message = `the name \`${long}\` has more than ${longestMinimalName} bytes`;
    this.#refused = { message, before: this.#jit.lastError };
    throw new JitError(message);
  }

  /** Throws `JitError` if there is none. */
  getFunction(name: string): JitFunction {
    return this.#jit.find(name);
  }

  /** Compiles a function at a level. Throws `JitError`; then its code stays. */
  recompile(name: string, level: LlvmLevel): void {
    this.#jit.recompile(name, level);
  }

  /** Counts a call that took so many cycles. */
  profileCall(name: string, cycles: bigint | number): void {
    this.#jit.recordCall(name, cycles);
  }

  /** The level that a function's calls are worth, if it is not there yet: O1 from 100, O2 from 1000, O3 from 10,000 calls. */
  shouldReoptimize(name: string): LlvmLevel | undefined {
    const { calls, level } = this.#jit.functionInfo(name);
    const worth = levelFor(calls, defaultThresholds, 3);
    return worth > level ? worth : undefined;
  }

  statistics(): MinimalJitStatistics {
    const { functions, calls, cycles, compiles, memory } = this.#jit.statistics();
    const pools = Object.values(memory);
    const refused = this.#refused;
    const { lastError } = this.#jit;
    return {
      functions,
      calls,
      cycles,
      compiles,
      heapSize: this.#heapSize,
      heapUsed: pools.reduce((total, { used }) => total + used, 0),
      heapPeak: pools.reduce((total, { peak }) => total + peak, 0),
      lastError:
        refused !== undefined && refused.before === lastError ? refused.message : lastError,
    };
  }
}
