// Instructions to wasm: operands are pushed in order, nested ones computed in place.
import { controlWordAddress, trapCodes, type TrapName } from "../../runtime/index.ts";
import { typeBytes, wasmOpcodes as op } from "../../object/index.ts";
import { inverseIntCond } from "../../ir/mir/index.ts";
import type { Inst, MirFunction, MirType, Opcode, Value } from "../../ir/mir/index.ts";
import { voidBlock, type Code } from "./code.ts";
import type { ModuleScope } from "./scope.ts";
import {
  floatCompare,
  intCompare,
  inverseFloatCond,
  isFloatCond,
  isIntCond,
  memoryAccess,
  simpleOpcode,
  wasmType,
  type Access,
} from "./selection.ts";
import { isConstant, needsOverflowCheck, shapes, type Trees } from "./trees.ts";

/** Opcodes whose result is below 2^31, whatever the operands. Data lie there too. */
const nonNegative: ReadonlySet<Opcode> = new Set([
  "symbol_addr",
  "load8_u",
  "load16_u",
  "icmp",
  "fcmp",
]);

const maxOffset = 0xffff_ffff;
const maxSigned = 0x7fff_ffffn;

export function trapNumber(code: string): number {
  return trapCodes.indexOf(code as TrapName);
}

const divisionByZero = trapNumber("division_by_zero");
const moduloByZero = trapNumber("modulo_by_zero");
const interrupted = trapNumber("interrupted");

/** The trap that wasm's own instruction raises for an opcode. */
const nativeTraps: Readonly<Partial<Record<Opcode, number>>> = {
  sdiv: divisionByZero,
  udiv: divisionByZero,
  sdiv_exact: divisionByZero,
  srem: moduloByZero,
  urem: moduloByZero,
};

function nativeTrap(inst: Inst): number {
  return nativeTraps[inst.op] ?? -1;
}

/** Emits the expressions of one function. */
export class ExpressionEmitter {
  readonly #fn: MirFunction;
  readonly #code: Code;
  readonly #trees: Trees;
  readonly #local: Int32Array;
  readonly #scope: ModuleScope;

  constructor(fn: MirFunction, code: Code, trees: Trees, context: ExpressionContext) {
    this.#fn = fn;
    this.#code = code;
    this.#trees = trees;
    this.#local = context.local;
    this.#scope = context.scope;
  }

  /** Pushes a value. */
  value(value: Value): void {
    const inst = this.#trees.definition[value];
    const shape = this.#trees.shape[value];
    if (inst !== undefined && (shape === shapes.nested || shape === shapes.constant)) {
      this.inst(inst);
      return;
    }
    const local = this.#local[value] ?? -1;
    if (local < 0) throw new Error(`${this.#fn.symbol}: v${value} has no local`);
    this.#code.localGet(local);
  }

  /** Pushes 0 or something else: whether a value is not 0, or is 0 if `inverted`. */
  condition(value: Value, inverted: boolean): void {
    const inst = this.#trees.definition[value];
    if (this.#trees.shape[value] === shapes.nested && inst !== undefined) {
      if (inst.op === "icmp") return this.#intCondition(inst, inverted);
      if (inst.op === "fcmp" && isFloatCond(inst.imm)) {
        const cond = inverted ? inverseFloatCond[inst.imm] : inst.imm;
        if (cond !== undefined) {
          this.#operands(inst);
          return this.#code.op(floatCompare(cond, inst.type ?? "f64"));
        }
      }
    }
    this.value(value);
    if (inverted) this.#code.op(op["i32.eqz"]);
  }

  #intCondition(inst: Inst, inverted: boolean): void {
    const [left, right] = inst.args;
    if (left === undefined || right === undefined || !isIntCond(inst.imm)) return;
    const cond = inverted ? inverseIntCond[inst.imm] : inst.imm;
    if (inst.type === "i32" && cond === "ne" && this.#isZero(right)) return this.value(left);
    this.#compare(inst, cond);
  }

  #compare(inst: Inst, cond: Inst["imm"]): void {
    const [left, right] = inst.args;
    if (left === undefined || right === undefined || !isIntCond(cond)) return;
    if (cond === "eq" && this.#isZero(right)) {
      this.value(left);
      return this.#code.op(inst.type === "i64" ? op["i64.eqz"] : op["i32.eqz"]);
    }
    this.value(left);
    this.value(right);
    this.#code.op(intCompare(cond, inst.type ?? "i32"));
  }

  #isZero(value: Value): boolean {
    const inst = this.#trees.definition[value];
    return inst?.op === "iconst" && inst.imm === 0n;
  }

  #operands(inst: Inst): void {
    for (const arg of inst.args) this.value(arg);
  }

  /** Emits an instruction that is no terminator; leaves its results on the stack. */
  inst(inst: Inst): void {
    const code = simpleOpcode(inst.op, inst.type);
    if (code >= 0) return this.#simple(inst, code);
    const access = memoryAccess(inst.op, inst.type);
    if (access !== undefined) return this.#access(inst, access);
    if (isConstant(inst.op)) return this.#constant(inst);
    if (inst.op === "icmp") return this.#compare(inst, inst.imm);
    if (inst.op === "fcmp" && isFloatCond(inst.imm)) {
      this.#operands(inst);
      return this.#code.op(floatCompare(inst.imm, inst.type ?? "f64"));
    }
    if (inst.op === "select") return this.#select(inst);
    if (inst.op === "f64_bits" || inst.op === "f32_bits") return this.#floatBits(inst);
    if (inst.op === "memory_copy" || inst.op === "memory_fill") return this.#bulkMemory(inst);
    if (inst.op === "index") return this.#index(inst);
    if (inst.op === "index_up") return this.#indexUp(inst);
    if (inst.op === "safepoint") return this.#safepoint(inst);
    this.#call(inst);
  }

  #simple(inst: Inst, code: number): void {
    const trap = nativeTrap(inst);
    if (inst.op === "sdiv") {
      const divisor = this.#trees.definition[inst.args[1] ?? -1];
      if (divisor?.op === "iconst" && divisor.imm === -1n) return this.#negate(inst);
      if (needsOverflowCheck(inst, this.#trees)) return this.#checkedDivision(inst, code);
    }
    this.#operands(inst);
    if (trap >= 0) this.#code.mark(inst.location, trap);
    this.#code.op(code);
  }

  /** 0 - dividend, which is the quotient by -1, wrapped. */
  #negate(inst: Inst): void {
    const [dividend] = inst.args;
    if (dividend === undefined) return;
    this.#code.intConst(inst.type, 0n);
    this.value(dividend);
    this.#code.op(inst.type === "i64" ? op["i64.sub"] : op["i32.sub"]);
  }

  /** wasm's division traps for MIN / -1. The operands are locals or constants, see `trees.ts`. */
  #checkedDivision(inst: Inst, division: number): void {
    const [dividend, divisor] = inst.args;
    if (dividend === undefined || divisor === undefined) return;
    const code = this.#code;
    this.value(divisor);
    code.intConst(inst.type, -1n);
    code.op(intCompare("eq", inst.type ?? "i64"));
    code.bytes.u8(op.if);
    code.bytes.u8(typeBytes[wasmType(inst.type ?? "i64")]);
    this.#negate(inst);
    code.op(op.else);
    this.value(dividend);
    this.value(divisor);
    code.mark(inst.location, nativeTrap(inst));
    code.op(division);
    code.op(op.end);
  }

  #constant(inst: Inst): void {
    const { imm } = inst;
    if (inst.op === "iconst" && typeof imm === "bigint") {
      this.#code.intConst(inst.type, imm);
    } else if (inst.op === "fconst" && (typeof imm === "number" || typeof imm === "bigint")) {
      this.#code.floatConst(inst.type, imm);
    } else if (inst.op === "slot_index" && typeof imm === "string") {
      this.#code.opWith(op["global.get"], this.#scope.slot(imm).global);
    } else if (typeof imm === "string") {
      const { global, offset } = this.#scope.dataAddress(imm);
      this.#code.opWith(op["global.get"], global);
      if (offset === 0) return;
      this.#code.i32Const(offset);
      this.#code.op(op["i32.add"]);
    }
  }

  #select(inst: Inst): void {
    const [condition, then, otherwise] = inst.args;
    if (condition === undefined || then === undefined || otherwise === undefined) return;
    const bits = floatBits[inst.type ?? "i32"];
    this.value(then);
    if (bits !== undefined) this.#code.op(bits.toInt);
    this.value(otherwise);
    if (bits !== undefined) this.#code.op(bits.toInt);
    this.condition(condition, false);
    this.#code.op(op.select);
    if (bits !== undefined) this.#code.op(bits.toFloat);
  }

  /** The bits, or those of the one NaN for a value that does not equal itself. The operand is a local or constant. */
  #floatBits(inst: Inst): void {
    const [operand] = inst.args;
    if (operand === undefined) return;
    const code = this.#code;
    const isDouble = inst.op === "f64_bits";
    this.value(operand);
    code.op(op[isDouble ? "i64.reinterpret_f64" : "i32.reinterpret_f32"]);
    if (isDouble) code.i64Const(0x7ff8_0000_0000_0000n);
    else code.i32Const(0x7fc0_0000);
    this.value(operand);
    this.value(operand);
    code.op(op[isDouble ? "f64.eq" : "f32.eq"]);
    code.op(op.select);
  }

  /** The operands are locals or constants, see `trees.ts`. */
  #index(inst: Inst): void {
    const [index, length] = inst.args;
    if (index === undefined || length === undefined) return;
    const code = this.#code;
    this.value(index);
    this.value(length);
    code.op(op["i64.lt_u"]);
    code.bytes.u8(op.if);
    code.bytes.u8(typeBytes.i32);
    this.value(index);
    code.op(op["i32.wrap_i64"]);
    code.op(op.else);
    this.value(index);
    this.value(length);
    code.op(op["i64.add"]);
    this.#checkBelow(inst, index, length);
    this.value(index);
    code.op(op["i32.wrap_i64"]);
    this.value(length);
    code.op(op["i32.wrap_i64"]);
    code.op(op["i32.add"]);
    code.op(op.end);
  }

  #indexUp(inst: Inst): void {
    const [index, length] = inst.args;
    if (index === undefined || length === undefined) return;
    this.value(index);
    this.#checkBelow(inst, index, length);
    this.value(index);
    this.#code.op(op["i32.wrap_i64"]);
  }

  /** An error about the index and the length unless what is on the stack is below the length. */
  #checkBelow(inst: Inst, index: Value, length: Value): void {
    const code = this.#code;
    this.value(length);
    code.op(op["i64.ge_u"]);
    code.bytes.u8(op.if);
    code.bytes.u8(voidBlock);
    this.value(index);
    this.value(length);
    code.mark(inst.location, -1);
    code.opWith(op.call, this.#scope.hostIndex("rt_index_error"));
    code.op(op.unreachable);
    code.op(op.end);
  }

  #bulkMemory(inst: Inst): void {
    this.#scope.useMemory();
    this.#operands(inst);
    this.#code.op(op[inst.op === "memory_copy" ? "memory.copy" : "memory.fill"]);
    this.#code.bytes.u8(0);
    if (inst.op === "memory_copy") this.#code.bytes.u8(0);
  }

  #access(inst: Inst, access: Access): void {
    const [address, stored] = inst.args;
    if (address === undefined) return;
    this.#scope.useMemory();
    const offset = this.#address(address, typeof inst.imm === "number" ? inst.imm : 0);
    if (stored !== undefined) this.value(stored);
    this.#code.op(access.code);
    this.#code.bytes.uleb(access.align);
    this.#code.bytes.uleb(offset);
  }

  /** Pushes the base of an address and returns the offset to add, constants folded into it. */
  #address(address: Value, offset: number): number {
    const inst = this.#trees.definition[address];
    if (inst?.op === "symbol_addr" && typeof inst.imm === "string") {
      const place = this.#scope.dataAddress(inst.imm);
      if (place.offset + offset <= maxOffset) {
        this.#code.opWith(op["global.get"], place.global);
        return place.offset + offset;
      }
    }
    if (inst?.op === "iadd" && this.#trees.shape[address] === shapes.nested) {
      const [base, added] = inst.args;
      const constant = this.#trees.definition[added ?? -1];
      if (base !== undefined && constant?.op === "iconst" && this.#isBelowSign(base)) {
        const imm = typeof constant.imm === "bigint" ? constant.imm : -1n;
        if (imm >= 0n && Number(imm) + offset <= maxOffset) {
          return this.#address(base, offset + Number(imm));
        }
      }
    }
    this.value(address);
    return offset;
  }

  /** Whether an address is certainly below 2^31, so that adding a constant as an offset cannot differ by wrapping. */
  #isBelowSign(value: Value): boolean {
    const inst = this.#trees.definition[value];
    if (inst === undefined) return false;
    const right = this.#trees.definition[inst.args[1] ?? -1];
    const constant = right?.op === "iconst" && typeof right.imm === "bigint" ? right.imm : null;
    if (inst.op === "band") return constant !== null && constant >= 0n && constant <= maxSigned;
    if (inst.op === "ushr") return constant !== null && (constant & 31n) !== 0n;
    return nonNegative.has(inst.op);
  }

  #call(inst: Inst): void {
    const symbol = typeof inst.imm === "string" ? inst.imm : "";
    if (!inst.op.startsWith("call")) throw new Error(`${this.#fn.symbol}: no code for ${inst.op}`);
    if (inst.op === "call_table") return this.#tableCall(inst, symbol);
    this.#operands(inst);
    if (inst.op === "call_slot") {
      const slot = this.#scope.slot(symbol);
      this.#code.opWith(op["global.get"], slot.global);
      this.#slotCall(inst, symbol, slot.type);
      return;
    }
    const isOwn = inst.op === "call";
    const index = isOwn ? this.#scope.functionIndex(symbol) : this.#scope.hostIndex(symbol);
    this.#code.mark(inst.location, -1);
    this.#code.opWith(op.call, index);
  }

  /** The number of the function comes last. */
  #tableCall(inst: Inst, symbol: string): void {
    const [slot, ...args] = inst.args;
    if (slot === undefined) throw new Error(`${this.#fn.symbol}: a table call without a number`);
    for (const arg of args) this.value(arg);
    this.value(slot);
    this.#slotCall(inst, symbol, this.#scope.tableCall(symbol));
  }

  /** The arguments and the slot are on the stack. */
  #slotCall(inst: Inst, symbol: string, type: number): void {
    const forward = this.#scope.forward(symbol);
    this.#code.mark(inst.location, -1);
    if (forward !== undefined) {
      this.#code.opWith(op.call, forward);
      return;
    }
    this.#code.opWith(op.call_indirect, type);
    this.#code.bytes.uleb(0);
  }

  #safepoint(inst: Inst): void {
    const code = this.#code;
    this.#scope.useMemory();
    code.i32Const(0);
    code.op(op["i32.load"]);
    code.bytes.uleb(2);
    code.bytes.uleb(controlWordAddress);
    code.open(op.if);
    // A trap, not a call: a call in a loop would make the engine keep nothing in registers around it.
    code.mark(inst.location, interrupted);
    code.op(op.unreachable);
    code.op(op.end);
  }
}

/** A float is selected by its bits: engines select integers without a branch, floats by one. */
const floatBits: Readonly<
  Partial<Record<MirType, { readonly toInt: number; readonly toFloat: number }>>
> = {
  f32: { toInt: op["i32.reinterpret_f32"], toFloat: op["f32.reinterpret_i32"] },
  f64: { toInt: op["i64.reinterpret_f64"], toFloat: op["f64.reinterpret_i64"] },
};

export interface ExpressionContext {
  readonly scope: ModuleScope;
  /** By value: the local, or -1. */
  readonly local: Int32Array;
}
