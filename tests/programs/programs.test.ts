// The conformance programs, in every mode and at several levels.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { expectationOfComments } from "./expectation.ts";
import { checkFile, programsIn, type Tiers } from "./run-program.ts";

const folder = import.meta.dirname;

const tiers: Tiers = {
  interpret: { mode: "interpret" },
  jit: { mode: "jit" },
  "jit without optimisation": { mode: "jit", optLevel: 0 },
  auto: { mode: "auto" },
  "auto, hot at once": { mode: "auto", threshold: 1, loopThreshold: 1 },
  hybrid: { mode: "hybrid" },
  "hot at once, always collecting": { threshold: 1, loopThreshold: 1, collectAlways: true },
};

for (const name of programsIn(folder)) {
  const file = path.join(folder, name);
  checkFile(file, expectationOfComments(readFileSync(file, "utf8")), tiers);
}

const commandLine = path.join(folder, "../../bin/anneal.js");

/** Programs that need what the command line sets up, a larger stack above all. Needs a build. */
for (const file of programsIn(path.join(folder, "command_line"))) {
  const program = path.join(folder, "command_line", file);
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
