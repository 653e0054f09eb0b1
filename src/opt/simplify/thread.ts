// Edges that lead only to another branch go where it goes.
import {
  blocksById,
  countUses,
  definingInsts,
  integerConstant,
  type Cfg,
  type Definitions,
} from "../../analysis/index.ts";
import {
  terminatorOf,
  type Block,
  type Inst,
  type MirFunction,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** How far one edge is followed. Bounds the walk through a ring of empty blocks. */
const longestThread = 16;

interface Threading {
  readonly byId: readonly (Block | undefined)[];
  /** By block id: 1 if the block is only a terminator and nothing else uses its parameters. */
  readonly empty: Uint8Array;
  /** By block id: 1 if a retreating edge goes to the block. */
  readonly header: Uint8Array;
  readonly definitions: Definitions;
}

function occurrences(inst: Inst, value: Value): number {
  let count = 0;
  for (const arg of inst.args) if (arg === value) count += 1;
  for (const target of inst.targets) for (const arg of target.args) if (arg === value) count += 1;
  return count;
}

/** What threading needs to know; undefined if no block is a terminator alone. */
function prepare(fn: MirFunction, cfg: Cfg): Threading | undefined {
  const candidates = cfg.order.filter(({ insts }, number) => number > 0 && insts.length === 1);
  if (candidates.length === 0) return undefined;
  const uses = countUses(fn);
  const empty = new Uint8Array(fn.nextBlock);
  const header = new Uint8Array(fn.nextBlock);
  for (const { id, params, insts } of candidates) {
    const [only] = insts;
    if (only === undefined) continue;
    if (params.every((param) => uses[param] === occurrences(only, param))) empty[id] = 1;
    const number = cfg.numberOf[id] ?? -1;
    if (cfg.predecessors[number]?.some((from) => from >= number) === true) header[id] = 1;
  }
  return { byId: blocksById(fn), empty, header, definitions: definingInsts(fn) };
}

/** An operand of an empty block's terminator as its predecessor sees it. */
function substitute(values: readonly Value[], block: Block, args: readonly Value[]): Value[] {
  return values.map((value) => {
    const index = block.params.indexOf(value);
    return (index < 0 ? undefined : args[index]) ?? value;
  });
}

/** The edge that an edge to this block continues with, or undefined. */
function continuation(edge: Target, threading: Threading): Target | undefined {
  const block = threading.byId[edge.block];
  if (block === undefined || threading.empty[edge.block] !== 1) return undefined;
  const branch = terminatorOf(block);
  let next: Target | undefined;
  if (branch.op === "jump") {
    next = branch.targets[0];
  } else if (branch.op === "brif" && threading.header[edge.block] !== 1) {
    // A header keeps its edges: with some of them gone past it the loop would have two entries.
    const [condition] = substitute(branch.args, block, edge.args);
    if (condition === undefined) return undefined;
    const constant = integerConstant(threading.definitions, condition);
    if (constant === undefined) return undefined;
    next = branch.targets[constant === 0n ? 1 : 0];
  }
  if (next === undefined || next.block === edge.block) return undefined;
  return { block: next.block, args: substitute(next.args, block, edge.args) };
}

/** A jump to a block that only returns or traps becomes that terminator. */
function threadExit(inst: Inst, threading: Threading): boolean {
  const [edge] = inst.targets;
  if (inst.op !== "jump" || edge === undefined || threading.empty[edge.block] !== 1) return false;
  const block = threading.byId[edge.block];
  const exit = block === undefined ? undefined : terminatorOf(block);
  if (block === undefined || (exit?.op !== "return" && exit?.op !== "trap")) return false;
  inst.op = exit.op;
  inst.args = substitute(exit.args, block, edge.args);
  inst.imm = exit.imm;
  inst.targets = [];
  inst.location = exit.location;
  return true;
}

/** Leads edges past blocks that hold only a branch. The blocks passed by may become unreachable. */
export function threadJumps(fn: MirFunction, cfg: Cfg): boolean {
  const threading = prepare(fn, cfg);
  if (threading === undefined) return false;
  let changed = false;
  for (const block of cfg.order) {
    const inst = terminatorOf(block);
    for (const [i, target] of inst.targets.entries()) {
      let edge: Target | undefined = target;
      for (let step = 0; step < longestThread; step += 1) {
        edge = continuation(edge, threading);
        if (edge === undefined) break;
        inst.targets[i] = edge;
        changed = true;
      }
    }
    changed = threadExit(inst, threading) || changed;
  }
  return changed;
}
