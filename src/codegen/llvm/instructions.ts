// Opcodes that are more than one instruction of LLVM's: memory, calls, traps, control.
import { type Inst, type MirType, type Opcode, type Value } from "../../ir/mir/index.ts";
import { controlWordAddress, trapCodes, type TrapName, symbolNames } from "../../runtime/index.ts";
import { baseName, type Body } from "./body.ts";
import { globalName, llvmType, resultType } from "./names.ts";
import { addressFlag, floatCondition, simpleInstruction } from "./numeric.ts";

type Emit = (body: Body, inst: Inst) => void;

/** What a call of code with effects has, so that each keeps its own location. */
const callAttributes = " nomerge";
/** What is known of a call of the host by its opcode. */
const hostCallAttributes: Readonly<Partial<Record<Opcode, string>>> = {
  call_host: callAttributes,
  call_read: " nounwind willreturn memory(read)",
  call_pure: " nounwind willreturn memory(none)",
};

/** Writes an instruction that is no terminator. */
export function writeInstruction(body: Body, inst: Inst): void {
  const emit = emitters[inst.op];
  if (emit !== undefined) return emit(body, inst);
  const operands = inst.args.map((arg) => body.operand(arg));
  const text = simpleInstruction(inst, operands, body);
  if (text === undefined) throw new Error(`${body.fn.symbol}: no code for ${inst.op}`);
  body.define(inst.results[0], text);
}

const nothing: Emit = () => undefined;

const emitters: Readonly<Partial<Record<Opcode, Emit>>> = {
  // Operands by themselves, see `Body`.
  iconst: nothing,
  fconst: nothing,
  nil: nothing,
  symbol_addr: nothing,
  ref_addr: nothing,
  addr_ref: nothing,
  any_bits: nothing,
  bits_any: nothing,
  slot_index: slotIndex,
  sdiv: signedDivision,
  sdiv_exact: division,
  srem: signedDivision,
  udiv: division,
  urem: division,
  ishl: shift,
  sshr: shift,
  ushr: shift,
  sext8: narrow,
  sext16: narrow,
  icmp: (body, inst) =>
    compare(body, inst, `icmp ${String(inst.imm)} ${llvmType(inst.type ?? "i32")}`),
  fcmp: (body, inst) =>
    compare(body, inst, `fcmp ${floatCondition(inst.imm)} ${llvmType(inst.type ?? "f64")}`),
  ref_eq: (body, inst) => compare(body, inst, "icmp eq i32"),
  f64_bits: floatBits,
  f32_bits: floatBits,
  index: elementIndex,
  index_up: elementIndex,
  select,
  load,
  load8_s: load,
  load8_u: load,
  load16_s: load,
  load16_u: load,
  store,
  store8: store,
  store16: store,
  memory_copy: bulkMemory,
  memory_fill: bulkMemory,
  call,
  call_slot: call,
  call_table: call,
  call_host: hostCall,
  call_read: hostCall,
  call_pure: hostCall,
  safepoint,
};

function compare(body: Body, { args, results }: Inst, operation: string): void {
  body.defineCondition(
    results[0],
    `${operation} ${body.operand(args[0])}, ${body.operand(args[1])}`,
  );
}

function constantOf(body: Body, value: Value | undefined): bigint | undefined {
  const text = body.operand(value);
  return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** A call of `rt_trap`, which does not return. */
export function trapCall(body: Body, code: TrapName, location: number): string {
  const trap = body.scope.runtime("rt_trap", "void", ["i32"], " cold noreturn nounwind");
  const number = trapCodes.indexOf(code);
  return `call void ${trap}(i32 ${number}) cold nomerge noreturn${body.locations.at(location)}`;
}

function checkDivisor(body: Body, inst: Inst): void {
  const divisor = constantOf(body, inst.args[1]);
  if (divisor !== undefined && divisor !== 0n) return;
  const type = llvmType(inst.type ?? "i32");
  const isGood = body.temporary(`icmp ne ${type} ${body.operand(inst.args[1])}, 0`);
  const isRemainder = inst.op === "srem" || inst.op === "urem";
  const code = isRemainder ? "modulo_by_zero" : "division_by_zero";
  body.guard(isGood, [trapCall(body, code, inst.location)]);
}

const divisions: Readonly<Partial<Record<Opcode, string>>> = {
  sdiv_exact: "sdiv",
  sdiv: "sdiv",
  srem: "srem",
  udiv: "udiv",
  urem: "urem",
};

function division(body: Body, inst: Inst): void {
  checkDivisor(body, inst);
  const [left, right] = [body.operand(inst.args[0]), body.operand(inst.args[1])];
  const type = llvmType(inst.type ?? "i32");
  body.define(inst.results[0], `${divisions[inst.op] ?? ""} ${type} ${left}, ${right}`);
}

/** LLVM's division is undefined for MIN / -1, so that by -1 is a division by 1 of what is negated. */
function signedDivision(body: Body, inst: Inst): void {
  const divisor = constantOf(body, inst.args[1]);
  if (divisor !== undefined && divisor !== 0n && divisor !== -1n) return division(body, inst);
  checkDivisor(body, inst);
  const [left, right] = [body.operand(inst.args[0]), body.operand(inst.args[1])];
  const type = llvmType(inst.type ?? "i32");
  const isMinus = body.temporary(`icmp eq ${type} ${right}, -1`);
  const safe = body.temporary(`select i1 ${isMinus}, ${type} 1, ${type} ${right}`);
  if (inst.op === "srem") return body.define(inst.results[0], `srem ${type} ${left}, ${safe}`);
  const quotient = body.temporary(`sdiv ${type} ${left}, ${safe}`);
  const negated = body.temporary(`sub ${type} 0, ${left}`);
  const chosen = `select i1 ${isMinus}, ${type} ${negated}, ${type} ${quotient}`;
  body.define(inst.results[0], chosen);
}

const shifts: Readonly<Partial<Record<Opcode, string>>> = {
  ishl: "shl",
  sshr: "ashr",
  ushr: "lshr",
};

function shift(body: Body, inst: Inst): void {
  const type = llvmType(inst.type ?? "i32");
  const mask = type === "i64" ? 63n : 31n;
  const constant = constantOf(body, inst.args[1]);
  const count =
    constant === undefined
      ? body.temporary(`and ${type} ${body.operand(inst.args[1])}, ${mask}`)
      : String(constant & mask);
  body.define(
    inst.results[0],
    `${shifts[inst.op] ?? ""}${addressFlag(body, inst)} ${type} ${body.operand(inst.args[0])}, ${count}`,
  );
}

function narrow(body: Body, inst: Inst): void {
  const type = llvmType(inst.type ?? "i32");
  const small = inst.op === "sext8" ? "i8" : "i16";
  const low = body.temporary(`trunc ${type} ${body.operand(inst.args[0])} to ${small}`);
  body.define(inst.results[0], `sext ${small} ${low} to ${type}`);
}

/** The bits, or those of the one NaN. */
function floatBits(body: Body, inst: Inst): void {
  const [float, int, nan] =
    inst.op === "f64_bits"
      ? ["double", "i64", 0x7ff8_0000_0000_0000n]
      : ["float", "i32", 0x7fc0_0000n];
  const operand = body.operand(inst.args[0]);
  const bits = body.temporary(`bitcast ${float} ${operand} to ${int}`);
  const isNan = body.temporary(`fcmp uno ${float} ${operand}, ${operand}`);
  body.define(inst.results[0], `select i1 ${isNan}, ${int} ${nan}, ${int} ${bits}`);
}

function fromEitherEnd(body: Body, index: string, length: string): string {
  const isNegative = body.temporary(`icmp slt i64 ${index}, 0`);
  const fromEnd = body.temporary(`add i64 ${index}, ${length}`);
  return body.temporary(`select i1 ${isNegative}, i64 ${fromEnd}, i64 ${index}`);
}

function elementIndex(body: Body, inst: Inst): void {
  const [index, length] = [body.operand(inst.args[0]), body.operand(inst.args[1])];
  const place = inst.op === "index_up" ? index : fromEitherEnd(body, index, length);
  const isInside = body.temporary(`icmp ult i64 ${place}, ${length}`);
  const attributes = " cold noreturn nounwind";
  const error = body.scope.runtime("rt_index_error", "void", ["i64", "i64"], attributes);
  const failure = `call void ${error}(i64 ${index}, i64 ${length}) cold nomerge noreturn`;
  body.guard(isInside, [`${failure}${body.locations.at(inst.location)}`]);
  body.define(inst.results[0], `trunc i64 ${place} to i32`);
}

function select(body: Body, { args, results }: Inst): void {
  const [condition, then, otherwise] = args;
  if (then === undefined || otherwise === undefined) return;
  const chosen = body.condition(condition);
  body.define(results[0], `select i1 ${chosen}, ${body.typed(then)}, ${body.typed(otherwise)}`);
}

/** A pointer to an address of linear memory. Addresses are unsigned; what is added to them does not wrap. */
function pointer(body: Body, value: Value | undefined, offset: number): string {
  const text = body.operand(value);
  if (body.scope.isFlat) {
    const start = body.temporary(`inttoptr i32 ${text} to ptr`);
    if (offset === 0) return start;
    return body.temporary(`getelementptr inbounds i8, ptr ${start}, i32 ${offset}`);
  }
  const size = `i${body.scope.pointerBits}`;
  // Distances are signed, so of 32 bits they may be negative.
  const inbounds = size === "i32" ? "" : " inbounds";
  const at = (base: string, distance: string): string =>
    body.temporary(`getelementptr${inbounds} i8, ptr ${base}, ${size} ${distance}`);
  // Objects lie below 2^31.
  const isReference = value !== undefined && body.mirType(value) === "ref";
  const extension = isReference ? "zext nneg" : "zext";
  const wide =
    body.constantAddress(value) ??
    (size === "i32" ? text : body.temporary(`${extension} i32 ${text} to i64`));
  const start = at(baseName, wide);
  return offset === 0 ? start : at(start, String(offset));
}

interface Access {
  readonly type: string;
  readonly size: number;
  /** Of a load whose type is narrower than its result. */
  readonly extend?: "sext" | "zext";
}

const narrowAccesses: Readonly<Partial<Record<Opcode, Access>>> = {
  load8_s: { type: "i8", size: 1, extend: "sext" },
  load8_u: { type: "i8", size: 1, extend: "zext" },
  load16_s: { type: "i16", size: 2, extend: "sext" },
  load16_u: { type: "i16", size: 2, extend: "zext" },
  store8: { type: "i8", size: 1 },
  store16: { type: "i16", size: 2 },
};

const sizes: Readonly<Record<MirType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, ref: 4, any: 8 };

function accessOf({ op, type }: Inst): Access {
  const of = type ?? "i32";
  return narrowAccesses[op] ?? { type: llvmType(of), size: sizes[of] };
}

const objectAlignment = 16;

/** Fields of objects lie where their offset says; other addresses may be anything. */
function alignment(body: Body, inst: Inst, size: number): number {
  const [address] = inst.args;
  if (address === undefined || body.mirType(address) !== "ref") return 1;
  const offset = Number(inst.imm) | objectAlignment;
  return Math.min(size, offset & -offset);
}

function load(body: Body, inst: Inst): void {
  const { type, size, extend } = accessOf(inst);
  const place = pointer(body, inst.args[0], Number(inst.imm));
  const rest = `align ${alignment(body, inst, size)}${body.scope.aliasTag(body.fn, inst)}`;
  const text = `load ${type}, ptr ${place}, ${rest}`;
  if (extend === undefined) return body.define(inst.results[0], text);
  body.define(inst.results[0], `${extend} ${type} ${body.temporary(text)} to i32`);
}

function store(body: Body, inst: Inst): void {
  const { type, size } = accessOf(inst);
  const place = pointer(body, inst.args[0], Number(inst.imm));
  const whole = body.operand(inst.args[1]);
  const value = inst.type === null ? body.temporary(`trunc i32 ${whole} to ${type}`) : whole;
  const rest = `align ${alignment(body, inst, size)}${body.scope.aliasTag(body.fn, inst)}`;
  body.line(`store ${type} ${value}, ptr ${place}, ${rest}`);
}

function bulkMemory(body: Body, inst: Inst): void {
  const { scope } = body;
  const size = `i${scope.pointerBits}`;
  const count = body.operand(inst.args[2]);
  const length = size === "i32" ? count : body.temporary(`zext i32 ${count} to i64`);
  const to = pointer(body, inst.args[0], 0);
  if (inst.op === "memory_copy") {
    const from = pointer(body, inst.args[1], 0);
    const move = scope.runtime(`llvm.memmove.p0.p0.${size}`, "void", ["ptr", "ptr", size, "i1"]);
    return body.line(`call void ${move}(ptr ${to}, ptr ${from}, ${size} ${length}, i1 false)`);
  }
  const byte = body.temporary(`trunc i32 ${body.operand(inst.args[1])} to i8`);
  const fill = scope.runtime(`llvm.memset.p0.${size}`, "void", ["ptr", "i8", size, "i1"]);
  body.line(`call void ${fill}(ptr ${to}, i8 ${byte}, ${size} ${length}, i1 false)`);
}

/** Defines the results of a call. */
function defineResults(body: Body, inst: Inst, text: string): void {
  const [only] = inst.results;
  if (inst.results.length < 2) return body.define(only, text);
  const type = resultType(inst.results.map((result) => body.mirType(result)));
  const all = body.temporary(text);
  inst.results.forEach((result, i) => body.define(result, `extractvalue ${type} ${all}, ${i}`));
}

/** A call of a function of a program: of this module, in a slot, or by the number of a slot. */
function call(body: Body, inst: Inst): void {
  const symbol = String(inst.imm);
  const { results } = body.scope.signature(symbol);
  const [callee, operands] = calledCode(body, inst, symbol);
  const args = [...body.scope.baseParameter(baseName), ...operands.map((arg) => body.typed(arg))];
  const text = `call ${resultType(results)} ${callee}(${args.join(", ")})${callAttributes}`;
  defineResults(body, inst, `${text}${body.locations.at(inst.location)}`);
}

function calledCode(body: Body, inst: Inst, symbol: string): [string, readonly Value[]] {
  const { scope } = body;
  if (inst.op === "call") return [globalName(symbolNames.code(symbol)), inst.args];
  if (inst.op === "call_slot") {
    const slot = scope.slot(symbol);
    // A flat memory's table is the machine's, and its pointers to functions are places in it.
    const code = scope.isFlat
      ? body.temporary(`inttoptr i32 ptrtoint (ptr ${slot} to i32) to ptr`)
      : body.temporary(`load ptr, ptr ${slot}`);
    return [code, inst.args];
  }
  const [number, ...rest] = inst.args;
  const text = body.operand(number);
  if (scope.isFlat) return [body.temporary(`inttoptr i32 ${text} to ptr`), rest];
  const size = `i${scope.pointerBits}`;
  const wide = size === "i32" ? text : body.temporary(`zext i32 ${text} to i64`);
  const cell = body.temporary(`getelementptr inbounds ptr, ptr ${scope.slots()}, ${size} ${wide}`);
  return [body.temporary(`load ptr, ptr ${cell}`), rest];
}

function hostCall(body: Body, inst: Inst): void {
  const symbol = String(inst.imm);
  const { results } = body.scope.signature(symbol);
  const base = body.scope.takesBase(symbol) ? body.scope.baseParameter(baseName) : [];
  const args = [...base, ...inst.args.map((arg) => body.typed(arg))].join(", ");
  const attributes = hostCallAttributes[inst.op] ?? "";
  const text = `call ${resultType(results)} ${body.scope.host(symbol)}(${args})${attributes}`;
  defineResults(body, inst, `${text}${body.locations.at(inst.location)}`);
}

/** The number of a slot is its cell's distance from the table's start. */
function slotIndex(body: Body, inst: Inst): void {
  const { scope } = body;
  if (scope.isFlat) return;
  const size = `i${scope.pointerBits}`;
  const address = (of: string): string => `ptrtoint (ptr ${of} to ${size})`;
  const bytes = body.temporary(
    `sub ${size} ${address(scope.slot(String(inst.imm)))}, ${address(scope.slots())}`,
  );
  const shifted = `lshr exact ${size} ${bytes}, ${scope.pointerBits === 64 ? 3 : 2}`;
  if (size === "i32") return body.define(inst.results[0], shifted);
  body.define(inst.results[0], `trunc i64 ${body.temporary(shifted)} to i32`);
}

function safepoint(body: Body, inst: Inst): void {
  const place = body.scope.isFlat
    ? `inttoptr (i32 ${controlWordAddress} to ptr)`
    : body.temporary(
        `getelementptr inbounds i8, ptr ${baseName}, i${body.scope.pointerBits} ${controlWordAddress}`,
      );
  const word = body.temporary(`load volatile i32, ptr ${place}, align 4`);
  const isClear = body.temporary(`icmp eq i32 ${word}, 0`);
  body.guard(isClear, [trapCall(body, "interrupted", inst.location)]);
}
