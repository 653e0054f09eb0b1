// Linear recurrences of a loop: header parameters that the next iteration gets as a product with a constant and a sum.
import { integerConstant, type Cfg, type Definitions, type Loop } from "../../analysis/index.ts";
import {
  terminatorOf,
  type Block,
  type Inst,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** A loop with one back-edge. */
export interface LoopShape {
  readonly header: Block;
  /** The header first, each block after its dominators. */
  readonly blocks: readonly Block[];
  readonly backEdge: Target;
}

/** The parts of a loop with one edge back to its header; undefined for others. */
export function shapeOf(cfg: Cfg, loop: Loop): LoopShape | undefined {
  const header = cfg.order[loop.header];
  const latch = cfg.order[loop.latches[0] ?? -1];
  if (header === undefined || latch === undefined || loop.latches.length > 1) return undefined;
  const back = terminatorOf(latch).targets.filter(({ block }) => block === header.id);
  const [backEdge] = back;
  if (backEdge === undefined || back.length > 1) return undefined;
  const blocks = loop.blocks.flatMap((number) => cfg.order[number] ?? []);
  return { header, blocks, backEdge };
}

/** `next = param * factor + addend`, modulo a constant if there is one. */
export interface Recurrence {
  readonly param: Value;
  /** Defines the value that the back-edge passes. */
  readonly next: Inst;
  readonly factor: bigint;
  /** A constant, or a value that does not depend on the parameter. */
  readonly addend: bigint | Value;
  /** The parameter is below it and not negative, and the sum does not wrap. */
  readonly modulus?: bigint;
}

/** The constant factor of a product with the parameter. */
function factorOf(
  value: Value | undefined,
  param: Value,
  definitions: Definitions,
): bigint | undefined {
  const product = definitions[value ?? -1];
  const [left, right] = product?.args ?? [];
  if (product?.op !== "imul" || left !== param || right === undefined) return undefined;
  return integerConstant(definitions, right);
}

/** Whether a value is computed from a header parameter within one iteration. */
function dependsOn(
  value: Value,
  param: Value,
  { blocks }: LoopShape,
  definitions: Definitions,
): boolean {
  const joined = new Set<Value>();
  for (const block of blocks.slice(1)) for (const each of block.params) joined.add(each);
  const seen = new Set<Value>();
  const work = [value];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    // A parameter in the middle of the loop may come from anything in it.
    if (at === param || joined.has(at)) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    work.push(...(definitions[at]?.args ?? []));
  }
  return false;
}

function findRecurrence(
  param: Value,
  nextValue: Value,
  shape: LoopShape,
  definitions: Definitions,
): Recurrence | undefined {
  const next = definitions[nextValue];
  if (next === undefined) return undefined;
  const alone = factorOf(nextValue, param, definitions);
  if (alone !== undefined) return { param, next, factor: alone, addend: 0n };
  const [left, right] = next.args;
  if (next.op !== "iadd" || left === undefined || right === undefined) return undefined;
  for (const [product, addend] of [
    [left, right],
    [right, left],
  ] as const) {
    const factor = factorOf(product, param, definitions);
    if (factor === undefined) continue;
    const constant = integerConstant(definitions, addend);
    if (constant !== undefined) return { param, next, factor, addend: constant };
    if (!dependsOn(addend, param, shape, definitions)) return { param, next, factor, addend };
  }
  return undefined;
}

/** The linear recurrences of a loop's header. */
export function findRecurrences(shape: LoopShape, definitions: Definitions): Recurrence[] {
  const inside = new Set(shape.blocks.flatMap(({ insts }) => insts));
  return shape.header.params.flatMap((param, i) => {
    const next = shape.backEdge.args[i];
    if (next === undefined) return [];
    const found = findRecurrence(param, next, shape, definitions);
    return found !== undefined && inside.has(found.next) ? [found] : [];
  });
}
