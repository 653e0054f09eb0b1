// `test run`: each `run:` line on every target, with the same outcome.
import { ProgramError } from "../../../src/runtime/index.ts";
import type { MirModule } from "../../../src/ir/mir/index.ts";
import { selectTargets } from "../select.ts";
import type { Runner } from "../targets.ts";
import type { TestFile } from "../testfile.ts";
import { readRun, returned, trapped, type Outcome, type RunLine } from "../values.ts";
import { parseVerified, type Command } from "./command.ts";

export const run: Command = {
  languages: ["mir"],
  checks: "runs",
  run: (file) => {
    const { module } = parseVerified(file);
    const failures = file.runs.length === 0 ? ["there is no `run:` line"] : [];
    return { failures: [...failures, ...checkRuns(file, module)], goldens: [] };
  },
};

/** Executes the `run:` lines of a file on a version of its module. */
export function checkRuns(file: TestFile, module: MirModule): string[] {
  const failures: string[] = [];
  if (file.runs.length === 0) return failures;
  for (const target of selectTargets(file.targets)) {
    const runner = target.prepare(module);
    for (const { line, text } of file.runs) {
      try {
        const call = readRun(text, module);
        const found = outcome(runner, call);
        if (found !== call.expected) {
          failures.push(`line ${line}: on ${target.name} it ${found}; expected ${text}`);
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(`line ${line}: on ${target.name}: ${reason}: ${text}`);
      }
    }
  }
  return failures;
}

function outcome(runner: Runner, { fn, args }: RunLine): Outcome {
  try {
    return returned(runner(fn.symbol, args), fn);
  } catch (error) {
    if (error instanceof ProgramError) return trapped(error.code);
    throw error;
  }
}
