// The copy of a loop for as many iterations as there is room, and the entry that counts them; see `append_runs.ts`.
import { computeCfg, integerConstant, type Cfg, type Definitions } from "../../analysis/index.ts";
import {
  createBlock,
  createValue,
  terminatorOf,
  type Block,
  type BlockId,
  type Inst,
  type IntCond,
  type MirFunction,
  type MirType,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";
import { removeUnreachable } from "../simplify/merge.ts";
import { copyLoop, type LoopCopy } from "../versioning/copy-loop.ts";
import type { Counter, CountedShape } from "../versioning/counter.ts";
import { insertEntry, instruction } from "../versioning/entry.ts";
import type { RoomTest } from "./room.ts";

/** A loop to be copied, its uses behind it closed. */
export interface AppendingLoop {
  readonly shape: CountedShape;
  /** Its step is 1, its condition `slt` or `sle`. */
  readonly counter: Counter;
  readonly tests: readonly RoomTest[];
  readonly definitions: Definitions;
}

/** Appends instructions to a block. */
class Emitter {
  readonly #fn: MirFunction;
  readonly block: Block;

  constructor(fn: MirFunction, block: Block) {
    this.#fn = fn;
    this.block = block;
  }

  constant(type: MirType, imm: bigint): Value {
    return this.#define(type, { op: "iconst", type, args: [], imm });
  }

  op(op: "iadd" | "isub", type: MirType, args: Value[]): Value {
    return this.#define(type, { op, type, args });
  }

  extended(value: Value): Value {
    return this.#define("i64", { op: "uextend", args: [value] });
  }

  compare(cond: IntCond, type: MirType, args: Value[]): Value {
    return this.#define("i32", { op: "icmp", type, args, imm: cond });
  }

  select(condition: Value, then: Value, otherwise: Value): Value {
    return this.#define("i64", { op: "select", type: "i64", args: [condition, then, otherwise] });
  }

  end(op: "jump" | "brif", args: Value[], targets: Target[]): void {
    this.block.insts.push(instruction({ op, args, targets }));
  }

  #define(type: MirType, parts: Pick<Inst, "op" | "args"> & Partial<Inst>): Value {
    const result = createValue(this.#fn, type);
    this.block.insts.push(instruction({ ...parts, results: [result] }));
    return result;
  }
}

/** Where the run that starts at the entry's counter ends, at the limit at the latest. */
function endOfRun(
  emit: Emitter,
  { counter, tests, definitions }: AppendingLoop,
  at: (value: Value) => Value,
): Value {
  const none = emit.constant("i64", 0n);
  let room: Value | undefined;
  for (const { length, capacity } of tests) {
    const has = emit.compare("ult", "i32", [at(length), at(capacity)]);
    const left = emit.extended(emit.op("isub", "i32", [at(capacity), at(length)]));
    const own = emit.select(has, left, none);
    room =
      room === undefined ? own : emit.select(emit.compare("ult", "i64", [own, room]), own, room);
  }
  const given = integerConstant(definitions, counter.limit);
  const limit = given === undefined ? counter.limit : emit.constant("i64", given);
  // Behind the greatest i64 comes the least: then the run ends before it has begun.
  const end =
    counter.cond === "sle" ? emit.op("iadd", "i64", [limit, emit.constant("i64", 1n)]) : limit;
  const start = at(counter.param);
  const most = room ?? none;
  const fits = emit.compare("ult", "i64", [emit.op("isub", "i64", [end, start]), most]);
  return emit.select(fits, end, emit.op("iadd", "i64", [start, most]));
}

/** The copy compares with the end of the run, goes to the loop behind it, and finds room. */
function finishCopy(
  fn: MirFunction,
  { shape, counter, tests }: AppendingLoop,
  copy: LoopCopy,
  stop: Value,
): void {
  const { header, loop } = shape;
  const branch = copy.insts.get(terminatorOf(header));
  const places = terminatorOf(header).targets.map(({ block }) => block);
  const param = copy.values.get(counter.param);
  const inside = new Set(shape.blocks.map(({ id }) => id));
  const stay = branch?.targets[places.findIndex((block) => inside.has(block))];
  if (stay === undefined || param === undefined) throw new Error(`${fn.symbol}: ${loop.header}`);
  copy.header.insts.pop();
  const emit = new Emitter(fn, copy.header);
  const goesOn = emit.compare("slt", "i64", [param, stop]);
  emit.end("brif", [goesOn], [stay, { block: header.id, args: [...copy.header.params] }]);
  for (const test of tests) {
    const copied = copy.insts.get(test.branch);
    if (copied === undefined) throw new Error(`${fn.symbol}: a test was not copied`);
    copied.op = "jump";
    copied.args = [];
    copied.targets = copied.targets.slice(0, 1);
  }
}

/** Makes the copy and its entry; the result is the copy's header. */
export function emitRuns(cfg: Cfg, appending: AppendingLoop): BlockId {
  const { fn } = cfg;
  const { shape, counter, definitions } = appending;
  const { header, backEdge } = shape;
  const entry = insertEntry(cfg, shape);
  const at = (value: Value): Value => entry.params[header.params.indexOf(value)] ?? value;
  const copy = copyLoop(fn, shape.blocks);
  backEdge.block = entry.id;
  const count = createBlock(fn);
  fn.blocks.splice(fn.blocks.indexOf(entry) + 1, 0, count);
  const first = new Emitter(fn, entry);
  const given = integerConstant(definitions, counter.limit);
  const limit = given === undefined ? counter.limit : first.constant("i64", given);
  const enters = first.compare(counter.cond, "i64", [at(counter.param), limit]);
  const toLoop = { block: header.id, args: [...entry.params] };
  first.end("brif", [enters], [{ block: count.id, args: [] }, toLoop]);
  const emit = new Emitter(fn, count);
  const stop = endOfRun(emit, appending, at);
  emit.end("jump", [], [{ block: copy.header.id, args: [...entry.params] }]);
  finishCopy(fn, appending, copy, stop);
  removeUnreachable(fn, computeCfg(fn));
  return copy.header.id;
}
