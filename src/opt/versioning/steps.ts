// What the branches in front of a loop say of a step that is not constant.
import {
  blockAt,
  integerConstant,
  type Cfg,
  type Definitions,
  type DominatorTree,
} from "../../analysis/index.ts";
import { terminatorOf, type Value } from "../../ir/mir/index.ts";

/** A step that is not constant moves a counter as expected where it is positive and at most this. */
export const farthestStep = 1n << 32n;

/** Whether a block is only reached where `step - 1 <u farthestStep` held, as the guards of versions say it. */
export function isKnownStep(
  { cfg, tree, definitions }: { cfg: Cfg; tree: DominatorTree; definitions: Definitions },
  step: Value,
  block: number,
): boolean {
  for (let at = block; at > 0; at = tree.idom[at] ?? 0) {
    const [from, ...others] = cfg.predecessors[at] ?? [];
    const branch = terminatorOf(blockAt(cfg, from ?? 0));
    const [then, otherwise] = branch.targets;
    const taken = then?.block === cfg.order[at]?.id && then?.block !== otherwise?.block;
    if (branch.op !== "brif" || others.length > 0 || !taken) continue;
    if (isStepTest(branch.args[0], step, definitions)) return true;
  }
  return false;
}

/** Whether a condition is `step - 1 <u bound` with a bound that is not too large. */
function isStepTest(condition: Value | undefined, step: Value, definitions: Definitions): boolean {
  const test = definitions[condition ?? -1];
  const [less, bound] = test?.args ?? [];
  if (test?.op !== "icmp" || test.imm !== "ult" || less === undefined || bound === undefined) {
    return false;
  }
  const most = integerConstant(definitions, bound) ?? 0n;
  const difference = definitions[less];
  const [operand, one] = difference?.args ?? [];
  if (difference?.op !== "iadd" || operand !== step || one === undefined) return false;
  return most > 0n && most <= farthestStep && integerConstant(definitions, one) === -1n;
}
