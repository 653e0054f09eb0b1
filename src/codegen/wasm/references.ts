// References and `any` values as the integers that carry them, so that no other part of the back end knows them and their
// conversions cost no instruction.
import { createReplacements, definingInsts, replaceIn, resolve } from "../../analysis/index.ts";
import type { Definitions } from "../../analysis/index.ts";
import type { Block, Inst, MirFunction, MirType, Opcode } from "../../ir/mir/index.ts";
import { wasmType } from "./selection.ts";

/** Opcodes whose result is their operand with another type. */
const conversions: ReadonlySet<Opcode> = new Set(["ref_addr", "addr_ref", "any_bits", "bits_any"]);

function isCarried(type: MirType): boolean {
  return type === "ref" || type === "any";
}

/** The function without values of the types `ref` and `any`: itself if it has none, else a copy. */
export function eraseReferences(fn: MirFunction): MirFunction {
  if (!fn.valueTypes.some(isCarried)) return fn;
  const definitions = definingInsts(fn);
  const replacements = createReplacements(fn);
  for (const { insts } of fn.blocks) {
    for (const { op, args, results } of insts) {
      if (conversions.has(op) && results[0] !== undefined) replacements[results[0]] = args[0];
    }
  }
  for (let value = 0; value < replacements.length; value += 1) {
    const replacement = replacements[value];
    if (replacement !== undefined) replacements[value] = resolve(replacement, replacements);
  }
  const blocks = fn.blocks.map((block): Block => {
    const kept = block.insts.filter(({ op }) => !conversions.has(op));
    return { ...block, insts: kept.map((inst) => eraseInst(inst, definitions, replacements)) };
  });
  return { ...fn, blocks, valueTypes: fn.valueTypes.map(wasmType) };
}

function eraseInst(
  inst: Inst,
  definitions: Definitions,
  replacements: ReturnType<typeof createReplacements>,
): Inst {
  const args = [...inst.args];
  const erased: Inst = {
    ...inst,
    type: inst.type === null ? null : wasmType(inst.type),
    args,
    targets: inst.targets.map(({ block, args: passed }) => ({ block, args: [...passed] })),
  };
  if (inst.op === "nil") become(erased, "iconst", 0n);
  else if (inst.op === "ref_eq") become(erased, "icmp", "eq");
  else if (isNegated(inst, definitions)) {
    erased.args = [...(definitions[args[0] ?? -1]?.args ?? [])];
    erased.imm = "ne";
  }
  replaceIn(erased.args, replacements);
  for (const target of erased.targets) replaceIn(target.args, replacements);
  return erased;
}

function become(inst: Inst, op: Opcode, imm: Inst["imm"]): void {
  inst.op = op;
  inst.type = "i32";
  inst.imm = imm;
}

/** Whether an instruction says that two references are not the same: `ref_eq` compared with 0. */
function isNegated({ op, imm, type, args }: Inst, definitions: Definitions): boolean {
  if (op !== "icmp" || imm !== "eq" || type !== "i32") return false;
  const zero = definitions[args[1] ?? -1];
  return definitions[args[0] ?? -1]?.op === "ref_eq" && zero?.op === "iconst" && zero.imm === 0n;
}
