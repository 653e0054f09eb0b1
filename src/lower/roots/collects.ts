// Which calls may run the collector.
import type { Inst, MirFunction, MirModule } from "../../ir/mir/index.ts";

/** Says of an instruction whether the collector may run in it. */
export type MayCollect = (inst: Inst) => boolean;

/** Calls through slots and tables may; calls of host functions as declared; calls inside the module by what is called. */
export function collectingCalls(module: MirModule): MayCollect {
  const symbols = new Set<string>();
  for (const { symbol, collects } of module.declarations)
    if (collects === true) symbols.add(symbol);
  const mayCollect: MayCollect = ({ op, imm }) => {
    if (op === "call_slot" || op === "call_table" || op === "new") return true;
    return typeof imm === "string" && isCall(op) && symbols.has(imm);
  };
  for (let again = true; again;) {
    again = false;
    for (const fn of module.functions) {
      if (symbols.has(fn.symbol) || !hasAny(fn, mayCollect)) continue;
      symbols.add(fn.symbol);
      again = true;
    }
  }
  return mayCollect;
}

function isCall(op: Inst["op"]): boolean {
  return op === "call" || isHostCall(op);
}

/** Whether the instruction calls a host function, which does not keep its operands alive itself. */
export function isHostCall(op: Inst["op"]): boolean {
  return op === "call_host" || op === "call_read" || op === "call_pure";
}

/** Whether any instruction of a function may run the collector. */
export function hasAny(fn: MirFunction, mayCollect: MayCollect): boolean {
  return fn.blocks.some(({ insts }) => insts.some(mayCollect));
}
