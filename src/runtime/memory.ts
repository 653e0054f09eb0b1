// Typed views of linear memory. A value of the program takes an 8-byte slot, little-endian: `i64` and `u64` all of it,
// `f64` all of it, `f32` the first four bytes, narrower integers and bool an i32 in the first four bytes.
import { highHalf, joinHalves, lowHalf, type IntType, type IntValue } from "./int.ts";

/** `ref` and `any` are stored as `u32` and `i64`. */
export type SlotType = IntType | "f32" | "f64" | "bool" | "ref" | "any";
/** The tier-0 form of what a slot holds. */
export type SlotValue = IntValue | boolean;

/** The part of `WebAssembly.Memory` that the runtime needs; this layer has no ambient types. */
export interface MemoryLike {
  readonly buffer: ArrayBufferLike;
}

/**
 * Views of the memory's buffer. Growing the memory replaces the buffer: call `refresh` after it. One that is `fixed` never
 * grows, so that `refresh` costs nothing.
 */
export class MemoryViews {
  readonly memory: MemoryLike;
  readonly #fixed: boolean;
  u8: Uint8Array;
  i16: Int16Array;
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;

  constructor(memory: MemoryLike, { fixed = false }: { readonly fixed?: boolean } = {}) {
    this.memory = memory;
    this.#fixed = fixed;
    const { buffer } = memory;
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer, 0, buffer.byteLength >>> 1);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  refresh(): void {
    if (this.#fixed) return;
    const { buffer } = this.memory;
    if (this.u8.buffer === buffer) return;
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer, 0, buffer.byteLength >>> 1);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

/** The i64 at an address that is a multiple of 4. */
export function loadI64(views: MemoryViews, address: number): IntValue {
  const index = address >>> 2;
  const { i32 } = views;
  return joinHalves(i32[index + 1] ?? 0, (i32[index] ?? 0) >>> 0);
}

/** The u64 at an address that is a multiple of 4. */
export function loadU64(views: MemoryViews, address: number): IntValue {
  const index = address >>> 2;
  const { i32 } = views;
  return joinHalves((i32[index + 1] ?? 0) >>> 0, (i32[index] ?? 0) >>> 0);
}

/** Stores an i64 or u64. */
export function storeWide(views: MemoryViews, address: number, value: IntValue): void {
  const index = address >>> 2;
  const { i32 } = views;
  i32[index] = lowHalf(value);
  i32[index + 1] = highHalf(value);
}

/** Loads the value of a slot in its tier-0 form. */
export function loadSlot(views: MemoryViews, address: number, type: SlotType): SlotValue {
  switch (type) {
    case "i64":
    case "any":
      return loadI64(views, address);
    case "u64":
      return loadU64(views, address);
    case "f64":
      return views.f64[address >>> 3] ?? 0;
    case "f32":
      return views.f32[address >>> 2] ?? 0;
    case "bool":
      return views.i32[address >>> 2] !== 0;
    case "u32":
    case "ref":
      return (views.i32[address >>> 2] ?? 0) >>> 0;
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
      return views.i32[address >>> 2] ?? 0;
  }
}

/** Stores a value in its tier-0 form to a slot. */
export function storeSlot(
  views: MemoryViews,
  address: number,
  type: SlotType,
  value: SlotValue,
): void {
  if (type === "f64") views.f64[address >>> 3] = Number(value);
  else if (type === "f32") views.f32[address >>> 2] = Number(value);
  else if (typeof value === "boolean") views.i32[address >>> 2] = value ? 1 : 0;
  else if (type === "i64" || type === "u64" || type === "any") storeWide(views, address, value);
  else views.i32[address >>> 2] = Number(value);
}
