// Runs of shifts: a way round a loop that halves an even number and counts is gone as often as it would be at once.
//
//   while n != 1: if n is even { n = n >> 1; steps = steps + 1 } else { n = 3 * n + 1; steps = steps + 1 }
//
// The number of times is that of its trailing zero bits, k: n = n >> k, steps = steps + k. Of 0 these are all bits, and
// so many halvings leave 0. Behind a run the number is odd, so the branch goes the other way and is easily predicted.
// Where the other way makes an even number of every odd one, as here, the run follows at once.
import {
  computeCfg,
  definingInsts,
  integerConstant,
  type Cfg,
  type Definitions,
  type Loop,
} from "../analysis/index.ts";
import {
  createBlock,
  createValue,
  terminatorOf,
  typeOf,
  type Block,
  type MirFunction,
  type Target,
  type Value,
} from "../ir/mir/index.ts";
import { innermostLoops } from "./innermost.ts";
import { RunEmitter } from "./shift-runs/emit.ts";
import { WayFinder, type Run } from "./shift-runs/way.ts";
import { removeUnreachable } from "./simplify/merge.ts";

/** How deep the operands of a number are looked at for its lowest bit. */
const deepest = 6;
/** How many blocks the way of the odd numbers may have, and how many instructions of it may be copied. */
const longestWay = 12;
const mostShared = 16;

/** The lowest bit of a value where a number is odd; undefined if it is not known. */
function lowestBit(
  value: Value,
  odd: Value,
  definitions: Definitions,
  depth = 0,
): boolean | undefined {
  if (value === odd) return true;
  const constant = integerConstant(definitions, value);
  if (constant !== undefined) return (constant & 1n) === 1n;
  const inst = definitions[value];
  if (inst === undefined || inst.args.length !== 2 || depth >= deepest) return undefined;
  const [a, b] = inst.args.map((arg) => lowestBit(arg, odd, definitions, depth + 1));
  const product = inst.op === "imul" || inst.op === "band";
  if (product && (a === false || b === false)) return false;
  if (a === undefined || b === undefined) return undefined;
  if (product) return true;
  return inst.op === "iadd" || inst.op === "isub" || inst.op === "bxor" ? a !== b : undefined;
}

interface Graph {
  readonly cfg: Cfg;
  readonly definitions: Definitions;
}

/** How much more than a header's parameter its next value is; 0 of an invariant value; undefined if not constant. */
function changeOf(
  value: Value,
  values: readonly Value[],
  header: Block,
  definitions: Definitions,
): bigint | undefined {
  const place = header.params.indexOf(value);
  if (place < 0) return 0n;
  const next = values[place];
  if (next === value) return 0n;
  const sum = definitions[next ?? -1];
  const [left, right] = sum?.args ?? [];
  if (sum?.op !== "iadd" || left !== value || right === undefined) return undefined;
  return integerConstant(definitions, right);
}

/** Whether a run follows for certain if the header gets these values, whatever it would look at. */
function leadsToRun(
  values: readonly Value[],
  run: Run,
  header: Block,
  definitions: Definitions,
): boolean {
  const next = values[header.params.indexOf(run.number)];
  if (next === undefined || lowestBit(next, run.number, definitions) !== false) return false;
  // What was above 0 at the header is not below 0 now, so a run that fits in it is one that the header would allow.
  return run.remaining.every(({ left, right }) => {
    const a = changeOf(left, values, header, definitions);
    const b = changeOf(right, values, header, definitions);
    return a !== undefined && b !== undefined && a - b >= -1n && a - b <= 0n;
  });
}

/** The way of the odd numbers back to the header, on which nothing branches. */
interface OddWay {
  /** Leads to the first block that other ways share, or to the header. */
  readonly edge: Target;
  /** The blocks from there to the header. */
  readonly shared: readonly Block[];
  /** What the header's parameters will be. */
  readonly values: readonly Value[];
}

function findOddWay(cfg: Cfg, odd: Target, header: Block): OddWay | undefined {
  const values = new Map<Value, Value>();
  const resolve = (value: Value): Value => values.get(value) ?? value;
  const shared: Block[] = [];
  let size = 0;
  let edge = odd;
  let first = odd;
  for (let length = 0; edge.block !== header.id; length += 1) {
    const number = cfg.numberOf[edge.block] ?? -1;
    const block = cfg.order[number];
    const [next] = block === undefined ? [] : terminatorOf(block).targets;
    if (block === undefined || next === undefined || length >= longestWay) return undefined;
    if (terminatorOf(block).op !== "jump") return undefined;
    for (const [i, param] of block.params.entries()) {
      const arg = edge.args[i];
      if (arg !== undefined) values.set(param, resolve(arg));
    }
    if (shared.length > 0 || cfg.predecessors[number]?.length !== 1) {
      shared.push(block);
      size += block.insts.length;
    } else {
      first = next;
    }
    edge = next;
  }
  if (size > mostShared) return undefined;
  return { edge: first, shared, values: edge.args.map(resolve) };
}

/** Gives the way blocks of its own; the result is the edge to the header. */
function separate(fn: MirFunction, { edge, shared }: OddWay): Target {
  if (shared.length === 0) return edge;
  const values = new Map<Value, Value>();
  const use = (value: Value): Value => values.get(value) ?? value;
  const own = createBlock(fn);
  let entering: Target = { block: edge.block, args: edge.args };
  for (const block of shared) {
    for (const [i, param] of block.params.entries()) {
      const arg = entering.args[i];
      if (arg !== undefined) values.set(param, use(arg));
    }
    for (const inst of block.insts.slice(0, -1)) {
      const args = inst.args.map(use);
      const results = inst.results.map((result) => {
        const copy = createValue(fn, typeOf(fn, result));
        values.set(result, copy);
        return copy;
      });
      own.insts.push({ ...inst, args, targets: [], results });
    }
    [entering = entering] = terminatorOf(block).targets;
  }
  const back: Target = { block: entering.block, args: entering.args.map(use) };
  const { location } = terminatorOf(shared.at(-1) ?? own);
  const jump = { op: "jump", type: null, args: [], imm: null, results: [] } as const;
  own.insts.push({ ...jump, args: [], results: [], targets: [back], location });
  fn.blocks.push(own);
  edge.block = own.id;
  edge.args = [];
  return back;
}

function makeRuns({ cfg, definitions }: Graph, loop: Loop): boolean {
  const header = cfg.order[loop.header];
  if (header === undefined) return false;
  const { fn } = cfg;
  const run = new WayFinder(cfg, loop, header, definitions).find();
  if (run === undefined) return false;
  const odd = run.everyEven ? findOddWay(cfg, run.odd, header) : undefined;
  if (odd !== undefined && leadsToRun(odd.values, run, header, definitions)) {
    const edge = separate(fn, odd);
    const otherwise: Target = { block: edge.block, args: edge.args };
    new RunEmitter(fn, header, definitions).emit(edge, run, otherwise.args, otherwise);
  }
  const oneByOne: Target = { block: run.edge.block, args: run.edge.args };
  new RunEmitter(fn, header, definitions).emit(run.edge, run, header.params, oneByOne);
  return true;
}

/** Goes ways round loops that halve even numbers as often as they would be gone at once. */
export function shiftRuns(fn: MirFunction): boolean {
  const shifts = (block: Block): boolean =>
    block.insts.some(({ op }) => op === "sshr" || op === "ushr");
  if (!fn.blocks.some(shifts)) return false;
  const { cfg, loops } = innermostLoops(fn);
  if (loops.length === 0) return false;
  const graph = { cfg, definitions: definingInsts(fn) };
  let changed = false;
  for (const loop of loops) changed = makeRuns(graph, loop) || changed;
  if (changed) removeUnreachable(fn, computeCfg(fn));
  return changed;
}
