// Lists of passes by optimisation level.
import type { PassName } from "./passes.ts";

/** Nothing: the code as lowered. */
const O0: readonly PassName[] = [];

const simplify: readonly PassName[] = ["fold", "copy", "simplify_cfg"];

/** One cheap sweep, for code that may run only a few times. */
const O1: readonly PassName[] = [...simplify, "dce"];

/** Simple forms first: they are what the inliner counts and copies. */
const inlined: readonly PassName[] = [...O1, "inline", ...simplify, "gvn"];

/** O2 from where calls have been inlined. */
const O2Rest: readonly PassName[] = [
  "scalar_replace",
  "unroll_seeded",
  "facts",
  ...simplify,
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

/** For code that is hot. */
const O2: readonly PassName[] = [...inlined, ...O2Rest];

/**
 * For kernels: small functions go into their callers, so that it can be seen which array each access is to; LLVM does the
 * rest.
 */
export const kernelPasses: readonly PassName[] = [...inlined, "dce"];

/** By `--opt N`. */
export const pipelines = {
  O0,
  O1,
  O2,
  /** Both parts of O2, for code that gets a second body in between, which is simplified first. */
  O2Inlined: inlined,
  O2Rest: [...simplify, "gvn", ...O2Rest],
} as const satisfies Record<string, readonly PassName[]>;

/** The name of a pipeline. */
export type OptLevel = keyof typeof pipelines;
