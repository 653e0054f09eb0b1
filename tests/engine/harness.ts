// Runs programs through the engine and collects what they show.
import { SourceFile } from "../../src/base/index.ts";
import {
  Engine,
  ProgramError,
  type EngineOptions,
  type NativeBackend,
  type Program,
  type TierEvent,
} from "../../src/engine/index.ts";

import { nativeBackend } from "./native-backend.ts";
import { runtimeLibrary } from "./runtime-library.ts";

export interface Observed {
  readonly out: string;
  readonly exitCode: number;
  /** Code, message and the places of the trace. */
  readonly error: { code: string; message: string; trace: string[]; omitted: number } | null;
}

export interface Observation {
  readonly observed: Observed;
  readonly events: readonly TierEvent[];
  readonly program: Program;
}

/** Enough for small programs; the default would make the host collect its own heap often. */
const testHeapBudget = 2 ** 24;

let ticks = 0n;

/** A clock that goes on by 10 µs at each reading, so that nothing depends on the machine. */
export const testClock = {
  monotonicNanos: (): bigint => (ticks += 10_000n),
  unixMicros: (): bigint => 0n,
};

/**
 * Loads and runs a program; MIR is verified after every pass unless the options say otherwise. `prepare` gets the program
 * before it runs.
 */
export function observe(
  source: string,
  options: Partial<EngineOptions> = {},
  prepare: (program: Program) => void = () => {},
): Observation {
  const events: TierEvent[] = [];
  let out = "";
  const engine = new Engine({
    clock: testClock,
    verify: true,
    library: runtimeLibrary,
    heapBudget: testHeapBudget,
    // What the machine lacks is no part of what a program shows.
    onNotice: () => undefined,
    ...options,
    write: (stream, text) => {
      out += text;
      options.write?.(stream, text);
    },
    onTierEvent: (event) => events.push(event),
  });
  const program = engine.load(new SourceFile("test.spl", source));
  prepare(program);
  try {
    const exitCode = program.run();
    return { observed: { out, exitCode, error: null }, events, program };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const { code, message, omittedFrames: omitted } = error;
    const trace = error.trace.map((at) => `${at.function}:${at.line}:${at.column}`);
    return {
      observed: { out, exitCode: 1, error: { code, message, trace, omitted } },
      events,
      program,
    };
  } finally {
    program.close();
  }
}

/** Ways through native code; none on a machine that cannot. */
export const nativeWays = nativeBackend === undefined ? {} : waysOf(nativeBackend);

function waysOf(backend: NativeBackend): Readonly<Record<string, Partial<EngineOptions>>> {
  const llvm = { backend: "llvm", native: () => backend } as const;
  return {
    "llvm, jit": { ...llvm, mode: "jit" },
    "llvm, jit, O0": { ...llvm, mode: "jit", optLevel: 0 },
    "llvm, auto, at once": { ...llvm, threshold: 1, loopThreshold: 1, loopFuel: 1 },
    "llvm, auto, second call": { ...llvm, threshold: 2, loopThreshold: 3, loopFuel: 7 },
  };
}

/** Ways to run a program that must show the same; thresholds low enough that small programs change tier. */
export const ways: Readonly<Record<string, Partial<EngineOptions>>> = {
  interpret: { mode: "interpret" },
  jit: { mode: "jit" },
  "jit, O0": { mode: "jit", optLevel: 0 },
  "jit, O3, fuel 1": { mode: "jit", optLevel: 3, loopFuel: 1 },
  auto: { mode: "auto" },
  "auto, at once": { threshold: 1, loopThreshold: 1, loopFuel: 1 },
  "auto, at once, O0": { threshold: 1, loopThreshold: 1, loopFuel: 3, optLevel: 0 },
  "auto, at once, O1": { threshold: 1, loopThreshold: 1, loopFuel: 2, optLevel: 1 },
  "auto, second call": { threshold: 2, loopThreshold: 3, loopFuel: 7 },
  "auto, loops only": { threshold: 1_000_000_000, loopThreshold: 2, loopFuel: 2 },
  "auto, calls only": { threshold: 2, loopThreshold: 1_000_000_000 },
  hybrid: { mode: "hybrid" },
  ...nativeWays,
};

/** Further ways for programs that use the heap. */
export const heapWays: Readonly<Record<string, Partial<EngineOptions>>> = {
  "interpret, always collecting": { mode: "interpret", collectAlways: true },
  "jit, always collecting": { mode: "jit", collectAlways: true },
  "auto, at once, always collecting": {
    threshold: 1,
    loopThreshold: 1,
    loopFuel: 1,
    collectAlways: true,
  },
};
