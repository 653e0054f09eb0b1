// Call counters of tier 1: one word per function, counted down at each entry through the slot.
import type { HirFunction } from "../ir/hir/index.ts";
import {
  createBlock,
  createFunction,
  createValue,
  entryBlock,
  FunctionBuilder,
  type Block,
  type MirFunction,
  type Value,
} from "../ir/mir/index.ts";
import { counterSymbol } from "./symbols.ts";
import type { UnitLowering } from "./unit.ts";
import { signatureOf } from "./types.ts";

/** Puts the counter in front of a function's code. */
export function countCalls(unit: UnitLowering, hir: HirFunction, fn: MirFunction): void {
  const body = entryBlock(fn);
  const entry = createBlock(fn);
  // The entry block takes over the parameters; the old entry gets its own, which copy propagation removes again.
  entry.params = body.params;
  body.params = fn.signature.params.map((type) => createValue(fn, type));
  substitute(fn, entry.params, body.params);
  fn.blocks.unshift(entry);
  const builder = new FunctionBuilder(fn, entry);
  emitCount(unit, hir, builder, body);
}

/** `fn(args)`: count, then call the body. */
export function countedWrapper(unit: UnitLowering, hir: HirFunction, body: string): MirFunction {
  const signature = signatureOf(hir);
  const fn = createFunction(hir.symbol, signature);
  const builder = new FunctionBuilder(fn);
  const rest = createBlock(fn);
  emitCount(unit, hir, builder, rest);
  builder.enter(rest);
  const results = builder.call("call", body, signature, [...entryBlock(fn).params]);
  builder.effect("return", null, results);
  return fn;
}

/** Counts down; at zero tells the engine; then goes to `rest` with the entry's parameters if it takes any. */
function emitCount(
  unit: UnitLowering,
  hir: HirFunction,
  builder: FunctionBuilder,
  rest: Block,
): void {
  const args: Value[] = rest.params.length > 0 ? [...builder.block.params] : [];
  const symbol = counterSymbol(hir);
  unit.declareData(symbol);
  const signature = unit.declareRuntime("rt_tier_up");
  const address = builder.value("symbol_addr", null, [], symbol);
  const count = builder.value("load", "i32", [address], 0);
  const one = builder.value("iconst", "i32", [], 1n);
  const less = builder.value("isub", "i32", [count, one]);
  builder.effect("store", "i32", [address, less], 0);
  const report = createBlock(builder.fn);
  builder.branch(less, { block: rest.id, args }, { block: report.id, args: [] });
  builder.enter(report);
  const id = builder.value("iconst", "i32", [], BigInt(hir.id));
  builder.call("call_host", "rt_tier_up", signature, [id]);
  builder.jump(rest, args);
}

function substitute(fn: MirFunction, from: readonly Value[], to: readonly Value[]): void {
  const replacement = new Map<Value, Value>();
  from.forEach((value, index) => replacement.set(value, to[index] ?? value));
  const rename = (value: Value): Value => replacement.get(value) ?? value;
  for (const block of fn.blocks) {
    for (const inst of block.insts) {
      inst.args = inst.args.map(rename);
      for (const target of inst.targets) target.args = target.args.map(rename);
    }
  }
}
