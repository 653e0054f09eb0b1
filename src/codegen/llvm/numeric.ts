// Opcodes that compute from numbers, as one instruction or intrinsic of LLVM's.
import type { FloatCond, Inst, MirType, Opcode } from "../../ir/mir/index.ts";
import type { Body } from "./body.ts";
import { intrinsicType, llvmType } from "./names.ts";
import type { ModuleScope } from "./scope.ts";

/** Instructions `op T a, b`. */
const binary: Readonly<Partial<Record<Opcode, string>>> = {
  iadd: "add",
  isub: "sub",
  imul: "mul",
  band: "and",
  bor: "or",
  bxor: "xor",
  fadd: "fadd",
  fsub: "fsub",
  fmul: "fmul",
  fdiv: "fdiv",
};

/** Intrinsics `T name.T(T...)`, with the arguments behind the operands. */
const intrinsics: Readonly<Partial<Record<Opcode, readonly [name: string, ...more: string[]]>>> = {
  iclz: ["ctlz", "i1 false"],
  ictz: ["cttz", "i1 false"],
  ipopcnt: ["ctpop"],
  fmin: ["minimum"],
  fmax: ["maximum"],
  fcopysign: ["copysign"],
  fabs: ["fabs"],
  fsqrt: ["sqrt"],
  ffloor: ["floor"],
  fceil: ["ceil"],
  ftrunc: ["trunc"],
};

/** Conversions `op T a to R`; of `T` the controlling type is the operand's or the result's. */
const casts: Readonly<
  Partial<Record<Opcode, readonly [op: string, from: MirType | "T", to: MirType | "T"]>>
> = {
  sextend: ["sext", "i32", "i64"],
  uextend: ["zext", "i32", "i64"],
  ireduce: ["trunc", "i64", "i32"],
  i32_to_float_s: ["sitofp", "i32", "T"],
  i32_to_float_u: ["uitofp", "i32", "T"],
  i64_to_float_s: ["sitofp", "i64", "T"],
  i64_to_float_u: ["uitofp", "i64", "T"],
  fpromote: ["fpext", "f32", "f64"],
  fdemote: ["fptrunc", "f64", "f32"],
  bits_f64: ["bitcast", "i64", "f64"],
  bits_f32: ["bitcast", "i32", "f32"],
};

/** Saturating conversions. */
const saturating: Readonly<Partial<Record<Opcode, readonly [op: string, to: MirType]>>> = {
  float_to_i32_s: ["fptosi", "i32"],
  float_to_i32_u: ["fptoui", "i32"],
  float_to_i64_s: ["fptosi", "i64"],
  float_to_i64_u: ["fptoui", "i64"],
};

const floatConditions: Readonly<Record<FloatCond, string>> = {
  eq: "oeq",
  ne: "une",
  lt: "olt",
  le: "ole",
  gt: "ogt",
  ge: "oge",
};

/** The condition of `fcmp`. */
export function floatCondition(imm: Inst["imm"]): string {
  return floatConditions[imm as FloatCond];
}

/** ` nuw` for an instruction that computes an address in a kernel. What is subtracted, or added as a negative constant, may wrap. */
export function addressFlag(body: Body, inst: Inst): string {
  if (body.scope.kernel?.isAddress(body.fn, inst) !== true) return "";
  const addsNegative = (): boolean => inst.args.some((arg) => body.operand(arg).startsWith("-"));
  const subtracts = inst.op === "isub" || (inst.op === "iadd" && addsNegative());
  return subtracts ? "" : " nuw";
}

const reorderable: ReadonlySet<Opcode> = new Set(["fadd", "fsub", "fmul"]);

function floatFlag({ op }: Inst, { kernel }: ModuleScope): string {
  return kernel?.facts.reassociate === true && reorderable.has(op) ? " reassoc" : "";
}

/** The right side of an opcode that is one instruction, for operands as text; undefined for others. */
export function simpleInstruction(
  inst: Inst,
  operands: readonly string[],
  body: Body,
): string | undefined {
  const { scope } = body;
  const type = inst.type ?? "i32";
  const written = llvmType(type);
  const operation = binary[inst.op];
  if (operation !== undefined) {
    const flags = addressFlag(body, inst) + floatFlag(inst, scope);
    return `${operation}${flags} ${written} ${operands.join(", ")}`;
  }
  if (inst.op === "fneg") return `fneg ${written} ${operands[0] ?? ""}`;
  const cast = casts[inst.op];
  if (cast !== undefined) {
    const [op, from, to] = cast;
    const [source, result] = [from === "T" ? type : from, to === "T" ? type : to];
    return `${op} ${llvmType(source)} ${operands[0] ?? ""} to ${llvmType(result)}`;
  }
  const intrinsic = intrinsics[inst.op];
  if (intrinsic !== undefined) {
    const [name, ...more] = intrinsic;
    const params = [
      ...operands.map(() => written),
      ...more.map((text) => text.split(" ")[0] ?? ""),
    ];
    const fn = scope.runtime(`llvm.${name}.${intrinsicType(type)}`, written, params);
    return `call ${written} ${fn}(${[...operands.map((text) => `${written} ${text}`), ...more].join(", ")})`;
  }
  return saturatingConversion(inst, operands[0] ?? "", scope);
}

function saturatingConversion(inst: Inst, operand: string, scope: ModuleScope): string | undefined {
  const conversion = saturating[inst.op];
  if (conversion === undefined) return undefined;
  const [op, to] = conversion;
  const from = inst.type ?? "f64";
  const name = `llvm.${op}.sat.${intrinsicType(to)}.${intrinsicType(from)}`;
  const fn = scope.runtime(name, llvmType(to), [llvmType(from)]);
  return `call ${llvmType(to)} ${fn}(${llvmType(from)} ${operand})`;
}
