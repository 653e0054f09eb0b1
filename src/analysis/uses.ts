// Where values are defined and how often they are used.
import type { Block, Inst, MirFunction, Value } from "../ir/mir/index.ts";

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
  const definitions = Array.from<Inst | undefined>({ length: fn.valueTypes.length });
  for (const block of fn.blocks) {
    for (const inst of block.insts) for (const result of inst.results) definitions[result] = inst;
  }
  return definitions;
}

/** By value: the block that defines it, as a parameter or a result. */
export function definingBlocks(fn: MirFunction): (Block | undefined)[] {
  const blocks = Array.from<Block | undefined>({ length: fn.valueTypes.length });
  for (const block of fn.blocks) {
    for (const param of block.params) blocks[param] = block;
    for (const inst of block.insts) for (const result of inst.results) blocks[result] = block;
  }
  return blocks;
}

/** Replaces every use of a value `v` with `replacement[v]`, chains followed; -1 keeps the value. */
export function replaceUses(fn: MirFunction, replacement: Int32Array): void {
  for (const block of fn.blocks) {
    for (const inst of block.insts) {
      replaceIn(inst.args, replacement);
      for (const target of inst.targets) replaceIn(target.args, replacement);
    }
  }
}

/** Replaces in one operand list; see `replaceUses`. */
export function replaceIn(args: Value[], replacement: Int32Array): void {
  for (let i = 0; i < args.length; i += 1) args[i] = resolve(args[i] as Value, replacement);
}

/** The end of a value's chain of replacements, which is shortened on the way. */
export function resolve(value: Value, replacement: Int32Array): Value {
  const first = replacement[value] ?? -1;
  if (first < 0) return value;
  let end = first;
  for (let next = replacement[end] ?? -1; next >= 0; next = replacement[end] ?? -1) end = next;
  replacement[value] = end;
  return end as Value;
}
