// What an instruction may do besides computing its results, as bit sets for quick tests.
import {
  isIndex,
  opcodes,
  opcodeSpec,
  type Inst,
  type Opcode,
  type Value,
} from "../ir/mir/index.ts";

/** Bit of an opcode's effects: its result depends on memory. */
export const readsMemory = 1;
/** Bit of an opcode's effects: it changes memory. */
export const writesMemory = 2;
/** Bit of an opcode's effects: it may stop the program with a runtime error. */
export const trapsMaybe = 4;
/** Runs code with effects of its own: everything may happen. */
export const callsCode = 8;
/** Bit of an opcode's effects: it is a terminator. */
export const endsBlock = 16;
/** Makes an object: each time another one, and not needed if nothing uses it. */
export const allocatesObject = 32;

/** What keeps an instruction whose results nobody uses. */
export const sideEffects: number = writesMemory | trapsMaybe | callsCode | endsBlock;

function effectBits(opcode: Opcode): number {
  const { effects, terminator } = opcodeSpec(opcode);
  return (
    (effects?.reads === true ? readsMemory : 0) |
    (effects?.writes === true ? writesMemory : 0) |
    (effects?.traps === true ? trapsMaybe : 0) |
    (effects?.calls === true ? callsCode : 0) |
    (effects?.allocates === true ? allocatesObject : 0) |
    (terminator === true ? endsBlock : 0)
  );
}

const bitsOf: ReadonlyMap<string, number> = new Map(
  (Object.keys(opcodes) as Opcode[]).map((opcode) => [opcode, effectBits(opcode)]),
);

/** The effects of an opcode, operands unknown. */
export function opcodeEffects(opcode: Opcode): number {
  return bitsOf.get(opcode) ?? 0;
}

/** By value: the instruction that defines it; see `definingInsts`. */
export type Definitions = readonly (Inst | undefined)[];

/**
 * The effects of an instruction; a division by a constant other than 0 does not trap.
 */
export function instEffects(inst: Inst, definitions: Definitions): number {
  const bits = opcodeEffects(inst.op);
  if ((bits & trapsMaybe) === 0 || inst.op === "trap" || isIndex(inst.op)) return bits;
  const divisor = definitions[inst.args[1] ?? -1];
  return divisor?.op === "iconst" && divisor.imm !== 0n ? bits & ~trapsMaybe : bits;
}

/** The value of an integer constant, or undefined. */
export function integerConstant(definitions: Definitions, value: Value): bigint | undefined {
  const inst = definitions[value];
  return inst?.op === "iconst" && typeof inst.imm === "bigint" ? inst.imm : undefined;
}
