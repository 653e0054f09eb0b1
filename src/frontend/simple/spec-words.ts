// Words of specs that the parser knows as well as the analysis: they may stand where other names may not.

/** Blocks without arguments, whose body may stand on their line, with the host function that takes the body. */
export const specHooks = {
  before_each: "rt_spec_before_each",
  after_each: "rt_spec_after_each",
} as const;

/** As an argument or a tag of an example: it is not run. */
export const skipWords: ReadonlySet<string> = new Set(["skip", "pending"]);
