// The MIR opcode table. Parser, printer, verifier typing, dead-code removal, the interpreter's and the back ends'
// exhaustiveness and docs/ir-opcodes.md all come from it.
//
// Integers are two's complement and wrap. `i32` also carries every narrower integer (sign- or zero-extended by its
// signedness), booleans (0 or 1) and addresses (offsets into linear memory).

export const mirTypes = ["i32", "i64", "f32", "f64"] as const;
export type MirType = (typeof mirTypes)[number];

export const intConds = [
  "eq",
  "ne",
  "slt",
  "sle",
  "sgt",
  "sge",
  "ult",
  "ule",
  "ugt",
  "uge",
] as const;
export type IntCond = (typeof intConds)[number];

export const floatConds = ["eq", "ne", "lt", "le", "gt", "ge"] as const;
export type FloatCond = (typeof floatConds)[number];

/** What an instruction's immediate is, in text and in memory (`Inst.imm`). */
export type ImmediateKind =
  | "none" // null
  | "int" // bigint, canonical signed value of the type
  | "float" // number, or a bigint of raw bits for a NaN with a payload
  | "icond" // IntCond
  | "fcond" // FloatCond
  | "symbol" // string: a function of this module, a declared function or a data symbol
  | "offset" // number: unsigned byte offset added to the address
  | "trap"; // TrapCode

/** Runtime errors that compiled code raises itself; the message texts live in `runtime/errors.ts`. */
export const mirTraps = [
  "division_by_zero",
  "modulo_by_zero",
  "unreachable",
  "stack_overflow",
  "interrupted",
] as const;
export type TrapCode = (typeof mirTraps)[number];

/** `T` is the instruction's controlling type. */
export type TypeRule = "T" | MirType;

/** What an instruction does besides computing its results. */
export interface Effects {
  readonly reads?: boolean;
  readonly writes?: boolean;
  readonly traps?: boolean;
  /** Calls code with effects of its own: everything may happen. */
  readonly calls?: boolean;
}

export interface OpcodeSpec {
  readonly args: readonly TypeRule[] | "callee" | "values";
  readonly result: TypeRule | "none" | "callee";
  /** What `T` may be; empty if the opcode has no controlling type. */
  readonly types: readonly MirType[];
  /** Whether `T` is written as `.type` after the opcode because no operand of type `T` fixes it. */
  readonly suffix?: boolean;
  readonly imm?: ImmediateKind;
  readonly targets?: number | "many";
  readonly terminator?: boolean;
  readonly commutes?: boolean;
  readonly effects?: Effects;
  readonly doc: string;
}

const int = ["i32", "i64"] as const;
const float = ["f32", "f64"] as const;
const any = ["i32", "i64", "f32", "f64"] as const;

const intBinary = (doc: string, more: Partial<OpcodeSpec> = {}): OpcodeSpec => ({
  args: ["T", "T"],
  result: "T",
  types: int,
  doc,
  ...more,
});
const intUnary = (doc: string): OpcodeSpec => ({ args: ["T"], result: "T", types: int, doc });
const floatBinary = (doc: string, more: Partial<OpcodeSpec> = {}): OpcodeSpec => ({
  args: ["T", "T"],
  result: "T",
  types: float,
  doc,
  ...more,
});
const floatUnary = (doc: string): OpcodeSpec => ({ args: ["T"], result: "T", types: float, doc });
const traps: Effects = { traps: true };

export const opcodes = {
  // Constants
  iconst: {
    args: [],
    result: "T",
    types: int,
    suffix: true,
    imm: "int",
    doc: "The integer constant.",
  },
  fconst: {
    args: [],
    result: "T",
    types: float,
    suffix: true,
    imm: "float",
    doc: "The float constant.",
  },
  symbol_addr: {
    args: [],
    result: "i32",
    types: [],
    imm: "symbol",
    doc: "The address of a data symbol.",
  },

  // Integer arithmetic
  iadd: intBinary("Sum, wrapping.", { commutes: true }),
  isub: intBinary("Difference, wrapping."),
  imul: intBinary("Product, wrapping.", { commutes: true }),
  sdiv: intBinary(
    "Signed quotient, truncated; traps `division_by_zero` on 0; MIN / -1 wraps to MIN.",
    { effects: traps },
  ),
  udiv: intBinary("Unsigned quotient; traps `division_by_zero` on 0.", { effects: traps }),
  srem: intBinary(
    "Signed remainder, sign of the dividend; traps `modulo_by_zero` on 0; MIN % -1 is 0.",
    { effects: traps },
  ),
  urem: intBinary("Unsigned remainder; traps `modulo_by_zero` on 0.", { effects: traps }),
  sdiv_exact: intBinary(
    "As `sdiv`, and the operands are known not to be MIN / -1; undefined if they are.",
    { effects: traps },
  ),
  band: intBinary("Bitwise and.", { commutes: true }),
  bor: intBinary("Bitwise or.", { commutes: true }),
  bxor: intBinary("Bitwise exclusive or.", { commutes: true }),
  ishl: intBinary("Shift left; the count is taken modulo the width."),
  sshr: intBinary("Arithmetic shift right; the count is taken modulo the width."),
  ushr: intBinary("Logical shift right; the count is taken modulo the width."),
  iclz: intUnary("Number of leading zero bits."),
  ictz: intUnary("Number of trailing zero bits."),
  ipopcnt: intUnary("Number of one bits."),
  sext8: intUnary("Sign-extends the low 8 bits."),
  sext16: intUnary("Sign-extends the low 16 bits."),
  icmp: {
    args: ["T", "T"],
    result: "i32",
    types: int,
    imm: "icond",
    doc: "1 if the comparison holds, else 0.",
  },

  // Float arithmetic (IEEE 754, round to nearest even, no contraction)
  fadd: floatBinary("Sum.", { commutes: true }),
  fsub: floatBinary("Difference."),
  fmul: floatBinary("Product.", { commutes: true }),
  fdiv: floatBinary("Quotient."),
  fmin: floatBinary("Lesser operand; NaN if either is; -0 is below +0.", { commutes: true }),
  fmax: floatBinary("Greater operand; NaN if either is; -0 is below +0.", { commutes: true }),
  fcopysign: floatBinary("The first operand with the sign of the second."),
  fneg: floatUnary("Sign flipped."),
  fabs: floatUnary("Sign cleared."),
  fsqrt: floatUnary("Square root."),
  ffloor: floatUnary("Rounded toward minus infinity."),
  fceil: floatUnary("Rounded toward plus infinity."),
  ftrunc: floatUnary("Rounded toward zero."),
  fcmp: {
    args: ["T", "T"],
    result: "i32",
    types: float,
    imm: "fcond",
    doc: "1 if the ordered comparison holds, else 0; `ne` is true for NaN.",
  },

  // Conversions; the suffix is the result type
  sextend: { args: ["i32"], result: "i64", types: [], doc: "Sign-extends to 64 bits." },
  uextend: { args: ["i32"], result: "i64", types: [], doc: "Zero-extends to 64 bits." },
  ireduce: { args: ["i64"], result: "i32", types: [], doc: "The low 32 bits." },
  i32_to_float_s: {
    args: ["i32"],
    result: "T",
    types: float,
    suffix: true,
    doc: "Signed 32-bit integer to float, rounded to nearest even.",
  },
  i32_to_float_u: {
    args: ["i32"],
    result: "T",
    types: float,
    suffix: true,
    doc: "Unsigned 32-bit integer to float, rounded to nearest even.",
  },
  i64_to_float_s: {
    args: ["i64"],
    result: "T",
    types: float,
    suffix: true,
    doc: "Signed 64-bit integer to float, rounded to nearest even.",
  },
  i64_to_float_u: {
    args: ["i64"],
    result: "T",
    types: float,
    suffix: true,
    doc: "Unsigned 64-bit integer to float, rounded to nearest even.",
  },
  float_to_i32_s: {
    args: ["T"],
    result: "i32",
    types: float,
    doc: "Float to signed 32-bit integer, truncated, saturating, NaN gives 0.",
  },
  float_to_i32_u: {
    args: ["T"],
    result: "i32",
    types: float,
    doc: "Float to unsigned 32-bit integer, truncated, saturating, NaN gives 0.",
  },
  float_to_i64_s: {
    args: ["T"],
    result: "i64",
    types: float,
    doc: "Float to signed 64-bit integer, truncated, saturating, NaN gives 0.",
  },
  float_to_i64_u: {
    args: ["T"],
    result: "i64",
    types: float,
    doc: "Float to unsigned 64-bit integer, truncated, saturating, NaN gives 0.",
  },
  fpromote: { args: ["f32"], result: "f64", types: [], doc: "Exact conversion to f64." },
  fdemote: { args: ["f64"], result: "f32", types: [], doc: "Rounded to f32." },

  select: {
    args: ["i32", "T", "T"],
    result: "T",
    types: any,
    doc: "The second operand if the first is not 0, else the third; both are evaluated.",
  },

  // Memory: little-endian, any alignment
  load: {
    args: ["i32"],
    result: "T",
    types: any,
    suffix: true,
    imm: "offset",
    effects: { reads: true },
    doc: "Loads a value.",
  },
  load8_s: {
    args: ["i32"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads a byte, sign-extended.",
  },
  load8_u: {
    args: ["i32"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads a byte, zero-extended.",
  },
  load16_s: {
    args: ["i32"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads 2 bytes, sign-extended.",
  },
  load16_u: {
    args: ["i32"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads 2 bytes, zero-extended.",
  },
  store: {
    args: ["i32", "T"],
    result: "none",
    types: any,
    suffix: true,
    imm: "offset",
    effects: { writes: true },
    doc: "Stores the second operand at the first.",
  },
  store8: {
    args: ["i32", "i32"],
    result: "none",
    types: [],
    imm: "offset",
    effects: { writes: true },
    doc: "Stores the low byte of the second operand.",
  },
  store16: {
    args: ["i32", "i32"],
    result: "none",
    types: [],
    imm: "offset",
    effects: { writes: true },
    doc: "Stores the low 2 bytes of the second operand.",
  },

  // Calls
  call: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    effects: { calls: true },
    doc: "Calls a function of this module directly.",
  },
  call_slot: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    effects: { calls: true },
    doc: "Calls whatever version is in the slot of a declared function.",
  },
  call_host: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    effects: { calls: true },
    doc: "Calls a declared host function.",
  },
  call_pure: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    doc: "Calls a declared host function without effects whose result depends on its operands alone.",
  },

  // Control
  safepoint: {
    args: [],
    result: "none",
    types: [],
    effects: { reads: true, traps: true },
    doc: "Traps `interrupted` if the control word is not 0: someone wants the program to stop.",
  },
  jump: {
    args: [],
    result: "none",
    types: [],
    targets: 1,
    terminator: true,
    doc: "Goes to the block.",
  },
  brif: {
    args: ["i32"],
    result: "none",
    types: [],
    targets: 2,
    terminator: true,
    doc: "Goes to the first target if the operand is not 0, else to the second.",
  },
  br_table: {
    args: ["i32"],
    result: "none",
    types: [],
    targets: "many",
    terminator: true,
    doc: "Goes to the target with the operand's index, or to the last target if there is none.",
  },
  return: {
    args: "values",
    result: "none",
    types: [],
    terminator: true,
    doc: "Leaves the function with its results.",
  },
  trap: {
    args: [],
    result: "none",
    types: [],
    imm: "trap",
    terminator: true,
    effects: traps,
    doc: "Stops the program with a runtime error.",
  },
} as const satisfies Record<string, OpcodeSpec>;

export type Opcode = keyof typeof opcodes;

/** The table row of an opcode. */
export function opcodeSpec(opcode: Opcode): OpcodeSpec {
  return opcodes[opcode];
}

export function isOpcode(name: string): name is Opcode {
  return Object.hasOwn(opcodes, name);
}

/** The condition that holds exactly when the other does not. */
export const inverseIntCond: Readonly<Record<IntCond, IntCond>> = {
  eq: "ne",
  ne: "eq",
  slt: "sge",
  sle: "sgt",
  sgt: "sle",
  sge: "slt",
  ult: "uge",
  ule: "ugt",
  ugt: "ule",
  uge: "ult",
};
