// Branches whose way is known, or whose ways are the same.
import { definingInsts, integerConstant, type Definitions } from "../../analysis/index.ts";
import {
  createValue,
  terminatorOf,
  typeOf,
  type Block,
  type Inst,
  type MirFunction,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

function becomeJump(inst: Inst, target: Target): void {
  inst.op = "jump";
  inst.type = null;
  inst.args = [];
  inst.imm = null;
  inst.targets = [target];
}

function sameTarget(a: Target, b: Target): boolean {
  return a.block === b.block && a.args.every((arg, i) => arg === b.args[i]);
}

/** The target that a branch with a constant operand takes. */
function takenTarget(inst: Inst, constant: bigint): Target | undefined {
  if (inst.op === "brif") return inst.targets[constant === 0n ? 1 : 0];
  return inst.targets[Number(BigInt.asUintN(32, constant))] ?? inst.targets.at(-1);
}

/** How many selects may replace the two edges of a branch to one block. */
const mostSelects = 2;

/** Makes one edge of a `brif` to one block with different arguments, selecting between integers. */
function selectArguments(fn: MirFunction, block: Block, branch: Inst): boolean {
  const [condition] = branch.args;
  const [then, otherwise] = branch.targets;
  if (branch.op !== "brif" || condition === undefined) return false;
  if (then === undefined || otherwise === undefined || then.block !== otherwise.block) return false;
  let selects = 0;
  for (const [i, arg] of then.args.entries()) {
    if (arg === otherwise.args[i]) continue;
    const type = typeOf(fn, arg);
    if (type === "f32" || type === "f64") return false;
    selects += 1;
  }
  if (selects > mostSelects) return false;
  const joined: Value[] = [];
  block.insts.pop();
  for (const [i, arg] of then.args.entries()) {
    const other = otherwise.args[i];
    if (other === undefined || arg === other) {
      joined.push(arg);
      continue;
    }
    joined.push(appendSelect(fn, block, branch, [condition, arg, other]));
  }
  becomeJump(branch, { block: then.block, args: joined });
  block.insts.push(branch);
  return true;
}

function appendSelect(fn: MirFunction, block: Block, branch: Inst, args: Value[]): Value {
  const type = typeOf(fn, args[1] ?? (0 as Value));
  const result = createValue(fn, type);
  const { location } = branch;
  block.insts.push({
    op: "select",
    type,
    args,
    imm: null,
    targets: [],
    results: [result],
    location,
  });
  return result;
}

function simplifyBranch(fn: MirFunction, block: Block, definitions: Definitions): boolean {
  const branch = terminatorOf(block);
  if (branch.op !== "brif" && branch.op !== "br_table") return false;
  const [operand] = branch.args;
  const [first] = branch.targets;
  if (operand === undefined || first === undefined) return false;
  const constant = integerConstant(definitions, operand);
  const taken = constant === undefined ? undefined : takenTarget(branch, constant);
  if (taken !== undefined) {
    becomeJump(branch, taken);
    return true;
  }
  if (branch.targets.every((target) => sameTarget(target, first))) {
    becomeJump(branch, first);
    return true;
  }
  return selectArguments(fn, block, branch);
}

/** Makes jumps of branches on constants and of branches that go one way. */
export function simplifyBranches(fn: MirFunction): boolean {
  const definitions = definingInsts(fn);
  let changed = false;
  for (const block of fn.blocks) changed = simplifyBranch(fn, block, definitions) || changed;
  return changed;
}
