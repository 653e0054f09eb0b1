// Runs a whole program through the engine and collects what it shows.
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SourceFile } from "../../src/base/index.ts";
import { fileResolver } from "../../src/cli/modules.ts";
import { Engine, ProgramError, type EngineOptions, type Program } from "../../src/engine/index.ts";
import { runtimeLibrary } from "../engine/runtime-library.ts";
import type { Expectation } from "./expectation.ts";

/** How a program is run. */
export type Tier = Pick<
  EngineOptions,
  | "mode"
  | "threshold"
  | "loopThreshold"
  | "optLevel"
  | "collectAlways"
  | "heapBudget"
  | "backend"
  | "native"
>;

export type Tiers = Readonly<Record<string, Tier>>;

export interface Observed {
  out: string;
  err: string;
  exitCode: number;
  /** Message of the runtime error that ended the program. */
  error: string | null;
  /** Frames `function:line:column`, innermost first. */
  trace: readonly string[] | null;
}

/** Longest source file, bytes. */
const maxSource = 2 ** 20;

/** Runs a file; imports are found beside it. A message of the compiler throws. */
export function runFile(file: string, tier: Tier): Observed {
  const observed: Observed = { out: "", err: "", exitCode: 0, error: null, trace: null };
  const engine = new Engine({
    heapBudget: 2 ** 24,
    ...tier,
    clock: {
      monotonicNanos: () => process.hrtime.bigint(),
      unixMicros: () => BigInt(Date.now()) * 1000n,
    },
    write: (stream, text) => {
      observed[stream] += text;
    },
    // What the machine lacks is no part of what a program shows.
    onNotice: () => undefined,
    verify: true,
    library: runtimeLibrary,
    resolve: fileResolver(file, maxSource),
  });
  let program: Program | undefined;
  try {
    program = engine.load(new SourceFile(file, readFileSync(file, "utf8")));
    observed.exitCode = program.run();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    observed.exitCode = 1;
    observed.error = error.message;
    observed.trace = error.trace.map((at) => `${at.function}:${at.line}:${at.column}`);
  } finally {
    program?.close();
  }
  return observed;
}

/** One test for each tier: the program must do what is expected. */
export function checkFile(file: string, expected: Expectation, tiers: Tiers): void {
  describe(file.slice(file.lastIndexOf("/") + 1), () => {
    for (const [title, tier] of Object.entries(tiers)) {
      it(title, () => {
        const observed = runFile(file, tier);
        // A trace that is not looked at is whatever it is.
        if (expected.trace === null) observed.trace = null;
        expect(observed).toEqual(expected);
      });
    }
  });
}

/** Names of the Simple files of a folder. */
export function programsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".spl"));
}
