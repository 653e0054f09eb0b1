// Runs all contenders on all programs in interleaved order and reduces the runs to medians.
import { smallRepeat } from "./programs.mjs";
import { runProcess } from "./process.mjs";
import { median, steadyState } from "./stats.mjs";

function sizes(contender, program, plan) {
  if (contender.small !== undefined) {
    return { size: program.small, repeat: smallRepeat[contender.small] };
  }
  return { size: program.size, repeat: Math.max(2, Math.ceil(program.repeat * plan.repeatFactor)) };
}

/** Every repetition must print what the first one printed, except in `longloop`, where checkpoints differ. */
function firstDifference(reference, output) {
  const expected = reference.split("\n");
  const found = output.split("\n");
  const count = Math.min(expected.length, found.length) - 1;
  for (let line = 0; line < count; line += 1) {
    if (expected[line] !== found[line])
      return `line ${line + 1}: ${found[line]}, expected ${expected[line]}`;
  }
  return count === 0 ? "no output" : undefined;
}

class OutputCheck {
  #references = new Map();

  /** Compares with the first output seen of this program at this size. */
  check(program, size, contender, output) {
    const key = `${program} ${size}`;
    const reference = this.#references.get(key);
    if (reference === undefined) {
      this.#references.set(key, { contender, output });
      return;
    }
    const difference = firstDifference(reference.output, output);
    if (difference !== undefined) {
      throw new Error(
        `${program}: ${contender} and ${reference.contender} disagree: ${difference}`,
      );
    }
  }
}

/**
 * The medians of each program and contender: `results.get(program).get(contender)` is `{ wall, steady }` in
 * milliseconds. A contender that fails has `{ error }` and is not run again on that program.
 */
export function runSuite(programs, contenders, plan) {
  const samples = new Map();
  const check = new OutputCheck();
  for (const program of programs) samples.set(program.name, new Map());
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const program of programs) {
      const turn = contenders.filter(
        (one) =>
          one.warmUp !== true &&
          (one.informative !== true || round < plan.informativeRounds) &&
          (one.has?.(program.name) ?? true),
      );
      for (let index = 0; index < turn.length; index += 1) {
        const contender = turn[(index + round) % turn.length];
        takeSample(samples.get(program.name), program, contender, { plan, check });
      }
      plan.progress?.(`round ${round + 1}/${plan.rounds}: ${program.name}`);
    }
  }
  return reduce(samples);
}

function takeSample(row, program, contender, { plan, check }) {
  const cell = row.get(contender.name) ?? { walls: [], steadies: [] };
  row.set(contender.name, cell);
  if (cell.error !== undefined) return;
  const { size, repeat } = sizes(contender, program, plan);
  try {
    const [command, args] = contender.command(program.name, size, repeat);
    const run = runProcess(command, args);
    if (run.times.length !== repeat)
      throw new Error(`${run.times.length} times, expected ${repeat}`);
    check.check(program.name, size, contender.name, run.output);
    cell.walls.push(run.wall);
    cell.steadies.push(steadyState(run.times));
  } catch (error) {
    cell.error = error instanceof Error ? error.message : String(error);
  }
}

function reduce(samples) {
  const results = new Map();
  for (const [program, row] of samples) {
    const cells = new Map();
    for (const [contender, cell] of row) {
      cells.set(
        contender,
        cell.error === undefined
          ? { wall: median(cell.walls), steady: median(cell.steadies), runs: cell.walls.length }
          : { error: cell.error },
      );
    }
    results.set(program, cells);
  }
  return results;
}
