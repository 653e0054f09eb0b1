// Linear recurrences of a loop: header parameters that the next iteration gets as a product with a constant and a sum.
import { integerConstant, type Definitions } from "../../analysis/index.ts";
import type { Inst, Value } from "../../ir/mir/index.ts";
import type { LoopShape } from "../innermost.ts";

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
