// `new` as calls of the runtime library.
import {
  createValue,
  objectOf,
  type Inst,
  type MirFunction,
  type MirModule,
} from "../ir/mir/index.ts";

const allocator = "rt_new";

/** Replaces every `new` by a call of the library, which the module then declares. */
export function lowerObjects(module: MirModule): void {
  let found = false;
  for (const fn of module.functions) found = lowerIn(fn) || found;
  if (!found || module.declarations.some(({ symbol }) => symbol === allocator)) return;
  const signature = { params: ["i32", "i32"], results: ["ref"] } as const;
  module.declarations.push({ symbol: allocator, signature, linkage: "host", collects: true });
}

function lowerIn(fn: MirFunction): boolean {
  let found = false;
  for (const block of fn.blocks) {
    if (!block.insts.some(({ op }) => op === "new")) continue;
    found = true;
    block.insts = block.insts.flatMap((inst) => (inst.op === "new" ? lowerNew(fn, inst) : [inst]));
  }
  return found;
}

function lowerNew(fn: MirFunction, inst: Inst): Inst[] {
  const { typeId, size } = objectOf(inst.imm);
  const constants = [typeId, size].map((number): Inst => {
    const results = [createValue(fn, "i32")];
    const imm = BigInt.asIntN(32, BigInt(number));
    return { ...inst, op: "iconst", type: "i32", args: [], imm, targets: [], results };
  });
  const args = constants.flatMap(({ results }) => results);
  return [...constants, { ...inst, op: "call_host", imm: allocator, args }];
}
