// Where values are defined and how often they are used.
import type { Inst, MirFunction, Value } from "../ir/mir/index.ts";

/** A table by entity number, with room for `length` entries. */
export function emptyTable<T>(length: number): (T | undefined)[] {
  // Filled one by one: setting the length is a call into the engine.
  const table: (T | undefined)[] = [];
  for (let i = 0; i < length; i += 1) table.push(undefined);
  return table;
}

/** By value: how many operands and target arguments of placed blocks name it. */
export function countUses(fn: MirFunction): Int32Array {
  const uses = new Int32Array(fn.valueTypes.length);
  for (const block of fn.blocks) {
    for (const inst of block.insts) {
      for (const arg of inst.args) uses[arg] = (uses[arg] ?? 0) + 1;
      for (const target of inst.targets) {
        for (const arg of target.args) uses[arg] = (uses[arg] ?? 0) + 1;
      }
    }
  }
  return uses;
}

/** By value: the instruction that defines it; undefined for block parameters and values not defined. */
export function definingInsts(fn: MirFunction): (Inst | undefined)[] {
  const definitions = emptyTable<Inst>(fn.valueTypes.length);
  for (const block of fn.blocks) {
    for (const inst of block.insts) for (const result of inst.results) definitions[result] = inst;
  }
  return definitions;
}

/** By value: what stands for it now; undefined keeps the value. May be shorter than the list of values. */
export type Replacements = (Value | undefined)[];

/** An empty table with room for the function's values. */
export function createReplacements(fn: MirFunction): Replacements {
  return emptyTable<Value>(fn.valueTypes.length);
}

/** Replaces every use of each value that has a replacement, chains followed. */
export function replaceUses(fn: MirFunction, replacements: Replacements): void {
  for (const block of fn.blocks) {
    for (const inst of block.insts) {
      replaceIn(inst.args, replacements);
      for (const target of inst.targets) replaceIn(target.args, replacements);
    }
  }
}

/** Replaces in one operand list; see `replaceUses`. */
export function replaceIn(args: Value[], replacements: Replacements): void {
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg !== undefined && replacements[arg] !== undefined) args[i] = resolve(arg, replacements);
  }
}

/** The end of a value's chain of replacements, which is shortened on the way. */
export function resolve(value: Value, replacements: Replacements): Value {
  let end = value;
  for (let next = replacements[end]; next !== undefined; next = replacements[end]) end = next;
  if (end !== value) replacements[value] = end;
  return end;
}
