// Unrolling of loops that wait for a linear recurrence modulo a constant, `x = (x * a + c) % m`. Each copy of the body computes
// its x from the one at the loop's header, as for recurrences that wrap, with a^k and the sum reduced modulo m.
import {
  computeCfg,
  computeDominators,
  computeLoops,
  definingInsts,
  dominates,
  integerConstant,
  type Definitions,
  type DominatorTree,
  type Loop,
} from "../../analysis/index.ts";
import type { Block, Inst, MirFunction, Value } from "../../ir/mir/index.ts";
import { findMultiplier } from "../facts/constant-division.ts";
import { closeLoop } from "./close.ts";
import { copyBody } from "./copy-body.ts";
import { shapeOf, type LoopShape } from "../innermost.ts";
import { findRecurrences, type Recurrence } from "./recurrence.ts";

/** A loop whose instructions that run each time are up to this many is four times as long afterwards. */
const mostSizeForFour = 40;
/** A loop up to this size is twice as long. */
const mostSizeForTwo = 80;
/** All copies together have no more instructions. */
const mostInsts = 240;

const mostMultiplied = 1n << 63n;

/** `param * factor + addend` with constants, which do not wrap where the parameter is below the modulus. */
function findLinear(
  value: Value,
  { param, modulus }: { readonly param: Value; readonly modulus: bigint },
  definitions: Definitions,
): { readonly factor: bigint; readonly addend: bigint } | undefined {
  const constantOf = (operand: Value | undefined): bigint =>
    (operand === undefined ? undefined : integerConstant(definitions, operand)) ?? -1n;
  const top = definitions[value];
  const isSum = top?.op === "iadd";
  const product = isSum ? definitions[top.args[0] ?? -1] : top;
  if (product?.op !== "imul" || product.args[0] !== param) return undefined;
  const factor = constantOf(product.args[1]);
  const addend = isSum ? constantOf(top.args[1]) : 0n;
  if (factor < 0n || addend < 0n) return undefined;
  return (modulus - 1n) * factor + addend < mostMultiplied ? { factor, addend } : undefined;
}

/** Whether an instruction is a remainder of 64-bit integers. */
export function isRemainder({ op, type }: Inst): boolean {
  return type === "i64" && (op === "srem" || op === "urem");
}

/** The recurrence of a header's parameter, if it is linear modulo a constant. */
function findRemainder(
  param: Value,
  nextValue: Value,
  definitions: Definitions,
): Recurrence | undefined {
  const next = definitions[nextValue];
  const [dividend, divisor] = next?.args ?? [];
  if (next === undefined || !isRemainder(next)) return undefined;
  if (dividend === undefined || divisor === undefined) return undefined;
  const modulus = integerConstant(definitions, divisor);
  if (modulus === undefined || modulus < 2n || modulus > 1n << 31n) return undefined;
  const linear = findLinear(dividend, { param, modulus }, definitions);
  return linear === undefined ? undefined : { param, next, ...linear, modulus };
}

/** How many copies of the body there may be so that each remainder is a multiplication. */
function mostCopies({ factor, addend, modulus }: Recurrence): number {
  if (modulus === undefined || typeof addend !== "bigint") return 1;
  let power = factor;
  let sum = addend;
  for (let copies = 1; copies < 4; copies += 1) {
    power = (power * factor) % modulus;
    sum = (sum * factor + addend) % modulus;
    const greatest = (modulus - 1n) * power + sum;
    if (findMultiplier(modulus, greatest, false) === undefined) return copies;
  }
  return 4;
}

function factorFor({ blocks }: LoopShape, tree: DominatorTree, loop: Loop): number {
  const [latch] = loop.latches;
  let always = 0;
  let size = 0;
  for (const [i, { insts }] of blocks.entries()) {
    size += insts.length;
    if (dominates(tree, loop.blocks[i] ?? 0, latch ?? 0)) always += insts.length;
  }
  if (always <= mostSizeForFour && size * 4 <= mostInsts) return 4;
  return always <= mostSizeForTwo && size * 2 <= mostInsts ? 2 : 1;
}

/**
 * Unrolls the loop with this header if it has such a recurrence. `isBelow` says whether a parameter is below its modulus,
 * and not negative, when the loop is entered.
 */
export function unrollRemainders(
  fn: MirFunction,
  header: Block,
  isBelow: (param: Value, modulus: bigint) => boolean,
): boolean {
  const cfg = computeCfg(fn);
  const tree = computeDominators(cfg);
  const loop = computeLoops(cfg, tree).loops.find((each) => cfg.order[each.header] === header);
  const shape = loop === undefined ? undefined : shapeOf(cfg, loop);
  if (loop === undefined || shape === undefined) return false;
  const definitions = definingInsts(fn);
  const remainders = header.params
    .flatMap((param, i) => findRemainder(param, shape.backEdge.args[i] ?? param, definitions) ?? [])
    .filter(({ param, modulus }) => modulus !== undefined && isBelow(param, modulus));
  const wanted = remainders.map(mostCopies);
  const factor = Math.min(factorFor(shape, tree, loop), ...wanted);
  if (remainders.length === 0 || factor === 1 || !closeLoop({ cfg, tree }, loop)) return false;
  const recurrences = [...remainders, ...findRecurrences(shape, definitions)];
  copyBody(fn, shape, { factor, recurrences });
  return true;
}
