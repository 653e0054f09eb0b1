// Strip mining: an innermost counted loop polls once for many iterations. It becomes two loops: the outer one polls and
// compares as before, the inner one runs a strip of the iterations and is nothing but its body, a counter and one way out
// at its end, as compilers of the target like it.
//
//   outer(i, …): safepoint; i < limit ? strip : exit
//   strip:       stop = limit - i <u length * step ? limit : i + length * step
//   inner(i, …): body; i + step < stop ? inner : outer
//
// The end of a strip is never beyond the limit, so where the inner loop goes on the loop as written goes on.
import {
  callsCode,
  instEffects,
  type Cfg,
  type Definitions,
  type Loop,
} from "../analysis/index.ts";
import {
  createBlock,
  createValue,
  FunctionBuilder,
  isIndex,
  terminatorOf,
  typeOf,
  type Block,
  type IntCond,
  type MirFunction,
  type Opcode,
  type Target,
  type Value,
} from "../ir/mir/index.ts";
import { changeInnermost, type LoopGraph } from "./innermost.ts";
import { closeLoop } from "./unrolling/close.ts";
import {
  counterAt,
  countedShapeOf,
  isRepeatable,
  type Counter,
  type CountedShape,
} from "./versioning/counter.ts";
import { insertEntry } from "./versioning/entry.ts";
import { farthestStep, isKnownStep } from "./versioning/steps.ts";

/** Iterations of a strip. */
const stripLength = 1024n;
/** Longer bodies may take long, and do not feel a poll. */
const mostInsts = 80;

const leastI64 = -(1n << 63n);

/** A counted loop that polls and compares in its header. */
interface Polling {
  readonly shape: CountedShape;
  readonly counter: Counter;
  /** The header's edge into the body. */
  readonly stay: Target;
  /** Whether a branch in front of the loop says that a step that is not constant makes strips. */
  readonly stepIsSmall: boolean;
}

function isShort({ blocks }: CountedShape, definitions: Definitions): boolean {
  let size = 0;
  for (const { insts } of blocks) {
    size += insts.length;
    for (const inst of insts) {
      // An index that is still checked costs more than a poll; a versioned loop runs as its copy.
      if (isIndex(inst.op)) return false;
      if (inst.op === "memory_copy" || inst.op === "memory_fill") return false;
      if ((instEffects(inst, definitions) & callsCode) !== 0) return false;
    }
  }
  return size <= mostInsts;
}

function findPolling(graph: LoopGraph, loop: Loop): Polling | undefined {
  const { cfg, definitions } = graph;
  const header = cfg.order[loop.header];
  if (header?.insts.some(({ op }) => op === "safepoint") !== true) return undefined;
  const shape = countedShapeOf(cfg, loop);
  if (!isRepeatable(header, definitions) || shape === undefined || shape.latch === header)
    return undefined;
  if (!isShort(shape, definitions)) return undefined;
  const counter = counterAt(cfg, shape, loop.header, definitions);
  if (counter === undefined || counter.bottom) return undefined;
  const stay = terminatorOf(header).targets.find(({ block }) =>
    loop.blocks.includes(cfg.numberOf[block] ?? -1),
  );
  if (stay === undefined) return undefined;
  const stepIsSmall =
    typeof counter.step === "number" && isKnownStep(graph, counter.step, loop.header);
  return { shape, counter, stay, stepIsSmall };
}

/** Rewrites one loop. */
class StripMiner {
  readonly #fn: MirFunction;
  readonly #polling: Polling;
  readonly #outer: Block;
  readonly #strip: FunctionBuilder;
  /** What the header's values are in the outer header. */
  readonly #values = new Map<Value, Value>();
  readonly #definitions: Definitions;

  constructor(cfg: Cfg, polling: Polling, definitions: Definitions) {
    this.#fn = cfg.fn;
    this.#polling = polling;
    this.#definitions = definitions;
    this.#outer = insertEntry(cfg, polling.shape);
    this.#strip = new FunctionBuilder(cfg.fn, createBlock(cfg.fn));
    for (const [i, param] of polling.shape.header.params.entries()) {
      const own = this.#outer.params[i];
      if (own !== undefined) this.#values.set(param, own);
    }
  }

  run(): void {
    const { shape, stay } = this.#polling;
    const { header, backEdge } = shape;
    this.#fillOuter();
    const stop = this.#endOfStrip();
    this.#strip.jump(header, [...this.#outer.params]);
    header.insts = header.insts.filter(({ op }) => op !== "safepoint");
    const end = terminatorOf(header);
    end.op = "jump";
    end.args = [];
    end.targets = [{ ...stay }];
    const again = this.#again(backEdge, stop);
    const { blocks } = this.#fn;
    blocks.splice(blocks.indexOf(header), 0, this.#strip.block);
    blocks.splice(blocks.indexOf(shape.latch) + 1, 0, again);
  }

  /** The header as it was, but into a strip. */
  #fillOuter(): void {
    const { shape, stay } = this.#polling;
    const use = (value: Value): Value => this.#values.get(value) ?? value;
    for (const inst of shape.header.insts) {
      const args = inst.args.map(use);
      const results = inst.results.map((result) => {
        const copy = createValue(this.#fn, typeOf(this.#fn, result));
        this.#values.set(result, copy);
        return copy;
      });
      const targets = inst.targets.map((edge) =>
        edge === stay
          ? { block: this.#strip.block.id, args: [] }
          : { block: edge.block, args: edge.args.map(use) },
      );
      this.#outer.insts.push({ ...inst, args, results, targets });
    }
  }

  /** The edge back, to the inner loop in a strip and to the outer one behind it. */
  #again(backEdge: Target, stop: Value): Block {
    const { shape, counter } = this.#polling;
    const { args } = backEdge;
    const block = createBlock(this.#fn);
    const next = args[shape.header.params.indexOf(counter.param)];
    if (next === undefined) throw new Error(`${this.#fn.symbol}: a counter has a next value`);
    const builder = new FunctionBuilder(this.#fn, block);
    builder.branch(
      builder.value("icmp", "i64", [next, stop], this.#goesOn()),
      { block: shape.header.id, args },
      { block: this.#outer.id, args: [...args] },
    );
    backEdge.block = block.id;
    backEdge.args = [];
    return block;
  }

  get #isDown(): boolean {
    const { step } = this.#polling.counter;
    return typeof step === "bigint" && step < 0n;
  }

  /** The comparison of the next number with the end of the strip, which is not in it. */
  #goesOn(): IntCond {
    if (this.#polling.counter.cond === "ne") return "ne";
    return this.#isDown ? "sgt" : "slt";
  }

  #endOfStrip(): Value {
    const { counter } = this.#polling;
    const { param, step, cond } = counter;
    const start = this.#values.get(param) ?? param;
    const constant = this.#definitions[counter.limit];
    const given =
      constant?.op === "iconst" ? this.#constant(constant.imm as bigint) : counter.limit;
    const reached = cond === "sle" || cond === "sge";
    const limit = reached
      ? this.#op("iadd", given, this.#constant(this.#isDown ? -1n : 1n))
      : given;
    const most =
      typeof step === "bigint"
        ? this.#constant((this.#isDown ? -step : step) * stripLength)
        : this.#op("imul", step, this.#constant(stripLength));
    const left = this.#isDown ? this.#op("isub", start, limit) : this.#op("isub", limit, start);
    const fits = this.#compare("ult", [left, most]);
    const part = this.#op(this.#isDown ? "isub" : "iadd", start, most);
    const stop = this.#select(fits, limit, part);
    if (typeof step === "bigint" || this.#polling.stepIsSmall) return stop;
    const less = this.#op("iadd", step, this.#constant(-1n));
    const steps = this.#compare("ult", [less, this.#constant(farthestStep)]);
    return this.#select(steps, stop, this.#constant(leastI64));
  }

  #constant(imm: bigint): Value {
    return this.#strip.value("iconst", "i64", [], imm);
  }

  #op(op: Opcode, left: Value, right: Value): Value {
    return this.#strip.value(op, "i64", [left, right]);
  }

  #select(condition: Value, then: Value, otherwise: Value): Value {
    return this.#strip.value("select", "i64", [condition, then, otherwise]);
  }

  #compare(cond: IntCond, args: Value[]): Value {
    return this.#strip.value("icmp", "i64", args, cond);
  }
}

/** Lets innermost counted loops poll once for many iterations. */
export function stripPolls(fn: MirFunction): boolean {
  if (!fn.blocks.some(({ insts }) => insts.some(({ op }) => op === "safepoint"))) return false;
  const mined = changeInnermost(fn, (graph, loop) => {
    const polling = findPolling(graph, loop);
    if (polling === undefined || !closeLoop(graph, loop)) return false;
    new StripMiner(graph.cfg, polling, graph.definitions).run();
    return true;
  });
  return mined > 0;
}
