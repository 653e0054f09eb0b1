// The targets by name, in the order in which they run.
import { interp, type Target } from "./targets.ts";
import { nativeTargets } from "./native.ts";
import { wasm } from "./wasm.ts";

const targets: readonly Target[] = [interp, wasm, ...nativeTargets];

/** The targets of these names, or all; throws for a name that there is not. */
export function selectTargets(names: readonly string[]): readonly Target[] {
  if (names.length === 0) return targets;
  return names.map((name) => {
    const target = targets.find((each) => each.name === name);
    if (target === undefined) throw new Error(`there is no target \`${name}\``);
    return target;
  });
}
