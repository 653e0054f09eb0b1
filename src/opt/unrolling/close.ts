// Closing a loop: what is used behind it leaves it as a parameter of the block that the loop is left to, so that there
// may be several copies of the loop's values.
import { dominates, type Cfg, type DominatorTree, type Loop } from "../../analysis/index.ts";
import {
  createValue,
  terminatorOf,
  typeOf,
  type Block,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** A block that the loop is left to, and the parameters that it gets. */
interface Exit {
  readonly number: number;
  readonly block: Block;
  readonly edges: readonly Target[];
  readonly params: Map<Value, Value>;
}

interface Graph {
  readonly cfg: Cfg;
  readonly tree: DominatorTree;
}

/** The blocks that only the loop goes to. */
function exitsOf(cfg: Cfg, loop: Loop): Exit[] {
  const inside = new Set(loop.blocks);
  const edges = new Map<number, Target[]>();
  for (const number of loop.blocks) {
    const from = cfg.order[number];
    for (const target of from === undefined ? [] : terminatorOf(from).targets) {
      const to = cfg.numberOf[target.block] ?? -1;
      if (inside.has(to)) continue;
      edges.set(to, [...(edges.get(to) ?? []), target]);
    }
  }
  return [...edges].flatMap(([number, targets]) => {
    const block = cfg.order[number];
    const closed = (cfg.predecessors[number] ?? []).every((from) => inside.has(from));
    if (block === undefined || !closed) return [];
    return [{ number, block, edges: targets, params: new Map<Value, Value>() }];
  });
}

function valuesOf(cfg: Cfg, loop: Loop): Set<Value> {
  const values = new Set<Value>();
  for (const number of loop.blocks) {
    const block = cfg.order[number];
    for (const param of block?.params ?? []) values.add(param);
    for (const inst of block?.insts ?? []) for (const result of inst.results) values.add(result);
  }
  return values;
}

/** Calls back for each list of operands behind the loop, with the rpo number of its block. */
function forOperandsOutside(
  cfg: Cfg,
  loop: Loop,
  visit: (args: Value[], number: number) => void,
): void {
  const inside = new Set(loop.blocks);
  for (const [number, block] of cfg.order.entries()) {
    if (inside.has(number)) continue;
    for (const inst of block.insts) {
      visit(inst.args, number);
      for (const target of inst.targets) visit(target.args, number);
    }
  }
}

/** Closes the loop; false, and nothing is changed, if a use behind it has no one exit that it comes from. */
export function closeLoop({ cfg, tree }: Graph, loop: Loop): boolean {
  const exits = exitsOf(cfg, loop);
  const values = valuesOf(cfg, loop);
  const exitFor = (number: number): Exit | undefined =>
    exits.find((exit) => dominates(tree, exit.number, number));
  let closable = true;
  forOperandsOutside(cfg, loop, (args, number) => {
    if (args.some((arg) => values.has(arg)) && exitFor(number) === undefined) closable = false;
  });
  if (!closable) return false;
  forOperandsOutside(cfg, loop, (args, number) => {
    for (const [i, arg] of args.entries()) {
      const exit = values.has(arg) ? exitFor(number) : undefined;
      if (exit !== undefined) args[i] = paramFor(cfg, exit, arg);
    }
  });
  for (const { block, edges, params } of exits) {
    block.params = [...block.params, ...params.values()];
    for (const edge of edges) edge.args = [...edge.args, ...params.keys()];
  }
  return true;
}

function paramFor({ fn }: Cfg, exit: Exit, value: Value): Value {
  const known = exit.params.get(value);
  if (known !== undefined) return known;
  const param = createValue(fn, typeOf(fn, value));
  exit.params.set(value, param);
  return param;
}
