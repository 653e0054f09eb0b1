// What must be small for the divisions of a loop to be cheap: the numbers that their operands are computed from.
import { integerConstant, type Cfg, type Definitions } from "../../analysis/index.ts";
import { terminatorOf, typeOf, type Inst, type Value } from "../../ir/mir/index.ts";
import type { CountedShape } from "./counter.ts";

/** A value in front of the loop, or what a header's parameter is when the loop is entered, and what it is to be below. */
export interface Assumption {
  readonly value: Value;
  readonly isParam: boolean;
  readonly bound: bigint;
}

/** More looks in front of a loop are not worth a division. */
const mostAssumptions = 6;

/** Numbers up to this have products that are i64, and quotients by multiplication. */
const usualBound = 1n << 31n;

const divisions: ReadonlySet<string> = new Set(["sdiv", "sdiv_exact", "udiv", "srem", "urem"]);

/** Whether it is a 64-bit division. */
export function isWideDivision({ op, type }: Inst): boolean {
  return type === "i64" && divisions.has(op);
}

/** Operations whose results are small if their operands are. */
const tame: ReadonlySet<string> = new Set([
  "iadd",
  "isub",
  "imul",
  "ishl",
  "sshr",
  "ushr",
  "band",
  "bor",
  "bxor",
  ...divisions,
]);

/** Walks from the operands of divisions back to where their numbers come from. */
class Sources {
  readonly #cfg: Cfg;
  readonly #shape: CountedShape;
  readonly #definitions: Definitions;
  /** Header parameters and invariant values. */
  readonly found = new Set<Value>();
  readonly #seen = new Set<Value>();

  constructor(cfg: Cfg, shape: CountedShape, definitions: Definitions) {
    this.#cfg = cfg;
    this.#shape = shape;
    this.#definitions = definitions;
  }

  /** False if a value may be anything, wherever the walk started. */
  walk(value: Value): boolean {
    if (this.#seen.has(value)) return true;
    this.#seen.add(value);
    const { inside, header, backEdge } = this.#shape;
    const inst = this.#definitions[value];
    if (inst?.op === "iconst" || inst?.op === "sextend" || inst?.op === "uextend") return true;
    if (!inside.has(value)) {
      this.found.add(value);
      return true;
    }
    const place = header.params.indexOf(value);
    if (place >= 0) {
      this.found.add(value);
      const next = backEdge.args[place];
      return next === undefined || this.walk(next);
    }
    if (inst === undefined) return this.#walkParam(value);
    if (inst.op === "select") return inst.args.slice(1).every((arg) => this.walk(arg));
    return tame.has(inst.op) && inst.args.every((arg) => this.walk(arg));
  }

  #walkParam(param: Value): boolean {
    const { blocks } = this.#shape;
    const home = blocks.find(({ params }) => params.includes(param));
    const place = home?.params.indexOf(param) ?? -1;
    return blocks.every((block) =>
      terminatorOf(block).targets.every((edge) => {
        const arg = edge.args[place];
        return edge.block !== home?.id || arg === undefined || this.walk(arg);
      }),
    );
  }

  /** Invariant values that counters among the sources are compared with. */
  addLimits(): void {
    const { blocks, inside } = this.#shape;
    for (const { insts } of blocks) {
      for (const { op, type, args } of insts) {
        if (op !== "icmp" || type !== "i64" || !args.some((arg) => this.found.has(arg))) continue;
        for (const arg of args) {
          if (!inside.has(arg) && this.#definitions[arg]?.op !== "iconst") this.found.add(arg);
        }
      }
    }
  }

  /** Whether it is a header's parameter that gets small constants from everywhere, which need no look. */
  isConstant(param: Value): boolean {
    const { header, loop } = this.#shape;
    const place = header.params.indexOf(param);
    if (place < 0) return false;
    return (this.#cfg.predecessors[loop.header] ?? []).every((number) => {
      if (loop.blocks.includes(number)) return true;
      const block = this.#cfg.order[number];
      return (block === undefined ? [] : terminatorOf(block).targets).every((edge) => {
        const arg = edge.args[place];
        if (edge.block !== header.id || arg === undefined) return true;
        const constant = integerConstant(this.#definitions, arg);
        return constant !== undefined && constant >= 0n && constant < usualBound;
      });
    });
  }
}

/** The divisor, if the next value of a parameter is a remainder. */
function modulusOf(
  param: Value,
  { header, backEdge }: CountedShape,
  definitions: Definitions,
): bigint | undefined {
  const next = definitions[backEdge.args[header.params.indexOf(param)] ?? -1];
  const divisor = next?.args[1];
  if ((next?.op !== "srem" && next?.op !== "urem") || divisor === undefined) return undefined;
  const constant = integerConstant(definitions, divisor);
  return constant !== undefined && constant > 0n && constant <= usualBound ? constant : undefined;
}

/** What the loop's 64-bit divisions need; empty if there are none, or nothing helps them. */
export function findAssumptions(
  cfg: Cfg,
  shape: CountedShape,
  definitions: Definitions,
): Assumption[] {
  const found = new Set<Value>();
  for (const { insts } of shape.blocks) {
    for (const inst of insts) {
      if (!isWideDivision(inst)) continue;
      const sources = new Sources(cfg, shape, definitions);
      if (!inst.args.every((arg) => sources.walk(arg))) continue;
      sources.addLimits();
      for (const value of sources.found) {
        if (typeOf(cfg.fn, value) !== "i64" || sources.isConstant(value)) continue;
        found.add(value);
      }
    }
  }
  if (found.size > mostAssumptions) return [];
  return [...found].map((value) => ({
    value,
    isParam: shape.header.params.includes(value),
    bound: modulusOf(value, shape, definitions) ?? usualBound,
  }));
}
