// Decoding of the opcodes that compute and go on with the next instruction: a row per opcode gives the closure to run.
import { objectOf, type Inst, type MirType, type Opcode, type Value } from "../../ir/mir/index.ts";
import { anyIn, bigIn, numberIn, type MirValue, type Step } from "./code.ts";
import {
  bigToSingle,
  binary32,
  binary64,
  binaryFloat,
  compare32,
  compare64,
  compareFloat,
  f32Bits,
  f64Bits,
  floatFromBits,
  floatToI32,
  floatToI64,
  floatToU32,
  floatToU64,
  plainNaN,
  unary32,
  unary64,
  unaryFloat,
  type FloatBinary,
  type FloatUnary,
  type IntBinary,
  type IntUnary,
} from "./numeric.ts";

/** Opcodes that end a segment. */
export type TransferOpcode =
  | "call"
  | "call_slot"
  | "call_table"
  | "jump"
  | "brif"
  | "br_table"
  | "return"
  | "trap";

/** What steps need of the machine. */
export interface StepHost {
  /** The location that a trace starts with if the next thing that happens is an error. */
  location: number;
  view(): DataView;
  dataAddress(symbol: string): number;
  /** The number of a slot in the function table. */
  slotIndex(symbol: string): number;
  /** The address of a new object whose fields are zero. */
  allocate(typeId: number, size: number): number;
  callHost(symbol: string, args: readonly MirValue[]): MirValue | null;
  poll(): void;
}

export type StepDecoder = (inst: Inst, host: StepHost) => Step;

export function operand(inst: Inst, index: number): Value {
  const value = inst.args[index];
  if (value === undefined) throw new RangeError(`\`${inst.op}\` has no operand ${index}`);
  return value;
}

function resultOf(inst: Inst): Value {
  const value = inst.results[0];
  if (value === undefined) throw new RangeError(`\`${inst.op}\` has no result`);
  return value;
}

// Shapes of steps. The function is a constant of the closure.

function on1(inst: Inst, compute: (a: number) => MirValue): Step {
  const result = resultOf(inst);
  const a = operand(inst, 0);
  return (registers) => {
    registers[result] = compute(numberIn(registers, a));
  };
}

function on2(inst: Inst, compute: (a: number, b: number) => number): Step {
  const result = resultOf(inst);
  const a = operand(inst, 0);
  const b = operand(inst, 1);
  return (registers) => {
    registers[result] = compute(numberIn(registers, a), numberIn(registers, b));
  };
}

function onBig1(inst: Inst, compute: (a: bigint) => MirValue): Step {
  const result = resultOf(inst);
  const a = operand(inst, 0);
  return (registers) => {
    registers[result] = compute(bigIn(registers, a));
  };
}

function onBig2(inst: Inst, compute: (a: bigint, b: bigint) => bigint): Step {
  const result = resultOf(inst);
  const a = operand(inst, 0);
  const b = operand(inst, 1);
  return (registers) => {
    registers[result] = compute(bigIn(registers, a), bigIn(registers, b));
  };
}

function constant(inst: Inst, value: MirValue): Step {
  const result = resultOf(inst);
  return (registers) => {
    registers[result] = value;
  };
}

const intBinary =
  (op: IntBinary): StepDecoder =>
  (inst) =>
    inst.type === "i64" ? onBig2(inst, binary64[op]) : on2(inst, binary32[op]);

const intUnary =
  (op: IntUnary): StepDecoder =>
  (inst) =>
    inst.type === "i64" ? onBig1(inst, unary64[op]) : on1(inst, unary32[op]);

/** Division: the place of a trap is known before it happens. */
const trapping =
  (op: IntBinary): StepDecoder =>
  (inst, host) => {
    const step = intBinary(op)(inst, host);
    const { location } = inst;
    return (registers) => {
      host.location = location;
      step(registers);
    };
  };

const floatBinary =
  (op: FloatBinary): StepDecoder =>
  (inst) => {
    const compute = binaryFloat[op];
    if (inst.type !== "f32") return on2(inst, compute);
    return on2(inst, (a, b) => Math.fround(compute(a, b)));
  };

/** A float of the instruction's type. */
const toFloat =
  (compute: (a: number) => number): StepDecoder =>
  (inst) =>
    inst.type === "f32" ? on1(inst, (a) => Math.fround(compute(a))) : on1(inst, compute);

const floatUnary = (op: FloatUnary): StepDecoder => toFloat(unaryFloat[op]);

const i64ToFloat =
  (widen: (a: bigint) => bigint): StepDecoder =>
  (inst) =>
    inst.type === "f32"
      ? onBig1(inst, (a) => bigToSingle(widen(a)))
      : onBig1(inst, (a) => Number(widen(a)));

/** Addresses are unsigned; the view refuses what is outside of memory. */
const loading =
  (read: (view: DataView, at: number) => MirValue): StepDecoder =>
  (inst, host) => {
    const result = resultOf(inst);
    const address = operand(inst, 0);
    const offset = Number(inst.imm);
    return (registers) => {
      registers[result] = read(host.view(), (numberIn(registers, address) >>> 0) + offset);
    };
  };

const storing =
  (write: (view: DataView, at: number, value: MirValue) => void): StepDecoder =>
  (inst, host) => {
    const address = operand(inst, 0);
    const value = operand(inst, 1);
    const offset = Number(inst.imm);
    return (registers) => {
      const at = (numberIn(registers, address) >>> 0) + offset;
      write(host.view(), at, anyIn(registers, value));
    };
  };

const loads: Readonly<Record<MirType, (view: DataView, at: number) => MirValue>> = {
  i32: (view, at) => view.getInt32(at, true),
  i64: (view, at) => view.getBigInt64(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  f64: (view, at) => view.getFloat64(at, true),
  ref: (view, at) => view.getInt32(at, true),
  any: (view, at) => view.getBigInt64(at, true),
};

const stores: Readonly<Record<MirType, (view: DataView, at: number, value: MirValue) => void>> = {
  i32: (view, at, value) => view.setInt32(at, Number(value), true),
  i64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  f32: (view, at, value) => view.setFloat32(at, Number(value), true),
  f64: (view, at, value) => view.setFloat64(at, Number(value), true),
  ref: (view, at, value) => view.setInt32(at, Number(value), true),
  any: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
};

/** The view checks both ranges, as wasm does before it writes. */
const memoryCopy: StepDecoder = (inst, host) => {
  const [to, from, size] = [operand(inst, 0), operand(inst, 1), operand(inst, 2)];
  return (registers) => {
    const { buffer } = host.view();
    const count = numberIn(registers, size) >>> 0;
    const source = new Uint8Array(buffer, numberIn(registers, from) >>> 0, count);
    new Uint8Array(buffer, numberIn(registers, to) >>> 0, count).set(source);
  };
};

const memoryFill: StepDecoder = (inst, host) => {
  const [to, byte, size] = [operand(inst, 0), operand(inst, 1), operand(inst, 2)];
  return (registers) => {
    const count = numberIn(registers, size) >>> 0;
    const target = new Uint8Array(host.view().buffer, numberIn(registers, to) >>> 0, count);
    target.fill(numberIn(registers, byte) & 255);
  };
};

/** A value that only changes its type. */
const retype: StepDecoder = (inst) => {
  const result = resultOf(inst);
  const a = operand(inst, 0);
  return (registers) => {
    registers[result] = anyIn(registers, a);
  };
};

const allocation: StepDecoder = (inst, host) => {
  const result = resultOf(inst);
  const { typeId, size } = objectOf(inst.imm);
  const { location } = inst;
  return (registers) => {
    host.location = location;
    registers[result] = host.allocate(typeId, size);
  };
};

const index: StepDecoder = (inst, host) => {
  const result = resultOf(inst);
  const fromEnd = inst.op === "index";
  const [first, second] = [operand(inst, 0), operand(inst, 1)];
  const { location } = inst;
  return (registers) => {
    const given = bigIn(registers, first);
    const length = bigIn(registers, second);
    const position = fromEnd && given < 0n ? given + length : given;
    if (position < 0n || position >= length) {
      host.location = location;
      host.callHost("rt_index_error", [given, length]);
      throw new Error("rt_index_error returned");
    }
    registers[result] = Number(BigInt.asIntN(32, position));
  };
};

const hostCall: StepDecoder = (inst, host) => {
  const symbol = String(inst.imm);
  const args = [...inst.args];
  const result = inst.results[0];
  const { location } = inst;
  return (registers) => {
    host.location = location;
    const value = host.callHost(
      symbol,
      args.map((arg) => anyIn(registers, arg)),
    );
    if (result !== undefined && value !== null) registers[result] = value;
  };
};

const icmp: StepDecoder = (inst) => {
  const result = resultOf(inst);
  const a = operand(inst, 0);
  const b = operand(inst, 1);
  const cond = intCond(inst);
  if (inst.type === "i64") {
    const holds = compare64[cond];
    return (registers) => {
      registers[result] = holds(bigIn(registers, a), bigIn(registers, b)) ? 1 : 0;
    };
  }
  const holds = compare32[cond];
  return on2(inst, (x, y) => (holds(x, y) ? 1 : 0));
};

function intCond(inst: Inst): keyof typeof compare32 {
  const { imm } = inst;
  if (typeof imm === "string" && isKey(compare32, imm)) return imm;
  throw new RangeError(`${String(imm)} is not an integer condition`);
}

const fcmp: StepDecoder = (inst) => {
  const { imm } = inst;
  if (typeof imm !== "string" || !isKey(compareFloat, imm)) {
    throw new RangeError(`${String(imm)} is not a float condition`);
  }
  const holds = compareFloat[imm];
  return on2(inst, (a, b) => (holds(a, b) ? 1 : 0));
};

function isKey<T extends object>(record: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(record, key);
}

const select: StepDecoder = (inst) => {
  const result = resultOf(inst);
  const [condition, then, otherwise] = [operand(inst, 0), operand(inst, 1), operand(inst, 2)];
  return (registers) => {
    registers[result] = anyIn(registers, numberIn(registers, condition) === 0 ? otherwise : then);
  };
};

const fconst: StepDecoder = (inst) => {
  const { imm, type } = inst;
  const bits = typeof imm === "bigint";
  return constant(inst, bits ? floatFromBits(imm, type === "f32" ? "f32" : "f64") : Number(imm));
};

export const stepDecoders: Readonly<Record<Exclude<Opcode, TransferOpcode>, StepDecoder>> = {
  iconst: (inst) => constant(inst, inst.type === "i64" ? BigInt(inst.imm ?? 0) : Number(inst.imm)),
  fconst,
  symbol_addr: (inst, host) => constant(inst, host.dataAddress(String(inst.imm))),
  slot_index: (inst, host) => constant(inst, host.slotIndex(String(inst.imm))),
  nil: (inst) => constant(inst, 0),

  iadd: intBinary("iadd"),
  isub: intBinary("isub"),
  imul: intBinary("imul"),
  sdiv: trapping("sdiv"),
  udiv: trapping("udiv"),
  srem: trapping("srem"),
  urem: trapping("urem"),
  sdiv_exact: trapping("sdiv_exact"),
  band: intBinary("band"),
  bor: intBinary("bor"),
  bxor: intBinary("bxor"),
  ishl: intBinary("ishl"),
  sshr: intBinary("sshr"),
  ushr: intBinary("ushr"),
  iclz: intUnary("iclz"),
  ictz: intUnary("ictz"),
  ipopcnt: intUnary("ipopcnt"),
  sext8: intUnary("sext8"),
  sext16: intUnary("sext16"),
  icmp,

  fadd: floatBinary("fadd"),
  fsub: floatBinary("fsub"),
  fmul: floatBinary("fmul"),
  fdiv: floatBinary("fdiv"),
  fmin: floatBinary("fmin"),
  fmax: floatBinary("fmax"),
  fcopysign: floatBinary("fcopysign"),
  fneg: floatUnary("fneg"),
  fabs: floatUnary("fabs"),
  fsqrt: floatUnary("fsqrt"),
  ffloor: floatUnary("ffloor"),
  fceil: floatUnary("fceil"),
  ftrunc: floatUnary("ftrunc"),
  fcmp,

  sextend: (inst) => on1(inst, (a) => BigInt(a)),
  uextend: (inst) => on1(inst, (a) => BigInt(a >>> 0)),
  ireduce: (inst) => onBig1(inst, (a) => Number(BigInt.asIntN(32, a))),
  i32_to_float_s: toFloat((a) => a),
  i32_to_float_u: toFloat((a) => a >>> 0),
  i64_to_float_s: i64ToFloat((a) => a),
  i64_to_float_u: i64ToFloat((a) => BigInt.asUintN(64, a)),
  float_to_i32_s: (inst) => on1(inst, floatToI32),
  float_to_i32_u: (inst) => on1(inst, floatToU32),
  float_to_i64_s: (inst) => on1(inst, floatToI64),
  float_to_i64_u: (inst) => on1(inst, floatToU64),
  fpromote: (inst) => on1(inst, (a) => a),
  fdemote: (inst) => on1(inst, (a) => Math.fround(a)),
  f64_bits: (inst) => on1(inst, f64Bits),
  bits_f64: (inst) => onBig1(inst, (a) => plainNaN(floatFromBits(BigInt.asUintN(64, a), "f64"))),
  f32_bits: (inst) => on1(inst, f32Bits),
  bits_f32: (inst) => on1(inst, (a) => plainNaN(floatFromBits(BigInt(a >>> 0), "f32"))),

  ref_addr: retype,
  addr_ref: retype,
  any_bits: retype,
  bits_any: retype,
  ref_eq: (inst) => on2(inst, (a, b) => (a === b ? 1 : 0)),
  new: allocation,
  index,
  index_up: index,

  select,

  load: (inst, host) => loading(loads[inst.type ?? "i32"])(inst, host),
  load8_s: loading((view, at) => view.getInt8(at)),
  load8_u: loading((view, at) => view.getUint8(at)),
  load16_s: loading((view, at) => view.getInt16(at, true)),
  load16_u: loading((view, at) => view.getUint16(at, true)),
  store: (inst, host) => storing(stores[inst.type ?? "i32"])(inst, host),
  store8: storing((view, at, value) => view.setInt8(at, Number(value))),
  store16: storing((view, at, value) => view.setInt16(at, Number(value), true)),

  memory_copy: memoryCopy,
  memory_fill: memoryFill,

  call_host: hostCall,
  call_read: hostCall,
  call_pure: hostCall,

  safepoint:
    ({ location }, host) =>
    () => {
      host.location = location;
      host.poll();
    },
};

export function isTransfer(op: Opcode): op is TransferOpcode {
  return !Object.hasOwn(stepDecoders, op);
}
