// Which values may be the only thing that keeps an object alive.
//
// A value is a *root* if it is a `ref`, an `any`, or an integer that may hold an object's address: what comes out of
// `ref_addr` or `any_bits` and passes through sums, differences, selections, block parameters and changes of width.
// Constants, addresses of data and `any` values with a visible tag other than that of a reference are not.
import {
  blocksById,
  definingInsts,
  integerConstant,
  type Definitions,
} from "../../analysis/index.ts";
import type { Block, Inst, MirFunction, Opcode, Value } from "../../ir/mir/index.ts";

export interface RootValues {
  /** By value: 1 if it is a root. */
  readonly isRoot: Uint8Array;
  /** By value: the value it is computed from and that keeps the same object alive; the value itself if there is none. */
  readonly base: Int32Array;
}

export function findRootValues(fn: MirFunction): RootValues {
  const definitions = definingInsts(fn);
  const isRoot = new Uint8Array(fn.valueTypes.length);
  markReferences(fn, definitions, isRoot);
  const blocks = blocksById(fn);
  for (let again = true; again;) {
    again = false;
    for (const block of fn.blocks) {
      for (const inst of block.insts) {
        again = markDerived(fn, inst, isRoot) || again;
        for (const { block: id, args } of inst.targets) {
          again = markParams(blocks[id], args, isRoot) || again;
        }
      }
    }
  }
  return { isRoot, base: findBases(fn, definitions, isRoot) };
}

function markReferences(fn: MirFunction, definitions: Definitions, isRoot: Uint8Array): void {
  for (const [value, type] of fn.valueTypes.entries()) {
    if (type !== "ref" && type !== "any") continue;
    const inst = definitions[value];
    if (inst === undefined || !isFixed(inst, definitions)) isRoot[value] = 1;
  }
}

/** Whether a reference or `any` value certainly is no object of the heap. */
function isFixed(inst: Inst, definitions: Definitions): boolean {
  const operand = definitions[inst.args[0] ?? -1];
  if (inst.op === "nil") return true;
  if (inst.op === "addr_ref") return operand?.op === "symbol_addr" || operand?.op === "iconst";
  return inst.op === "bits_any" && operand !== undefined && hasOtherTag(operand, definitions);
}

/** Whether 64 bits are visibly not those of a reference: the upper half is not 0. */
function hasOtherTag(inst: Inst, definitions: Definitions): boolean {
  if (inst.op === "iconst") return true;
  if (inst.op !== "bor" && inst.op !== "iadd") return false;
  return inst.args.some((arg) => {
    const constant = integerConstant(definitions, arg);
    return constant !== undefined && constant >= 1n << 32n;
  });
}

const firstOperandOnly: ReadonlySet<Opcode> = new Set([
  "ref_addr",
  "any_bits",
  "ireduce",
  "uextend",
  "isub",
]);

/** The operands whose address a result may hold. */
function addressOperands({ op, args }: Inst): readonly Value[] {
  if (firstOperandOnly.has(op)) return args.slice(0, 1);
  if (op === "iadd") return args;
  return op === "select" ? args.slice(1) : [];
}

/** Marks the result; says whether that is new. */
function markDerived(fn: MirFunction, inst: Inst, isRoot: Uint8Array): boolean {
  const [result] = inst.results;
  if (result === undefined || isRoot[result] === 1 || fn.valueTypes[result] === "ref") return false;
  if (!addressOperands(inst).some((arg) => isRoot[arg] === 1)) return false;
  isRoot[result] = 1;
  return true;
}

/** Marks the parameters that an edge passes roots to; says whether there were new ones. */
function markParams(block: Block | undefined, args: readonly Value[], isRoot: Uint8Array): boolean {
  let changed = false;
  for (const [i, arg] of args.entries()) {
    const param = block?.params[i];
    if (param === undefined || isRoot[arg] !== 1 || isRoot[param] === 1) continue;
    isRoot[param] = 1;
    changed = true;
  }
  return changed;
}

function findBases(fn: MirFunction, definitions: Definitions, isRoot: Uint8Array): Int32Array {
  const base = Int32Array.from(fn.valueTypes.keys());
  const baseOf = (value: Value): number => {
    let at = value;
    for (let inst = definitions[at]; inst !== undefined; inst = definitions[at]) {
      const next = onlyRootOperand(inst, isRoot);
      if (next === undefined) break;
      at = next;
    }
    return at;
  };
  for (let value = 0; value < base.length; value += 1) {
    if (isRoot[value] === 1) base[value] = baseOf(value as Value);
  }
  return base;
}

/** The operand in whose object the result's address lies; a selection may lie in either's. */
function onlyRootOperand(inst: Inst, isRoot: Uint8Array): Value | undefined {
  if (inst.op === "select") return undefined;
  const converts = inst.op === "addr_ref" || inst.op === "bits_any";
  const operands = (converts ? inst.args : addressOperands(inst)).filter(
    (arg) => isRoot[arg] === 1,
  );
  return operands.length === 1 ? operands[0] : undefined;
}
