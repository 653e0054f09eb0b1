// The MIR opcode table. Parser, printer, verifier typing, dead-code removal, the interpreter's and the back ends'
// exhaustiveness and docs/ir-opcodes.md all come from it.
//
// Integers are two's complement and wrap. `i32` also carries every narrower integer (sign- or zero-extended by its
// signedness), booleans (0 or 1) and addresses (offsets into linear memory).
//
// `ref` is the address of an object, 0 for nil; `any` is a value with its type in its 64 bits. Targets carry them as `i32`
// and `i64`; they are types of their own so that the collector's roots are known.
//
// An access through a `ref` is to a field of that object; an access through an `i32` is to anything else: elements of
// buffers, frames, data. Passes take the two kinds, and fields at different offsets, to be different memory.

/** The types of MIR values, by their name in the text form. */
export const mirTypes = ["i32", "i64", "f32", "f64", "ref", "any"] as const;
/** The type of a MIR value. */
export type MirType = (typeof mirTypes)[number];

/** The conditions of `icmp`: `s` compares as signed, `u` as unsigned. */
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
/** A condition of `icmp`. */
export type IntCond = (typeof intConds)[number];

/** The conditions of `fcmp`; with a NaN only `ne` holds. */
export const floatConds = ["eq", "ne", "lt", "le", "gt", "ge"] as const;
/** A condition of `fcmp`. */
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
  | "object" // number: type id and size of an object, see `objectImmediate`
  | "trap"; // TrapCode

/** Runtime errors that compiled code raises itself; the message texts live in `runtime/errors.ts`. */
export const mirTraps = [
  "division_by_zero",
  "modulo_by_zero",
  "unreachable",
  "stack_overflow",
  "interrupted",
] as const;
/** Why a `trap` stops the program. */
export type TrapCode = (typeof mirTraps)[number];

/** `T` is the instruction's controlling type; an address is a `ref` or an `i32`. */
export type TypeRule = "T" | "address" | MirType;

/** What an instruction does besides computing its results. */
export interface Effects {
  readonly reads?: boolean;
  readonly writes?: boolean;
  readonly traps?: boolean;
  /** Calls code with effects of its own: everything may happen. */
  readonly calls?: boolean;
  /** Makes an object, another one each time; the collector may run. Not needed if nothing uses the object. */
  readonly allocates?: boolean;
}

/** A row of the opcode table: types, immediate, effects, and the text of the generated page. */
export interface OpcodeSpec {
  readonly args: readonly TypeRule[] | "callee" | "values";
  readonly result: "T" | MirType | "none" | "callee";
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
const every = mirTypes;

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

/** Every opcode of MIR. Builder, text form, verifier, effects and docs/ir-opcodes.md follow from it. */
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
  slot_index: {
    args: [],
    result: "i32",
    types: [],
    imm: "symbol",
    doc: "The number of a declared function's slot in the program's function table, for `call_table`.",
  },
  nil: { args: [], result: "ref", types: [], doc: "The reference to nothing." },

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
  f64_bits: {
    args: ["f64"],
    result: "i64",
    types: [],
    doc: "The IEEE 754 bits; of every NaN `0x7ff8000000000000`.",
  },
  bits_f64: { args: ["i64"], result: "f64", types: [], doc: "The float with these IEEE 754 bits." },
  f32_bits: {
    args: ["f32"],
    result: "i32",
    types: [],
    doc: "The IEEE 754 bits; of every NaN `0x7fc00000`.",
  },
  bits_f32: { args: ["i32"], result: "f32", types: [], doc: "The float with these IEEE 754 bits." },

  // References; the conversions cost nothing
  ref_addr: {
    args: ["ref"],
    result: "i32",
    types: [],
    doc: "The address of the object, 0 for nil.",
  },
  addr_ref: {
    args: ["i32"],
    result: "ref",
    types: [],
    doc: "The object at an address, nil for 0.",
  },
  any_bits: { args: ["any"], result: "i64", types: [], doc: "The 64 bits of the value." },
  bits_any: { args: ["i64"], result: "any", types: [], doc: "The value with these 64 bits." },
  ref_eq: {
    args: ["ref", "ref"],
    result: "i32",
    types: [],
    commutes: true,
    doc: "1 if both are the same object or both nil, else 0.",
  },
  new: {
    args: [],
    result: "ref",
    types: [],
    imm: "object",
    effects: { allocates: true },
    doc: "A new object of the type id and the size in bytes, header included, its fields zero.",
  },

  index: {
    args: ["i64", "i64"],
    result: "i32",
    types: [],
    effects: traps,
    doc: "The position of an element, below the second operand, the length, which is below 2^32: the first operand, plus the length if it is negative; calls `rt_index_error` with both if there is none.",
  },
  index_up: {
    args: ["i64", "i64"],
    result: "i32",
    types: [],
    effects: traps,
    doc: "`index` of a first operand that is not negative: a negative one has no position.",
  },

  select: {
    args: ["i32", "T", "T"],
    result: "T",
    types: every,
    doc: "The second operand if the first is not 0, else the third; both are evaluated.",
  },

  // Memory: little-endian, any alignment; a `ref` as the address is not nil
  load: {
    args: ["address"],
    result: "T",
    types: every,
    suffix: true,
    imm: "offset",
    effects: { reads: true },
    doc: "Loads a value.",
  },
  load8_s: {
    args: ["address"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads a byte, sign-extended.",
  },
  load8_u: {
    args: ["address"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads a byte, zero-extended.",
  },
  load16_s: {
    args: ["address"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads 2 bytes, sign-extended.",
  },
  load16_u: {
    args: ["address"],
    result: "i32",
    types: [],
    imm: "offset",
    effects: { reads: true },
    doc: "Loads 2 bytes, zero-extended.",
  },
  store: {
    args: ["address", "T"],
    result: "none",
    types: every,
    suffix: true,
    imm: "offset",
    effects: { writes: true },
    doc: "Stores the second operand at the first.",
  },
  store8: {
    args: ["address", "i32"],
    result: "none",
    types: [],
    imm: "offset",
    effects: { writes: true },
    doc: "Stores the low byte of the second operand.",
  },
  store16: {
    args: ["address", "i32"],
    result: "none",
    types: [],
    imm: "offset",
    effects: { writes: true },
    doc: "Stores the low 2 bytes of the second operand.",
  },
  memory_copy: {
    args: ["i32", "i32", "i32"],
    result: "none",
    types: [],
    effects: { reads: true, writes: true },
    doc: "Copies to the first address, from the second, the unsigned number of bytes; they may overlap.",
  },
  memory_fill: {
    args: ["i32", "i32", "i32"],
    result: "none",
    types: [],
    effects: { writes: true },
    doc: "Sets at the address, to the low byte of the second operand, the unsigned number of bytes.",
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
  call_table: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    effects: { calls: true },
    doc: "Calls the function whose slot has the number of the first operand; the symbol declares its signature.",
  },
  call_host: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    effects: { calls: true },
    doc: "Calls a declared host function.",
  },
  call_read: {
    args: "callee",
    result: "callee",
    types: [],
    imm: "symbol",
    effects: { reads: true },
    doc: "Calls a declared host function that returns, and does nothing but read memory.",
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

/** The name of an opcode. */
export type Opcode = keyof typeof opcodes;

/** The table row of an opcode. */
export function opcodeSpec(opcode: Opcode): OpcodeSpec {
  return opcodes[opcode];
}

/** Whether the name is in the opcode table. */
export function isOpcode(name: string): name is Opcode {
  return Object.hasOwn(opcodes, name);
}

/** Whether it checks an index and gives the position of an element. */
export function isIndex(opcode: Opcode): boolean {
  return opcode === "index" || opcode === "index_up";
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

const objectSizeLimit = 2 ** 20;

/** The immediate of `new`: type id below 2^32, size in bytes below 2^20. */
export function objectImmediate(typeId: number, size: number): number {
  if (!(typeId === typeId >>> 0 && size === size >>> 0 && size < objectSizeLimit)) {
    throw new RangeError(`no object has type ${typeId} and ${size} bytes`);
  }
  return typeId * objectSizeLimit + size;
}

/** The type id and the size in bytes in the immediate of `new`. */
export function objectOf(imm: unknown): { readonly typeId: number; readonly size: number } {
  if (typeof imm !== "number") throw new TypeError(`${String(imm)} is no object immediate`);
  return { typeId: Math.floor(imm / objectSizeLimit), size: imm % objectSizeLimit };
}
