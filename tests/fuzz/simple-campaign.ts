// Runs generated programs in every way there is and compares what they show. See simple-executors.ts.
import { usesHeap } from "../../src/engine/heap.ts";
import type { HirModule } from "../../src/ir/hir/index.ts";
import { generateHeap } from "./heap-generator.ts";
import { generateSimple } from "./simple-generator.ts";
import {
  compile,
  interpretHir,
  runMir,
  runNative,
  runSpeculated,
  runOutlined,
  runWasm,
  type Run,
} from "./simple-executors.ts";

/** Two executors that disagree on a program, or something that broke. */
export interface Difference {
  /** `front end`, or the executor whose outcome is not that of the reference. */
  readonly executor: string;
  readonly expected: string;
  readonly found: string;
}

/** What a program did in the reference, and where another executor did something else. */
export interface Verdict {
  readonly difference: Difference | null;
  readonly failed: boolean;
}

/** Ways to run a program; `turn` chooses among those that take turns. */
export type Runs = (module: HirModule, turn: number) => Generator<Run>;

/** What runs are compared with the reference: those without native code, or those with it. */
export const runsOf: Readonly<Record<"portable" | "native", Runs>> = {
  portable: allRuns,
  native: runNative,
};

function* allRuns(module: HirModule, turn: number): Generator<Run> {
  // Of programs that use the heap half are run each way, so that a campaign sees more of them in its time.
  const half = usesHeap(module) ? turn % 2 : null;
  if (half !== 1) yield* runMir(module, turn >> 1);
  if (half !== 0) yield* runOutlined(module);
  yield* runSpeculated(module, turn % 3 === 0);
  yield* runWasm(module, turn);
}

/** Runs a program in all ways of `runs`. `only` limits the comparison to one executor. */
export function checkProgram(source: string, only?: string, runs: Runs = allRuns): Verdict {
  let module: ReturnType<typeof compile>;
  try {
    module = compile(source);
  } catch (error) {
    const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      difference: { executor: "front end", expected: "", found: `crash ${found}` },
      failed: false,
    };
  }
  if (typeof module === "string") {
    return { difference: { executor: "front end", expected: "", found: module }, failed: false };
  }
  const expected = interpretHir(module);
  if (expected === null) return { difference: null, failed: false };
  const failed = expected.includes("\n--- error ");
  if (expected.includes("\n--- crash ")) {
    return { difference: { executor: "interpreter", expected: "", found: expected }, failed };
  }
  for (const { executor, outcome } of runs(module, source.length)) {
    if (only !== undefined && only !== executor) continue;
    if (outcome !== null && outcome !== expected)
      return { difference: { executor, expected, found: outcome }, failed };
  }
  return { difference: null, failed };
}

/** The size of a seed's program: mostly small, some large. */
export function sizeOfSeed(seed: number): number {
  return 1 + (((seed * 2654435761) >>> 0) % 7);
}

/** What the programs are about: numbers alone, or everything; by default one seed in three is of numbers. */
export type Slice = "numbers" | "heap";

export function programOfSeed(seed: number, slice?: Slice): string {
  const size = { size: sizeOfSeed(seed) };
  return (slice ?? (seed % 3 === 0 ? "numbers" : "heap")) === "heap"
    ? generateHeap(seed, size)
    : generateSimple(seed, size);
}

export interface CampaignResult {
  readonly programs: number;
  /** Programs that ended with a runtime error. */
  readonly errors: number;
  readonly differences: readonly { readonly seed: number; readonly difference: Difference }[];
}

export interface CampaignOptions {
  readonly firstSeed: number;
  readonly slice?: Slice;
  /** Default `allRuns`: the ways without native code. */
  readonly runs?: Runs;
  readonly count: number;
  /** Stop after so many differences. */
  readonly mostDifferences: number;
  /** Called before each program. */
  readonly onProgram?: (seed: number) => void;
  readonly onDifference?: (seed: number, source: string, difference: Difference) => void;
  readonly onProgress?: (done: number, differences: number) => void;
}

/** Runs the programs of consecutive seeds. */
export function runCampaign(options: CampaignOptions): CampaignResult {
  const { firstSeed, count, mostDifferences } = options;
  const differences: { seed: number; difference: Difference }[] = [];
  let errors = 0;
  let programs = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    options.onProgram?.(seed);
    const source = programOfSeed(seed, options.slice);
    const { difference, failed } = checkProgram(source, undefined, options.runs);
    programs += 1;
    if (failed) errors += 1;
    if (difference !== null) {
      differences.push({ seed, difference });
      options.onDifference?.(seed, source, difference);
      if (differences.length >= mostDifferences) break;
    }
    if (programs % 100 === 0) options.onProgress?.(programs, differences.length);
  }
  return { programs, errors, differences };
}
