// References, `any` values and the bits of floats.
import { objectOf, type Inst, type Opcode } from "../../ir/mir/index.ts";
import {
  becomeFloat,
  becomeInt,
  becomeTyped,
  rewritten,
  unchanged,
  type Outcome,
  type Rewriter,
} from "../rewriter.ts";

/** The conversion that each undoes. */
const inverses: Readonly<Partial<Record<Opcode, Opcode>>> = {
  ref_addr: "addr_ref",
  addr_ref: "ref_addr",
  any_bits: "bits_any",
  bits_any: "any_bits",
};

/** `ref_addr`, `addr_ref`, `any_bits` and `bits_any`. */
export function foldRetyping(inst: Inst, rewriter: Rewriter): Outcome {
  const inner = definitionOf(inst.args[0], rewriter);
  const [source] = inner?.args ?? [];
  if (inner?.op === inverses[inst.op] && source !== undefined) return rewriter.resolve(source);
  if (inst.op === "ref_addr" && inner?.op === "nil") return becomeInt(inst, "i32", 0n);
  if (inst.op === "addr_ref" && inner?.op === "iconst" && inner.imm === 0n) {
    return becomeTyped(inst, "nil", null, []);
  }
  return unchanged;
}

function definitionOf(
  value: Inst["args"][number] | undefined,
  rewriter: Rewriter,
): Inst | undefined {
  return value === undefined ? undefined : rewriter.definition(value);
}

export function foldRefEq(inst: Inst, rewriter: Rewriter): Outcome {
  const [left, right] = inst.args;
  if (left === undefined || right === undefined) return unchanged;
  if (left === right) return becomeInt(inst, "i32", 1n);
  const a = identity(rewriter.definition(left), rewriter);
  const b = identity(rewriter.definition(right), rewriter);
  if (a !== undefined && b !== undefined) return becomeInt(inst, "i32", a === b ? 1n : 0n);
  if (a !== "nil") return unchanged;
  inst.args = [right, left];
  return rewritten;
}

/** What is different for references that certainly are to different objects; undefined if that is not known. */
function identity(inst: Inst | undefined, rewriter: Rewriter): Inst | string | undefined {
  if (inst?.op === "nil") return "nil";
  if (inst?.op === "new") return inst;
  const address = inst?.op === "addr_ref" ? definitionOf(inst.args[0], rewriter) : undefined;
  return address?.op === "symbol_addr" ? `@${String(address.imm)}` : undefined;
}

/** The type id of a new object. */
export function foldLoad(inst: Inst, rewriter: Rewriter): Outcome {
  if (inst.type !== "i32" || inst.imm !== 0) return unchanged;
  const object = definitionOf(inst.args[0], rewriter);
  if (object?.op !== "new") return unchanged;
  return becomeInt(inst, "i32", BigInt(objectOf(object.imm).typeId));
}

/** `f64_bits` and `f32_bits` of a constant. */
export function foldFloatBits(inst: Inst, rewriter: Rewriter): Outcome {
  const value = rewriter.float(inst.args[0]);
  if (value === undefined || Number.isNaN(value)) return unchanged;
  const view = new DataView(new ArrayBuffer(8));
  if (inst.op === "f32_bits") {
    view.setFloat32(0, value);
    return becomeInt(inst, "i32", BigInt(view.getInt32(0)));
  }
  view.setFloat64(0, value);
  return becomeInt(inst, "i64", view.getBigInt64(0));
}

/** `bits_f64` and `bits_f32`: of the bits of a float, or of a constant. */
export function foldBitsFloat(inst: Inst, rewriter: Rewriter): Outcome {
  const [operand] = inst.args;
  const single = inst.op === "bits_f32";
  const inner = definitionOf(operand, rewriter);
  const [source] = inner?.args ?? [];
  if (inner?.op === (single ? "f32_bits" : "f64_bits") && source !== undefined) {
    return rewriter.resolve(source);
  }
  const constant = rewriter.int(operand);
  if (constant === undefined) return unchanged;
  const view = new DataView(new ArrayBuffer(8));
  if (single) view.setInt32(0, Number(constant));
  else view.setBigInt64(0, constant);
  const value = single ? view.getFloat32(0) : view.getFloat64(0);
  return Number.isNaN(value) ? unchanged : becomeFloat(inst, single ? "f32" : "f64", value);
}
