// What integer ranges allow: constants, cheaper divisions, extensions and masks that change nothing.
import {
  computeCfg,
  computeDominators,
  computeLoops,
  decodeBound,
  definingInsts,
  endsBlock,
  isExact,
  leastI64,
  opcodeEffects,
  trapsMaybe,
  visitRanges,
  type Cfg,
  type Definitions,
  type RangeView,
} from "../analysis/index.ts";
import { typeOf, type Inst, type MirFunction, type Opcode, type Value } from "../ir/mir/index.ts";
import {
  divideByConstant,
  findConstantDivision,
  type ConstantDivision,
} from "./facts/constant-division.ts";
import { become, becomeInt, becomeTyped, Rewriter, type Outcome } from "./rewriter.ts";

/** What to do with an instruction. */
type Fact =
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "same as"; readonly value: Value | undefined }
  | { readonly kind: "opcode"; readonly op: Opcode }
  | { readonly kind: "divide"; readonly way: ConstantDivision }
  /** A 64-bit unsigned division whose operands fit in 32 bits. */
  | { readonly kind: "narrow"; readonly op: "udiv" | "urem" };

/** What is known where an instruction stands. */
interface Place {
  readonly inst: Inst;
  readonly view: RangeView;
  readonly definitions: Definitions;
}

type Finder = (place: Place) => Fact | undefined;

const greatestU32 = 2 ** 32 - 1;

function within({ view }: Place, value: Value | undefined, low: number, high: number): boolean {
  return view.low(value) >= low && view.high(value) <= high;
}

function bothNonNegative({ inst, view }: Place): boolean {
  return view.low(inst.args[0]) >= 0 && view.low(inst.args[1]) >= 0;
}

function byConstant({ inst, view }: Place): Fact | undefined {
  const way = findConstantDivision(inst, view);
  return way === undefined ? undefined : { kind: "divide", way };
}

/** An unsigned division with nothing to divide, or that fits in 32 bits. */
function unsignedDivision(place: Place, op: "udiv" | "urem"): Fact | undefined {
  const { inst, view } = place;
  const [a, b] = inst.args;
  if (view.low(a) >= 0 && view.high(a) < view.low(b)) {
    return op === "urem" ? { kind: "same as", value: a } : { kind: "constant", value: 0n };
  }
  if (inst.type !== "i64") return undefined;
  const constant = byConstant(place);
  if (constant !== undefined) return constant;
  const fits = within(place, a, 0, greatestU32) && within(place, b, 0, greatestU32);
  return fits ? { kind: "narrow", op } : undefined;
}

const findSdiv: Finder = (place) => {
  const { inst, view } = place;
  if (bothNonNegative(place)) {
    return unsignedDivision(place, "udiv") ?? { kind: "opcode", op: "udiv" };
  }
  const constant = byConstant(place);
  if (constant !== undefined) return constant;
  if (inst.op === "sdiv_exact") return undefined;
  const [a, b] = inst.args;
  const least = inst.type === "i32" ? -(2 ** 31) : leastI64;
  const certain = view.low(b) >= 0 || view.high(b) < -1 || view.low(a) > least;
  return certain ? { kind: "opcode", op: "sdiv_exact" } : undefined;
};

const findSrem: Finder = (place) => {
  if (!bothNonNegative(place)) return byConstant(place);
  return unsignedDivision(place, "urem") ?? { kind: "opcode", op: "urem" };
};

/** A mask of low ones that the operand fits in. */
const findBand: Finder = (place) => {
  const { inst, view } = place;
  const [operand, right] = inst.args;
  const mask = view.low(right);
  if (mask !== view.high(right) || mask < 0 || !isExact(mask)) return undefined;
  const contiguous = 2 ** Math.round(Math.log2(mask + 1)) === mask + 1;
  return contiguous && within(place, operand, 0, mask)
    ? { kind: "same as", value: operand }
    : undefined;
};

/** `sext8` and `sext16` of what has so few bits. */
function findSext(bits: number): Finder {
  const limit = 2 ** (bits - 1);
  return (place) => {
    const [operand] = place.inst.args;
    const same = within(place, operand, -limit, limit - 1);
    return same ? { kind: "same as", value: operand } : undefined;
  };
}

/** An extension of a narrowed value that had no more bits. */
function findExtension(low: number, high: number): Finder {
  return (place) => {
    const narrowed = place.definitions[place.inst.args[0] ?? -1];
    if (narrowed?.op !== "ireduce") return undefined;
    const [source] = narrowed.args;
    return within(place, source, low, high) ? { kind: "same as", value: source } : undefined;
  };
}

/** The conversion of a signed integer is the cheaper one. */
function findSignedConversion(op: Opcode): Finder {
  return ({ inst, view }) => (view.low(inst.args[0]) >= 0 ? { kind: "opcode", op } : undefined);
}

const finders: ReadonlyMap<string, Finder> = new Map(
  Object.entries({
    sdiv: findSdiv,
    sdiv_exact: findSdiv,
    srem: findSrem,
    udiv: (place) => unsignedDivision(place, "udiv"),
    urem: (place) => unsignedDivision(place, "urem"),
    band: findBand,
    sext8: findSext(8),
    sext16: findSext(16),
    sextend: findExtension(-(2 ** 31), 2 ** 31 - 1),
    uextend: findExtension(0, greatestU32),
    i32_to_float_u: findSignedConversion("i32_to_float_s"),
    i64_to_float_u: findSignedConversion("i64_to_float_s"),
  } satisfies Partial<Record<Opcode, Finder>>),
);

/** A result with only one possible value, of an instruction that may be dropped. */
function findConstant(fn: MirFunction, { inst, view }: Place): Fact | undefined {
  const [result] = inst.results;
  if (result === undefined || inst.results.length > 1 || inst.op === "iconst") return undefined;
  const low = view.low(result);
  if (low !== view.high(result)) return undefined;
  const type = typeOf(fn, result);
  const effects = opcodeEffects(inst.op);
  if ((type !== "i32" && type !== "i64") || (effects & ~trapsMaybe & ~endsBlock) !== 0) {
    return undefined;
  }
  if ((effects & trapsMaybe) !== 0 && !excludesZero(view, inst.args[1])) return undefined;
  return { kind: "constant", value: decodeBound(low) };
}

function excludesZero(view: RangeView, value: Value | undefined): boolean {
  return view.low(value) > 0 || view.high(value) < 0;
}

function applyFact(inst: Inst, fact: Fact, rewriter: Rewriter): Outcome {
  switch (fact.kind) {
    case "constant": {
      const [result] = inst.results;
      if (result === undefined) throw new Error(`${inst.op} has no result`);
      return becomeInt(inst, rewriter.typeOf(result), fact.value);
    }
    case "same as":
      if (fact.value === undefined) throw new Error(`${inst.op} has no such operand`);
      return rewriter.resolve(fact.value);
    case "opcode":
      return become(inst, fact.op, inst.args);
    case "divide":
      return divideByConstant(inst, fact.way, rewriter);
    case "narrow": {
      const args = inst.args.map((arg) => rewriter.emit("ireduce", null, [arg], { result: "i32" }));
      return becomeTyped(inst, "uextend", null, [rewriter.emit(fact.op, "i32", args)]);
    }
  }
}

/** The facts of all instructions that there are any of. */
function findFacts(fn: MirFunction, cfg: Cfg, definitions: Definitions): Map<Inst, Fact> {
  const tree = computeDominators(cfg);
  const forest = computeLoops(cfg, tree);
  const found = new Map<Inst, Fact>();
  visitRanges({ cfg, tree, forest }, (inst, view) => {
    const place = { inst, view, definitions };
    const fact = findConstant(fn, place) ?? finders.get(inst.op)?.(place);
    if (fact !== undefined) found.set(inst, fact);
  });
  return found;
}

/** The divisions that `facts` would make something cheaper of. */
export function cheaperDivisions(fn: MirFunction): ReadonlySet<Inst> {
  const divisions = new Set<Inst>();
  for (const [inst, { kind }] of findFacts(fn, computeCfg(fn), definingInsts(fn))) {
    if (kind === "divide" || kind === "narrow") divisions.add(inst);
  }
  return divisions;
}

/** Uses the ranges of integers, dominating conditions included. */
export function facts(fn: MirFunction): boolean {
  // Comparisons alone are seldom decided by ranges, which take longer than any other analysis.
  const worthwhile = fn.blocks.some(({ insts }) => insts.some(({ op }) => finders.has(op)));
  if (!worthwhile) return false;
  const cfg = computeCfg(fn);
  const definitions = definingInsts(fn);
  const found = findFacts(fn, cfg, definitions);
  if (found.size === 0) return false;
  return new Rewriter(fn, definitions).sweepOnce(cfg.order, (inst, rewriter) => {
    const fact = found.get(inst);
    return fact === undefined ? undefined : applyFact(inst, fact, rewriter);
  });
}
