// Which accesses to memory may meet. What lies behind a `ref` is a field of an object, and objects are of one layout all
// their life: fields at different offsets or of different kinds are different memory. What lies behind an `i32` is
// anything else; references and `any` values there are never read or written as numbers.
import { typeOf, type Inst, type MirFunction, type MirType, type Opcode } from "../ir/mir/index.ts";
import { callsCode, opcodeEffects, readsMemory, writesMemory } from "./effects.ts";

/** A part of memory that accesses to other parts do not meet. */
export type MemoryPart = number;

/** All of memory; meets every part. */
export const allMemory: MemoryPart = 0;

const addressedNumbers: MemoryPart = 1;
const addressedReferences: MemoryPart = 2;
const addressedAnys: MemoryPart = 3;
const everyAddressed: readonly MemoryPart[] = [
  addressedNumbers,
  addressedReferences,
  addressedAnys,
];
const firstField: MemoryPart = 4;

/** Kinds of fields; a reference may be read as its address, and an `any` as its bits. */
const fieldKinds: Readonly<Record<MirType, number>> = {
  i32: 0,
  ref: 0,
  i64: 1,
  any: 1,
  f32: 2,
  f64: 3,
};
const byteKind = 4;
const shortKind = 5;
const kindCount = 8;

const bytes: ReadonlySet<Opcode> = new Set(["load8_s", "load8_u", "store8"]);

function kindOf({ op, type }: Inst): number {
  if (type !== null) return fieldKinds[type];
  return bytes.has(op) ? byteKind : shortKind;
}

/** The part that a load or store accesses. */
function accessed(fn: MirFunction, inst: Inst): MemoryPart {
  const [address] = inst.args;
  if (address !== undefined && typeOf(fn, address) === "ref")
    return firstField + Number(inst.imm) * kindCount + kindOf(inst);
  if (inst.type === "ref") return addressedReferences;
  return inst.type === "any" ? addressedAnys : addressedNumbers;
}

const nothing: readonly MemoryPart[] = [];
const everything: readonly MemoryPart[] = [allMemory];

/** The parts that an instruction may write; `[allMemory]` for calls. New objects are not written but made. */
export function writtenParts(fn: MirFunction, inst: Inst): readonly MemoryPart[] {
  const effects = opcodeEffects(inst.op);
  if ((effects & (writesMemory | callsCode)) === 0) return nothing;
  if ((effects & callsCode) !== 0) return everything;
  if (inst.op === "memory_copy" || inst.op === "memory_fill") return everyAddressed;
  return [accessed(fn, inst)];
}

/** The part that an instruction with a result reads, or undefined. */
export function readPart(fn: MirFunction, inst: Inst): MemoryPart | undefined {
  if ((opcodeEffects(inst.op) & readsMemory) === 0) return undefined;
  return isLoad(inst) ? accessed(fn, inst) : allMemory;
}

/** Whether the instruction is a load through a `ref` or an address. */
export function isLoad({ op }: Inst): boolean {
  return op.startsWith("load");
}

/** The parts that any of these instructions may write. */
export class WrittenParts {
  readonly parts = new Set<MemoryPart>();

  add(fn: MirFunction, insts: readonly Inst[]): void {
    for (const inst of insts) for (const part of writtenParts(fn, inst)) this.parts.add(part);
  }

  /** Whether a part may have been written. */
  meets(part: MemoryPart): boolean {
    if (this.parts.size === 0) return false;
    return part === allMemory || this.parts.has(allMemory) || this.parts.has(part);
  }
}
