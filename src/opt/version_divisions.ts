// Versions of innermost loops with 64-bit divisions: where the numbers that are divided are small when the loop is
// entered, and stay so, a copy of the loop runs in which ranges make the divisions cheap. A remainder that the next iteration
// multiplies again, as in generators of random numbers, is unrolled.
import { computeCfg, type Cfg, type Loop } from "../analysis/index.ts";
import {
  createBlock,
  FunctionBuilder,
  type Block,
  type BlockId,
  type MirFunction,
} from "../ir/mir/index.ts";
import { cheaperDivisions, facts } from "./facts.ts";
import { removeUnreachable } from "./simplify/merge.ts";
import { changeInnermost, innermostLoops, type LoopGraph } from "./innermost.ts";
import { closeLoop } from "./unrolling/close.ts";
import { unrollRemainders } from "./unrolling/remainders.ts";
import { findAssumptions, isWideDivision, type Assumption } from "./versioning/assumptions.ts";
import { copyLoop } from "./versioning/copy-loop.ts";
import { countedShapeOf } from "./versioning/counter.ts";
import { branchOn, insertEntry } from "./versioning/entry.ts";
import type { Guard } from "./versioning/guards.ts";
import { joinLatches } from "./versioning/latch.ts";

/** Loops of more instructions are not copied. */
const mostInsts = 100;
/** A function gets no more copies than this. */
const mostCopies = 4;

interface Version {
  readonly entry: Block;
  /** The header of the loop as it was. */
  readonly loop: Block;
  readonly copy: Block;
  readonly blocks: readonly Block[];
}

function divides({ order }: Cfg, { blocks }: Loop): boolean {
  let size = 0;
  let found = false;
  for (const number of blocks) {
    const insts = order[number]?.insts ?? [];
    size += insts.length;
    found ||= insts.some(isWideDivision);
  }
  return found && size <= mostInsts;
}

function guardsFor(
  fn: MirFunction,
  entry: Block,
  header: Block,
  assumptions: readonly Assumption[],
): Guard[] {
  const builder = new FunctionBuilder(fn, entry);
  return assumptions.map(({ value, isParam, bound }) => {
    const right = builder.value("iconst", "i64", [], bound);
    const left = isParam ? entry.params[header.params.indexOf(value)] : value;
    if (left === undefined) throw new Error(`${fn.symbol}: the header has no such parameter`);
    return { cond: "ult", left, right };
  });
}

function versionLoop({ cfg, tree, definitions }: LoopGraph, loop: Loop): Version | undefined {
  const { fn } = cfg;
  if (!divides(cfg, loop)) return undefined;
  const shape = countedShapeOf(cfg, loop);
  if (shape === undefined) return undefined;
  const assumptions = findAssumptions(cfg, shape, definitions);
  if (assumptions.length === 0) return undefined;
  if (!closeLoop({ cfg, tree }, loop)) return undefined;
  const entry = insertEntry(cfg, shape);
  const guards = guardsFor(fn, entry, shape.header, assumptions);
  const { header: copy, blocks } = copyLoop(fn, shape.blocks);
  // A block of its own behind the last look, so that what was looked at is known in all of the copy.
  const start = createBlock(fn);
  new FunctionBuilder(fn, start).jump(copy, [...entry.params]);
  fn.blocks.splice(fn.blocks.indexOf(copy), 0, start);
  branchOn(fn, entry, guards, { copy: start, loop: shape.header });
  return { entry, loop: shape.header, copy, blocks };
}

/** Lets the loop run as it was. */
function undo(fn: MirFunction, { entry, loop }: Version): void {
  entry.insts.pop();
  new FunctionBuilder(fn, entry).jump(loop, [...entry.params]);
}

/** Versions innermost loops whose divisions are cheap where their numbers are small. */
export function versionDivisions(fn: MirFunction): boolean {
  if (!fn.blocks.some(({ insts }) => insts.some(isWideDivision))) return false;
  const { cfg, loops } = innermostLoops(fn);
  for (const loop of loops) if (divides(cfg, loop)) joinLatches(cfg, loop);
  const versions: Version[] = [];
  const change = (graph: LoopGraph, loop: Loop): BlockId | false => {
    const version = versionLoop(graph, loop);
    if (version === undefined) return false;
    versions.push(version);
    return version.copy.id;
  };
  if (changeInnermost(fn, change, mostCopies) === 0) return false;
  const cheaper = cheaperDivisions(fn);
  for (const version of versions) {
    const better = version.blocks.some(({ insts }) => insts.some((inst) => cheaper.has(inst)));
    if (!better) undo(fn, version);
  }
  removeUnreachable(fn, computeCfg(fn));
  // The guards have compared what starts a recurrence with its modulus.
  for (const { copy } of versions) unrollRemainders(fn, copy, () => true);
  facts(fn);
  return true;
}
