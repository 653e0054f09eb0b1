// Lists of passes by optimisation level.
import type { PassName } from "./passes.ts";

/** Nothing: the code as lowered. */
const O0: readonly PassName[] = [];

/** One cheap sweep, for code that may run only a few times. */
const O1: readonly PassName[] = ["fold", "copy", "simplify_cfg", "dce"];

/** For code that is hot. */
const O2: readonly PassName[] = [
  // Simple forms first: they are what the inliner counts and copies.
  "fold",
  "copy",
  "simplify_cfg",
  "dce",
  "inline",
  "fold",
  "copy",
  "simplify_cfg",
  "gvn",
  "scalar_replace",
  "unroll_seeded",
  "facts",
  "fold",
  "copy",
  "simplify_cfg",
  "shift_runs",
  "if_convert",
  "simplify_cfg",
  "licm",
  "carry_loads",
  "version_divisions",
  "unroll",
  "gvn",
  "bounds",
  "append_runs",
  "version_loops",
  "strip_polls",
  "dce",
  "narrow_division",
  "simplify_cfg",
];

/** By `--opt N`. */
export const pipelines = { O0, O1, O2 } as const;

/** The name of a pipeline. */
export type OptLevel = keyof typeof pipelines;
