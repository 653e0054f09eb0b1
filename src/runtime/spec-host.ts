// What the host does for specs; names and closures are addresses of objects.
import { ProgramError } from "./errors.ts";

/** Runs the examples that a program announces. */
export interface SpecHost {
  group(name: number): void;
  groupEnd(): void;
  /** Runs the closure as an example; its failure does not leave this call. */
  example(name: number, closure: number): void;
  skip(name: number): void;
  beforeEach(closure: number): void;
  afterEach(closure: number): void;
}

/** The host functions of specs, for both tiers. */
export function specFunctions(host: SpecHost | undefined) {
  const specs = (): SpecHost => {
    if (host === undefined) throw new ProgramError("fail", "this host runs no specs");
    return host;
  };
  return {
    rt_spec_group: (name: number): undefined => specs().group(name >>> 0) as undefined,
    rt_spec_group_end: (): undefined => specs().groupEnd() as undefined,
    rt_spec_example: (name: number, closure: number): undefined =>
      specs().example(name >>> 0, closure >>> 0) as undefined,
    rt_spec_skip: (name: number): undefined => specs().skip(name >>> 0) as undefined,
    rt_spec_before_each: (closure: number): undefined =>
      specs().beforeEach(closure >>> 0) as undefined,
    rt_spec_after_each: (closure: number): undefined =>
      specs().afterEach(closure >>> 0) as undefined,
  };
}
