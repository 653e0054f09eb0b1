// What can run MIR: a target makes a runnable thing of a module. Tests run on `interp` first.
import { MirInterpreter, type MirValue } from "../../src/interp/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import { mathHost } from "../../src/runtime/index.ts";

/** Calls a function with fresh memory; throws `ProgramError` for a trap. */
export type Runner = (symbol: string, args: readonly MirValue[]) => readonly MirValue[];

export interface Target {
  readonly name: string;
  /** The module must be well-formed. */
  readonly prepare: (module: MirModule) => Runner;
}

const stepLimit = 10_000_000;

const interp: Target = {
  name: "interp",
  prepare: (module) => (symbol, args) =>
    new MirInterpreter([module], { host: mathHost, stepLimit }).call(symbol, args),
};

/** In the order in which they run. */
export const targets: readonly Target[] = [interp];

/** The targets of these names, or all; throws for a name that there is not. */
export function selectTargets(names: readonly string[]): readonly Target[] {
  if (names.length === 0) return targets;
  return names.map((name) => {
    const target = targets.find((each) => each.name === name);
    if (target === undefined) throw new Error(`there is no target \`${name}\``);
    return target;
  });
}
