import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SourceFile } from "../../src/base/index.ts";
import { Engine, ProgramError, type EngineOptions } from "../../src/engine/index.ts";
import { runtimeLibrary } from "../engine/runtime-library.ts";
import { expectationOfComments, expectationOfFile, type Expectation } from "./expectation.ts";

const programsFolder = import.meta.dirname;
const examplesFolder = path.join(programsFolder, "../../examples");

type Tier = Pick<
  EngineOptions,
  "mode" | "threshold" | "loopThreshold" | "optLevel" | "collectAlways"
>;

const tiers: Readonly<Record<string, Tier>> = {
  interpret: { mode: "interpret" },
  jit: { mode: "jit" },
  "jit without optimisation": { mode: "jit", optLevel: 0 },
  auto: { mode: "auto" },
  "auto, hot at once": { mode: "auto", threshold: 1, loopThreshold: 1 },
  hybrid: { mode: "hybrid" },
  "hot at once, always collecting": { threshold: 1, loopThreshold: 1, collectAlways: true },
};

interface Observed {
  out: string;
  err: string;
  exitCode: number;
  error: string | null;
  trace: readonly string[] | null;
}

function run(name: string, source: string, tier: Tier): Observed {
  const observed: Observed = { out: "", err: "", exitCode: 0, error: null, trace: null };
  const engine = new Engine({
    ...tier,
    clock: {
      monotonicNanos: () => process.hrtime.bigint(),
      unixMicros: () => BigInt(Date.now()) * 1000n,
    },
    write: (stream, text) => {
      observed[stream] += text;
    },
    verify: true,
    library: runtimeLibrary,
    heapBudget: 2 ** 24,
  });
  try {
    observed.exitCode = engine.load(new SourceFile(name, source)).run();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    observed.exitCode = 1;
    observed.error = error.message;
    observed.trace = error.trace.map((at) => `${at.function}:${at.line}:${at.column}`);
  }
  return observed;
}

function check(name: string, source: string, expected: Expectation): void {
  describe(name, () => {
    for (const [title, tier] of Object.entries(tiers)) {
      it(title, () => {
        const observed = run(name, source, tier);
        // A trace that is not looked at is whatever it is.
        if (expected.trace === null) observed.trace = null;
        expect(observed).toEqual(expected);
      });
    }
  });
}

function programsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".spl"));
}

for (const file of programsIn(programsFolder)) {
  const source = readFileSync(path.join(programsFolder, file), "utf8");
  check(file, source, expectationOfComments(source));
}

const commandLine = path.join(programsFolder, "../../bin/anneal.js");

/** Programs that need what the command line sets up, a larger stack above all. Needs a build. */
for (const file of programsIn(path.join(programsFolder, "command_line"))) {
  const program = path.join(programsFolder, "command_line", file);
  const expected = expectationOfComments(readFileSync(program, "utf8"));
  for (const mode of ["interpret", "jit", "auto", "hybrid"]) {
    it(`command line: ${file} ${mode}`, () => {
      const args = [commandLine, "run", program, "--mode", mode];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
      expect({ out: stdout, err: stderr, exitCode: status }).toEqual({
        out: expected.out,
        err: expected.err,
        exitCode: expected.exitCode,
      });
    });
  }
}

/** The tour prints times; the others have their output beside them. */
const withoutExpectation = ["tour.spl"];

for (const file of programsIn(examplesFolder)) {
  const source = readFileSync(path.join(examplesFolder, file), "utf8");
  const expected = path.join(examplesFolder, file.replace(/\.spl$/, ".expected"));
  if (existsSync(expected)) {
    check(file, source, expectationOfFile(readFileSync(expected, "utf8")));
  } else {
    it(`${file} has an expected output`, () => {
      expect(withoutExpectation).toContain(file);
    });
  }
}

it("tour.spl computes what it says", () => {
  const source = readFileSync(path.join(examplesFolder, "tour.spl"), "utf8");
  const { out } = run("tour.spl", source, { mode: "auto" });
  expect(out).toContain("fib(35) =   9227465 ");
  expect(out).toContain("below 50: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47\n");
  expect(out).toContain("below 200000: 17984, the last is 199999\n");
  expect(out).toContain("40000000 darts   pi = 3.14");
});
