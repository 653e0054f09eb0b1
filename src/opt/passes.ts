// The list of passes, what must come before what, and the driver that does the chores for all of them.
import type { MirFunction, MirModule } from "../ir/mir/index.ts";
import { appendRuns } from "./append_runs.ts";
import { bounds } from "./bounds.ts";
import { carryLoads } from "./carry_loads.ts";
import { copy } from "./copy.ts";
import { dce } from "./dce.ts";
import { facts } from "./facts.ts";
import { fold } from "./fold.ts";
import { gvn } from "./gvn.ts";
import { ifConvert } from "./if_convert.ts";
import { inline } from "./inline.ts";
import { licm } from "./licm.ts";
import { narrowDivision } from "./narrow_division.ts";
import type { FunctionPass, ModulePass, PassContext } from "./pass.ts";
import { scalarReplace } from "./scalar_replace.ts";
import { shiftRuns } from "./shift_runs.ts";
import { simplifyCfg } from "./simplify_cfg.ts";
import { stripPolls } from "./strip_polls.ts";
import { unroll } from "./unroll.ts";
import { unrollSeeded } from "./unroll_seeded.ts";
import { versionDivisions } from "./version_divisions.ts";
import { versionLoops } from "./version_loops.ts";

type Pass =
  | { readonly kind: "function"; readonly run: FunctionPass }
  | { readonly kind: "module"; readonly run: ModulePass };

const onFunction = (run: FunctionPass): Pass => ({ kind: "function", run });

/** Every pass by name; the name is the file's. */
export const passes = {
  append_runs: onFunction(appendRuns),
  bounds: onFunction(bounds),
  carry_loads: onFunction(carryLoads),
  copy: onFunction(copy),
  dce: onFunction(dce),
  facts: onFunction(facts),
  fold: onFunction(fold),
  gvn: onFunction(gvn),
  if_convert: onFunction(ifConvert),
  inline: { kind: "module", run: inline },
  licm: onFunction(licm),
  narrow_division: onFunction(narrowDivision),
  scalar_replace: onFunction(scalarReplace),
  shift_runs: onFunction(shiftRuns),
  simplify_cfg: onFunction(simplifyCfg),
  strip_polls: onFunction(stripPolls),
  unroll: onFunction(unroll),
  unroll_seeded: onFunction(unrollSeeded),
  version_divisions: onFunction(versionDivisions),
  version_loops: onFunction(versionLoops),
} as const satisfies Record<string, Pass>;

/** The name of a pass, as in `--dump` and file tests. */
export type PassName = keyof typeof passes;

/** Whether there is a pass of this name. */
export function isPassName(name: string): name is PassName {
  return Object.hasOwn(passes, name);
}

/** `[a, b, why]`: in a list that has both, some `a` comes before the first `b`. */
const passOrder: readonly (readonly [first: PassName, then: PassName, why: string])[] = [
  ["fold", "gvn", "equal computations are found by their simplified form"],
  ["inline", "gvn", "what is inlined has computations in common with its caller"],
  ["inline", "scalar_replace", "an object may be passed to a call that is inlined"],
  ["scalar_replace", "if_convert", "a selection of two objects makes both escape"],
  ["facts", "if_convert", "a select hides the condition that a range follows from"],
  ["unroll_seeded", "facts", "ranges make multiplications of remainders"],
  ["shift_runs", "if_convert", "a select hides the branch that a run is found by"],
  ["licm", "unroll", "the body is smaller, and copied once less"],
  ["facts", "narrow_division", "divisions of operands known to be small need no look at them"],
  ["licm", "narrow_division", "a division leaves a loop as one instruction"],
  ["licm", "carry_loads", "what nothing writes leaves the loop"],
  ["carry_loads", "bounds", "a length that is carried is one value"],
  ["carry_loads", "append_runs", "lengths and capacities are parameters of the loop"],
  ["append_runs", "version_loops", "a loop that calls the library is not copied"],
  ["append_runs", "strip_polls", "a loop that calls the library polls each time"],
  ["gvn", "bounds", "a length read twice is one value"],
  ["bounds", "version_loops", "what is in range anyway needs no second loop"],
  [
    "licm",
    "version_loops",
    "a length that is the same each time round stands in front of the loop",
  ],
  ["gvn", "licm", "one copy of an invariant is hoisted, not several"],
];

/** What is wrong with the order of a list of passes, in sentences; empty if nothing is. */
export function checkOrder(names: readonly PassName[]): string[] {
  const problems: string[] = [];
  for (const [first, then, why] of passOrder) {
    const at = names.indexOf(then);
    const before = names.indexOf(first);
    if (at >= 0 && before > at) problems.push(`\`${first}\` must come before \`${then}\`: ${why}`);
  }
  return problems;
}

/** What the driver does besides running passes. */
export interface PassOptions {
  /** Called after each pass that changed something; throws if the function is not well formed. */
  readonly verifyAfterEach?: (fn: MirFunction, pass: PassName) => void;
  /** Called after each pass on each function. */
  readonly dump?: (fn: MirFunction, pass: PassName, changed: boolean) => void;
  /** A clock in milliseconds; with it the report has times. */
  readonly now?: () => number;
}

/** What one entry of the list did. */
export interface PassReport {
  readonly pass: PassName;
  /** How many functions it changed; for a module pass 0 or 1. */
  readonly changed: number;
  readonly milliseconds: number;
}

/** A pass that threw; names the pass and the function. */
export class PassError extends Error {
  readonly pass: PassName;

  constructor(pass: PassName, symbol: string, cause: unknown) {
    super(`pass ${pass} on ${symbol}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = "PassError";
    this.pass = pass;
  }
}

/** Runs passes over all functions of a module, each pass over every function before the next. */
export function runPasses(
  module: MirModule,
  names: readonly PassName[],
  options: PassOptions = {},
): PassReport[] {
  const run: PassRun = { context: { module }, options, settled: new Map() };
  return names.map((name) => {
    const start = options.now?.() ?? 0;
    const changed = runPass(name, run);
    return { pass: name, changed, milliseconds: (options.now?.() ?? 0) - start };
  });
}

/** A list of passes on its way through a module. */
interface PassRun {
  readonly context: PassContext;
  readonly options: PassOptions;
  /** For each function the passes that had nothing to do since it changed last: they need not run again. */
  readonly settled: Map<MirFunction, Set<PassName>>;
}

function runPass(name: PassName, { context, options, settled }: PassRun): number {
  const pass: Pass = passes[name];
  const { functions } = context.module;
  if (pass.kind === "module") {
    const changed = guarded(name, "the module", () => pass.run(context));
    if (changed) settled.clear();
    for (const fn of functions) finish(fn, { name, changed, options });
    return changed ? 1 : 0;
  }
  let count = 0;
  for (const fn of functions) {
    let idle = settled.get(fn);
    if (idle === undefined) settled.set(fn, (idle = new Set()));
    const changed = !idle.has(name) && guarded(name, fn.symbol, () => pass.run(fn, context));
    if (changed) {
      count += 1;
      idle.clear();
    } else idle.add(name);
    finish(fn, { name, changed, options });
  }
  return count;
}

function guarded(name: PassName, symbol: string, run: () => boolean): boolean {
  try {
    return run();
  } catch (error) {
    throw new PassError(name, symbol, error);
  }
}

function finish(
  fn: MirFunction,
  { name, changed, options }: { name: PassName; changed: boolean; options: PassOptions },
): void {
  if (changed) options.verifyAfterEach?.(fn, name);
  options.dump?.(fn, name, changed);
}
