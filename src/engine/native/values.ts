// Values in memory that JavaScript and native code share, in the form that the JavaScript interface of wasm has.
import type { MirType } from "../../ir/mir/index.ts";
import type { NativeHost } from "../../loader/native/index.ts";

/** A value as the JavaScript interface of wasm has it. */
export type NativeValue = number | bigint;

/** Places of 8 bytes at a fixed address. */
export class NativePlaces {
  readonly address: number;
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;
  readonly #f32: Float32Array;
  readonly #f64: Float64Array;

  constructor(host: NativeHost, address: number, size: number) {
    this.address = address;
    const { buffer, byteOffset } = host.view(address, size);
    this.#i32 = new Int32Array(buffer, byteOffset, size / 4);
    this.#i64 = new BigInt64Array(buffer, byteOffset, size / 8);
    this.#f32 = new Float32Array(buffer, byteOffset, size / 4);
    this.#f64 = new Float64Array(buffer, byteOffset, size / 8);
  }

  store(place: number, type: MirType, value: NativeValue): void {
    switch (type) {
      case "i32":
      case "ref":
        this.#i32[2 * place] = Number(value);
        return;
      case "i64":
      case "any":
        this.#i64[place] = BigInt(value);
        return;
      case "f32":
        this.#f32[2 * place] = Number(value);
        return;
      case "f64":
        this.#f64[place] = Number(value);
    }
  }

  load(place: number, type: MirType): NativeValue {
    switch (type) {
      case "i32":
      case "ref":
        return this.#i32[2 * place] ?? 0;
      case "i64":
      case "any":
        return this.#i64[place] ?? 0n;
      case "f32":
        return this.#f32[2 * place] ?? 0;
      case "f64":
        return this.#f64[place] ?? 0;
    }
  }

  /** A place as an address. */
  pointer(place: number): number {
    return Number(BigInt.asUintN(64, this.#i64[place] ?? 0n));
  }

  /** The lower half of a place. */
  word(place: number): number {
    return this.#i32[2 * place] ?? 0;
  }

  setWord(place: number, value: number): void {
    this.#i32[2 * place] = value;
  }

  setPointer(place: number, value: number): void {
    this.#i64[place] = BigInt(value);
  }
}
