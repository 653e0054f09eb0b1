// Index-set splitting for appends. A loop that appends to an array asks each time whether there is room, `length <u
// capacity`, and calls the library if there is none. As the length grows by one at most, there is room for the next
// `capacity - length` iterations: a copy of the loop that does not ask, and so calls nothing, runs as many. The loop as it
// was does the iteration that has no room, and finds the end.
//
//   entry(i, …):  i < limit ? count : header
//   count:        room = length <u capacity ? capacity - length : 0
//                 stop = limit - i <u room ? limit : i + room
//   copy(i, …):   i < stop ? body without the question, copy(i + 1, …) : header
//   header(i, …): i < limit ? body, entry(i + 1, …) : exit
import type { Loop } from "../analysis/index.ts";
import type { BlockId, MirFunction } from "../ir/mir/index.ts";
import { emitRuns } from "./appending/emit.ts";
import { findRoomTests, isRoomTest } from "./appending/room.ts";
import { changeInnermost, type LoopGraph } from "./innermost.ts";
import { closeLoop } from "./unrolling/close.ts";
import { counterAt, countedShapeOf, isRepeatable } from "./versioning/counter.ts";

/** Loops of more instructions are not copied. */
const mostInsts = 120;
/** A function gets no more copies than this. */
const mostCopies = 8;

/** Gives one loop a copy; false if it has no tests for room, else the header of the copy. */
function splitLoop({ cfg, tree, definitions }: LoopGraph, loop: Loop): BlockId | false {
  const shape = countedShapeOf(cfg, loop);
  if (shape === undefined || !isRepeatable(shape.header, definitions)) return false;
  const size = shape.blocks.reduce((sum, { insts }) => sum + insts.length, 0);
  const counter = counterAt(cfg, shape, loop.header, definitions);
  if (size > mostInsts || counter === undefined || counter.bottom) return false;
  // A step of 1 gets to the end of a run and does not wrap.
  if (counter.step !== 1n || counter.cond === "ne") return false;
  const tests = findRoomTests(cfg, shape, definitions);
  if (tests.length === 0 || !closeLoop({ cfg, tree }, loop)) return false;
  return emitRuns(cfg, { shape, counter, tests, definitions });
}

/** Lets counted loops append without a look as long as there is room. */
export function appendRuns(fn: MirFunction): boolean {
  // A quick look first: most functions append nothing.
  if (!fn.blocks.some(({ insts }) => insts.some(isRoomTest))) return false;
  return changeInnermost(fn, splitLoop, mostCopies) > 0;
}
