// The copy of a loop for as many iterations as there is room, and the entry that counts them; see `append_runs.ts`.
import { computeCfg, integerConstant, type Cfg, type Definitions } from "../../analysis/index.ts";
import {
  createBlock,
  FunctionBuilder,
  terminatorOf,
  type BlockId,
  type MirFunction,
  type Value,
} from "../../ir/mir/index.ts";
import { removeUnreachable } from "../simplify/merge.ts";
import { copyLoop, type LoopCopy } from "../versioning/copy-loop.ts";
import type { Counter, CountedShape } from "../versioning/counter.ts";
import { insertEntry } from "../versioning/entry.ts";
import type { RoomTest } from "./room.ts";

/** A loop to be copied, its uses behind it closed. */
export interface AppendingLoop {
  readonly shape: CountedShape;
  /** Its step is 1, its condition `slt` or `sle`. */
  readonly counter: Counter;
  readonly tests: readonly RoomTest[];
  readonly definitions: Definitions;
}

/** Where the run that starts at the entry's counter ends, at the limit at the latest. */
function endOfRun(
  builder: FunctionBuilder,
  { counter, tests, definitions }: AppendingLoop,
  at: (value: Value) => Value,
): Value {
  const none = builder.value("iconst", "i64", [], 0n);
  let room: Value | undefined;
  for (const { length, capacity } of tests) {
    const has = builder.value("icmp", "i32", [at(length), at(capacity)], "ult");
    const left = builder.value("isub", "i32", [at(capacity), at(length)]);
    const wide = builder.value("uextend", null, [left]);
    const own = builder.value("select", "i64", [has, wide, none]);
    room = room === undefined ? own : lesser(builder, own, room);
  }
  const given = integerConstant(definitions, counter.limit);
  const limit = given === undefined ? counter.limit : builder.value("iconst", "i64", [], given);
  // Behind the greatest i64 comes the least: then the run ends before it has begun.
  const end =
    counter.cond === "sle"
      ? builder.value("iadd", "i64", [limit, builder.value("iconst", "i64", [], 1n)])
      : limit;
  const start = at(counter.param);
  const most = room ?? none;
  const left = builder.value("isub", "i64", [end, start]);
  const fits = builder.value("icmp", "i64", [left, most], "ult");
  return builder.value("select", "i64", [fits, end, builder.value("iadd", "i64", [start, most])]);
}

function lesser(builder: FunctionBuilder, a: Value, b: Value): Value {
  return builder.value("select", "i64", [builder.value("icmp", "i64", [a, b], "ult"), a, b]);
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
  const builder = new FunctionBuilder(fn, copy.header);
  const goesOn = builder.value("icmp", "i64", [param, stop], "slt");
  builder.branch(goesOn, stay, { block: header.id, args: [...copy.header.params] });
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
  const first = new FunctionBuilder(fn, entry);
  const given = integerConstant(definitions, counter.limit);
  const limit = given === undefined ? counter.limit : first.value("iconst", "i64", [], given);
  const enters = first.value("icmp", "i64", [at(counter.param), limit], counter.cond);
  const toLoop = { block: header.id, args: [...entry.params] };
  first.branch(enters, { block: count.id, args: [] }, toLoop);
  const builder = new FunctionBuilder(fn, count);
  const stop = endOfRun(builder, appending, at);
  builder.jump(copy.header, [...entry.params]);
  finishCopy(fn, appending, copy, stop);
  removeUnreachable(fn, computeCfg(fn));
  return copy.header.id;
}
