// Types of instructions and values that the text form leaves to the operands.
//
// `T` of an opcode without a suffix is the type of its first operand at a `T` position. Operands may be defined later in
// the text, so instructions wait for the type of that operand. What waits forever (an undefined value, or a cycle) gets
// the opcode's first type; the verifier reports the cause.
import type { Inst, MirFunction, Value } from "./function.ts";
import { opcodeSpec, type MirType } from "./opcodes.ts";

/** Result types by symbol of what a module's functions may call. */
export type CalleeResults = Map<string, readonly MirType[]>;

/** Fills in `Inst.type` and `valueTypes` of a function whose block parameters have their types. */
export function inferTypes(fn: MirFunction, callees: CalleeResults): void {
  const inference = new Inference(fn.valueTypes, callees);
  for (const block of fn.blocks) {
    for (const inst of block.insts) inference.visit(inst);
  }
  inference.finish();
  for (let value = 0; value < fn.valueTypes.length; value += 1) fn.valueTypes[value] ??= "i32";
}

class Inference {
  readonly #types: (MirType | undefined)[];
  readonly #callees: CalleeResults;
  readonly #waiting = new Map<Value, Inst[]>();
  readonly #ready: Inst[] = [];

  constructor(types: (MirType | undefined)[], callees: CalleeResults) {
    this.#types = types;
    this.#callees = callees;
  }

  visit(inst: Inst): void {
    for (const arg of inst.args) this.#mention(arg);
    for (const result of inst.results) this.#mention(result);
    for (const target of inst.targets) target.args.forEach((arg) => this.#mention(arg));
    this.#ready.push(inst);
    this.#drain();
  }

  finish(): void {
    for (const insts of this.#waiting.values()) {
      for (const inst of insts) {
        if (inst.type === null) this.#settle(inst, opcodeSpec(inst.op).types[0] ?? null);
      }
    }
    this.#drain();
  }

  #drain(): void {
    for (let inst = this.#ready.pop(); inst !== undefined; inst = this.#ready.pop()) {
      const operand = typeOperand(inst);
      if (operand === undefined) {
        const { suffix, types } = opcodeSpec(inst.op);
        this.#settle(inst, suffix === true ? inst.type : (types[0] ?? null));
        continue;
      }
      const type = this.#types[operand];
      if (type !== undefined) this.#settle(inst, type);
      else this.#wait(operand, inst);
    }
  }

  #wait(operand: Value, inst: Inst): void {
    const insts = this.#waiting.get(operand);
    if (insts === undefined) this.#waiting.set(operand, [inst]);
    else insts.push(inst);
  }

  #settle(inst: Inst, type: MirType | null): void {
    inst.type = type;
    const { result } = opcodeSpec(inst.op);
    const callee = result === "callee" ? this.#callees.get(String(inst.imm)) : undefined;
    inst.results.forEach((value, index) => {
      if (result === "callee") this.#define(value, callee?.[index] ?? "i32");
      else if (result === "none") this.#define(value, "i32");
      else this.#define(value, (result === "T" ? type : result) ?? "i32");
    });
  }

  #define(value: Value, type: MirType): void {
    if (this.#types[value] !== undefined) return;
    this.#types[value] = type;
    const insts = this.#waiting.get(value);
    if (insts === undefined) return;
    this.#waiting.delete(value);
    this.#ready.push(...insts);
  }

  // Grows the table so that every value that occurs has an entry.
  #mention(value: Value): void {
    while (this.#types.length <= value) this.#types.push(undefined);
  }
}

function typeOperand(inst: Inst): Value | undefined {
  const { args, suffix } = opcodeSpec(inst.op);
  if (suffix === true || typeof args === "string") return undefined;
  const position = args.indexOf("T");
  return position < 0 ? undefined : inst.args[position];
}
