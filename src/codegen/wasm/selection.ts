// wasm opcodes of the MIR opcodes that are one instruction.
import { wasmOpcodes, type ValueType, type WasmInstruction } from "../../object/index.ts";
import type { FloatCond, IntCond, MirType, Opcode } from "../../ir/mir/index.ts";

type ByType = Readonly<Record<ValueType, number>>;

/** How values of a MIR type are carried. */
export function wasmType(type: MirType): ValueType {
  if (type === "ref") return "i32";
  return type === "any" ? "i64" : type;
}

const op = (name: WasmInstruction): number => wasmOpcodes[name];
const none = -1;

const int = (i32: WasmInstruction, i64: WasmInstruction): ByType => ({
  i32: op(i32),
  i64: op(i64),
  f32: none,
  f64: none,
});
const float = (f32: WasmInstruction, f64: WasmInstruction): ByType => ({
  i32: none,
  i64: none,
  f32: op(f32),
  f64: op(f64),
});
const same = (name: WasmInstruction): ByType => {
  const code = op(name);
  return { i32: code, i64: code, f32: code, f64: code };
};

/** Opcodes whose operands are pushed in order, then one instruction by the controlling type (of the operand). */
const simple: Partial<Record<Opcode, ByType>> = {
  iadd: int("i32.add", "i64.add"),
  isub: int("i32.sub", "i64.sub"),
  imul: int("i32.mul", "i64.mul"),
  sdiv: int("i32.div_s", "i64.div_s"),
  udiv: int("i32.div_u", "i64.div_u"),
  srem: int("i32.rem_s", "i64.rem_s"),
  urem: int("i32.rem_u", "i64.rem_u"),
  sdiv_exact: int("i32.div_s", "i64.div_s"),
  band: int("i32.and", "i64.and"),
  bor: int("i32.or", "i64.or"),
  bxor: int("i32.xor", "i64.xor"),
  ishl: int("i32.shl", "i64.shl"),
  sshr: int("i32.shr_s", "i64.shr_s"),
  ushr: int("i32.shr_u", "i64.shr_u"),
  iclz: int("i32.clz", "i64.clz"),
  ictz: int("i32.ctz", "i64.ctz"),
  ipopcnt: int("i32.popcnt", "i64.popcnt"),
  sext8: int("i32.extend8_s", "i64.extend8_s"),
  sext16: int("i32.extend16_s", "i64.extend16_s"),
  fadd: float("f32.add", "f64.add"),
  fsub: float("f32.sub", "f64.sub"),
  fmul: float("f32.mul", "f64.mul"),
  fdiv: float("f32.div", "f64.div"),
  fmin: float("f32.min", "f64.min"),
  fmax: float("f32.max", "f64.max"),
  fcopysign: float("f32.copysign", "f64.copysign"),
  fneg: float("f32.neg", "f64.neg"),
  fabs: float("f32.abs", "f64.abs"),
  fsqrt: float("f32.sqrt", "f64.sqrt"),
  ffloor: float("f32.floor", "f64.floor"),
  fceil: float("f32.ceil", "f64.ceil"),
  ftrunc: float("f32.trunc", "f64.trunc"),
  sextend: same("i64.extend_i32_s"),
  uextend: same("i64.extend_i32_u"),
  ireduce: same("i32.wrap_i64"),
  i32_to_float_s: float("f32.convert_i32_s", "f64.convert_i32_s"),
  i32_to_float_u: float("f32.convert_i32_u", "f64.convert_i32_u"),
  i64_to_float_s: float("f32.convert_i64_s", "f64.convert_i64_s"),
  i64_to_float_u: float("f32.convert_i64_u", "f64.convert_i64_u"),
  float_to_i32_s: float("i32.trunc_sat_f32_s", "i32.trunc_sat_f64_s"),
  float_to_i32_u: float("i32.trunc_sat_f32_u", "i32.trunc_sat_f64_u"),
  float_to_i64_s: float("i64.trunc_sat_f32_s", "i64.trunc_sat_f64_s"),
  float_to_i64_u: float("i64.trunc_sat_f32_u", "i64.trunc_sat_f64_u"),
  fpromote: same("f64.promote_f32"),
  fdemote: same("f32.demote_f64"),
  bits_f64: same("f64.reinterpret_i64"),
  bits_f32: same("f32.reinterpret_i32"),
};

/** The one instruction of an opcode, or -1 if it takes more than that. Opcodes without a type pass null. */
export function simpleOpcode(opcode: Opcode, type: MirType | null): number {
  const row = simple[opcode];
  return row === undefined ? none : row[wasmType(type ?? "i32")];
}

const intConds: Readonly<Record<IntCond, ByType>> = {
  eq: int("i32.eq", "i64.eq"),
  ne: int("i32.ne", "i64.ne"),
  slt: int("i32.lt_s", "i64.lt_s"),
  sle: int("i32.le_s", "i64.le_s"),
  sgt: int("i32.gt_s", "i64.gt_s"),
  sge: int("i32.ge_s", "i64.ge_s"),
  ult: int("i32.lt_u", "i64.lt_u"),
  ule: int("i32.le_u", "i64.le_u"),
  ugt: int("i32.gt_u", "i64.gt_u"),
  uge: int("i32.ge_u", "i64.ge_u"),
};

const floatConds: Readonly<Record<FloatCond, ByType>> = {
  eq: float("f32.eq", "f64.eq"),
  ne: float("f32.ne", "f64.ne"),
  lt: float("f32.lt", "f64.lt"),
  le: float("f32.le", "f64.le"),
  gt: float("f32.gt", "f64.gt"),
  ge: float("f32.ge", "f64.ge"),
};

export function isIntCond(cond: unknown): cond is IntCond {
  return typeof cond === "string" && Object.hasOwn(intConds, cond);
}

export function isFloatCond(cond: unknown): cond is FloatCond {
  return typeof cond === "string" && Object.hasOwn(floatConds, cond);
}

export function intCompare(cond: IntCond, type: MirType): number {
  return intConds[cond][wasmType(type)];
}

export function floatCompare(cond: FloatCond, type: MirType): number {
  return floatConds[cond][wasmType(type)];
}

/** Ordered comparisons have no inverse among themselves: both are false for NaN. */
export const inverseFloatCond: Readonly<Partial<Record<FloatCond, FloatCond>>> = {
  eq: "ne",
  ne: "eq",
};

/** Opcode and alignment exponent of a memory access. */
export interface Access {
  readonly code: number;
  readonly align: number;
}

const accesses: Readonly<Record<string, Access>> = {
  load8_s: { code: op("i32.load8_s"), align: 0 },
  load8_u: { code: op("i32.load8_u"), align: 0 },
  load16_s: { code: op("i32.load16_s"), align: 1 },
  load16_u: { code: op("i32.load16_u"), align: 1 },
  store8: { code: op("i32.store8"), align: 0 },
  store16: { code: op("i32.store16"), align: 1 },
  "load i32": { code: op("i32.load"), align: 2 },
  "load i64": { code: op("i64.load"), align: 3 },
  "load f32": { code: op("f32.load"), align: 2 },
  "load f64": { code: op("f64.load"), align: 3 },
  "store i32": { code: op("i32.store"), align: 2 },
  "store i64": { code: op("i64.store"), align: 3 },
  "store f32": { code: op("f32.store"), align: 2 },
  "store f64": { code: op("f64.store"), align: 3 },
};

/** How a load or store is done; undefined for other opcodes. The alignment is the natural one, as a hint only. */
export function memoryAccess(opcode: Opcode, type: MirType | null): Access | undefined {
  return accesses[opcode] ?? accesses[`${opcode} ${type ?? ""}`];
}
