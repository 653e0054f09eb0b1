// The instructions of one function body as bytes.
import { ByteWriter, wasmOpcodes } from "../../object/index.ts";
import type { LocationId, MirType } from "../../ir/mir/index.ts";

/** A line entry before its place in the module is known. */
export interface Mark {
  /** From the start of the body's instructions. */
  readonly offset: number;
  readonly location: LocationId;
  /** -1 is none. */
  readonly trap: number;
}

export const voidBlock = 0x40;

/** Appends instructions; `local.set x` followed by `local.get x` becomes `local.tee x`. */
export class Code {
  readonly bytes = new ByteWriter(256);
  readonly marks: Mark[] = [];
  /** The last instruction, if it is a `local.set`: its local, its offset and its end. */
  #setLocal = -1;
  #setStart = 0;
  #setEnd = -1;

  /** Appends an opcode of the instruction table. */
  op(code: number): void {
    if (code < 0x100) {
      this.bytes.u8(code);
      return;
    }
    this.bytes.u8(code >> 8);
    this.bytes.uleb(code & 0xff);
  }

  /** An opcode with one unsigned immediate. */
  opWith(code: number, immediate: number): void {
    this.bytes.u8(code);
    this.bytes.uleb(immediate);
  }

  localGet(local: number): void {
    if (this.#setEnd === this.bytes.length && this.#setLocal === local) {
      this.bytes.patch(this.#setStart, wasmOpcodes["local.tee"]);
      this.#setEnd = -1;
      return;
    }
    this.opWith(wasmOpcodes["local.get"], local);
  }

  localSet(local: number): void {
    this.#setLocal = local;
    this.#setStart = this.bytes.length;
    this.opWith(wasmOpcodes["local.set"], local);
    this.#setEnd = this.bytes.length;
  }

  i32Const(value: number): void {
    this.bytes.u8(wasmOpcodes["i32.const"]);
    this.bytes.sleb(value);
  }

  i64Const(value: bigint): void {
    this.bytes.u8(wasmOpcodes["i64.const"]);
    this.bytes.sleb64(value);
  }

  intConst(type: MirType | null, value: bigint): void {
    if (type === "i64") this.i64Const(value);
    else this.i32Const(Number(BigInt.asIntN(32, value)));
  }

  floatConst(type: MirType | null, value: number | bigint): void {
    if (type === "f32") {
      this.bytes.u8(wasmOpcodes["f32.const"]);
      this.bytes.f32(value);
    } else {
      this.bytes.u8(wasmOpcodes["f64.const"]);
      this.bytes.f64(value);
    }
  }

  /** Opens `block`, `loop` or `if` without a result. */
  open(code: number): void {
    this.bytes.u8(code);
    this.bytes.u8(voidBlock);
  }

  /** Records where the next instruction comes from, and the trap that it may raise. */
  mark(location: LocationId, trap: number): void {
    this.marks.push({ offset: this.bytes.length, location, trap });
  }
}
